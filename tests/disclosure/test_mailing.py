"""Released files leave by e-mail, once, and the address stands nowhere but in the request."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select

from diarium.correspondence.errors import MailNotConfigured
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.smtp import SmtpTransport
from diarium.db.base import now
from diarium.disclosure import closing, handling, lookup, sending
from diarium.disclosure.errors import InvalidRequest, RequestConflict
from diarium.disclosure.mailing import LEASE, DisclosureMailRound
from diarium.disclosure.masking import MaskedFile
from diarium.disclosure.models import DisclosureDelivery
from diarium.disclosure.sending import MailOut
from diarium.disclosure.vocabulary import CloseReason, DeliveryState, ReviewOutcome
from diarium.letterbox.letters import ContactWay
from diarium.register import secrecy_marks
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.models import Record
from diarium.register.vocabulary import PartyKind
from diarium.settings import MailSettings
from tests.correspondence.conftest import MailServer
from tests.disclosure.desk import ASKER, Desk
from tests.disclosure.test_giving_out import REFUSED


@pytest.fixture
def round_of_mail(sqlite_desk: Desk, transport: SmtpTransport) -> DisclosureMailRound:
    """The worker's round."""
    return DisclosureMailRound(sqlite_desk.town.database, sqlite_desk.town.blobs, transport)


def queue(desk: Desk, mail: MailSettings, uid: uuid.UUID, **facts: object) -> None:
    items = tuple(item.uid for item in desk.view(uid).items)
    wanted = {"items": items, "subject": "Handlingar", "body": "Hej! Här är de.", **facts}
    with desk.town.database.unit_of_work() as session:
        sending.queue_mail(session, mail, desk.town.registrar, uid, MailOut(**wanted))  # type: ignore[arg-type]


def state_of(desk: Desk) -> tuple[DeliveryState, str | None]:
    with desk.town.database.reading() as session:
        delivery = session.scalars(select(DisclosureDelivery)).one()
        return delivery.state, delivery.last_error


def settle(desk: Desk, uid: uuid.UUID, step: str) -> None:
    delivery = desk.view(uid).deliveries[0].uid
    with desk.town.database.unit_of_work() as session:
        sending.settle(session, desk.town.registrar, uid, delivery, step)


def test_released_files_leave_once_and_the_register_does_not_learn_the_address(
    desk: Desk, mail: MailSettings, mail_server: MailServer, transport: SmtpTransport
) -> None:
    round_of_mail = DisclosureMailRound(desk.town.database, desk.town.blobs, transport)
    (uid,) = desk.order()
    desk.review(uid, ReviewOutcome.RELEASED)
    queue(desk, mail, uid)
    with pytest.raises(RequestConflict, match="på väg"), desk.town.database.unit_of_work() as session:
        closing.close(session, desk.town.registrar, uid, CloseReason.ANSWERED)
    assert round_of_mail.run() == 1
    assert round_of_mail.run() == 0
    (message,) = mail_server.messages
    assert mail_server.kept[0].rcpt_tos == [ASKER]
    assert [part.get_filename() for part in message.iter_attachments()] == ["yttrande.pdf"]
    assert next(message.iter_attachments()).get_content() == b"%PDF-1.4 yttrande"
    assert state_of(desk) == (DeliveryState.SENT, None)
    assert desk.actions(uid)[-2:] == ["disclosure.mail_queued", "disclosure.given_email"]
    assert ASKER not in desk.log()
    with desk.town.database.reading() as session:
        assert session.scalars(select(OutgoingMessage)).all() == []
    with desk.town.database.unit_of_work() as session:
        closing.close(session, desk.town.registrar, uid, CloseReason.ANSWERED)


def test_a_person_and_the_worker_do_not_decide_at_once_what_became_of_a_letter(
    desk: Desk, mail: MailSettings, mail_server: MailServer, transport: SmtpTransport
) -> None:
    round_of_mail = DisclosureMailRound(desk.town.database, desk.town.blobs, transport)
    mail_server.answers[ASKER] = "550 5.1.1 no such user"
    (uid,) = desk.order()
    desk.review(uid, ReviewOutcome.RELEASED)
    queue(desk, mail, uid)
    assert round_of_mail.run() == 1
    mail_server.answers.clear()
    settle(desk, uid, "retry")
    if desk.town.database.is_postgresql:
        # SQLite lets nobody else write meanwhile. Here the worker leaves aside what a person works with.
        with desk.town.database.unit_of_work() as session:
            lookup.locked(session, desk.town.registrar, uid, None)
            assert round_of_mail.run() == 0
    assert round_of_mail.run() == 1
    assert state_of(desk)[0] is DeliveryState.SENT
    with pytest.raises(RequestConflict):
        settle(desk, uid, "retry")
    assert len(mail_server.messages) == 1


def test_a_masked_copy_leaves_instead_of_what_it_masks(
    sqlite_desk: Desk, mail: MailSettings, mail_server: MailServer, round_of_mail: DisclosureMailRound
) -> None:
    desk = sqlite_desk
    with desk.town.database.unit_of_work() as session:
        record = session.get_one(Record, desk.record.id)
        secrecy_marks.mark(session, desk.town.registrar, record, RestrictionFacts("26:1"))
        original, copy = record.documents[0].uid, desk.town.store(session, b"%PDF-1.4 maskad")
    (uid,) = desk.order()
    masked = (MaskedFile(original, copy, "yttrande-maskat.pdf"),)
    desk.review(uid, ReviewOutcome.MASKED, masked=masked, **REFUSED)
    queue(desk, mail, uid)
    assert round_of_mail.run() == 1
    (message,) = mail_server.messages
    assert [part.get_filename() for part in message.iter_attachments()] == ["yttrande-maskat.pdf"]
    assert b"%PDF-1.4 yttrande" not in bytes(mail_server.kept[0].content or b"")


