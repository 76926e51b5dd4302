"""Logging in with a code, one's own sessions, and proving anew who one is."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select, update
from webauthn.helpers import base64url_to_bytes

from diarium.app import create_app
from diarium.composition import Diarium
from diarium.db.base import now
from diarium.identity import accounts, second_factor
from diarium.identity.login_models import LoginSession
from diarium.identity.passkeys import RelyingParty
from diarium.identity.permissions import SYSTEM
from diarium.settings import LoginSettings, Settings
from tests.identity.test_passkeys import SoftKey
from tests.web.conftest import send, token_of

LogIn = Callable[[str], FlaskClient]
ACCOUNT = "/intern/konto"


def add_app(client: FlaskClient) -> tuple[pyotp.TOTP, list[str]]:
    """Adds a code app as a person does: name, secret from the page, first code. Gives the recovery codes too."""
    begun = send(client, f"{ACCOUNT}/kodapp", {"name": "Min telefon"}, ACCOUNT)
    assert begun.status_code == 302
    page = html.fromstring(client.get(begun.location).text)
    app = pyotp.TOTP(page.xpath("//code")[0].text_content().replace(" ", ""))
    picture = client.get(page.xpath("//main//img/@src")[0])
    assert picture.mimetype == "image/svg+xml"
    done = send(client, begun.location, {"code": app.at(time.time() - 30)}, begun.location)
    assert done.status_code == 200
    return app, html.fromstring(done.text).xpath("//li/code/text()")


def with_password(app: Flask, client: FlaskClient | None = None) -> FlaskClient:
    """Sends name and password of "rut"; what comes next is for the test."""
    client = client or app.test_client()
    answer = send(client, "/intern/login", {"username": "rut", "password": "rut-hemligt-lösen"})
    assert answer.status_code == 302
    return client


def test_with_a_code_app_the_password_alone_opens_nothing(app: Flask, log_in: LogIn) -> None:
    code_app, recovery = add_app(log_in("rut"))
    client = with_password(app)
    assert client.get("/intern/").status_code == 302
    assert client.get(ACCOUNT).status_code == 302
    page = client.get("/intern/login/kod")
    assert "Skriv koden" in page.text
    wrong = send(client, "/intern/login/kod", {"code": "000000"})
    assert wrong.status_code == 422
    assert "Koden stämmer inte" in wrong.text
    assert send(client, "/intern/login/kod", {"code": code_app.at(time.time())}).status_code == 302
    assert client.get("/intern/").status_code == 200
    other = with_password(app)
    assert send(other, "/intern/login/kod", {"code": recovery[0]}).status_code == 302
    shown = other.get(ACCOUNT).text
    assert "Lösenord och engångskod" in shown
    assert f"{len(recovery) - 1} reservkoder är kvar" in shown


def test_a_password_that_was_changed_meanwhile_is_followed_by_no_code(
    app: Flask, services: Diarium, log_in: LogIn
) -> None:
    code_app, _recovery = add_app(log_in("rut"))
    client = with_password(app)
    with services.database.unit_of_work() as session:
        accounts.set_password(session, SYSTEM, accounts.user_by_name(session, "rut"), "fyra kaffekoppar regnar")
    assert send(client, "/intern/login/kod", {"code": code_app.at(time.time())}).location.startswith(
        "/intern/login"
    )
    assert client.get("/intern/").status_code == 302


def test_the_code_page_without_a_password_before_it_leads_to_the_login(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/intern/login/kod").location.startswith("/intern/login?")
    token = token_of(html.fromstring(client.get("/intern/login").text))
    answer = client.post("/intern/login/kod", data={"csrf_token": token, "code": "123456"})
    assert answer.location.startswith("/intern/login?")


def test_a_session_is_seen_and_ended_from_another_browser(app: Flask, log_in: LogIn) -> None:
    here, there = log_in("rut"), log_in("rut")
    stranger = log_in("siv")
    page = html.fromstring(here.get(ACCOUNT).text)
    assert len(page.xpath("//table[@id='sessions-table' or ancestor::*[@id='sessions']]//tbody/tr")) == 2
    (address,) = page.xpath("//tr[not(contains(., 'den här'))]//form[contains(@action, 'avsluta')]/@action")
    assert send(stranger, address, {}, ACCOUNT).status_code == 404, "nobody ends another's session"
    assert there.get("/intern/").status_code == 200
    assert send(here, address, {}, ACCOUNT).status_code == 302
    assert there.get("/intern/").status_code == 302
    assert here.get("/intern/").status_code == 200


def test_logging_out_everywhere_ends_this_session_too(app: Flask, log_in: LogIn) -> None:
    here, there = log_in("rut"), log_in("rut")
    assert send(here, f"{ACCOUNT}/inloggning/avsluta-alla", {}, ACCOUNT).status_code == 302
    assert here.get("/intern/").status_code == there.get("/intern/").status_code == 302


def test_a_session_ends_after_a_working_day_however_much_it_is_used(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    with services.database.unit_of_work() as session:
        session.execute(update(LoginSession).values(began_at=now() - dt.timedelta(hours=12, seconds=1)))
    assert client.get("/intern/").status_code == 302


def test_what_is_sensitive_asks_for_the_password_after_a_while_and_loses_nothing_typed(
    services: Diarium, log_in: LogIn
) -> None:
    client = log_in("adam")
    with services.database.reading() as session:
        rut = accounts.user_by_name(session, "rut").uid
    address = f"/intern/administration/anvandare/{rut}/losenord"
    page = f"/intern/administration/anvandare/{rut}"
    with services.database.unit_of_work() as session:
        session.execute(update(LoginSession).values(confirmed_at=now() - dt.timedelta(minutes=31)))
    asked = send(client, address, {"password": "fyra kaffekoppar regnar"}, page)
    assert asked.status_code == 403
    form = html.fromstring(asked.text).xpath("//main//form")[0]
    kept = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    assert kept["password"] == "fyra kaffekoppar regnar"
    wrong = client.post(form.get("action"), data={**kept, "confirm_secret": "gissning"})
    assert wrong.status_code == 403
    assert "Lösenordet stämmer inte" in wrong.text
    done = client.post(form.get("action"), data={**kept, "confirm_secret": "adam-hemligt-lösen"})
    assert done.status_code == 302
    again = send(client, address, {"password": "fem kaffekoppar regnar"}, page)
    assert again.status_code == 302, "the session is fresh again"


def test_an_administrator_takes_the_lost_telephone_away(app: Flask, services: Diarium, log_in: LogIn) -> None:
    add_app(log_in("rut"))
    with services.database.reading() as session:
        rut = accounts.user_by_name(session, "rut").uid
    page = f"/intern/administration/anvandare/{rut}"
    assert send(log_in("adam"), f"{page}/aterstall-koder", {}, page).status_code == 302
    client = with_password(app)
    assert client.get("/intern/").status_code == 200


def test_a_factor_is_removed_by_its_owner_only(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    add_app(client)
    page = html.fromstring(client.get(ACCOUNT).text)
    (address,) = page.xpath("//form[contains(@action, 'ta-bort')]/@action")
    assert send(log_in("siv"), address, {}, ACCOUNT).status_code == 404
    assert send(client, address, {}, ACCOUNT).status_code == 302
    assert not html.fromstring(client.get(ACCOUNT).text).xpath("//form[contains(@action, 'ta-bort')]")


def test_browser_and_way_are_told_in_words_and_old_sessions_are_erased(services: Diarium, app: Flask) -> None:
    client = app.test_client()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.environ_base["HTTP_USER_AGENT"] = agent
    with_password(app, client)
    assert "Firefox på Linux" in client.get(ACCOUNT).text
    with services.database.unit_of_work() as session:
        session.execute(update(LoginSession).values(began_at=now() - dt.timedelta(days=91)))
    with services.worker() as worker:
        worker.drain()
    with services.database.reading() as session:
        assert session.scalars(select(LoginSession)).all() == []


@pytest.fixture
def strict(app: Flask, settings: Settings) -> Iterator[Flask]:
    """The same register, where everybody must have a second factor."""
    strict = create_app(replace(settings, login=LoginSettings(requires_second_factor=True)))
    strict.testing = True
    yield strict
    strict.extensions["diarium"].close()


def test_where_a_second_factor_is_required_nothing_else_is_done_before_it(strict: Flask) -> None:
    client = with_password(strict)
    for path in ("/intern/", "/intern/registrera", "/intern/sok?q=x"):
        assert client.get(path).location == ACCOUNT
    assert "Din organisation kräver en engångskod" in client.get(ACCOUNT).text
    add_app(client)
    assert client.get("/intern/").status_code == 200


def test_a_stolen_password_adds_no_factor_beside_the_key_that_its_owner_has(
    strict: Flask, services: Diarium
) -> None:
    with services.database.unit_of_work() as session:
        SoftKey().add_to(session, "rut")
    client = strict.test_client()
    refused = send(client, "/intern/login", {"username": "rut", "password": "rut-hemligt-lösen"})
    assert refused.status_code == 422
    assert "Logga in med din inloggningsnyckel" in refused.text
    assert client.get(ACCOUNT).status_code == 302
    wrong = send(client, "/intern/login", {"username": "rut", "password": "gissning"})
    assert "inloggningsnyckel. Har" not in wrong.text, "that there is a key is told to nobody who only guesses"


def test_a_copied_answer_of_a_key_opens_no_second_session(app: Flask, services: Diarium) -> None:
    key = SoftKey()
    with services.database.unit_of_work() as session:
        key.add_to(session, "rut")
    client = app.test_client()
    page = html.fromstring(client.get("/intern/login", base_url="http://localhost").text)
    data = {"csrf_token": token_of(page)}
    asked = client.post("/intern/login/nyckel/fraga", data=data, base_url="http://localhost")
    party = RelyingParty("localhost", "http://localhost", "")
    answer = key.answer(base64url_to_bytes(asked.json["challenge"]), party)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"], path=app.config["SESSION_COOKIE_PATH"])
    assert cookie is not None
    assert client.post("/intern/login/nyckel", data={**data, "answer": answer}).status_code == 302
    assert client.get("/intern/").status_code == 200
    copy = app.test_client()
    copy.set_cookie(cookie.key, cookie.value, path=cookie.path)
    assert copy.post("/intern/login/nyckel", data={**data, "answer": answer}).status_code == 422
    assert copy.get("/intern/").status_code == 302


def test_an_app_that_was_begun_is_not_added_by_whoever_finds_the_screen_later(
    services: Diarium, log_in: LogIn
) -> None:
    client = log_in("rut")
    begun = send(client, f"{ACCOUNT}/kodapp", {"name": "Min telefon"}, ACCOUNT)
    secret = html.fromstring(client.get(begun.location).text).xpath("//code")[0].text_content().replace(" ", "")
    with services.database.unit_of_work() as session:
        session.execute(update(LoginSession).values(confirmed_at=now() - dt.timedelta(minutes=31)))
    asked = send(client, begun.location, {"code": pyotp.TOTP(secret).now()}, begun.location)
    assert asked.status_code == 403
    with services.database.reading() as session:
        assert not second_factor.has_code_app(session, accounts.user_by_name(session, "rut").id)
