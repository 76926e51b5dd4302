"""Decisions and deadlines on the case page, in its time line, in lists: what one hides the others hide."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.lists import catalogue, paging
from diarium.lists.filtering import Criteria
from diarium.register import case_sheet, deadlines, decisions, queries, secrecy_marks
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.decisions import DecisionFacts
from diarium.register.models import Case, Deadline, Record
from diarium.register.vocabulary import DecisionKind
from diarium.web import history
from tests.conftest import Municipality
from tests.counting import statements_of

HIDDEN = "Sekretessmarkerad uppgift"
MARK = RestrictionFacts("26:1")
PROTECTED = PartyFacts("Frida Dold", is_protected=True)


def decided(outcome: str, record: Record | None = None) -> DecisionFacts:
    return DecisionFacts(
        DecisionKind.BOARD, today(), "Kommunstyrelsen", outcome, record_uid=record.uid if record else None
    )


def watched(text: str, record: Record | None = None) -> DeadlineFacts:
    return DeadlineFacts(today(), text, responsible="rut", record_uid=record.uid if record else None)


def fill(m: Municipality, session: Session, case: Case, record: Record | None = None) -> None:
    """A decision that is corrected and a deadline that is done, both with something secret in their texts."""
    first = decisions.record_decision(session, m.registrar, case, decided("Hemligt utfall", record))
    decisions.correct_decision(
        session, m.registrar, first.uid, decided("Hemligt svar", record), "Fel ord", version=1
    )
    deadlines.add(session, m.registrar, case, watched("Hemligt att bevaka", record))
    done = deadlines.add(session, m.registrar, case, watched("Hemligt gjort", record))
    deadlines.complete(session, m.registrar, done.uid, "Hemligt resultat", version=1)


def listed(session: Session, actor: Actor, name: str) -> str:
    rows = paging.page(session, actor, catalogue.LISTS[name], Criteria()).rows
    return str([row.values for row in rows])


def read(session: Session, actor: Actor, case: Case) -> str:
    """All that the page and the register sheet of the case say of decisions, deadlines and events."""
    page = case_sheet.case_page(session, actor, case.uid)
    entries = [*page.timeline.entries, *case_sheet.register_sheet(session, actor, case.uid).entries]
    told = [history.told(entry.event).text for entry in entries if entry.event]
    return str([page.head.decisions, page.head.deadlines, [(e.decision, e.deadline) for e in entries], told])


@pytest.mark.parametrize("why", ["marked record", "protected party"])
def test_texts_of_decisions_and_deadlines_are_hidden_everywhere(
    sqlite_municipality: Municipality, why: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, parties=(PROTECTED,) if why == "protected party" else ())
        record = m.record(session, case, restrictions=(MARK,) if why == "marked record" else ())
        fill(m, session, case, record)
        uid = case.uid
    with m.database.reading() as session:
        case = case_sheet.load(session, m.officer, uid)
        seen = {name: listed(session, m.officer, name) for name in ("beslut", "bevakningar")}
        assert all(HIDDEN in rows and "Hemligt" not in rows for rows in seen.values()), seen
        assert "Hemligt" not in read(session, m.officer, case)
        if why == "marked record":
            assert "Hemligt svar" in listed(session, m.registrar, "beslut")
            assert "Hemligt att bevaka" in listed(session, m.registrar, "bevakningar")
            assert "”Hemligt utfall” → ”Hemligt svar”" in read(session, m.registrar, case)


@pytest.mark.parametrize("name", ["beslut", "bevakningar"])
def test_list_that_shows_what_is_marked_is_noted(sqlite_municipality: Municipality, name: str) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        marked, open_one = m.record(session, restrictions=(MARK,)), m.record(session)
        for record in (marked, open_one):
            fill(m, session, record.case, record)
        number = marked.number_text
    for actor, expected in ((m.registrar, {number}), (m.officer, set())):
        with m.database.reading() as session:
            rows = paging.page(session, actor, catalogue.LISTS[name], Criteria()).rows
            shown = queries.restricted_shown(
                session,
                actor,
                cases=[row.marked_case for row in rows if row.marked_case],
                records=[row.marked_record for row in rows if row.marked_record],
            )
            assert {item.number for item in shown} == expected


@pytest.mark.parametrize("name", ["beslut", "bevakningar"])
def test_list_asks_as_many_questions_of_many_cases_as_of_few(sqlite_municipality: Municipality, name: str) -> None:
    m = sqlite_municipality

    def asked(number: int) -> int:
        with m.database.unit_of_work() as session:
            for _place in range(number):
                record = m.record(session, restrictions=(MARK,))
                fill(m, session, record.case, record)
        with statements_of(m.database.engine) as statements, m.database.reading() as session:
            listed(session, m.officer, name)
        return len(statements)

    assert asked(2) == asked(8)


def test_what_one_may_not_read_one_may_not_overwrite(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        item = deadlines.add(session, m.registrar, case, watched("Hemligt"))
        secrecy_marks.mark(session, m.registrar, case, MARK)
        with pytest.raises(NotAllowed):
            deadlines.change(session, m.officer, item.uid, watched(""), "Flyttas", version=1)
        with pytest.raises(NotAllowed):
            deadlines.complete(session, m.officer, item.uid, "Klart", version=1)
        with pytest.raises(NotAllowed):
            deadlines.cancel(session, m.officer, item.uid, "Behövs inte", version=1)
        uid = item.uid
    with m.database.reading() as session:
        assert deadlines.by_uid(session, m.registrar, uid).text == "Hemligt"
        assert not session.query(AuditEvent).filter(AuditEvent.action == "case.deadline_changed").count()
        assert session.query(Deadline).one().version == 1
