"""Ties between cases: seen from both sides, undone with a reason, telling nothing of what is hidden."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed, NotFound
from diarium.register import registration, relating
from diarium.register.commands import NewCase, RestrictionFacts
from diarium.register.errors import InvalidFact
from diarium.register.models import CaseRelation
from diarium.register.vocabulary import RelationKind
from tests.conftest import Municipality


def test_tie_is_seen_from_both_sides(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        first, second = m.case(session, title="Ett"), m.case(session, title="Två")
        relation = relating.relate(session, m.registrar, first, second.number_text, RelationKind.PART_OF)
        session.flush()
        (here,) = relating.related_to(session, m.officer, first)
        (there,) = relating.related_to(session, m.officer, second)
        assert (here.label, here.number, here.title, here.uid) == ("Del av", second.number_text, "Två", second.uid)
        assert (there.label, there.title, there.uid) == ("Innehåller", "Ett", first.uid)
        assert (here.key, there.key) == (relation.id, None)


def test_only_the_number_of_a_hidden_case_is_told(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        marked = m.case(session, title="Hemligt", restrictions=(RestrictionFacts("26:1"),))
        foreign = registration.open_case(session, m.outsider, NewCase("SN", "Annan nämnd"))
        for other in (marked, foreign):
            session.add(CaseRelation(from_case=case, to_case=other, kind=RelationKind.REFERS_TO))
        session.flush()
        found = relating.related_to(session, m.registrar, case)
        assert [(item.number, item.uid, item.title) for item in found] == [
            (marked.number_text, marked.uid, None),
            (foreign.number_text, None, None),
        ]


def test_undone_tie_stays_in_the_history(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        first, second = m.case(session), m.case(session)
        key = relating.relate(session, m.registrar, first, second.number_text, RelationKind.CONTINUES).id
        with pytest.raises(InvalidFact):
            relating.unrelate(session, m.registrar, first, key, " ")
        with pytest.raises(NotAllowed):
            relating.unrelate(session, m.officer, first, key, "Fel ärende")
        with pytest.raises(NotFound):
            relating.unrelate(session, m.registrar, second, key, "Fel ärende")
        relating.unrelate(session, m.registrar, first, key, "Fel ärende")
        assert relating.related_to(session, m.registrar, first) == ()
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.unrelated")).one()
        assert (event.before, event.reason) == ({"related": second.number_text, "kind": "continues"}, "Fel ärende")
