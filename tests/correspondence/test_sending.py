"""The mail round: what leaves, what does not, and that nothing leaves twice."""

from __future__ import annotations

import datetime as dt
import threading
from email import policy
from email.parser import BytesParser

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.correspondence import steering
from diarium.correspondence.errors import MessageConflict
from diarium.correspondence.guarding import Consent
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.sending import MailRound
from diarium.correspondence.smtp import SmtpTransport
from diarium.correspondence.vocabulary import MessageState, RecipientState
from diarium.db.base import now
from diarium.i18n import today
from diarium.register import closing, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.models import Case, Party, Record
from diarium.register.vocabulary import PartyKind, PartyRole
from diarium.secrecy.models import Scope
from diarium.settings import MailSecurity, MailSettings
from tests.correspondence.conftest import MailServer, Post


def case_of(post: Post) -> Case:
    with post.municipality.database.unit_of_work() as session:
        return post.municipality.case(session)


def actions(post: Post, message: OutgoingMessage) -> list[str]:
    with post.municipality.database.reading() as session:
        uid = session.get_one(OutgoingMessage, message.id).record.uid
        query = select(AuditEvent.action).where(AuditEvent.entity_uid == str(uid)).order_by(AuditEvent.id)
        return list(session.scalars(query))


def later(post: Post, **span: float) -> MailRound:
    """The mail round of another worker, at a later time."""
    moment = now() + dt.timedelta(**span)
    return MailRound(post.chore.database, post.chore.store, post.chore.transport, clock=lambda: moment)


def test_queued_letter_leaves_once_and_is_kept_as_it_was_sent(post: Post, mail_server: MailServer) -> None:
    message = post.send(case_of(post).uid, subject="Åtgärder i Småland 🌲", body="Räksmörgås\n.\nslut")
    assert post.again(message).state is MessageState.QUEUED
    assert post.chore.run() == 1
    assert post.chore.run() == 0
    (envelope,) = mail_server.kept
    (sent,) = mail_server.messages
    assert envelope.rcpt_tos == ["anna@bolaget.example"]
    assert sent["Subject"] == "Åtgärder i Småland 🌲"
    assert sent.get_content().splitlines() == ["Räksmörgås", ".", "slut"]
    assert sent["Message-ID"] == f"<{message.uid}@ekdala.example>"
    found = post.again(message)
    assert (found.state, found.dispatched_on, found.attempts) == (MessageState.SENT, today(), 1)
    assert found.answer == "250 2.0.0 taken as 4711"
    assert found.recipients[0].state is RecipientState.ACCEPTED
    (document,) = found.record.documents
    assert document.sha256 == found.content_sha256
    assert bytes(envelope.content) == post.chore.store.open(document.sha256).read()  # type: ignore[arg-type]
    assert actions(post, message) == ["record.registered", "record.dispatch_queued", "record.dispatched"]


def test_server_that_is_away_is_tried_again_until_it_is_back(sqlite_post: Post, mail_server: MailServer) -> None:
    away = MailSettings("127.0.0.1", 1, MailSecurity.NONE)
    message = sqlite_post.send(case_of(sqlite_post).uid)
    chore = MailRound(sqlite_post.chore.database, sqlite_post.chore.store, SmtpTransport(away))
    assert chore.run() == 1
    found = sqlite_post.again(message)
    assert found.state is MessageState.QUEUED
    assert found.next_try_at is not None
    assert found.next_try_at > now()
    assert "E-postservern kan inte nås" in (found.last_error or "")
    assert later(sqlite_post, minutes=2).run() == 1
    assert sqlite_post.again(message).state is MessageState.SENT
    assert len(mail_server.kept) == 1


def test_while_the_server_is_away_the_others_wait_too(sqlite_post: Post) -> None:
    away = MailSettings("127.0.0.1", 1, MailSecurity.NONE)
    case = case_of(sqlite_post)
    for _number in range(3):
        sqlite_post.send(case.uid)
    chore = MailRound(sqlite_post.chore.database, sqlite_post.chore.store, SmtpTransport(away))
    assert [chore.run(), chore.run()] == [1, 0]


