"""Decisions: several in a case, corrected with the former value kept, cancelled; what the status follows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed, NotFound
from diarium.i18n import today
from diarium.register import closing, decisions
from diarium.register.case_sheet import case_page
from diarium.register.commands import RestrictionFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.errors import EditConflict, InvalidFact, StatusConflict
from diarium.register.models import Decision
from diarium.register.vocabulary import CaseStatus, DecisionKind, DecisionState
from tests.conftest import Municipality

DAY = today()
BEFORE = DAY - dt.timedelta(days=10)
BOARD = DecisionFacts(DecisionKind.BOARD, DAY, "Kommunstyrelsen", "Bygglov ges", "14", is_final=True)
DELEGATED = DecisionFacts(DecisionKind.DELEGATION, DAY, "Bygglovschefen", "Anstånd ges", delegation_point="3.2")


def test_final_decision_decides_the_case_and_others_do_not(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        decisions.record_decision(session, m.registrar, case, DELEGATED)
        assert (case.status, case.decided_on) == (CaseStatus.OPEN, None)
        decisions.record_decision(session, m.registrar, case, BOARD)
        assert (case.status, case.decided_on) == (CaseStatus.DECIDED, DAY)
        uid = case.uid
    with m.database.reading() as session:
        head = case_page(session, m.officer, uid).head
        assert {(item.body, item.paragraph, item.delegation_point) for item in head.decisions} == {
            ("Kommunstyrelsen", "§ 14", None),
            ("Bygglovschefen", None, "3.2"),
        }


def test_corrected_decision_keeps_the_former_value(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, opened_on=BEFORE)
        made = decisions.record_decision(session, m.registrar, case, BOARD)
        wanted = replace(BOARD, decided_on=BEFORE, paragraph="§ 15")
        decisions.correct_decision(session, m.registrar, made.uid, wanted, "Fel dag", version=1)
        assert (made.paragraph, made.decided_on, case.decided_on) == ("§ 15", BEFORE, BEFORE)
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.decision_corrected"))
        assert event.before is not None
        assert event.before["paragraph"] == "§ 14"
        assert event.before["decided_on"] == DAY.isoformat()
        with pytest.raises(EditConflict):
            decisions.correct_decision(session, m.registrar, made.uid, BOARD, "Skäl", version=1)
        assert made.paragraph == "§ 15"


def test_cancelled_decision_stays_and_the_case_is_decided_no_longer(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, opened_on=BEFORE)
        first = decisions.record_decision(session, m.registrar, case, replace(BOARD, decided_on=BEFORE))
        second = decisions.record_decision(session, m.registrar, case, BOARD)
        decisions.cancel_decision(session, m.registrar, second.uid, "Fel ärende", version=1)
        assert (case.status, case.decided_on) == (CaseStatus.DECIDED, BEFORE)
        decisions.cancel_decision(session, m.registrar, first.uid, "Fel ärende", version=1)
        assert (case.status, case.decided_on) == (CaseStatus.IN_PROGRESS, None)
        stored = session.scalars(select(Decision).order_by(Decision.id)).all()
        assert [item.state for item in stored] == [DecisionState.CANCELLED] * 2
        with pytest.raises(StatusConflict):
            decisions.cancel_decision(session, m.registrar, first.uid, "Igen", version=2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decided_on": today() + dt.timedelta(days=1)}, "decided_on"),
        ({"decided_on": BEFORE}, "decided_on"),
        ({"body": " "}, "body"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "x" * 4001}, "outcome"),
        ({"paragraph": "x" * 50}, "paragraph"),
    ],
)
def test_impossible_decision_is_refused_at_its_field(
    sqlite_municipality: Municipality, change: dict[str, object], field: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        with pytest.raises(InvalidFact) as refusal:
            decisions.record_decision(session, m.registrar, case, replace(BOARD, **change))  # type: ignore[arg-type]
        assert refusal.value.field == field


def test_decision_is_entered_by_registrars_and_the_cases_own_officer(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        own, foreign = m.case(session, responsible="hans"), m.case(session)
        made = decisions.record_decision(session, m.officer, own, BOARD)
        with pytest.raises(NotAllowed):
            decisions.record_decision(session, m.officer, foreign, BOARD)
        with pytest.raises(NotFound):
            decisions.cancel_decision(session, m.outsider, made.uid, "Skäl", version=1)
        closing.cancel_case(session, m.registrar, foreign, "Dubblett")
        with pytest.raises(StatusConflict):
            decisions.record_decision(session, m.registrar, foreign, BOARD)


def test_outcome_in_a_marked_case_is_hidden_from_those_without_need_to_know(
    sqlite_municipality: Municipality,
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, restrictions=(RestrictionFacts("26:1"),))
        decisions.record_decision(session, m.registrar, case, BOARD)
        uid = case.uid
    with m.database.reading() as session:
        (seen,) = case_page(session, m.officer, uid).head.decisions
        assert (seen.outcome, seen.body, seen.decided_on) == (None, "Kommunstyrelsen", DAY)
        (seen,) = case_page(session, m.registrar, uid).head.decisions
        assert seen.outcome == "Bygglov ges"


@pytest.mark.parametrize(
    ("typed", "written"), [("14", "§ 14"), ("§14", "§ 14"), ("§§ 14–15", "§ 14–15"), (" ", None), (None, None)]
)
def test_paragraph_is_written_as_minutes_write_it(typed: str | None, written: str | None) -> None:
    assert decisions.written_paragraph(typed) == written
