"""Watching days: set, moved, done, cancelled; days that are suggested; closing with something still watched."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed, NotFound
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.register import closing, deadlines, moving
from diarium.register.deadlines import DeadlineFacts
from diarium.register.errors import EditConflict, InvalidFact, StatusConflict
from diarium.register.models import Case, Deadline, Record
from diarium.register.vocabulary import CaseStatus, DeadlineKind, DeadlineState
from tests.conftest import Municipality

SOON = today() + dt.timedelta(days=14)
LATER = SOON + dt.timedelta(days=7)


def test_deadline_is_watched_moved_and_done_with_its_history(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans")
        made = deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar från bolaget"))
        assert made.responsible is not None
        assert made.responsible.username == "hans"
        moved = DeadlineFacts(LATER, "Svar från bolaget", responsible="rut")
        deadlines.change(session, m.officer, made.uid, moved, "Fick anstånd", version=1)
        deadlines.complete(session, m.registrar, made.uid, "Svar kom in", version=2)
    with m.database.reading() as session:
        stored = session.scalars(select(Deadline)).one()
        assert (stored.state, stored.outcome, stored.due_on) == (DeadlineState.DONE, "Svar kom in", LATER)
        (changed,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.deadline_changed"))
        assert changed.before == {"due_on": SOON.isoformat(), "watched_by": "hans"}
        assert changed.reason == "Fick anstånd"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (DeadlineFacts(today() - dt.timedelta(days=1), "För sent"), "due_on"),
        (DeadlineFacts(dt.date(2999, 1, 1), "För långt bort"), "due_on"),
        (DeadlineFacts(SOON, "x" * 301), "text"),
        (DeadlineFacts(SOON, "Svar", responsible="ingen"), "responsible"),
        (DeadlineFacts(SOON, "Svar", responsible="siv"), "responsible"),
        (DeadlineFacts(SOON, "Svar", unit="Finns inte"), "unit"),
        (DeadlineFacts(SOON, "Svar", record_uid=uuid.uuid4()), "record"),
    ],
)
def test_impossible_deadline_is_refused_at_its_field(
    sqlite_municipality: Municipality, facts: DeadlineFacts, field: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        with pytest.raises(InvalidFact) as refusal:
            deadlines.add(session, m.registrar, case, facts)
        assert refusal.value.field == field


def test_second_who_settles_a_deadline_is_told(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        made = deadlines.add(session, m.registrar, m.case(session), DeadlineFacts(SOON, "Svar"))
        deadlines.complete(session, m.registrar, made.uid, "Svar kom", version=1)
        with pytest.raises(EditConflict):
            deadlines.complete(session, m.officer, made.uid, "Svar kom", version=1)
        with pytest.raises(StatusConflict):
            deadlines.cancel(session, m.officer, made.uid, "Behövs inte", version=2)
        assert made.settled_by_name == "Rut Registrator"


def test_deadline_of_another_authority_does_not_exist(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        made = deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar"))
        with pytest.raises(NotFound):
            deadlines.complete(session, m.outsider, made.uid, "Klart", version=1)
        with pytest.raises(NotAllowed):
            deadlines.add(session, m.archivist, case, DeadlineFacts(SOON, "Svar"))


def test_case_with_an_open_deadline_is_not_closed_and_the_day_is_named(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.record(session).case
        made = deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar"))
        with pytest.raises(StatusConflict, match=SOON.isoformat()):
            closing.close(session, m.registrar, case)
        deadlines.cancel(session, m.registrar, made.uid, "Behövs inte", version=1)
        closing.close(session, m.registrar, case)
        with pytest.raises(StatusConflict):
            deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar"))


def test_cancelled_case_is_no_longer_watched(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        made = deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar"))
        closing.cancel_case(session, m.registrar, case, "Dubblett")
        assert made.state is DeadlineState.CANCELLED


def test_case_on_hold_is_watched_until_it_is_taken_up(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans")
        with pytest.raises(InvalidFact):
            closing.pause(session, m.officer, case, SOON, " ")
        closing.pause(session, m.officer, case, SOON, "Väntar på dom")
        assert case.status is CaseStatus.ON_HOLD
        (watched,) = deadlines.open_of(session, case)
        assert (watched.kind, watched.due_on) == (DeadlineKind.ON_HOLD, SOON)
        with pytest.raises(StatusConflict):
            closing.pause(session, m.officer, case, SOON, "Igen")
        closing.resume(session, m.officer, case)
        assert case.status is CaseStatus.IN_PROGRESS
        assert deadlines.open_of(session, case) == []
        with pytest.raises(StatusConflict):
            closing.resume(session, m.officer, case)


def days(m: Municipality, actor: Actor, case: Case) -> dict[DeadlineKind, dt.date]:
    return {item.kind: item.due_on for item in deadlines.suggestions(case)}


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2024, 8, 31), 6, dt.date(2025, 2, 28)),
        (dt.date(2023, 8, 31), 6, dt.date(2024, 2, 29)),
        (dt.date(2026, 12, 15), 1, dt.date(2027, 1, 15)),
    ],
)
def test_months_after_a_day_end_with_the_month(day: dt.date, months: int, found: dt.date) -> None:
    assert deadlines.months_after(day, months) == found


def test_six_months_are_suggested_until_the_case_is_decided(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        assert days(m, m.registrar, case)[DeadlineKind.DELAY] == deadlines.months_after(today(), 6)
        case.decided_on = today()
        found = days(m, m.registrar, case)
        assert DeadlineKind.DELAY not in found
        assert found[DeadlineKind.APPEAL] >= today() + dt.timedelta(weeks=3)
        (appeal,) = [item for item in deadlines.suggestions(case) if item.kind is DeadlineKind.APPEAL]
        assert appeal.label.startswith("tidigast tre veckor från beslutet")
        assert "från delgivningen eller från anslaget om justerat protokoll" in appeal.label
        case.opened_on = case.decided_on = today() - dt.timedelta(days=400)
        assert DeadlineKind.APPEAL not in days(m, m.registrar, case)


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        (dt.date(2026, 5, 29), dt.date(2026, 6, 22)),
        (dt.date(2026, 12, 3), dt.date(2026, 12, 28)),
        (dt.date(2027, 3, 5), dt.date(2027, 3, 30)),
        (dt.date(2026, 4, 10), dt.date(2026, 5, 4)),
    ],
)
def test_last_day_of_an_appeal_is_no_day_of_rest(
    sqlite_municipality: Municipality, monkeypatch: pytest.MonkeyPatch, decided: dt.date, last: dt.date
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        case.decided_on = decided
        monkeypatch.setattr(deadlines, "today", lambda: decided)
        assert days(m, m.registrar, case)[DeadlineKind.APPEAL] == last
        session.expunge(case)


@pytest.mark.parametrize("end", ["cancel_case", "resume", "move_record"])
def test_outcome_given_at_the_same_moment_is_not_overwritten(municipality: Municipality, end: str) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        record, other = m.record(session), m.case(session)
        case = record.case
        if end == "resume":
            closing.pause(session, m.registrar, case, SOON, "Väntar")
        facts = DeadlineFacts(SOON, "Svar", record_uid=record.uid)
        item = (
            deadlines.open_of(session, case)[0]
            if end == "resume"
            else deadlines.watch(session, m.registrar, case, facts)
        )
        uid, case_id, record_id, number = item.uid, case.id, record.id, other.number_text
    settled, faults = threading.Event(), []

    def complete() -> None:
        try:
            with m.database.unit_of_work() as session:
                deadlines.complete(session, m.registrar, uid, "Svar kom in", version=1)
                settled.set()
                if m.database.is_postgresql:
                    _wait_until_somebody_waits(session)
        except Exception as fault:
            faults.append(fault)
            settled.set()

    thread = threading.Thread(target=complete)
    thread.start()
    settled.wait()
    with m.database.unit_of_work() as session:
        case = session.get_one(Case, case_id)
        if end == "cancel_case":
            closing.cancel_case(session, m.registrar, case, "Fel ärende")
        elif end == "resume":
            closing.resume(session, m.registrar, case)
        else:
            moving.move_record(session, m.registrar, session.get_one(Record, record_id), number, "Fel ärende")
    thread.join()
    assert faults == []
    with m.database.reading() as session:
        stored = deadlines.by_uid(session, m.registrar, uid)
        assert (stored.state, stored.outcome, stored.case_id) == (DeadlineState.DONE, "Svar kom in", case_id)


def _wait_until_somebody_waits(session: Session) -> None:
    for _turn in range(100_000):
        if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            return
    raise AssertionError("nobody waits")


def test_moved_deadline_is_told_in_both_cases(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        record, right = m.record(session), m.case(session)
        deadlines.add(session, m.registrar, record.case, DeadlineFacts(SOON, "Svar", record_uid=record.uid))
        moving.move_record(session, m.registrar, record, right.number_text, "Fel ärende")
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.deadline_moved")).all()
        assert {event.entity_uid for event in events} == {str(record.case.uid), str(right.uid)}
        assert {(event.after or {})["text"] for event in events} == {"Svar"}
