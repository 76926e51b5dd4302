"""Mail from a real server: every message once, none lost, and faults told in Swedish."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from diarium.identity.permissions import SYSTEM
from diarium.intake import claims, mail_collecting, sources
from diarium.intake.chores import MOST_AT_A_TIME, MailboxChore
from diarium.intake.models import Collecting, IntakeItem, Mailbox
from diarium.intake.sources import NewMailbox
from diarium.intake.taking_in import Intake
from diarium.intake.vocabulary import FileKind, Security
from diarium.settings import SettingsError
from tests.intake.conftest import MAX_BYTES
from tests.intake.dovecot import PASSWORD, Dovecot
from tests.intake.letters import letter

FRIDAY_EVENING = dt.datetime(2026, 11, 20, 22, 59, 30, tzinfo=dt.UTC)


def password(_variable: str) -> str:
    return PASSWORD


def add(intake: Intake, server: Dovecot, user: str = "ks", **facts: object) -> int:
    """A mailbox on the server; returns its key."""
    wanted: dict[str, object] = {
        "authority": "KS",
        "host": "localhost" if facts.get("security") else "127.0.0.1",
        "port": server.port,
        "security": Security.NONE,
        "username": user,
        "password_variable": "DIARIUM_MAILBOX_PROV",
    }
    with intake.database.unit_of_work() as session:
        return sources.add_mailbox(session, SYSTEM, NewMailbox(**(wanted | facts))).id  # type: ignore[arg-type]


def collected(intake: Intake, key: int) -> claims.Report:
    """What one collecting did; the mailbox must be free."""
    report = mail_collecting.collect(intake, key, password_of=password)
    assert report is not None
    return report


def figures(report: claims.Report) -> tuple[int, int, int, int]:
    return report.new, report.duplicates, report.known, report.failed


def subjects(intake: Intake) -> list[str]:
    with intake.database.reading() as session:
        return list(session.scalars(select(IntakeItem.subject).order_by(IntakeItem.id)))


def test_each_message_is_collected_once_and_left_on_the_server(intake_on_any: Intake, dovecot: Dovecot) -> None:
    intake = intake_on_any
    key = add(intake, dovecot)
    dovecot.deliver(letter("Första", files=(("a.pdf", b"%PDF-1"), ("b.pdf", b"%PDF-2"))), at=FRIDAY_EVENING)
    assert figures(collected(intake, key)) == (1, 0, 0, 0)
    assert figures(collected(intake, key)) == (0, 0, 0, 0)
    dovecot.deliver(letter("Andra"))
    assert figures(collected(intake, key)) == (1, 0, 0, 0)
    assert subjects(intake) == ["Första", "Andra"]
    with dovecot.connection() as box:
        assert [message.flags for message in box.fetch(mark_seen=False)] == [("\\Seen",), ("\\Seen",)]
    with intake.database.reading() as session:
        item = session.scalars(select(IntakeItem).order_by(IntakeItem.id)).first()
        assert item is not None
        assert item.received_at == FRIDAY_EVENING
        assert (item.official_on, item.deadline_on) == (dt.date(2026, 11, 20), dt.date(2026, 11, 23))
        assert [file.kind for file in item.files] == [FileKind.ORIGINAL, *[FileKind.ATTACHMENT] * 2]


def test_original_is_kept_byte_for_byte(intake: Intake, dovecot: Dovecot) -> None:
    content = b"Subject: \xe5\xe4\xf6\r\nX-Odd:\t \r\n\r\nr\xe5 text \x01\xff\r\n"
    dovecot.deliver(content)
    collected(intake, add(intake, dovecot))
    with intake.database.reading() as session:
        original = session.scalars(select(IntakeItem)).one().files[0]
        assert intake.blobs.open(original.sha256).read() == content


def test_same_message_in_two_mailboxes_is_a_duplicate_and_at_two_authorities_is_not(
    intake: Intake, dovecot: Dovecot
) -> None:
    content = letter(message_id="<a@example.se>")
    for user in ("ks", "sn", "sakta"):
        dovecot.deliver(content, user=user)
    assert figures(collected(intake, add(intake, dovecot, "ks"))) == (1, 0, 0, 0)
    assert figures(collected(intake, add(intake, dovecot, "sakta"))) == (0, 1, 0, 0)
    assert figures(collected(intake, add(intake, dovecot, "sn", authority="SN"))) == (1, 0, 0, 0)


def test_same_message_twice_in_a_mailbox_is_shown_twice(intake: Intake, dovecot: Dovecot) -> None:
    dovecot.deliver_all([letter(message_id="<a@example.se>")] * 2)
    assert figures(collected(intake, add(intake, dovecot))) == (1, 1, 0, 0)


def test_server_that_numbers_anew_brings_nothing_twice(intake_on_any: Intake, dovecot: Dovecot) -> None:
    intake = intake_on_any
    key = add(intake, dovecot)
    dovecot.deliver_all([letter("Första", message_id="<1@x>"), letter("Andra", message_id="<2@x>")])
    collected(intake, key)
    dovecot.number_anew()
    dovecot.deliver(letter("Tredje", message_id="<3@x>"))
    assert figures(collected(intake, key)) == (1, 0, 2, 0)
    assert figures(collected(intake, key)) == (0, 0, 0, 0)
    assert subjects(intake) == ["Första", "Andra", "Tredje"]


def test_server_that_goes_away_and_comes_back_loses_nothing(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    dovecot.deliver(letter("Första"))
    dovecot.stop()
    report = collected(intake, key)
    assert report.error == f"Servern tar inte emot anslutningar på port {dovecot.port}. Nytt försök görs senare."
    with intake.database.reading() as session:
        mailbox = session.get_one(Mailbox, key)
        assert (mailbox.failures, mailbox.last_error) == (1, report.error)
        assert mailbox.next_try_at is not None
    assert key not in claims.due(intake.database, Mailbox)
    dovecot.start()
    assert figures(collected(intake, key)) == (1, 0, 0, 0)
    with intake.database.reading() as session:
        mailbox = session.get_one(Mailbox, key)
        assert (mailbox.failures, mailbox.last_error, mailbox.next_try_at) == (0, None, None)
    assert key in claims.due(intake.database, Mailbox)


def test_server_that_dies_in_the_middle_is_gone_on_with_where_it_stopped(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    dovecot.deliver_all([letter(f"Nummer {number}") for number in range(5)])
    stopped: list[bool] = []

    @event.listens_for(Session, "after_flush")
    def stop_after_two(session: Session, _context: object) -> None:
        count = session.scalar(select(func.count()).select_from(IntakeItem))
        if count == 2 and not stopped:
            stopped.append(True)
            dovecot.stop()

    try:
        report = collected(intake, key)
    finally:
        event.remove(Session, "after_flush", stop_after_two)
    assert report.error is not None
    assert report.new == 2
    dovecot.start()
    assert figures(collected(intake, key)) == (3, 0, 0, 0)
    assert sorted(subjects(intake)) == [f"Nummer {number}" for number in range(5)]


@pytest.mark.parametrize("when", ["before_commit", "after_commit"])
def test_power_cut_while_storing_neither_loses_nor_doubles(
    intake_on_any: Intake, dovecot: Dovecot, when: str
) -> None:
    intake = intake_on_any
    key = add(intake, dovecot)
    dovecot.deliver_all([letter("Första"), letter("Andra")])
    cut: list[bool] = []

    @event.listens_for(Session, when)
    def power_cut(session: Session) -> None:
        if any(isinstance(row, IntakeItem) for row in session.identity_map.values()) and not cut:
            cut.append(True)
            raise SystemExit("power cut")

    try:
        with pytest.raises(SystemExit):
            collected(intake, key)
    finally:
        event.remove(Session, when, power_cut)
    _let_the_claim_run_out(intake, key)
    collected(intake, key)
    assert subjects(intake) == ["Första", "Andra"]


def test_message_that_can_not_be_stored_stops_no_other_and_is_tried_again(
    intake_on_any: Intake, dovecot: Dovecot
) -> None:
    intake = intake_on_any
    key = add(intake, dovecot)
    dovecot.deliver_all([letter("Första"), letter("Giftig"), letter("Tredje")])
    poison = [True]

    @event.listens_for(IntakeItem, "before_insert")
    def refuse(_mapper: object, _connection: object, item: IntakeItem) -> None:
        if item.subject == "Giftig" and poison:
            raise ValueError("a message that nothing can store")

    try:
        assert figures(collected(intake, key)) == (2, 0, 0, 1)
        assert figures(collected(intake, key)) == (0, 0, 0, 1)
        poison.clear()
        assert figures(collected(intake, key)) == (1, 0, 0, 0)
    finally:
        event.remove(IntakeItem, "before_insert", refuse)
    assert subjects(intake) == ["Första", "Tredje", "Giftig"]
    with intake.database.reading() as session:
        assert session.get_one(Mailbox, key).failed_uids == {}
        item = session.scalars(select(IntakeItem).where(IntakeItem.subject == "Giftig")).one()
        # Tried in vain twice: the third time nothing of it is opened but its header.
        assert item.remarks == ["Meddelandet kunde inte öppnas. Originalet finns kvar som fil."]
        assert item.sender_email == "anna.ek@example.se"


def test_too_large_message_becomes_an_item_that_says_so(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    dovecot.deliver_all([letter("Stor ritning", files=(("ritning.dwg", b"x" * MAX_BYTES),)), letter("Liten")])
    assert figures(collected(intake, key)) == (2, 0, 0, 0)
    with intake.database.reading() as session:
        large, small = session.scalars(select(IntakeItem).order_by(IntakeItem.id)).all()
        assert (large.subject, large.sender_email) == ("Stor ritning", "anna.ek@example.se")
        assert len(large.remarks) == 1
        assert "mer än de 3,0 MB som får tas emot" in large.remarks[0]
        assert [file.kind for file in large.files] == [FileKind.ORIGINAL]
        assert b"Subject: Stor ritning" in intake.blobs.open(large.files[0].sha256).read()
        assert small.remarks == []
        assert large.content_hash
    assert figures(collected(intake, key)) == (0, 0, 0, 0)
    with dovecot.connection() as box:  # the large one is not safe here: it stays unread
        assert [message.flags for message in box.fetch(mark_seen=False)] == [(), ("\\Seen",)]


def test_empty_and_shapeless_messages_become_items_too(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    dovecot.deliver_all([b"\r\n", b"ingen e-post alls", b"\xff\xfe\x00" * 50, letter("Hel")])
    assert figures(collected(intake, key)) == (4, 0, 0, 0)
    with intake.database.reading() as session:
        items = session.scalars(select(IntakeItem).order_by(IntakeItem.id)).all()
        assert all(item.remarks for item in items[:3])
        assert all(item.files for item in items)


def test_wrong_password_is_told_on_the_mailbox_and_the_others_go_on(intake: Intake, dovecot: Dovecot) -> None:
    wrong = add(intake, dovecot, "sakta", password_variable="DIARIUM_MAILBOX_FEL")
    add(intake, dovecot, "ks")
    dovecot.deliver(letter())
    chore = MailboxChore(intake, password_of=lambda name: "fel" if name.endswith("FEL") else PASSWORD)
    assert chore.run() == 1
    with intake.database.reading() as session:
        assert session.get_one(Mailbox, wrong).last_error == (
            "Servern godtog inte användarnamnet sakta med lösenordet i DIARIUM_MAILBOX_FEL. Kontrollera båda."
        )
    assert chore.run() == 0


def test_password_that_is_not_set_is_told_on_the_mailbox(
    intake: Intake, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add(intake, dovecot)
    monkeypatch.delenv("DIARIUM_MAILBOX_PROV", raising=False)
    report = mail_collecting.collect(intake, key)
    assert report is not None
    assert report.error == "Miljövariabeln DIARIUM_MAILBOX_PROV är inte satt för den här processen."
    with pytest.raises(SettingsError):
        mail_collecting.probe(intake.database, key)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"folder": "Finns inte"}, "Mappen ”Finns inte” finns inte i e-postlådan."),
        ({"host": "finns-inte.invalid", "security": Security.TLS}, "Servern finns-inte.invalid hittades inte."),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_told_in_swedish(
    intake: Intake, dovecot: Dovecot, facts: dict[str, object], told: str
) -> None:
    report = collected(intake, add(intake, dovecot, **facts))
    assert report.error is not None
    assert report.error.startswith(told)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_protected_line_needs_a_certificate_that_can_be_trusted(
    intake: Intake, dovecot_with_tls: Dovecot, monkeypatch: pytest.MonkeyPatch, security: Security
) -> None:
    server = dovecot_with_tls
    server.deliver(letter())
    port = server.tls_port if security is Security.TLS else server.port
    key = add(intake, server, security=security, port=port)
    report = collected(intake, key)
    assert report.error is not None
    assert report.error.startswith("Den krypterade anslutningen kunde inte upprättas: ")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    assert figures(collected(intake, key)) == (1, 0, 0, 0)


def test_two_hundred_messages_are_collected_in_order(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    dovecot.deliver_all([letter(f"Ärende {number}", message_id=f"<{number}@x>") for number in range(200)])
    assert figures(collected(intake, key)) == (200, 0, 0, 0)
    assert subjects(intake) == [f"Ärende {number}" for number in range(200)]
    with intake.database.reading() as session:
        assert [row.new for row in session.scalars(select(Collecting))] == [200]


def test_worker_takes_a_full_mailbox_in_portions(intake: Intake, dovecot: Dovecot) -> None:
    add(intake, dovecot)
    dovecot.deliver_all([letter(f"Nummer {number}") for number in range(MOST_AT_A_TIME + 3)])
    chore = MailboxChore(intake, password_of=password)
    assert [chore.run(), chore.run(), chore.run()] == [MOST_AT_A_TIME, 3, 0]


def test_two_workers_at_once_collect_nothing_twice(intake_on_any: Intake, dovecot: Dovecot) -> None:
    intake = intake_on_any
    key = add(intake, dovecot)
    dovecot.deliver_all([letter(f"Nummer {number}") for number in range(10)])
    start = threading.Barrier(2)
    reports: list[claims.Report | None] = []

    def work() -> None:
        start.wait()
        reports.append(mail_collecting.collect(intake, key, password_of=password))

    threads = [threading.Thread(target=work) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 2
    assert sorted(subjects(intake)) == [f"Nummer {number}" for number in range(10)]


def test_worker_that_was_thought_dead_doubles_nothing(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    dovecot.deliver_all([letter("Första"), letter("Andra")])
    collected(intake, key)
    with intake.database.unit_of_work() as session:  # as if nothing had been noted yet
        session.get_one(Mailbox, key).last_uid = 0
    assert figures(collected(intake, key)) == (0, 0, 2, 0)
    assert subjects(intake) == ["Första", "Andra"]


def test_disabled_mailbox_is_left_alone_and_can_be_opened_again(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    with intake.database.unit_of_work() as session:
        sources.disable(session, SYSTEM, session.get_one(Mailbox, key))
    dovecot.deliver(letter())
    assert mail_collecting.collect(intake, key, password_of=password) is None
    assert claims.due(intake.database, Mailbox) == []
    assert add(intake, dovecot) == key
    assert figures(collected(intake, key)) == (1, 0, 0, 0)


def test_looking_into_a_mailbox_changes_nothing(intake: Intake, dovecot: Dovecot) -> None:
    key = add(intake, dovecot)
    dovecot.deliver_all([letter("Första"), letter("Andra")])
    assert mail_collecting.probe(intake.database, key, password_of=password) == mail_collecting.Probe(2, 2)
    assert subjects(intake) == []
    with dovecot.connection() as box:
        assert [message.flags for message in box.fetch(mark_seen=False)] == [(), ()]


def _let_the_claim_run_out(intake: Intake, key: int) -> None:
    with intake.database.unit_of_work() as session:
        mailbox = session.get_one(Mailbox, key)
        assert mailbox.claimed_until is not None
        mailbox.claimed_until = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
