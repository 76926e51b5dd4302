"""Events of the register reach a real receiver: signed, once more until heard, and with nothing secret in them."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import socket
import threading
import uuid
from typing import Any

import pytest
from sqlalchemy import select, update

from diarium.changes import feed
from diarium.changes.models import Change
from diarium.db.base import now
from diarium.errors import NotAllowed
from diarium.identity.permissions import SYSTEM
from diarium.register import closing, secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.models import Case
from diarium.webhooks import deliveries, service, signing
from diarium.webhooks.errors import InvalidWebhook, WebhookConflict, WebhookNotFound
from diarium.webhooks.models import Webhook, WebhookDelivery
from diarium.webhooks.queueing import WebhookQueue
from diarium.webhooks.sending import LEASE, WAITS, DeliveryCleaner, WebhookRound
from diarium.webhooks.service import WebhookFacts
from diarium.webhooks.vocabulary import DeliveryState, EventKind
from tests.webhooks.conftest import KEY, LOCAL, Hooks, Receiver

SECRET_WORD = "Smultronställe"


def _register(hooks: Hooks, **facts: Any) -> tuple[str, uuid.UUID]:
    with hooks.database.unit_of_work() as session:
        record = hooks.municipality.record(session, **facts)
        return record.number_text, record.uid


def _rows(hooks: Hooks) -> list[WebhookDelivery]:
    with hooks.database.reading() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))


def _make_due(hooks: Hooks) -> None:
    with hooks.database.unit_of_work() as session:
        session.execute(update(WebhookDelivery).values(next_try_at=now() - dt.timedelta(seconds=1)))


def test_event_arrives_signed_with_identifiers_and_numbers_only(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    number, uid = _register(hooks, title=SECRET_WORD, note=SECRET_WORD)
    assert hooks.deliver() == 1
    ((headers, body),) = receiver.got
    event = json.loads(body)
    assert event["type"] == "record.registered"
    assert dt.datetime.fromisoformat(event["timestamp"]).tzinfo is not None
    assert event["data"]["authority"] == "KS"
    assert event["data"]["record"] == {"uid": str(uid), "number": number}
    assert set(event["data"]) == {"authority", "case", "record"}
    assert SECRET_WORD not in body.decode() + str(headers)
    made = signing.signature(
        signing.secret_of(KEY, webhook), headers["webhook-id"], headers["webhook-timestamp"], body
    )
    assert headers["webhook-signature"] == f"v1,{made}"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 60
    assert [row.state for row in _rows(hooks)] == [DeliveryState.DELIVERED]


def test_signature_is_that_of_the_specification() -> None:
    """The example that the specification's reference libraries are tested with."""
    made = signing.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )
    assert made == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_what_was_asked_for_at_the_authority_since_then_is_told(hooks: Hooks, receiver: Receiver) -> None:
    _register(hooks)
    hooks.queue()
    hooks.add(receiver.url, EventKind.CASE_CLOSED)
    hooks.add(receiver.url, authority="SN")
    _number, uid = _register(hooks)
    with hooks.database.unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.records.any(uid=uid))).one()
        secrecy_marks.mark(session, hooks.municipality.registrar, case, RestrictionFacts("26:1"))
        closing.close(session, hooks.municipality.registrar, case, reason=SECRET_WORD)
    hooks.deliver()
    assert [event["type"] for event in receiver.events] == ["case.closed"]
    assert SECRET_WORD not in str(receiver.got)


