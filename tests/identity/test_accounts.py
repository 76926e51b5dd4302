"""What is done to users that exist: closed, opened, new password, other roles; their tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.errors import AmbiguousToken, InvalidLogin, InvalidUser, UnknownToken, UnknownUser
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Role
from tests.conftest import Municipality

CHANGES: list[Callable[[Session, Actor, User], None]] = [
    identity.end_sessions,
    accounts.disable,
    accounts.enable,
    lambda session, actor, user: accounts.set_password(session, actor, user, "ett-nytt-lösenord"),
    lambda session, actor, user: accounts.set_roles(session, actor, user, {"KS": [Role.ADMINISTRATOR]}),
]


def events(session: Session, action: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))


def test_ended_session_is_dead_and_the_event_tells_who_ended_it(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        old = rut.session_epoch
        identity.end_sessions(session, m.registrar, rut)
    with m.database.reading() as session:
        assert identity.active_user(session, str(rut.uid), old) is None
        assert identity.active_user(session, str(rut.uid), rut.session_epoch) is not None
        (event,) = events(session, "user.logged_out")
        assert (event.actor_name, event.entity_label) == ("Rut Registrator", "rut")


def test_disabled_user_has_no_login_no_session_and_no_token(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, " RUT ")
        token, epoch = identity.create_token(session, SYSTEM, rut, "E-tjänst"), rut.session_epoch
        accounts.disable(session, SYSTEM, rut)
        accounts.disable(session, SYSTEM, rut)
    with m.database.unit_of_work() as session:
        assert identity.active_user(session, str(rut.uid), rut.session_epoch) is None
        assert identity.user_of_token(session, token) is None
        with pytest.raises(InvalidLogin):
            identity.log_in(session, "rut", "rut-hemligt-lösen")
        accounts.enable(session, SYSTEM, accounts.user_by_name(session, "rut"))
        assert identity.log_in(session, "rut", "rut-hemligt-lösen").username == "rut"
        assert identity.active_user(session, str(rut.uid), epoch) is None, "the old cookie must not live again"
        assert [event.after for event in events(session, "user.disabled")] == [{"is_active": False}]
        assert [event.after for event in events(session, "user.enabled")] == [{"is_active": True}]


def test_new_password_replaces_the_old_one_and_ends_the_sessions(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        epoch = rut.session_epoch
        accounts.set_password(session, SYSTEM, rut, "ett-nytt-lösenord")
        assert identity.active_user(session, str(rut.uid), epoch) is None
        assert identity.log_in(session, "rut", "ett-nytt-lösenord").id == rut.id
        with pytest.raises(InvalidLogin):
            identity.log_in(session, "rut", "rut-hemligt-lösen")
        (event,) = events(session, "user.password_set")
        assert (event.before, event.after) == (None, None)


@pytest.mark.parametrize("password", ["", "kort", "x" * 1001])
def test_password_that_is_too_short_or_too_long_is_refused(
    sqlite_municipality: Municipality, password: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        with pytest.raises(InvalidUser) as refusal:
            accounts.set_password(session, SYSTEM, accounts.user_by_name(session, "rut"), password)
        assert refusal.value.field == "password"
        with pytest.raises(InvalidUser):
            identity.create_user(session, SYSTEM, "ny", "Ny", {}, password=password)


def test_roles_are_replaced_at_the_named_authorities_only(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        accounts.set_roles(session, SYSTEM, rut, {"SN": [Role.REGISTRAR]})
        accounts.set_roles(session, SYSTEM, rut, {"KS": [Role.ARCHIVIST, Role.CASE_OFFICER, Role.ARCHIVIST]})
        accounts.set_roles(session, SYSTEM, rut, {"KS": [Role.CASE_OFFICER, Role.ARCHIVIST]})
    with m.database.reading() as session:
        assert identity.actor_of(accounts.user_by_name(session, "rut")).roles == {
            "KS": {Role.ARCHIVIST, Role.CASE_OFFICER},
            "SN": {Role.REGISTRAR},
        }
        _first, second = events(session, "user.roles_set")
        assert second.before == {"roles": {"KS": ["registrar"]}}
        assert second.after == {"roles": {"KS": ["archivist", "case_officer"]}}


def test_no_role_takes_the_user_away_from_the_authority(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        accounts.set_roles(session, SYSTEM, rut, {"KS": []})
        assert identity.actor_of(rut).roles == {}


@pytest.mark.parametrize("change", CHANGES)
def test_only_an_administrator_of_all_their_authorities_changes_a_user(
    sqlite_municipality: Municipality, change: Callable[[Session, Actor, User], None]
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        hans, siv = accounts.user_by_name(session, "hans"), accounts.user_by_name(session, "siv")
        for actor, user in ((m.registrar, hans), (m.administrator, siv)):
            with pytest.raises(NotAllowed):
                change(session, actor, user)
        change(session, m.administrator, hans)


def test_unknown_user_is_told(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.reading() as session, pytest.raises(UnknownUser):
        accounts.user_by_name(session, "ingen")


def test_revoked_token_gives_nothing_and_the_others_go_on(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        rut = accounts.user_by_name(session, "rut")
        lost, kept = (identity.create_token(session, SYSTEM, rut, name) for name in ("Borttappad", "Kvar"))
        found = identity.find_token(session, "Borttappad")
        identity.revoke_token(session, m.registrar, found)
        identity.revoke_token(session, m.registrar, identity.find_token(session, str(found.uid)))
    with m.database.reading() as session:
        assert identity.user_of_token(session, lost) is None
        assert identity.user_of_token(session, kept) is not None
        (event,) = events(session, "token.revoked")
        assert (event.entity_label, event.entity_uid) == ("Borttappad", str(found.uid))
        assert [item.name for item in identity.tokens_of(session, rut)] == ["Borttappad", "Kvar"]


def test_token_of_somebody_else_is_not_revoked(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        identity.create_token(session, SYSTEM, accounts.user_by_name(session, "rut"), "E-tjänst")
        with pytest.raises(NotAllowed):
            identity.revoke_token(session, m.officer, identity.find_token(session, "E-tjänst"))


def test_token_name_that_several_have_or_nobody_has_is_told(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        for username in ("rut", "siv"):
            identity.create_token(session, SYSTEM, accounts.user_by_name(session, username), "E-tjänst")
        with pytest.raises(AmbiguousToken):
            identity.find_token(session, "E-tjänst")
        with pytest.raises(UnknownToken):
            identity.find_token(session, "Något annat")
