"""A record in the wrong case is moved: a new number in the right one, a trace in the old, nothing leaks."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.errors import DomainError, NotAllowed
from diarium.i18n import today
from diarium.identity.permissions import Actor, Role
from diarium.register import closing, deadlines, lookup, moving, registration, secrecy_marks
from diarium.register.commands import DocumentFacts, NewCase, PartyFacts, RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.errors import CaseNotFound, EditConflict, InvalidFact, StatusConflict
from diarium.register.models import Case, Document, Record
from diarium.register.views import sight_of_record
from diarium.register.vocabulary import CaseStatus, RecordStatus
from diarium.secrecy.models import Scope
from tests.conftest import Municipality

REASON = "Hörde till ett annat ärende"
PROTECTED = PartyFacts("Eva Ek", is_protected=True)


def test_moved_record_gets_a_new_number_and_leaves_the_old_one_explained(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        wrong, right = m.case(session), m.case(session)
        m.record(session, right)
        sha256 = m.store(session, b"brev")
        old = m.record(
            session,
            wrong,
            title="Ansökan",
            record_type="Ansökan",
            documents=(DocumentFacts(sha256, "ett.txt", "Brevet"), DocumentFacts(sha256, "två.txt")),
            restrictions=(RestrictionFacts("31:16", Scope.FILES, "Anbud"),),
        )
        new = moving.move_record(session, m.registrar, old, right.number_text, REASON)
        assert new.number_text == f"{right.number_text}-2"
        old_uid, new_uid, right_number = old.uid, new.uid, right.number_text
    with m.database.reading() as session:
        old = lookup.record_by_uid(session, m.registrar, old_uid)
        new = lookup.record_by_uid(session, m.registrar, new_uid)
        assert (old.status, old.running_number, old.title) == (RecordStatus.CANCELLED, 1, "Ansökan")
        assert old.cancel_reason == f"Flyttad till {right_number}-2: {REASON}"
        assert old.moved_to is new
        assert [party.name for party in old.parties] == ["Trafikbolaget AB"]
        assert old.documents == []
        assert (new.title, new.record_type, new.official_on) == ("Ansökan", "Ansökan", today())
        assert [(item.position, item.file_name) for item in new.documents] == [(1, "ett.txt"), (2, "två.txt")]
        assert [party.name for party in new.parties] == ["Trafikbolaget AB"]
        (mark,) = new.restrictions
        assert (mark.provision.code, mark.scope, mark.made_on) == ("31:16", Scope.FILES, today())
        assert mark.note == f"Anbud\nFöljde med från {old.number_text} när handlingen flyttades."


def test_both_cases_and_both_records_tell_of_the_move(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        wrong, right = m.case(session), m.case(session)
        old = m.record(session, wrong)
        new = moving.move_record(session, m.registrar, old, right.number_text, REASON)
        told = {
            (event.action, event.entity_uid)
            for event in session.scalars(select(AuditEvent).where(AuditEvent.action.like("%moved%")))
        }
        wanted = {
            ("record.moved", str(old.uid)),
            ("record.moved_here", str(new.uid)),
            ("case.record_moved_away", str(wrong.uid)),
            ("case.record_moved_here", str(right.uid)),
        }
        assert told == wanted
        fed = session.execute(select(Change.kind, Change.entity_uid).where(Change.kind.like("%moved%"))).all()
        assert {(kind, str(uid)) for kind, uid in fed} == wanted


def test_record_that_is_moved_back_gets_a_third_number(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        first, second = m.case(session), m.case(session)
        record = m.record(session, first)
        there = moving.move_record(session, m.registrar, record, second.number_text, REASON)
        back = moving.move_record(session, m.registrar, there, first.number_text, "Nej, rätt från början")
        assert back.number_text == f"{first.number_text}-2"
        assert record.moved_to is there
        assert there.moved_to is back
        with pytest.raises(StatusConflict, match="redan flyttad"):
            moving.move_record(session, m.registrar, record, second.number_text, REASON)


def test_marking_of_the_old_case_goes_along(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        secret = m.case(session, restrictions=(RestrictionFacts("26:1"),))
        lifted = secrecy_marks.mark(session, m.registrar, secret, RestrictionFacts("31:16"))
        session.flush()
        secrecy_marks.lift(session, m.registrar, secret, lifted.uid, "Prövad")
        record = m.record(session, secret)
        plain = m.case(session)
        moved = moving.move_record(session, m.registrar, record, plain.number_text, REASON)
        assert [mark.provision.code for mark in moved.restrictions] == ["26:1"]
        assert not sight_of_record(m.officer, moved).title


def test_release_given_beside_a_protected_person_is_taken_back(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        guarded, plain, other = m.case(session, parties=(PROTECTED,)), m.case(session), m.case(session)
        facts = (DocumentFacts(m.store(session, b"brev"), "brev.txt", is_released=True),)
        first = m.record(session, guarded, documents=facts)
        second = m.record(session, other, documents=facts)
        moved = moving.move_record(session, m.registrar, first, plain.number_text, REASON)
        assert [item.is_released for item in moved.documents] == [False]
        moved = moving.move_record(session, m.registrar, second, plain.number_text, REASON)
        assert [item.is_released for item in moved.documents] == [True]


def test_what_is_watched_because_of_the_record_goes_with_it(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        wrong, right = m.case(session), m.case(session)
        record = m.record(session, wrong)
        day = today() + dt.timedelta(days=9)
        deadlines.add(session, m.registrar, wrong, DeadlineFacts(day, "Svar", record_uid=record.uid))
        deadlines.add(session, m.registrar, wrong, DeadlineFacts(day, "Annat"))
        moved = moving.move_record(session, m.registrar, record, right.number_text, REASON)
        assert [item.text for item in deadlines.open_of(session, wrong)] == ["Annat"]
        (watched,) = deadlines.open_of(session, right)
        assert watched.record is moved


def closed(m: Municipality, case: Case) -> None:
    case.status, case.closed_on = CaseStatus.CLOSED, today()


def archived(m: Municipality, case: Case) -> None:
    closed(m, case)
    case.status = CaseStatus.ARCHIVED


def cancelled(m: Municipality, case: Case) -> None:
    case.status = CaseStatus.CANCELLED


@pytest.mark.parametrize("end", [closed, archived, cancelled])
def test_finished_case_takes_no_record(
    sqlite_municipality: Municipality, end: Callable[[Municipality, Case], None]
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record, target = m.record(session), m.case(session)
        end(m, target)
        session.flush()
        with pytest.raises(StatusConflict, match=target.number_text) as refusal:
            moving.move_record(session, m.registrar, record, target.number_text, REASON)
        assert refusal.value.field == "case"
        assert record.status is RecordStatus.REGISTERED
        assert target.record_count == 0


def test_record_of_an_archived_case_or_a_cancelled_one_is_not_moved(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        kept, gone, target = m.record(session), m.record(session), m.case(session)
        archived(m, kept.case)
        closing.cancel_record(session, m.registrar, gone, "Dubblett")
        for record in (kept, gone):
            with pytest.raises(StatusConflict):
                moving.move_record(session, m.registrar, record, target.number_text, REASON)


def test_impossible_move_is_refused_at_its_field(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    both = Actor(
        m.registrar.user_id, m.registrar.name, {code: frozenset({Role.REGISTRAR}) for code in ("KS", "SN")}
    )
    with m.database.unit_of_work() as session:
        record, target = m.record(session), m.case(session)
        foreign = registration.open_case(session, m.outsider, NewCase("SN", "Annan nämnd"))
        with pytest.raises(InvalidFact, match="samma myndighet") as refusal:
            moving.move_record(session, both, record, foreign.number_text, REASON)
        assert refusal.value.field == "case"
        with pytest.raises(CaseNotFound):
            moving.move_record(session, m.registrar, record, foreign.number_text, REASON)
        with pytest.raises(InvalidFact, match="redan"):
            moving.move_record(session, m.registrar, record, record.case.number_text, REASON)
        with pytest.raises(InvalidFact) as refusal:
            moving.move_record(session, m.registrar, record, target.number_text, " ")
        assert refusal.value.field == "reason"
        with pytest.raises(EditConflict):
            moving.move_record(session, m.registrar, record, target.number_text, REASON, version=9)
        with pytest.raises(NotAllowed):
            moving.move_record(session, m.officer, record, target.number_text, REASON)


def at_once(*steps: Callable[[], None]) -> list[DomainError]:
    """Takes the steps at the same time; returns what was refused."""
    barrier = threading.Barrier(len(steps))
    refused: list[DomainError] = []
    faults: list[Exception] = []

    def take(step: Callable[[], None]) -> None:
        barrier.wait()
        try:
            step()
        except DomainError as error:
            refused.append(error)
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=take, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return refused


def test_of_two_who_move_the_same_record_one_is_told(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record, right, other = m.record(session), m.case(session), m.case(session)
        uid, numbers = record.uid, (right.number_text, other.number_text)

    def move_to(number: str) -> Callable[[], None]:
        def move() -> None:
            with m.database.unit_of_work() as session:
                mine = lookup.record_by_uid(session, m.registrar, uid)
                moving.move_record(session, m.registrar, mine, number, REASON)

        return move

    (told,) = at_once(*(move_to(number) for number in numbers))
    assert isinstance(told, StatusConflict)
    with m.database.reading() as session:
        assert len(session.scalars(select(Record)).all()) == 2


def test_records_that_change_places_at_once_do_not_wait_for_each_other(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        one, two = m.record(session), m.record(session)
        pairs = [(one.uid, two.case.number_text), (two.uid, one.case.number_text)]

    def move(pair: int) -> Callable[[], None]:
        def step() -> None:
            uid, number = pairs[pair]
            with m.database.unit_of_work() as session:
                mine = lookup.record_by_uid(session, m.registrar, uid)
                moving.move_record(session, m.registrar, mine, number, REASON)

        return step

    assert at_once(move(0), move(1)) == []
    with m.database.reading() as session:
        numbers = [(record.case_id, record.running_number) for record in session.scalars(select(Record))]
        assert len(set(numbers)) == 4


def test_file_added_while_its_record_is_moved_is_not_lost(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record, right = m.record(session), m.case(session)
        uid, number, sha256 = record.uid, right.number_text, m.store(session, b"brev")

    def move() -> None:
        with m.database.unit_of_work() as session:
            mine = lookup.record_by_uid(session, m.registrar, uid)
            moving.move_record(session, m.registrar, mine, number, REASON)

    def add() -> None:
        with m.database.unit_of_work() as session:
            mine = lookup.record_by_uid(session, m.registrar, uid)
            registration.add_documents(session, m.registrar, mine, [DocumentFacts(sha256, "brev.txt")])

    refused = at_once(move, add)
    with m.database.reading() as session:
        files = session.scalars(select(Document)).all()
        assert len(files) + len(refused) == 1
        assert all(item.record.status is RecordStatus.REGISTERED for item in files)
