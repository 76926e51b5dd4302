"""Closing, opening again, cancelling, correcting, marking."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.register import closing, correction, lookup, queries, registration, relating, rules, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.errors import EditConflict, InvalidFact, StatusConflict
from diarium.register.models import Document
from diarium.register.vocabulary import FINISHED, TRANSITIONS, CaseStatus, PartyKind, RecordStatus, RelationKind
from diarium.secrecy.models import Scope
from tests.conftest import Municipality


def test_case_is_closed_with_date_and_event(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.record(session).case
        closing.close(session, m.registrar, case, reason="Klart")
        assert (case.status, case.closed_on) == (CaseStatus.CLOSED, today())
    with m.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.closed")).one()
        assert event.before == {"status": "open", "closed_on": None}
        assert event.reason == "Klart"


def test_case_without_class_or_record_is_not_closed(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, classification=None)
        with pytest.raises(StatusConflict, match="klassificerat"):
            closing.close(session, m.registrar, case)


def test_case_is_not_closed_before_its_last_record(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, opened_on=today() - dt.timedelta(days=9))
        m.record(session, case)
        session.refresh(case, ["records"])
        with pytest.raises(InvalidFact) as refusal:
            closing.close(session, m.registrar, case, day=today() - dt.timedelta(days=3))
        assert refusal.value.field == "closed_on"


def test_officer_closes_only_the_own_case(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        foreign, own = m.record(session).case, m.record(session, m.case(session, responsible="hans")).case
        with pytest.raises(NotAllowed):
            closing.close(session, m.officer, foreign)
        session.refresh(own, ["records"])
        closing.close(session, m.officer, own)
        assert own.status is CaseStatus.CLOSED


def test_reopening_needs_a_reason_and_keeps_the_number(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.record(session).case
        number = case.number_text
        closing.close(session, m.registrar, case)
        with pytest.raises(InvalidFact):
            closing.reopen(session, m.registrar, case, " ")
        closing.reopen(session, m.registrar, case, "Komplettering kom in")
        assert (case.status, case.closed_on, case.number_text) == (CaseStatus.IN_PROGRESS, None, number)


def test_cancelled_record_keeps_number_and_reason(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        closing.cancel_record(session, m.registrar, record, "Registrerad två gånger")
        assert (record.status, record.running_number) == (RecordStatus.CANCELLED, 1)
        assert m.record(session, record.case).running_number == 2


def test_correction_keeps_the_former_value_with_who_when_and_why(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        wanted = correction.RecordCorrection(title="Yttrande om buss 4")
        correction.correct_record(session, m.registrar, record, wanted, "Fel rubrik", version=1)
        assert (record.title, record.version) == ("Yttrande om buss 4", 2)
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.corrected")).one()
        assert event.before == {"title": "Yttrande över remiss"}
        assert (event.actor_name, event.reason) == ("Rut Registrator", "Fel rubrik")


def test_second_of_two_editors_is_told_and_overwrites_nothing(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        first, second = correction.CaseCorrection(title="Ett"), correction.CaseCorrection(title="Två")
        correction.correct_case(session, m.registrar, case, first, "Skäl", version=1)
        with pytest.raises(EditConflict):
            correction.correct_case(session, m.registrar, case, second, "Skäl", version=1)
        assert case.title == "Ett"


def test_lifted_marking_stays_in_the_history(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session)
        marking = secrecy_marks.mark(session, m.registrar, record, RestrictionFacts("26:1", Scope.TITLE))
        session.flush()
        secrecy_marks.lift(session, m.registrar, record, marking.uid, "Prövad, inget hinder")
        assert not marking.is_in_force
        assert marking.lift_reason == "Prövad, inget hinder"
        assert len(record.restrictions) == 1


@pytest.mark.parametrize(
    ("scope", "title", "parties", "files"),
    [
        (Scope.WHOLE, False, False, False),
        (Scope.TITLE, False, True, True),
        (Scope.PARTIES, True, False, True),
        (Scope.FILES, True, True, False),
    ],
)
def test_officer_without_need_to_know_sees_only_what_is_not_marked(
    sqlite_municipality: Municipality, scope: Scope, title: bool, parties: bool, files: bool
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record = m.record(session, restrictions=(RestrictionFacts("26:1", scope),))
        view = queries.record_view(m.officer, record)
        assert (view.title is not None, view.parties[0].name is not None) == (title, parties)
        assert queries.sight_of_record(m.officer, record).files is files
        assert queries.record_view(m.registrar, record).title == "Yttrande över remiss"
        assert view.number == record.number_text


def test_reading_marked_material_leaves_an_event_and_plain_reading_none(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        plain, marked = m.record(session), m.record(session, restrictions=(RestrictionFacts("26:1"),))
        queries.note_reading(session, m.registrar, plain)
        queries.note_reading(session, m.registrar, marked)
        session.flush()
        reads = session.scalars(select(AuditEvent).where(AuditEvent.action == "record.read")).all()
        assert [event.entity_label for event in reads] == [marked.number_text]


def test_protected_person_is_shown_to_the_registrar_alone(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    protected = PartyFacts("Eva Ek", PartyKind.PERSON, address="Gömda gatan 1", is_protected=True)
    with m.database.unit_of_work() as session:
        record = m.record(session, parties=(protected,))
        assert queries.record_view(m.registrar, record).parties[0].name == "Eva Ek"
        for actor in (m.officer, m.archivist):
            party = queries.record_view(actor, record).parties[0]
            assert (party.name, party.address, party.is_protected) == (None, None, False)


@given(st.sampled_from(list(CaseStatus)), st.sampled_from(list(CaseStatus)))
def test_status_goes_only_where_the_life_cycle_allows(old: CaseStatus, new: CaseStatus) -> None:
    if new is old or new in TRANSITIONS[old]:
        assert rules.step(old, new) is new
    else:
        with pytest.raises(StatusConflict):
            rules.step(old, new)


def test_archived_and_cancelled_are_ends() -> None:
    assert {status for status in CaseStatus if not TRANSITIONS[status]} == {
        CaseStatus.ARCHIVED,
        CaseStatus.CANCELLED,
    }
    assert {CaseStatus.ARCHIVED, CaseStatus.CANCELLED} <= FINISHED


def test_of_ten_concurrent_corrections_one_wins_and_the_rest_are_told(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid = m.case(session).uid
    outcomes: list[str] = []
    barrier = threading.Barrier(10)

    def correct(number: int) -> None:
        barrier.wait()
        try:
            with m.database.unit_of_work() as session:
                case = lookup.case_by_uid(session, m.registrar, uid)
                wanted = correction.CaseCorrection(title=f"Rubrik {number}")
                correction.correct_case(session, m.registrar, case, wanted, "Skäl", version=1)
            outcomes.append("corrected")
        except EditConflict:
            outcomes.append("told")

    threads = [threading.Thread(target=correct, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["corrected"] + ["told"] * 9
    with m.database.reading() as session:
        assert len(session.scalars(select(AuditEvent).where(AuditEvent.action == "case.corrected")).all()) == 1


def test_files_added_by_five_at_once_are_all_there(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        uid, sha256 = m.record(session).uid, m.store(session, b"innehall")
    failures: list[Exception] = []

    def add(number: int) -> None:
        try:
            with m.database.unit_of_work() as session:
                record = lookup.record_by_uid(session, m.registrar, uid)
                registration.add_documents(session, m.registrar, record, [DocumentFacts(sha256, f"{number}.txt")])
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with m.database.reading() as session:
        positions = session.scalars(select(Document.position).order_by(Document.position)).all()
        assert positions == [1, 2, 3, 4, 5]


def test_related_case_is_named_by_its_number_alone(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        first, second = m.case(session), m.case(session, title="Något hemligt")
        relating.relate(session, m.registrar, first, f"ks{second.year}-2", RelationKind.CONTINUES)
        session.flush()
        uid, number = first.uid, second.number_text
        with pytest.raises(InvalidFact, match="redan"):
            relating.relate(session, m.registrar, first, second.number_text, RelationKind.CONTINUES)
        with pytest.raises(InvalidFact, match="sig självt"):
            relating.relate(session, m.registrar, first, first.number_text, RelationKind.REFERS_TO)
    with m.database.reading() as session:
        assert queries.case_details(session, m.officer, uid).related == (f"Fortsätter {number}",)
