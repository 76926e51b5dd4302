"""What comes in is kept, dated rightly, and recognised when it comes again."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.identity.permissions import SYSTEM
from diarium.intake import prefilling, triage
from diarium.intake.models import IntakeItem
from diarium.intake.receiving import MAX_BODY, Arrival, ArrivedFile, receive
from diarium.intake.vocabulary import Channel, FileKind, ItemState
from diarium.register.commands import DocumentFacts
from diarium.register.errors import InvalidFact
from tests.conftest import Municipality
from tests.intake.arrivals import FRIDAY_EVENING, arrive, in_new_case


def test_message_becomes_an_item_with_its_original_and_its_files(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
        assert item.state is ItemState.NEW
        assert [(file.kind, file.file_name) for file in item.files] == [
            (FileKind.ORIGINAL, "Remiss.eml"),
            (FileKind.ATTACHMENT, "yttrande.pdf"),
        ]
        assert item.content_hash == item.files[0].sha256


@pytest.mark.parametrize(
    ("moment", "day", "deadline"),
    [
        (FRIDAY_EVENING, dt.date(2026, 11, 20), dt.date(2026, 11, 23)),
        (dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC), dt.date(2026, 11, 22), dt.date(2026, 11, 23)),
        (dt.datetime(2026, 6, 18, 22, 30, tzinfo=dt.UTC), dt.date(2026, 6, 19), dt.date(2026, 6, 22)),
        (dt.datetime(2025, 12, 23, 12, 0, tzinfo=dt.UTC), dt.date(2025, 12, 23), dt.date(2025, 12, 29)),
        (dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC), dt.date(2026, 10, 25), dt.date(2026, 10, 26)),
    ],
    ids=["friday-23:59", "sunday-after-midnight", "midsummer-eve", "before-christmas", "clock-set-back"],
)
def test_day_is_the_swedish_one_and_the_deadline_the_next_working_day(
    sqlite_municipality: Municipality, moment: dt.datetime, day: dt.date, deadline: dt.date
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session, received_at=moment)
        assert (item.official_on, item.deadline_on) == (day, deadline)


def test_clock_that_goes_ahead_gives_no_day_that_has_not_come(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session, received_at=dt.datetime(2199, 1, 1, tzinfo=dt.UTC))
        assert item.received_at <= dt.datetime.now(dt.UTC)


def test_same_message_id_again_is_kept_and_shown_as_a_duplicate(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        first = arrive(municipality, session, message_id="<a@example.se>", message=b"one")
        again = arrive(municipality, session, message_id="<a@example.se>", message=b"two")
        third = arrive(municipality, session, message_id="<a@example.se>", message=b"three")
        assert first.duplicate_of is None
        assert again.duplicate_of is first
        assert third.duplicate_of is first
        assert len({first.id, again.id, third.id}) == 3


def test_same_content_without_a_message_id_is_a_duplicate(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        first = arrive(sqlite_municipality, session, message=b"the same")
        again = arrive(sqlite_municipality, session, message=b"the same", channel=Channel.FILE_DROP)
        assert again.duplicate_of is first


def test_same_message_to_two_authorities_is_an_item_at_each(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        arrive(sqlite_municipality, session, message_id="<a@example.se>")
        other = arrive(sqlite_municipality, session, message_id="<a@example.se>", authority="SN")
        assert other.duplicate_of is None


def test_same_reference_gives_the_same_item(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        first = arrive(municipality, session, reference_key="imap:1")
    with municipality.database.unit_of_work() as session:
        again = arrive(municipality, session, reference_key="imap:1", subject="En annan")
        assert again.uid == first.uid
        assert again.subject == "Remiss om kollektivtrafik"
        assert session.scalar(select(func.count()).select_from(IntakeItem)) == 1


def test_same_message_by_four_collectors_at_once_is_one_item_and_three_duplicates(
    municipality: Municipality,
) -> None:
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def collect(number: int) -> None:
        try:
            start.wait()
            with municipality.database.unit_of_work() as session:
                arrive(municipality, session, message_id="<a@example.se>", reference_key=f"imap:{number}")
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=collect, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with municipality.database.reading() as session:
        items = session.scalars(select(IntakeItem).order_by(IntakeItem.id)).all()
        assert [item.duplicate_of_id for item in items] == [None, *[items[0].id] * 3]


def test_same_reference_by_four_collectors_at_once_is_one_item(municipality: Municipality) -> None:
    start = threading.Barrier(4)
    uids: list[object] = []

    def collect() -> None:
        start.wait()
        with municipality.database.unit_of_work() as session:
            uids.append(arrive(municipality, session, reference_key="imap:1").uid)

    threads = [threading.Thread(target=collect) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(uids) == 4
    assert len(set(uids)) == 1


def test_hostile_texts_are_cut_and_cleaned(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(
            municipality,
            session,
            subject="A\x00B\u202egpj.exe\r\nBcc: x " + "å" * 10_000,
            sender_name="\ud800Kalle 😀" + "n" * 1000,
            sender_email="x" * 1000,
            body="\x00" + "rad\n" * MAX_BODY,
            message_id="<" + "i" * 5_000,
            references=tuple(f"<{number}\x00>" for number in range(1000)),
            remarks=("x" * 5000,) * 100,
            files=(ArrivedFile("../../etc/pass\u202ewd", municipality.store(session, b"x")),),
        )
    assert item.subject.startswith("ABgpj.exe Bcc: x å")
    assert len(item.subject) == 500
    assert item.sender_name is not None
    assert item.sender_name.startswith("Kalle 😀")
    assert len(item.body) <= MAX_BODY
    assert item.files[1].file_name == "passwd"
    assert len(item.references) <= 50


def test_file_whose_bytes_are_not_stored_is_refused(sqlite_municipality: Municipality) -> None:
    with pytest.raises(InvalidFact) as refusal, sqlite_municipality.database.unit_of_work() as session:
        arrive(sqlite_municipality, session, files=(ArrivedFile("borta.pdf", "0" * 64),))
    assert refusal.value.field == "files"


def test_text_of_a_form_reaches_the_record_as_a_file_also_after_merging(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        items = []
        for channel, body in ((Channel.E_SERVICE, "Hela klagomålet, å ä ö."), (Channel.MANUAL, "Ringde kl. 9.")):
            arrival = Arrival("KS", channel, FRIDAY_EVENING, "Klagomål", "Anna Ek", "anna@ek.example", body=body)
            items.append(receive(session, SYSTEM, arrival, store=municipality.blobs))
        first, second = items
        triage.merge(session, municipality.registrar, first.uid, [second.uid], version=1)
    with municipality.database.unit_of_work() as session:
        form = prefilling.for_form(session, municipality.registrar, first.uid)
        documents = tuple(DocumentFacts(file.sha256, file.file_name) for file in form.files)
        command = in_new_case(first, documents=documents)
        record = triage.register_item(session, municipality.registrar, first.uid, command, version=2)
        texts = [municipality.blobs.path(document.sha256).read_text("utf-8") for document in record.documents]
        assert [document.file_name for document in record.documents] == ["meddelande.txt"] * 2
        assert [file.kind for file in first.files] == [FileKind.ORIGINAL] * 2
    assert texts[0] == (
        "Ämne: Klagomål\nFrån: Anna Ek <anna@ek.example>\nKom in: 2026-11-20 23:59\n\nHela klagomålet, å ä ö.\n"
    )
    assert texts[1].endswith("\n\nRingde kl. 9.\n")


@pytest.mark.parametrize("body", ["", " \n "])
def test_where_nothing_was_written_there_is_no_file(sqlite_municipality: Municipality, body: str) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        arrival = Arrival("KS", Channel.MANUAL, FRIDAY_EVENING, "Pärm", body=body)
        assert receive(session, SYSTEM, arrival, store=sqlite_municipality.blobs).files == []


def test_message_that_came_whole_gets_no_second_file(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        original = (sqlite_municipality.store(session, b"Subject: x"), "brev.eml")
        arrival = Arrival("KS", Channel.EMAIL, FRIDAY_EVENING, "Brev", body="Hej", original=original)
        item = receive(session, SYSTEM, arrival, store=sqlite_municipality.blobs)
        assert [file.file_name for file in item.files] == ["brev.eml"]


def test_same_files_are_the_same_thing_whatever_was_written_with_them(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        files = (ArrivedFile("a.pdf", sqlite_municipality.store(session, b"a")),)
        first, second = (
            receive(
                session,
                SYSTEM,
                Arrival("KS", Channel.E_SERVICE, FRIDAY_EVENING, "Ansökan", body=body, files=files),
                store=sqlite_municipality.blobs,
            )
            for body in ("En gång", "En gång till")
        )
        assert second.duplicate_of is first


def test_arrival_leaves_an_event_without_the_subject_line(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session, subject="Orosanmälan om Kalle", received_at=FRIDAY_EVENING)
        event = session.scalars(select(AuditEvent).where(AuditEvent.entity_uid == str(item.uid))).one()
        assert event.action == "intake.received"
        assert event.entity_label == "Inkorgen, E-post 2026-11-20 23:59"
        assert "Kalle" not in f"{event.entity_label}{event.after}"


def test_nobody_takes_in_for_an_authority_where_they_may_not_register(sqlite_municipality: Municipality) -> None:
    arrival = Arrival("SN", Channel.MANUAL, FRIDAY_EVENING, subject="Brev")
    with pytest.raises(NotAllowed), sqlite_municipality.database.unit_of_work() as session:
        receive(session, sqlite_municipality.registrar, arrival)


def test_what_an_officer_takes_in_by_hand_is_theirs(sqlite_municipality: Municipality) -> None:
    arrival = Arrival("KS", Channel.MANUAL, FRIDAY_EVENING, subject="Brev")
    with sqlite_municipality.database.unit_of_work() as session:
        assert receive(session, sqlite_municipality.officer, arrival).assigned_to_id is not None
        assert receive(session, sqlite_municipality.registrar, arrival).assigned_to_id is None
        assert receive(session, SYSTEM, arrival).assigned_to_id is None
        # A service's account is nobody's desk.
        handed_in = Arrival("KS", Channel.E_SERVICE, FRIDAY_EVENING, subject="Ansökan")
        assert receive(session, sqlite_municipality.officer, handed_in).assigned_to_id is None