def test_temporary_refusal_is_given_up_after_a_day(sqlite_post: Post, mail_server: MailServer) -> None:
    mail_server.answers["anna@bolaget.example"] = "451 4.7.1 greylisted"
    message = sqlite_post.send(case_of(sqlite_post).uid)
    sqlite_post.chore.run()
    found = sqlite_post.again(message)
    assert (found.state, found.last_error) == (MessageState.QUEUED, "451 4.7.1 greylisted")
    later(sqlite_post, hours=23, minutes=59).run()
    found = sqlite_post.again(message)
    assert found.state is MessageState.FAILED
    assert found.recipients[0].state is RecipientState.REFUSED
    assert "greylisted" in (found.last_error or "")
    assert actions(sqlite_post, message)[-1] == "record.dispatch_failed"


def test_recipient_refused_for_good_does_not_stop_the_others(post: Post, mail_server: MailServer) -> None:
    mail_server.answers["borta@bolaget.example"] = "550 5.1.1 no such user"
    mail_server.answers["sen@bolaget.example"] = "450 4.2.2 full"
    others = ("anna@bolaget.example", "borta@bolaget.example", "sen@bolaget.example")
    message = post.send(case_of(post).uid, others=others)
    post.chore.run()
    found = post.again(message)
    assert found.state is MessageState.QUEUED
    assert [item.state for item in found.recipients] == [
        RecipientState.ACCEPTED, RecipientState.REFUSED, RecipientState.WAITING
    ]  # fmt: skip
    assert found.recipients[1].answer == "550 5.1.1 no such user"
    mail_server.answers.pop("sen@bolaget.example")
    later(post, minutes=5).run()
    assert [envelope.rcpt_tos for envelope in mail_server.kept] == [
        ["anna@bolaget.example"],
        ["sen@bolaget.example"],
    ]
    assert post.again(message).state is MessageState.PARTLY_SENT
    assert actions(post, message)[-2:] == ["record.dispatched", "record.dispatch_failed"]
    assert mail_server.messages[0]["To"] == "undisclosed-recipients:;"


def test_content_that_is_refused_fails_with_the_words_of_the_server(
    sqlite_post: Post, mail_server: MailServer
) -> None:
    mail_server.content_answer = "554 5.7.1 spam"
    message = sqlite_post.send(case_of(sqlite_post).uid)
    sqlite_post.chore.run()
    found = sqlite_post.again(message)
    assert (found.state, found.last_error) == (MessageState.FAILED, "554 5.7.1 spam")


def test_worker_that_dies_between_sending_and_noting_sends_nothing_twice(
    post: Post, mail_server: MailServer
) -> None:
    message = post.send(case_of(post).uid)

    def die() -> None:
        post.chore.database.writers.configure(bind=None)  # the database is gone when the answer comes

    engine = post.chore.database.writers.kw["bind"]
    mail_server.on_data = die
    with pytest.raises(Exception, match="bind"):
        post.chore.run()
    post.chore.database.writers.configure(bind=engine)
    assert len(mail_server.kept) == 1
    assert post.again(message).state is MessageState.SENDING
    assert post.chore.run() == 0, "its lease has not run out"
    assert later(post, hours=1).run() == 1
    found = post.again(message)
    assert found.state is MessageState.UNCERTAIN
    assert later(post, hours=2).run() == 0
    assert len(mail_server.kept) == 1
    assert actions(post, message)[-1] == "record.dispatch_uncertain"


def test_line_that_breaks_after_the_last_dot_leaves_it_uncertain(
    sqlite_post: Post, mail_server: MailServer
) -> None:
    message = sqlite_post.send(case_of(sqlite_post).uid)
    transport = Cut(sqlite_post.mail)
    MailRound(sqlite_post.chore.database, sqlite_post.chore.store, transport).run()
    found = sqlite_post.again(message)
    assert found.state is MessageState.UNCERTAIN
    assert found.recipients[0].state is RecipientState.WAITING
    with sqlite_post.municipality.database.unit_of_work() as session:
        steering.mark_sent(session, sqlite_post.municipality.registrar, message.uid, "Mottagaren ringde")
    found = sqlite_post.again(message)
    assert (found.state, found.dispatched_on) == (MessageState.SENT, today())


