"""All open cases and watched days of a colleague go to another, each with its entry in the history."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed
from diarium.i18n import today
from diarium.identity.models import User
from diarium.register import closing, correction, deadlines, handing_over
from diarium.register.commands import RestrictionFacts
from diarium.register.deadlines import DeadlineFacts
from diarium.register.errors import EditConflict, InvalidFact
from diarium.register.models import Case, Deadline
from tests.conftest import Municipality
from tests.counting import statements_of

SOON = today() + dt.timedelta(days=14)


def responsible(m: Municipality) -> list[str | None]:
    with m.database.reading() as session:
        rows = session.execute(
            select(Case, User).outerjoin(User, User.id == Case.responsible_id).order_by(Case.id)
        )
        return [user.username if user else None for _case, user in rows]


def test_two_hundred_cases_are_handed_over_and_closed_ones_stay(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        for _number in range(200):
            m.case(session, responsible="hans")
        closed = m.record(session, m.case(session, responsible="hans")).case
        session.refresh(closed, ["records"])
        closing.close(session, m.registrar, closed)
        other = m.case(session)
        deadlines.add(session, m.registrar, other, DeadlineFacts(SOON, "Svar", responsible="hans"))
        session.execute(update(User).where(User.username == "hans").values(is_active=False))
    with m.database.unit_of_work() as session:
        count = handing_over.hand_over(session, m.registrar, "hans", "rut", authority="KS", reason="Slutar")
        assert count == 200
    assert responsible(m) == ["rut"] * 200 + ["hans", None]
    with m.database.reading() as session:
        assert session.scalars(select(Deadline)).one().responsible_id == m.registrar.user_id
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.assigned")).all()
        assert len({event.entity_uid for event in events}) == 200
        assert {event.reason for event in events} == {"Slutar"}
        assert events[0].before == {"responsible": "hans"}


def test_preview_says_what_would_go_and_tells_when_that_has_changed(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans", restrictions=(RestrictionFacts("26:1"),))
        deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar"))
    with m.database.unit_of_work() as session:
        seen = handing_over.preview(session, m.registrar, "hans", authority="KS")
        assert (seen.case_count, seen.deadline_count, seen.cases[0].number) == (1, 1, case.number_text)
        wanted = correction.CaseCorrection(title="Nytt")
        mine = session.get_one(Case, case.id)
        correction.correct_case(session, m.registrar, mine, wanted, "Skäl", version=mine.version)
        with pytest.raises(EditConflict):
            handing_over.hand_over(
                session, m.registrar, "hans", "rut", authority="KS", reason="Slutar", seen=seen.mark
            )
    assert responsible(m) == ["hans"]


def test_those_with_something_to_hand_over_are_offered(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, responsible="hans")
        deadlines.add(session, m.registrar, case, DeadlineFacts(SOON, "Svar", responsible="arja"))
        found = handing_over.holders(session, m.registrar, "KS")
        assert [item.username for item in found] == ["arja", "hans"]
        with pytest.raises(NotAllowed):
            handing_over.holders(session, m.outsider, "KS")


@pytest.mark.parametrize(
    ("giver", "taker", "reason", "field"),
    [
        ("hans", "hans", "Slutar", "to"),
        ("hans", "", "Slutar", "to"),
        ("hans", "siv", "Slutar", "responsible"),
        ("ingen", "rut", "Slutar", "from"),
        ("arja", "rut", "Slutar", "from"),
        ("hans", "rut", " ", "reason"),
    ],
)
def test_impossible_handing_over_is_refused_at_its_field(
    sqlite_municipality: Municipality, giver: str, taker: str, reason: str, field: str
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        m.case(session, responsible="hans")
        with pytest.raises(InvalidFact) as refusal:
            handing_over.hand_over(session, m.registrar, giver, taker, authority="KS", reason=reason)
        assert refusal.value.field == field


def test_only_who_may_correct_hands_over(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        m.case(session, responsible="hans")
        for actor in (m.officer, m.outsider, m.archivist):
            with pytest.raises(NotAllowed):
                handing_over.hand_over(session, actor, "hans", "rut", authority="KS", reason="Slutar")


def test_preview_asks_as_many_questions_of_thirty_cases_as_of_three(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    counts = []
    for number in (3, 27):
        with m.database.unit_of_work() as session:
            for _number in range(number):
                m.case(session, responsible="hans", unit="Kansliet")
        with m.database.reading() as session, statements_of(m.database.engine) as sent:
            handing_over.preview(session, m.registrar, "hans", authority="KS")
        counts.append(len(sent))
    assert counts[0] == counts[1]