def test_what_is_marked_while_the_letter_waits_is_kept_back(
    sqlite_desk: Desk, mail: MailSettings, mail_server: MailServer, round_of_mail: DisclosureMailRound
) -> None:
    desk = sqlite_desk
    (uid,) = desk.order()
    desk.review(uid, ReviewOutcome.RELEASED)
    queue(desk, mail, uid)
    with desk.town.database.unit_of_work() as session:
        record = session.get_one(Record, desk.record.id)
        secrecy_marks.mark(session, desk.town.registrar, record, RestrictionFacts("26:1"))
    assert round_of_mail.run() == 0
    assert mail_server.messages == []
    state, words = state_of(desk)
    assert state is DeliveryState.FAILED
    assert "Pröva den igen" in (words or "")
    with pytest.raises(RequestConflict):
        settle(desk, uid, "retry")
    settle(desk, uid, "settled")
    assert any("Lämna ut" in line for line in desk.view(uid).left)


def test_what_is_struck_while_the_letter_waits_is_kept_back(
    sqlite_desk: Desk, mail: MailSettings, mail_server: MailServer, round_of_mail: DisclosureMailRound
) -> None:
    desk = sqlite_desk
    (uid,) = desk.order()
    desk.review(uid, ReviewOutcome.RELEASED)
    queue(desk, mail, uid)
    with desk.town.database.unit_of_work() as session:
        handling.withdraw_item(session, desk.town.registrar, uid, desk.view(uid).items[0].uid)
    assert round_of_mail.run() == 0
    assert mail_server.messages == []
    state, words = state_of(desk)
    assert (state, words) == (DeliveryState.FAILED, f"{desk.record.number_text} är struken.")


def test_what_the_server_refuses_is_told_without_the_address(
    sqlite_desk: Desk, mail: MailSettings, mail_server: MailServer, round_of_mail: DisclosureMailRound
) -> None:
    desk = sqlite_desk
    mail_server.answers[ASKER] = f"550 5.1.1 no such user {ASKER}"
    (uid,) = desk.order()
    desk.review(uid, ReviewOutcome.RELEASED)
    queue(desk, mail, uid)
    assert round_of_mail.run() == 1
    state, words = state_of(desk)
    assert state is DeliveryState.FAILED
    assert ASKER not in (words or "")
    mail_server.answers.clear()
    settle(desk, uid, "retry")
    assert round_of_mail.run() == 1
    assert state_of(desk)[0] is DeliveryState.SENT
    with pytest.raises(RequestConflict):
        settle(desk, uid, "retry")


def test_a_server_that_is_away_is_tried_again_and_a_lost_worker_leaves_it_to_a_person(
    sqlite_desk: Desk, mail: MailSettings, mail_server: MailServer, round_of_mail: DisclosureMailRound
) -> None:
    desk = sqlite_desk
    mail_server.answers[ASKER] = "451 4.3.0 try again"
    (uid,) = desk.order()
    desk.review(uid, ReviewOutcome.RELEASED)
    queue(desk, mail, uid)
    assert round_of_mail.run() == 1
    assert state_of(desk)[0] is DeliveryState.QUEUED
    assert round_of_mail.run() == 0  # not before its time
    later = DisclosureMailRound(
        desk.town.database, desk.town.blobs, round_of_mail.transport, clock=lambda: now() + dt.timedelta(hours=25)
    )
    assert later.run() == 1
    assert state_of(desk)[0] is DeliveryState.FAILED
    with desk.town.database.unit_of_work() as session:
        delivery = session.scalars(select(DisclosureDelivery)).one()
        delivery.state, delivery.lease_until = DeliveryState.SENDING, now() - LEASE
    assert round_of_mail.run() == 1
    assert state_of(desk)[0] is DeliveryState.UNCERTAIN
    settle(desk, uid, "sent")
    assert desk.view(uid).items[0].is_given


def test_what_may_not_be_mailed_is_told_at_the_field(sqlite_desk: Desk, mail: MailSettings) -> None:
    desk = sqlite_desk
    with pytest.raises(MailNotConfigured):
        queue(desk, MailSettings(), desk.order()[0])
    by_phone = desk.order(contact_way=ContactWay.PHONE, contact="070-123 45 67")[0]
    with pytest.raises(InvalidRequest) as caught:
        queue(desk, mail, by_phone)
    assert caught.value.field == "item"
    (uid,) = desk.order()
    with pytest.raises(InvalidRequest) as caught:
        queue(desk, mail, uid)
    assert caught.value.field == "item"
    desk.review(uid, ReviewOutcome.RELEASED)
    for facts, field in (({"body": " "}, "body"), ({"items": ()}, "item")):
        with pytest.raises(InvalidRequest) as caught:
            queue(desk, mail, uid, **facts)
        assert caught.value.field == field
    with pytest.raises(InvalidRequest) as caught:
        queue(desk, MailSettings(mail.host, mail.port, mail.security, sender=mail.sender, max_bytes=3), uid)
    assert caught.value.field == "item"


def test_what_concerns_a_protected_person_is_not_mailed_whole(sqlite_desk: Desk, mail: MailSettings) -> None:
    desk = sqlite_desk
    with desk.town.database.unit_of_work() as session:
        party = PartyFacts("Sten Dold", PartyKind.PERSON, is_protected=True)
        record = desk.town.record(session, parties=(party,))
        number = record.number_text
    uid = desk.request(wanted=(number,), contact_way=ContactWay.EMAIL, contact=ASKER)
    desk.review(uid, ReviewOutcome.RELEASED, reason="Inget hemligt i den.")
    with pytest.raises(InvalidRequest, match="skyddade personuppgifter"):
        queue(desk, mail, uid)