def test_two_workers_never_send_the_same_message(post: Post, mail_server: MailServer) -> None:
    case = case_of(post)
    for number in range(8):
        post.send(case.uid, subject=f"Brev {number}")
    start = threading.Barrier(3)
    failures: list[BaseException] = []

    def work() -> None:
        start.wait()
        try:
            MailRound(post.chore.database, post.chore.store, post.chore.transport).run()
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=work) for _number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert sorted(message["Subject"] for message in mail_server.messages) == [f"Brev {n}" for n in range(8)]


def test_result_that_comes_after_the_lease_settles_an_uncertain_message(post: Post) -> None:
    message = post.send(case_of(post).uid)
    taken = post.chore._take()
    assert taken is not None
    assert later(post, hours=1).run() == 1
    assert post.again(message).state is MessageState.UNCERTAIN
    post.chore._note(taken, post.chore._send(taken))
    assert post.again(message).state is MessageState.SENT


def test_late_result_does_not_undo_what_a_person_decided(post: Post) -> None:
    message = post.send(case_of(post).uid)
    taken = post.chore._take()
    assert taken is not None
    later(post, hours=1).run()
    with post.municipality.database.unit_of_work() as session:
        steering.cancel(session, post.municipality.registrar, message.uid)
    post.chore._note(taken, post.chore._send(taken))
    assert post.again(message).state is MessageState.CANCELLED


def test_cancelled_message_is_not_sent(post: Post, mail_server: MailServer) -> None:
    message = post.send(case_of(post).uid)
    with post.municipality.database.unit_of_work() as session:
        steering.cancel(session, post.municipality.registrar, message.uid)
    assert post.chore.run() == 0
    assert mail_server.kept == []
    with (
        post.municipality.database.unit_of_work() as session,
        pytest.raises(MessageConflict, match="Avbrutet"),
    ):
        steering.cancel(session, post.municipality.registrar, message.uid)


def test_message_of_a_cancelled_record_is_not_sent(post: Post, mail_server: MailServer) -> None:
    message = post.send(case_of(post).uid)
    with post.municipality.database.unit_of_work() as session:
        record = session.get_one(OutgoingMessage, message.id).record
        closing.cancel_record(session, post.municipality.registrar, record, "Fel mottagare")
    post.chore.run()
    assert mail_server.kept == []
    assert post.again(message).state is MessageState.CANCELLED


def test_failed_message_is_sent_again_only_to_those_it_did_not_reach(post: Post, mail_server: MailServer) -> None:
    mail_server.answers["borta@bolaget.example"] = "550 5.1.1 no such user"
    message = post.send(case_of(post).uid, others=("anna@bolaget.example", "borta@bolaget.example"))
    post.chore.run()
    mail_server.answers.clear()
    with post.municipality.database.unit_of_work() as session:
        steering.retry(session, post.municipality.registrar, message.uid)
    post.chore.run()
    assert [item.rcpt_tos for item in mail_server.kept] == [["anna@bolaget.example"], ["borta@bolaget.example"]]
    assert post.again(message).state is MessageState.SENT


def test_content_missing_in_the_store_is_told_and_blocks_nothing(
    sqlite_post: Post, mail_server: MailServer
) -> None:
    case = case_of(sqlite_post)
    broken = sqlite_post.send(case.uid)
    sqlite_post.municipality.blobs.path(broken.content_sha256 or "").unlink()
    whole = sqlite_post.send(case.uid)
    assert sqlite_post.chore.run() == 2
    assert sqlite_post.again(broken).state is MessageState.FAILED
    assert sqlite_post.again(whole).state is MessageState.SENT


