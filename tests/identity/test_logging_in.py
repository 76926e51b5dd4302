"""Logging in, through the service and through the form: events, the limit on guessing, and the way out."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.db.base import now
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.errors import InvalidLogin, LoginRefused, TooManyAttempts
from diarium.identity.permissions import SYSTEM, Role
from tests.conftest import Municipality
from tests.web.conftest import app, log_in, services, settings, token_of

__all__ = ["app", "log_in", "services", "settings"]
LogIn = Callable[[str], FlaskClient]
RIGHT = "rut-hemligt-lösen"


def fail(session: Session, username: str, times: int) -> None:
    for _time in range(times):
        with pytest.raises(InvalidLogin):
            identity.log_in(session, username, "fel-lösenord")


def failed_before(session: Session, times: int, ago: dt.timedelta) -> None:
    """Failures of "rut" at an earlier time: events can't be changed afterwards, so they are written like that."""
    user = accounts.user_by_name(session, "rut")
    for _time in range(times):
        event = audit.write(session, SYSTEM, "user.login_failed", identity.subject(user))
        event.at = now() - ago
    session.flush()


def actions(session: Session) -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.action.like("user.log%")).order_by(AuditEvent.id)
    return list(session.scalars(query))


@pytest.mark.parametrize("typed", ["mitt-hemliga-lösenord", "", "rut\x00"])
def test_try_with_an_unknown_name_is_an_event_that_does_not_hold_what_was_typed(
    municipality: Municipality, typed: str
) -> None:
    m = municipality
    with m.database.unit_of_work() as session, pytest.raises(InvalidLogin):
        identity.log_in(session, typed, "rut")
    with m.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "user.login_failed")).one()
        assert (event.entity_label, event.entity_uid) == (identity.NOBODY.label, str(identity.NOBODY.uid))
        assert (event.actor_id, event.before, event.after, event.reason) == (None, None, None, None)


def test_after_ten_failures_not_even_the_right_password_is_taken(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        fail(session, "rut", 10)
        with pytest.raises(TooManyAttempts, match="Vänta 15 minuter") as refusal:
            identity.log_in(session, "rut", RIGHT)
        assert refusal.value.field == "username"
        assert actions(session) == ["user.login_failed"] * 10 + ["user.login_refused"]
        assert identity.log_in(session, "siv", "siv-hemligt-lösen").username == "siv"


def test_nine_failures_do_not_shut_anybody_out(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        fail(session, "rut", 9)
        assert identity.log_in(session, "rut", RIGHT).username == "rut"


def test_wait_is_over_when_the_failures_are_old_enough(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        failed_before(session, 10, dt.timedelta(minutes=15, seconds=1))
        assert identity.log_in(session, "rut", RIGHT).username == "rut"


def test_wait_counts_from_the_oldest_failure_and_tries_do_not_lengthen_it(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        failed_before(session, 1, dt.timedelta(minutes=14, seconds=30))
        failed_before(session, 9, dt.timedelta(minutes=1))
        for _time in range(12):
            with pytest.raises(TooManyAttempts, match="Vänta 1 minut "):
                identity.log_in(session, "rut", RIGHT)


def test_tries_at_the_same_time_do_not_slip_past_the_limit(municipality: Municipality) -> None:
    m = municipality
    start = threading.Barrier(14)

    def guess() -> None:
        start.wait()
        with m.database.unit_of_work() as session, suppress(LoginRefused):
            identity.log_in(session, "rut", "fel-lösenord")

    threads = [threading.Thread(target=guess) for _number in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with m.database.reading() as session:
        assert actions(session) == ["user.login_failed"] * 10 + ["user.login_refused"] * 4


def test_open_session_goes_on_while_logins_wait(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        rut = identity.log_in(session, "rut", RIGHT)
        fail(session, "rut", 10)
        assert identity.active_user(session, str(rut.uid), rut.session_epoch) is not None


def test_copy_of_the_cookie_is_dead_after_logout(app: Flask, services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    cookie = client.get_cookie("diarium", path="/intern")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("diarium", cookie.value, path="/intern")
    assert thief.get("/intern/").status_code == 200
    page = html.fromstring(client.get("/intern/").text)
    assert client.post("/intern/logout", data={"csrf_token": token_of(page)}).status_code == 302
    for other in (client, thief):
        assert "/intern/login" in other.get("/intern/").headers["Location"]
    with services.database.reading() as session:
        ended = session.scalars(
            select(AuditEvent.actor_name).where(AuditEvent.action == "user.session_ended")
        ).all()
        assert (actions(session), ended) == (["user.logged_in"], ["Rut Registrator"])


def test_form_says_wait_after_ten_failures_and_the_tries_are_kept(app: Flask, services: Diarium) -> None:
    client = app.test_client()
    token = token_of(html.fromstring(client.get("/intern/login").text))
    facts = {"username": "rut", "password": "fel-lösenord", "csrf_token": token}
    answers = [client.post("/intern/login", data=facts) for _time in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "Vänta 15 minuter" in answers[-1].text
    assert "fel-lösenord" not in answers[-1].text
    with services.database.reading() as session:
        assert actions(session) == ["user.login_failed"] * 10 + ["user.login_refused"]


def test_roles_count_from_the_next_request_and_the_session_stays(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    assert client.get("/intern/registrera").status_code == 200
    with services.database.unit_of_work() as session:
        accounts.set_roles(session, SYSTEM, accounts.user_by_name(session, "rut"), {"KS": [Role.ARCHIVIST]})
    assert client.get("/intern/registrera").status_code == 403
    assert client.get("/intern/").status_code == 200


@pytest.mark.parametrize("what", ["disable", "password"])
def test_open_pages_are_shut_when_the_account_is(services: Diarium, log_in: LogIn, what: str) -> None:
    client = log_in("rut")
    with services.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        if what == "disable":
            accounts.disable(session, SYSTEM, rut)
        else:
            accounts.set_password(session, SYSTEM, rut, "ett-nytt-lösenord")
    assert "/intern/login" in client.get("/intern/").headers["Location"]
