"""Pages of webhooks and access tokens, as an administrator meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.changes.worker import Worker
from diarium.composition import Diarium
from diarium.identity import accounts
from diarium.settings import Settings
from diarium.webhooks import signing
from diarium.webhooks.models import Webhook, WebhookDelivery
from diarium.webhooks.queueing import WebhookQueue
from diarium.webhooks.sending import WebhookRound
from diarium.webhooks.vocabulary import DeliveryState
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import send
from tests.webhooks.conftest import Receiver, receiver

__all__ = ["receiver"]
LIST = "/intern/administration/webhookar"
LogIn = Callable[[str], FlaskClient]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Webhooks may reach this machine."""
    api = replace(settings.api, webhook_networks=("127.0.0.0/8",), webhook_allows_http=True)
    return replace(settings, api=api)


def _text(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())


def _errors(page: str) -> set[str]:
    found = html.fromstring(page).xpath("//*[contains(@class, 'field--error')]//*[@name]/@name")
    assert isinstance(found, list)
    return {str(name) for name in found}


def _added(client: FlaskClient, url: str) -> str:
    """Adds a webhook; returns the secret that the page shows."""
    body = {"authority": "KS", "name": "E-tjänster", "url": url, "kinds": ["record.registered", "case.closed"]}
    answer = send(client, LIST, body)
    assert answer.status_code == 200, answer.text
    (secret,) = html.fromstring(answer.text).xpath("//code[starts-with(., 'whsec_')]/text()")
    return str(secret)


def test_webhook_is_added_told_its_secret_once_and_delivers(
    app: Flask, services: Diarium, log_in: LogIn, receiver: Receiver
) -> None:
    client = log_in("adam")
    secret = _added(client, receiver.url)
    with services.database.reading() as session:
        made = session.scalars(select(Webhook)).one()
    page = f"{LIST}/{made.uid}"
    assert secret not in client.get(page).text
    assert secret == signing.secret_of(services.webhook_key, made)
    municipality = Municipality(services.database, services.blobs)
    with services.database.unit_of_work() as session:
        number = municipality.record(session, title="Hemlig rubrik").number_text
    worker = Worker(services.database, [WebhookQueue(services.database)])
    worker.drain()
    WebhookRound(services.database, services.webhook_key, services.webhook_policy).run()
    shown = client.get(page).text
    assert "Levererad" in shown
    assert number in shown
    assert "Hemlig rubrik" not in shown
    assert receiver.events[0]["data"]["record"]["number"] == number
    assert "E-tjänster" in _text(client.get("/intern/administration/logg?kind=webhook").text)


def test_delivery_that_was_given_up_is_seen_and_sent_again(
    services: Diarium, log_in: LogIn, receiver: Receiver
) -> None:
    client = log_in("adam")
    _added(client, receiver.url)
    with services.database.reading() as session:
        page = f"{LIST}/{session.scalars(select(Webhook.uid)).one()}"
    assert send(client, f"{page}/prov", {}, page).status_code == 302
    with services.database.unit_of_work() as session:
        row = session.scalars(select(WebhookDelivery)).one()
        row.state, row.last_error = DeliveryState.PARKED, "Adressen svarade inte i tid."
    assert "1 leverans nådde inte fram" in _text(client.get(LIST).text)
    assert "Adressen svarade inte i tid." in client.get(f"{page}?state=parked").text
    assert "Ingen leverans" in client.get(f"{page}?state=delivered").text
    assert send(client, f"{page}/leveranser/{row.uid}", {}, page).status_code == 302
    assert "väntar redan" in _text(
        client.get(send(client, f"{page}/leveranser/{row.uid}", {}, page).headers["Location"]).text
    )
    assert WebhookRound(services.database, services.webhook_key, services.webhook_policy).run() == 1
    assert [event["type"] for event in receiver.events] == ["webhook.test"]


def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(log_in: LogIn) -> None:
    client = log_in("adam")
    body = {"authority": "KS", "name": "E-tjänster", "url": "https://10.0.0.1/", "kinds": "case.closed"}
    answer = send(client, LIST, body)
    assert answer.status_code == 422
    assert _errors(answer.text) == {"url"}
    page = html.fromstring(answer.text)
    assert page.xpath("string(//input[@name='name']/@value)") == "E-tjänster"
    assert page.xpath("//input[@name='kinds'][@checked]/@value") == ["case.closed"]
    assert _errors(send(client, LIST, {**body, "url": "https://system.example/", "kinds": ""}).text) == {"kinds"}