def test_kept_message_parses_to_what_was_written(sqlite_post: Post) -> None:
    message = sqlite_post.send(case_of(sqlite_post).uid)
    content = sqlite_post.chore.store.open(message.content_sha256 or "").read()
    assert b"\n" not in content.replace(b"\r\n", b"")
    kept = BytesParser(policy=policy.default).parsebytes(content)
    assert kept["From"] == f"Kommunstyrelsen <{sqlite_post.mail.sender}>"
    assert kept["Auto-Submitted"] is None


def marked(post: Post, target: Case | Record) -> None:
    with post.municipality.database.unit_of_work() as session:
        found = session.get_one(type(target), target.id)
        facts = RestrictionFacts("26:1", Scope.WHOLE)
        secrecy_marks.mark(session, post.municipality.registrar, found, facts)


def retried(post: Post, message: OutgoingMessage) -> None:
    with post.municipality.database.unit_of_work() as session:
        steering.retry(session, post.municipality.registrar, message.uid)


def test_what_was_marked_while_it_waited_is_held_for_a_person(post: Post, mail_server: MailServer) -> None:
    case = case_of(post)
    held, other = post.send(case.uid), post.send(case_of(post).uid)
    marked(post, case)
    post.chore.run()
    assert len(mail_server.kept) == 1
    assert post.again(other).state is MessageState.SENT
    found = post.again(held)
    assert (found.state, found.attempts, found.lease_until) == (MessageState.UNCERTAIN, 0, None)
    assert "sekretessmarkerats" in (found.last_error or "")
    assert actions(post, held)[-1] == "record.dispatch_uncertain"
    with pytest.raises(MessageConflict, match="skriv det på nytt"):
        retried(post, held)


def test_failed_message_is_not_tried_again_once_its_attachment_is_marked(
    sqlite_post: Post, mail_server: MailServer
) -> None:
    post, m = sqlite_post, sqlite_post.municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        sha256 = m.store(session, b"ritning")
        source = m.record(session, case, documents=(DocumentFacts(sha256, "ritning.txt"),))
        uid = source.documents[0].uid
    mail_server.answers["anna@bolaget.example"] = "550 5.1.1 no such user"
    message = post.send(case.uid, files=(uid,))
    post.chore.run()
    mail_server.answers.clear()
    retried(post, message)
    marked(post, source)
    post.chore.run()
    assert mail_server.kept == []
    assert post.again(message).state is MessageState.UNCERTAIN


def test_mark_that_the_writer_knew_of_does_not_hold_the_letter(sqlite_post: Post, mail_server: MailServer) -> None:
    case = case_of(sqlite_post)
    marked(sqlite_post, case)
    message = sqlite_post.send(case.uid, consent=Consent(to_marked=True, reason="Part har begärt det"))
    sqlite_post.chore.run()
    assert sqlite_post.again(message).state is MessageState.SENT


def test_recipient_who_becomes_protected_while_it_waits_gets_nothing(post: Post, mail_server: MailServer) -> None:
    m = post.municipality
    with m.database.unit_of_work() as session:
        anna = PartyFacts("Anna Ek", PartyKind.PERSON, PartyRole.PARTY, email="Anna@bolaget.example")
        case = m.case(session, parties=(anna,))
    message = post.send(case.uid)
    with m.database.unit_of_work() as session:
        session.scalars(select(Party).where(Party.case_id == case.id)).one().is_protected = True
    post.chore.run()
    assert mail_server.kept == []
    assert "skyddade personuppgifter" in (post.again(message).last_error or "")


class Cut(SmtpTransport):
    """A way out whose line breaks when the answer to the content should come."""

    def _connect(self):  # type: ignore[no-untyped-def]
        line = SmtpTransport._connect(self)
        read = line.getreply

        def getreply():  # type: ignore[no-untyped-def]
            if line.__dict__.get("has_ended"):
                raise ConnectionResetError("cut")
            return read()

        send = line.send

        def sending(content):  # type: ignore[no-untyped-def]
            send(content)
            if content in (b".\r\n", b"\r\n.\r\n"):
                line.__dict__["has_ended"] = True

        line.getreply, line.send = getreply, sending
        return line
