"""What registrars do with what came in."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import func, select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.intake import queries, triage
from diarium.intake.errors import ItemNotFound
from diarium.intake.models import IntakeItem
from diarium.intake.receiving import ArrivedFile
from diarium.intake.vocabulary import FileKind, ItemState, SetAsideReason
from diarium.register import closing, secrecy_marks
from diarium.register.commands import DocumentFacts, NewCase, RestrictionFacts
from diarium.register.errors import EditConflict, InvalidFact, StatusConflict
from diarium.register.models import Case, Record
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.intake.arrivals import FRIDAY_EVENING, arrive, in_new_case


def test_item_is_registered_with_the_moment_that_it_came_in(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session, received_at=FRIDAY_EVENING)
    with municipality.database.unit_of_work() as session:
        documents = tuple(DocumentFacts(file.sha256, file.file_name) for file in item.files)
        command = in_new_case(item, documents=documents)
        record = triage.register_item(session, municipality.registrar, item.uid, command, version=1)
        assert record.received_at == FRIDAY_EVENING
        assert [document.file_name for document in record.documents] == ["Remiss.eml", "yttrande.pdf"]
    with municipality.database.reading() as session:
        view = queries.item_details(session, municipality.registrar, item.uid)
        assert view.state is ItemState.REGISTERED
        assert view.record is not None
        assert view.record.number == f"{record.case.number_text}-1"
        assert [line.action for line in view.history] == ["intake.registered", "intake.received"]


def test_other_day_given_by_the_registrar_has_no_moment(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session, received_at=FRIDAY_EVENING)
        command = in_new_case(item, official_on=item.official_on.replace(day=19))
        record = triage.register_item(session, sqlite_municipality.registrar, item.uid, command, version=1)
        assert record.received_at is None


def test_two_registrars_cannot_take_the_same_item(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def take() -> None:
        start.wait()
        try:
            with municipality.database.unit_of_work() as session:
                triage.register_item(session, municipality.registrar, item.uid, in_new_case(item), version=1)
            outcomes.append("registered")
        except StatusConflict as conflict:
            outcomes.append(conflict.message)

    threads = [threading.Thread(target=take) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    registered, told = sorted(outcomes, key=lambda text: text != "registered")
    assert registered == "registered"
    assert told.startswith("Posten är redan avklarad: registrerad av Rut Registrator ")
    with municipality.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 1
        assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_item_changed_meanwhile_is_not_registered_unseen(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session)
        triage.assign(session, sqlite_municipality.registrar, item.uid, "rut", version=1)
    with pytest.raises(EditConflict), sqlite_municipality.database.unit_of_work() as session:
        triage.register_item(session, sqlite_municipality.registrar, item.uid, in_new_case(item), version=1)


@pytest.mark.parametrize("field", ["case", "authority"])
def test_item_is_registered_only_at_the_authority_that_received_it(
    sqlite_municipality: Municipality, field: str
) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
        elsewhere = municipality.case(session)
    both = _registrar_of_both(municipality)
    with municipality.database.unit_of_work() as session:
        other = arrive(municipality, session, authority="SN")
    facts = (
        {"new_case": None, "case_uid": elsewhere.uid}
        if field == "case"
        else {"new_case": NewCase(authority="KS", title="Fel nämnd", classification="1")}
    )
    with pytest.raises(InvalidFact) as refusal, municipality.database.unit_of_work() as session:
        triage.register_item(session, both, other.uid, in_new_case(item, **facts), version=1)
    assert refusal.value.field == field
    with municipality.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Record)) == 0


def test_refused_registration_leaves_the_item_in_the_inbox(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
    command = in_new_case(item, documents=(DocumentFacts("0" * 64, "borta.pdf"),))
    with pytest.raises(InvalidFact), municipality.database.unit_of_work() as session:
        triage.register_item(session, municipality.registrar, item.uid, command, version=1)
    with municipality.database.reading() as session:
        assert queries.counts(session, municipality.registrar).unregistered == 1
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_assigned_item_is_seen_and_registered_by_its_officer_alone(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
        with pytest.raises(ItemNotFound):
            queries.item_details(session, municipality.officer, item.uid)
        triage.assign(session, municipality.registrar, item.uid, "hans", version=1)
    with municipality.database.unit_of_work() as session:
        view = queries.item_details(session, municipality.officer, item.uid)
        assert view.assigned_to == "Hans Handläggare"
        triage.register_item(session, municipality.officer, item.uid, in_new_case(item), version=view.version)
    with municipality.database.reading() as session, pytest.raises(ItemNotFound):
        queries.item_details(session, municipality.outsider, item.uid)


@pytest.mark.parametrize("username", ["arja", "siv", "finns-inte"])
def test_item_is_assigned_only_to_those_who_register_there(
    sqlite_municipality: Municipality, username: str
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session)
        with pytest.raises(InvalidFact) as refusal:
            triage.assign(session, sqlite_municipality.registrar, item.uid, username, version=1)
        assert refusal.value.field == "assigned_to"
        triage.assign(session, sqlite_municipality.registrar, item.uid, None, version=1)


def test_item_set_aside_keeps_its_reason_and_can_be_taken_back(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
        triage.set_aside(
            session, municipality.registrar, item.uid, SetAsideReason.TRIVIAL, " Nyhetsbrev ", version=1
        )
    with municipality.database.unit_of_work() as session:
        view = queries.item_details(session, municipality.registrar, item.uid)
        assert view.settled is not None
        assert (view.settled.reason_label, view.settled.note) == ("Uppenbart av ringa betydelse", "Nyhetsbrev")
        assert view.settled.reason_source is not None
        assert view.settled.reason_source.startswith("OSL 5 kap. 1 §")
        with pytest.raises(InvalidFact):
            triage.take_back(session, municipality.registrar, item.uid, " ")
        triage.take_back(session, municipality.registrar, item.uid, "Gällde ett pågående ärende")
    with municipality.database.reading() as session:
        view = queries.item_details(session, municipality.registrar, item.uid)
        assert view.state is ItemState.NEW
        assert view.settled is None
        assert view.history[0].reason == "Gällde ett pågående ärende"


def test_what_is_secret_is_never_set_aside(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session)
        with pytest.raises(InvalidFact) as refusal:
            triage.set_aside(
                session,
                sqlite_municipality.registrar,
                item.uid,
                SetAsideReason.KEPT_ORDERED,
                "Pärm 3",
                version=1,
                is_secret=True,
            )
        assert refusal.value.field == "is_secret"
        assert item.state is ItemState.NEW


def test_no_official_document_needs_an_explanation(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session)
        with pytest.raises(InvalidFact) as refusal:
            triage.set_aside(
                session, sqlite_municipality.registrar, item.uid, SetAsideReason.NOT_OFFICIAL, "", version=1
            )
        assert refusal.value.field == "note"


def test_returned_item_tells_where_it_went(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session)
        triage.return_item(
            session, sqlite_municipality.registrar, item.uid, "Gäller regionen, sänt dit", version=1
        )
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert event is not None
        assert (event.action, event.reason) == ("intake.returned", "Gäller regionen, sänt dit")
        with pytest.raises(StatusConflict, match="återsänd av Rut Registrator"):
            triage.return_item(session, sqlite_municipality.registrar, item.uid, "En gång till", version=2)


def test_chosen_files_become_an_item_of_their_own(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = _with_three_files(municipality, session)
        new = triage.split(session, municipality.registrar, item.uid, [item.files[2].uid], version=1)
    with municipality.database.reading() as session:
        part = queries.item_details(session, municipality.registrar, new.uid)
        rest = queries.item_details(session, municipality.registrar, item.uid)
        assert [file.file_name for file in part.files] == ["Remiss.eml", "b.pdf"]
        assert [file.file_name for file in rest.files] == ["Remiss.eml", "a.pdf", "c.pdf"]
        assert part.files[0].sha256 == rest.files[0].sha256
        assert (part.official_on, part.sender) == (rest.official_on, rest.sender)
        assert part.split_from is not None
        assert part.split_from.uid == rest.uid
        assert [other.uid for other in rest.parts] == [part.uid]
        assert rest.state is ItemState.NEW


def test_item_of_which_nothing_is_left_is_settled_as_split(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item = _with_three_files(municipality, session, body="")
        files = [file.uid for file in item.files if file.kind is FileKind.ATTACHMENT]
        triage.split(session, municipality.registrar, item.uid, files[:1], version=1)
        assert item.state is ItemState.NEW
        triage.split(session, municipality.registrar, item.uid, files[1:], version=2)
        assert item.state is ItemState.SPLIT
        with pytest.raises(StatusConflict, match="delarna"):
            triage.take_back(session, municipality.registrar, item.uid, "Jag ångrar mig")


def test_files_that_are_not_the_items_can_not_be_split_off(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item = _with_three_files(municipality, session)
        scan = arrive(municipality, session, original=None, body="")
        for target, chosen in (
            (item, [item.files[0].uid]),
            (item, [uuid.uuid4(), item.files[1].uid]),
            (item, []),
            (scan, [scan.files[0].uid]),
        ):
            with pytest.raises(InvalidFact):
                triage.split(session, municipality.registrar, target.uid, chosen, version=1)


def test_items_are_merged_and_taken_apart_again(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session, message=b"one")
        other = arrive(municipality, session, message=b"two")
        triage.merge(session, municipality.registrar, item.uid, [other.uid, item.uid], version=1)
    with municipality.database.unit_of_work() as session:
        view = queries.item_details(session, municipality.registrar, item.uid)
        assert [file.kind for file in view.files] == [FileKind.ORIGINAL, FileKind.ATTACHMENT] * 2
        merged = queries.item_details(session, municipality.registrar, other.uid)
        assert merged.merged_into is not None
        assert merged.merged_into.uid == item.uid
        assert len(merged.files) == 2
        assert queries.counts(session, municipality.registrar).unregistered == 1
        triage.take_back(session, municipality.registrar, other.uid, "Hörde inte ihop")
    with municipality.database.reading() as session:
        view = queries.item_details(session, municipality.registrar, item.uid)
        assert len(view.files) == 2
        assert queries.counts(session, municipality.registrar).unregistered == 2


def test_what_was_merged_stays_where_its_item_is_registered(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item, other = arrive(municipality, session, message=b"1"), arrive(municipality, session, message=b"2")
        triage.merge(session, municipality.registrar, item.uid, [other.uid], version=1)
        triage.register_item(session, municipality.registrar, item.uid, in_new_case(item), version=2)
        with pytest.raises(StatusConflict, match="redan avklarad"):
            triage.take_back(session, municipality.registrar, other.uid, "Hörde inte ihop")


def test_items_of_two_authorities_are_not_merged(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    both = _registrar_of_both(municipality)
    with municipality.database.unit_of_work() as session:
        item, other = arrive(municipality, session), arrive(municipality, session, authority="SN")
        with pytest.raises(InvalidFact):
            triage.merge(session, both, item.uid, [other.uid], version=1)
        with pytest.raises(ItemNotFound):
            triage.merge(session, municipality.registrar, item.uid, [other.uid], version=1)


def test_item_comes_back_when_its_record_was_cancelled(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
        record = triage.register_item(session, municipality.registrar, item.uid, in_new_case(item), version=1)
        with pytest.raises(StatusConflict, match="Makulera"):
            triage.take_back(session, municipality.registrar, item.uid, "Fel ärende")
        closing.cancel_record(session, municipality.registrar, record, "Fel ärende")
        triage.take_back(session, municipality.registrar, item.uid, "Fel ärende")
        assert (item.state, item.record) == (ItemState.NEW, None)


def test_item_of_a_record_that_was_marked_is_hidden_from_its_former_officer(
    sqlite_municipality: Municipality,
) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item = arrive(municipality, session)
        triage.assign(session, municipality.registrar, item.uid, "hans", version=1)
        record = triage.register_item(session, municipality.registrar, item.uid, in_new_case(item), version=2)
        assert queries.item_details(session, municipality.officer, item.uid).subject
        secrecy_marks.mark(session, municipality.registrar, record, RestrictionFacts("26:1"))
    with municipality.database.unit_of_work() as session:
        with pytest.raises(ItemNotFound):
            queries.item_details(session, municipality.officer, item.uid)
        page = queries.inbox(session, municipality.officer, queries.InboxFilter(state=None))
        assert [(row.subject, row.sender) for row in page.rows] == [(None, None)]
        queries.note_reading(session, municipality.registrar, item.uid)
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "intake.read")).one()


def test_item_that_was_merged_or_split_is_hidden_with_what_the_others_became(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        parts = tuple(ArrivedFile(f"{name}.pdf", municipality.store(session, name.encode())) for name in "ab")
        last, middle, first = (
            arrive(municipality, session, subject=f"Hemligt {number}", message=f"{number}".encode(), files=parts)
            for number in range(3)
        )
        for item in (last, middle, first):
            triage.assign(session, municipality.registrar, item.uid, "hans", version=1)
        half = triage.split(session, municipality.registrar, last.uid, [last.files[1].uid], version=2)
        triage.merge(session, municipality.registrar, middle.uid, [first.uid], version=2)
        triage.merge(session, municipality.registrar, last.uid, [middle.uid], version=3)
        record = triage.register_item(session, municipality.registrar, last.uid, in_new_case(last), version=4)
        uids = [item.uid for item in (first, middle, last, half)]
        for uid in uids:
            assert queries.item_details(session, municipality.officer, uid).subject
        secrecy_marks.mark(session, municipality.registrar, record, RestrictionFacts("26:1"))
    with municipality.database.unit_of_work() as session:
        for uid in uids:
            with pytest.raises(ItemNotFound):
                queries.item_details(session, municipality.officer, uid)
        page = queries.inbox(session, municipality.officer, queries.InboxFilter(state=None))
        assert [(row.subject, row.sender) for row in page.rows] == [(None, None)] * 4
        queries.note_reading(session, municipality.registrar, uids[0])
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "intake.read")).one()


def test_items_that_were_merged_into_their_own_parts_can_be_read(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        item = _with_three_files(municipality, session)
        part = triage.split(session, municipality.registrar, item.uid, [item.files[1].uid], version=1)
        triage.merge(session, municipality.registrar, part.uid, [item.uid], version=1)
        triage.assign(session, municipality.registrar, part.uid, "hans", version=2)
        assert queries.item_details(session, municipality.officer, part.uid).subject


def test_list_asks_as_much_of_many_merged_items_as_of_few(sqlite_municipality: Municipality) -> None:
    municipality = sqlite_municipality
    taken = []
    for amount in (3, 12):
        with municipality.database.unit_of_work() as session:
            gatherer = arrive(municipality, session, message=f"{amount}".encode())
            for number in range(amount):
                other = arrive(municipality, session, message=f"{amount} {number}".encode())
                triage.assign(session, municipality.registrar, other.uid, "hans", version=1)
                triage.merge(session, municipality.registrar, gatherer.uid, [other.uid], version=1 + number)
            command = in_new_case(gatherer)
            triage.register_item(session, municipality.registrar, gatherer.uid, command, version=1 + amount)
        with statements_of(municipality.database.engine) as sent, municipality.database.reading() as session:
            assert queries.inbox(session, municipality.officer, queries.InboxFilter(state=None)).rows
        taken.append(len(sent))
    assert taken[0] == taken[1]


def test_archivist_triages_nothing(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        item = arrive(sqlite_municipality, session)
        with pytest.raises((ItemNotFound, NotAllowed)):
            triage.return_item(session, sqlite_municipality.archivist, item.uid, "Hör inte hit", version=1)


def _with_three_files(municipality: Municipality, session, **facts) -> IntakeItem:  # type: ignore[no-untyped-def]
    files = tuple(ArrivedFile(f"{name}.pdf", municipality.store(session, name.encode())) for name in "abc")
    return arrive(municipality, session, files=files, **facts)


def _registrar_of_both(municipality: Municipality):  # type: ignore[no-untyped-def]
    from diarium.identity.permissions import Actor, Role

    roles = frozenset({Role.REGISTRAR})
    return Actor(municipality.registrar.user_id, "Rut Registrator", {"KS": roles, "SN": roles})