def test_webhook_is_changed_stopped_started_and_given_a_new_secret(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    old = _added(client, "https://system.example/")
    with services.database.reading() as session:
        page = f"{LIST}/{session.scalars(select(Webhook.uid)).one()}"
    seen = html.fromstring(client.get(page).text).xpath("string(//input[@name='seen']/@value)")
    facts = {"name": "Bygglov", "url": "https://bygglov.example/", "kinds": "case.closed"}
    assert send(client, page, {**facts, "seen": seen}, page).status_code == 302
    stale = send(client, page, {**facts, "name": "Annat", "seen": seen}, page)
    assert stale.status_code == 422
    assert "Så står det i registret nu" in stale.text
    renewed = send(client, f"{page}/hemlighet", {}, page)
    (new,) = html.fromstring(renewed.text).xpath("//code[starts-with(., 'whsec_')]/text()")
    assert new != old
    for act, told in (("stoppa", "Webhooken är stoppad"), ("starta", "Webhooken är igång igen")):
        answer = send(client, f"{page}/{act}", {}, page)
        assert told in _text(client.get(answer.headers["Location"]).text)
    assert send(client, f"{page}/annat", {}, page).status_code == 404


def test_others_do_not_come_to_know_of_it(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    _added(client, "https://system.example/")
    with services.database.reading() as session:
        uid = session.scalars(select(Webhook.uid)).one()
    assert log_in("rut").get(LIST).status_code == 403
    assert log_in("rut").get(f"{LIST}/{uid}").status_code == 403
    answer = send(
        client, LIST, {"authority": "SN", "name": "x", "url": "https://system.example/", "kinds": "case.closed"}
    )
    assert answer.status_code == 403


def test_pages_ask_as_many_questions_of_much_as_of_little(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    _added(client, "https://system.example/0")
    with services.database.reading() as session:
        page = f"{LIST}/{session.scalars(select(Webhook.uid)).one()}"
    send(client, f"{page}/prov", {}, page)
    own = _user_page(services, "hans")
    send(client, f"{own}/nycklar", {"token_name": "Första", "days": "1", "scopes": "search:read"}, own)

    def asked(address: str) -> int:
        with statements_of(services.database.engine) as statements:
            assert client.get(address).status_code == 200
        return len(statements)

    few = {address: asked(address) for address in (LIST, page, "/intern/administration/nycklar")}
    for number in range(8):
        _added(client, f"https://system.example/{number + 1}")
        send(client, f"{page}/prov", {}, page)
        send(client, f"{own}/nycklar", {"token_name": f"N{number}", "days": "1", "scopes": "search:read"}, own)
    assert {address: asked(address) for address in few} == few


def test_token_is_made_for_what_was_chosen_and_listed_with_its_last_use(services: Diarium, log_in: LogIn) -> None:
    client = log_in("adam")
    own = _user_page(services, "hans")
    answer = send(client, f"{own}/nycklar", {"token_name": "E-tjänst", "days": "30"}, own)
    assert answer.status_code == 422
    assert "Välj vad nyckeln får användas till." in answer.text
    offered = html.fromstring(client.get(own).text).xpath("//input[@name='scopes']/@value")
    assert "register:read" in offered
    assert "webhooks:manage" not in offered  # of no use to an officer
    body = {"token_name": "E-tjänst", "days": "30", "scopes": ["search:read", "register:read"]}
    made = send(client, f"{own}/nycklar", body, own)
    token = html.fromstring(made.text).xpath("//code[starts-with(., 'dia_')]")[0].text
    listed = _text(client.get("/intern/administration/nycklar").text)
    assert "E-tjänst" in listed
    assert "Aldrig" in listed
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/cases", headers=headers).status_code == 200
    assert client.post("/api/v1/cases", json={}, headers=headers).status_code == 403
    assert "Aldrig" not in _text(client.get("/intern/administration/nycklar").text)


def _user_page(services: Diarium, username: str) -> str:
    with services.database.reading() as session:
        return f"/intern/administration/anvandare/{accounts.user_by_name(session, username).uid}"