def test_case_that_is_kept_out_of_the_web_is_told_to_nobody(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    sqlite_hooks.add(receiver.url)
    with sqlite_hooks.database.unit_of_work() as session:
        case = sqlite_hooks.municipality.case(session, classification="4", title="Visselblåsning")
        sqlite_hooks.municipality.record(session, case)
    assert sqlite_hooks.deliver() == 0


def test_change_that_comes_twice_is_told_once(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    _register(hooks)
    with hooks.database.reading() as session:
        changes = session.scalars(select(Change).order_by(Change.id)).all()
        assert feed.settled_end(session) is not None
    for _time in range(2):
        WebhookQueue(hooks.database).handle(changes)
    assert hooks.deliver() == 1
    assert hooks.round.run() == 0


def test_delivery_is_tried_again_later_and_later_then_parked_and_replayed(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook = hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    _register(hooks)
    receiver.status = 500
    hooks.deliver()
    waits = []
    for _number in range(len(WAITS)):
        (row,) = _rows(hooks)
        assert row.last_tried_at is not None
        waits.append(round((row.next_try_at - row.last_tried_at).total_seconds()))
        assert hooks.round.run() == 0  # not due yet
        assert len(receiver.got) == row.attempts
        _make_due(hooks)
        hooks.round.run()
    assert tuple(waits) == WAITS
    assert dt.timedelta(days=3) < dt.timedelta(seconds=sum(WAITS)) < dt.timedelta(days=3.5)
    (row,) = _rows(hooks)
    assert (row.state, row.attempts, row.last_status) == (DeliveryState.PARKED, len(WAITS) + 1, 500)
    _make_due(hooks)
    hooks.round.run()
    assert len(receiver.got) == row.attempts
    receiver.status = 200
    administrator = hooks.municipality.administrator
    with hooks.database.unit_of_work() as session:
        assert deliveries.parked_count(session, administrator) == {webhook.uid: 1}
        deliveries.replay(session, administrator, webhook.uid, row.uid)
    assert hooks.round.run() == 1
    assert len({headers["webhook-id"] for headers, _body in receiver.got}) == 1
    assert len({body for _headers, body in receiver.got}) == 1


def test_everything_that_was_given_up_is_sent_again_at_once(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    webhook = sqlite_hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    for _number in range(3):
        _register(sqlite_hooks)
    sqlite_hooks.queue()
    with sqlite_hooks.database.unit_of_work() as session:
        session.execute(update(WebhookDelivery).values(state=DeliveryState.PARKED))
    with sqlite_hooks.database.unit_of_work() as session:
        assert deliveries.replay_parked(session, sqlite_hooks.municipality.administrator, webhook.uid) == 3
    assert sqlite_hooks.round.run() == 3


def test_redirect_is_not_followed(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    sqlite_hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    receiver.status, receiver.location = 307, f"http://127.0.0.1:{receiver.port}/annat"
    _register(sqlite_hooks)
    assert sqlite_hooks.deliver() == 0
    assert len(receiver.got) == 1
    assert _rows(sqlite_hooks)[0].last_status == 307


def test_name_that_comes_to_stand_for_an_inner_address_gets_nothing(
    sqlite_hooks: Hooks, receiver: Receiver
) -> None:
    facts = WebhookFacts("Prov", f"http://system.example:{receiver.port}/", [EventKind.RECORD_REGISTERED])
    with sqlite_hooks.database.unit_of_work() as session:
        service.add(session, SYSTEM, "KS", facts, LOCAL)
    _register(sqlite_hooks)
    sqlite_hooks.queue()
    inner = WebhookRound(sqlite_hooks.database, KEY, LOCAL, look_up=lambda _host, _port: ["10.0.0.1"])
    assert inner.run() == 0
    assert "internt nät" in (_rows(sqlite_hooks)[0].last_error or "")
    _make_due(sqlite_hooks)
    allowed = WebhookRound(sqlite_hooks.database, KEY, LOCAL, look_up=lambda _host, _port: ["127.0.0.1"])
    assert allowed.run() == 1
    assert receiver.got[0][0]["host"] == f"system.example:{receiver.port}"


def test_address_where_nobody_answers_keeps_no_other_waiting(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    silent = sqlite_hooks.add("http://127.0.0.1:1/", EventKind.RECORD_REGISTERED)
    sqlite_hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    for _number in range(3):
        _register(sqlite_hooks)
    assert sqlite_hooks.deliver() == 3
    with sqlite_hooks.database.reading() as session:
        rows = session.scalars(select(WebhookDelivery).where(WebhookDelivery.webhook_id == silent.id)).all()
    assert sorted(row.attempts for row in rows) == [0, 0, 1]
    assert {row.state for row in rows} == {DeliveryState.WAITING}


def test_address_that_answers_without_end_is_left(sqlite_hooks: Hooks) -> None:
    given_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                with contextlib.suppress(OSError):
                    while not given_up.wait(0.02):
                        connection.sendall(b"a")

        thread = threading.Thread(target=answer)
        thread.start()
        sqlite_hooks.add(f"http://127.0.0.1:{server.getsockname()[1]}/", EventKind.RECORD_REGISTERED)
        _register(sqlite_hooks)
        sqlite_hooks.queue()
        try:
            assert WebhookRound(sqlite_hooks.database, KEY, LOCAL, longest=0.2).run() == 0
        finally:
            given_up.set()
            thread.join()
    (row,) = _rows(sqlite_hooks)
    assert (row.attempts, row.last_error) == (1, "Adressen svarade inte i tid.")


def test_two_senders_do_not_send_the_same(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    _register(hooks)
    hooks.queue()
    taken = hooks.round._claim()
    assert len(taken) == 1
    assert WebhookRound(hooks.database, KEY, LOCAL).run() == 0
    with hooks.database.unit_of_work() as session:  # the first was cut short
        session.execute(update(WebhookDelivery).values(next_try_at=WebhookDelivery.next_try_at))
        row = session.scalars(select(WebhookDelivery)).one()
        assert row.next_try_at <= now() + LEASE
        row.next_try_at = now()
    assert WebhookRound(hooks.database, KEY, LOCAL).run() == 1


def test_stopped_webhook_keeps_what_waits_and_hears_nothing_new(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    administrator = sqlite_hooks.municipality.administrator
    webhook = sqlite_hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    first, _uid = _register(sqlite_hooks)
    sqlite_hooks.queue()
    with sqlite_hooks.database.unit_of_work() as session:
        service.set_active(session, administrator, webhook.uid, active=False)
        with pytest.raises(WebhookConflict):
            service.try_out(session, administrator, webhook.uid)
    _register(sqlite_hooks)
    assert sqlite_hooks.deliver() == 0
    with sqlite_hooks.database.unit_of_work() as session:
        service.set_active(session, administrator, webhook.uid, active=True)
    assert sqlite_hooks.deliver() == 1
    assert [event["data"]["record"]["number"] for event in receiver.events] == [first]


def test_new_secret_replaces_the_old_one(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    webhook = sqlite_hooks.add(receiver.url)
    with sqlite_hooks.database.unit_of_work() as session:
        renewed = service.renew_secret(session, sqlite_hooks.municipality.administrator, webhook.uid)
        service.try_out(session, sqlite_hooks.municipality.administrator, webhook.uid)
    old, new = signing.secret_of(KEY, webhook), signing.secret_of(KEY, renewed)
    assert old != new
    assert sqlite_hooks.deliver() == 1
    ((headers, body),) = receiver.got
    assert json.loads(body)["type"] == "webhook.test"
    stamp = headers["webhook-timestamp"]
    assert headers["webhook-signature"] == f"v1,{signing.signature(new, headers['webhook-id'], stamp, body)}"
    with sqlite_hooks.database.reading() as session:
        kept = session.scalars(select(Webhook)).one()
        assert new not in {str(value) for value in vars(kept).values()}


def test_only_administrators_of_the_authority_have_to_do_with_it(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    webhook, m = sqlite_hooks.add(receiver.url), sqlite_hooks.municipality
    facts = WebhookFacts("Prov", receiver.url, [EventKind.CASE_OPENED])
    with sqlite_hooks.database.unit_of_work() as session:
        for actor in (m.registrar, m.outsider):
            with pytest.raises(NotAllowed):
                service.add(session, actor, "KS", facts, LOCAL)
            with pytest.raises(WebhookNotFound):
                service.by_uid(session, actor, webhook.uid)
        with pytest.raises(NotAllowed):
            service.add(session, m.administrator, "SN", facts, LOCAL)
        with pytest.raises(InvalidWebhook):
            service.add(session, m.administrator, "KS", WebhookFacts("Prov", receiver.url, []), LOCAL)
        assert [item.uid for item in service.listing(session, m.administrator)] == [webhook.uid]


def test_old_deliveries_are_removed(sqlite_hooks: Hooks, receiver: Receiver) -> None:
    sqlite_hooks.add(receiver.url, EventKind.RECORD_REGISTERED)
    _register(sqlite_hooks)
    sqlite_hooks.deliver()
    cleaner = DeliveryCleaner(sqlite_hooks.database)
    assert cleaner.run() == 0
    with sqlite_hooks.database.unit_of_work() as session:
        session.execute(update(WebhookDelivery).values(last_tried_at=now() - dt.timedelta(days=31)))
    assert cleaner.run() == 1
