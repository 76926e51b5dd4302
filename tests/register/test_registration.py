"""Registering through the use case, on both databases."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.errors import DomainError, NotAllowed
from diarium.i18n import today
from diarium.register import registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.errors import CaseNotFound, InvalidFact, StatusConflict
from diarium.register.models import Case, Record
from diarium.register.vocabulary import CaseStatus, Direction, PartyKind
from diarium.secrecy.models import Scope
from tests.conftest import Municipality


def test_record_in_a_new_case_gets_both_numbers(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        record = registration.register(
            session,
            municipality.registrar,
            NewRecord(
                direction=Direction.INCOMING,
                official_on=today(),
                title="Ansökan om bygglov",
                new_case=NewCase(authority="KS", title="Bygglov för garage", classification="2.1"),
                parties=(PartyFacts("Byggbolaget AB", PartyKind.ORGANISATION, identity_number="212000-1439"),),
            ),
        )
        assert record.number_text == f"KS {today().year}/1-1"
        assert record.case.classification is not None
        assert [party.name for party in record.senders] == ["Byggbolaget AB"]


def test_registration_writes_event_and_outbox_row_in_the_same_transaction(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        record = municipality.record(session)
        uid = record.uid
    with municipality.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.registered")).one()
        assert event.actor_name == "Rut Registrator"
        assert event.after is not None
        assert event.after["title"] == "Yttrande över remiss"
        change = session.scalars(select(Change).where(Change.entity_type == "record")).one()
        assert (change.entity_uid, change.kind) == (uid, "record.registered")


def test_failed_registration_leaves_no_gap_and_no_trace(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        municipality.case(session)
    with pytest.raises(DomainError), municipality.database.unit_of_work() as session:
        registration.register(
            session,
            municipality.registrar,
            NewRecord(
                direction=Direction.INCOMING,
                official_on=today(),
                title="Ansökan",
                new_case=NewCase(authority="KS", title="Nytt ärende"),
                restrictions=(RestrictionFacts("99:99"),),
            ),
        )
    with municipality.database.unit_of_work() as session:
        assert municipality.case(session).number == 2
        assert len(session.scalars(select(Change).where(Change.kind == "case.opened")).all()) == 2


def test_number_is_not_given_twice_by_twenty_registrars(municipality: Municipality) -> None:
    numbers: list[str] = []
    failures: list[BaseException] = []
    barrier = threading.Barrier(20)

    def work() -> None:
        try:
            barrier.wait()
            for _round in range(3):
                with municipality.database.unit_of_work() as session:
                    numbers.append(municipality.record(session).number_text)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    year = today().year
    assert sorted(numbers) == sorted(f"KS {year}/{n}-1" for n in range(1, 61))


def test_running_numbers_in_one_case_are_not_doubled_by_ten_registrars(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session)
    threads = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with municipality.database.unit_of_work() as session:
                municipality.record(session, case)
        except BaseException as error:
            failures.append(error)

    for _ in range(10):
        threads.append(threading.Thread(target=work))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert not failures
    with municipality.database.reading() as session:
        numbers = session.scalars(select(Record.running_number).where(Record.case_id == case.id)).all()
    assert sorted(numbers) == list(range(1, 11))


def test_record_received_tomorrow_is_refused(sqlite_municipality: Municipality) -> None:
    with (
        pytest.raises(InvalidFact) as refusal,
        sqlite_municipality.database.unit_of_work() as session,
    ):
        sqlite_municipality.record(session, official_on=today() + dt.timedelta(days=1))
    assert refusal.value.field == "official_on"


def test_closed_case_takes_no_more_records(sqlite_municipality: Municipality) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        case = sqlite_municipality.case(session)
        case.status = CaseStatus.CLOSED
        case.closed_on = today()
        session.flush()
        with pytest.raises(StatusConflict, match="avslutat"):
            sqlite_municipality.record(session, case)


def test_other_authority_can_neither_register_nor_learn_that_the_case_exists(
    sqlite_municipality: Municipality,
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
    command = NewRecord(direction=Direction.INCOMING, official_on=today(), title="X", case=case.number_text)
    with m.database.unit_of_work() as session, pytest.raises(CaseNotFound):
        registration.register(session, m.outsider, command)
    with m.database.unit_of_work() as session, pytest.raises(NotAllowed):
        registration.open_case(session, m.outsider, NewCase(authority="KS", title="Y"))


@pytest.mark.parametrize("written", ["ks{y}-1", "KS.{y}.0001", "{y}/1", "1/{y}", "dnr KS {y}/1"])
def test_case_is_found_however_its_number_is_written(sqlite_municipality: Municipality, written: str) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        m.case(session)
        record = registration.register(
            session,
            m.registrar,
            NewRecord(
                direction=Direction.OUTGOING,
                official_on=today(),
                title="Svar",
                case=written.format(y=today().year),
            ),
        )
        assert record.case.number == 1


def test_restriction_states_provision_date_and_authority(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, restrictions=(RestrictionFacts("26:1", Scope.PARTIES),))
        marking = record.restrictions[0]
        assert marking.provision.citation == "OSL 26 kap. 1 §"
        assert (marking.made_on, marking.authority_code, marking.made_by_name) == (
            today(),
            "KS",
            "Rut Registrator",
        )


def test_file_that_is_not_in_the_store_can_not_be_bound(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with pytest.raises(InvalidFact, match="inte uppladdad"), m.database.unit_of_work() as session:
        m.record(session, documents=(DocumentFacts("0" * 64, "borta.pdf"),))


def test_files_are_bound_in_order(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        first, second = m.store(session, b"ett"), m.store(session, b"tv\xc3\xa5")
        record = m.record(session, documents=(DocumentFacts(first, "a.txt"), DocumentFacts(second, "b.txt")))
        assert [(d.position, d.file_name) for d in record.documents] == [(1, "a.txt"), (2, "b.txt")]


@pytest.mark.parametrize(
    ("title", "stored"),
    [("  Remiss\u202e   om\nvatten\x00 ", "Remiss om vatten"), ("Cafe\u0301", "Café"), ("Å😀", "Å😀")],
)
def test_titles_are_cleaned_of_what_has_no_place_in_them(
    sqlite_municipality: Municipality, title: str, stored: str
) -> None:
    with sqlite_municipality.database.unit_of_work() as session:
        assert sqlite_municipality.case(session, title=title).title == stored


@pytest.mark.parametrize("title", ["", "   ", "\x00", "å" * 501])
def test_impossible_titles_are_refused_at_their_field(sqlite_municipality: Municipality, title: str) -> None:
    with pytest.raises(InvalidFact) as refusal, sqlite_municipality.database.unit_of_work() as session:
        sqlite_municipality.record(session, title=title)
    assert refusal.value.field == "title"


def test_case_number_is_never_given_again_after_a_cancellation(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        case = municipality.case(session)
        case.status = CaseStatus.CANCELLED
        session.flush()
        assert municipality.case(session).number == 2
        assert session.scalars(select(Case).where(Case.number == 1)).one().status is CaseStatus.CANCELLED
