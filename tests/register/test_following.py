"""A record that was moved is hidden in its old case too where it is hidden in the new one."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.changes.models import Change
from diarium.identity.permissions import Actor
from diarium.lists import catalogue, filtering, paging
from diarium.register import case_sheet, correction, moving, party_facts, queries, secrecy_marks
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.models import Record
from diarium.register.views import record_view
from diarium.register.vocabulary import PartyKind
from diarium.search.indexer import _record_documents
from diarium.secrecy import access
from tests.conftest import Municipality
from tests.counting import statements_of

MARK = RestrictionFacts("26:1")
PERSON = PartyFacts("Frida Ek", PartyKind.PERSON)
REASON = "Hörde till ett annat ärende"


def moved_twice(m: Municipality, session: Session, *, responsible: str | None = None) -> tuple[Record, Record]:
    """A record as it stands in the case it came to first, and as it stands in its third case."""
    old = m.record(session, m.case(session, responsible=responsible), title="Rubriken", parties=(PERSON,))
    between = moving.move_record(session, m.registrar, old, m.case(session).number_text, REASON)
    return old, moving.move_record(session, m.registrar, between, m.case(session).number_text, REASON)


def found(session: Session, actor: Actor, **values: str) -> int:
    definition = catalogue.LISTS["handlingar"]
    criteria = filtering.read(definition.filters, values)
    return len(paging.page(session, actor, definition, criteria, sort="title").rows)


@pytest.mark.parametrize("what", ["record", "case"])
def test_mark_made_after_the_move_hides_what_was_left_behind(municipality: Municipality, what: str) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        old, new = moved_twice(m, session, responsible="hans")
        assert record_view(m.officer, old).title == "Rubriken"
        assert found(session, m.officer, title="rubriken") == found(session, m.officer, party="frida") == 3
        secrecy_marks.mark(session, m.registrar, new if what == "record" else new.case, MARK)
        old_id, old_uid, case_uid = old.id, old.uid, old.case.uid
    with m.database.reading() as session:
        old = session.get_one(Record, old_id)
        view = record_view(m.officer, old)
        assert (view.title, [party.name for party in view.parties]) == (None, [None])
        assert record_view(m.registrar, old).title == "Rubriken"
        page = case_sheet.case_page(session, m.officer, case_uid)
        assert page.head.needs_note
        assert [entry.record.title for entry in page.timeline.entries if entry.record] == [None]
        assert found(session, m.officer, title="rubriken") == found(session, m.officer, party="frida") == 0
        assert found(session, m.registrar, title="rubriken") == found(session, m.registrar, party="frida") == 3
        (document,) = _record_documents(session, [old_id])
        assert not document.readers & access.tokens_of(m.officer)
        assert document.readers & access.tokens_of(m.registrar)
        assert queries.needs_note(old)
        kinds = session.scalars(select(Change.kind).where(Change.entity_uid == old_uid)).all()
        assert "record.marks_followed" in kinds


def test_lifted_mark_shows_what_was_left_behind_again(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        old, new = moved_twice(m, session)
        mark = secrecy_marks.mark(session, m.registrar, new, MARK)
        session.flush()
        secrecy_marks.lift(session, m.registrar, new, mark.uid, "Prövad")
        assert record_view(m.officer, old).title == "Rubriken"
        assert found(session, m.officer, title="rubriken") == 3
        kinds = session.scalars(select(Change.kind).where(Change.entity_uid == old.uid)).all()
        assert kinds.count("record.marks_followed") == 2


def test_identity_protected_after_the_move_is_not_left_behind_openly(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        old, new = moved_twice(m, session)
        (party,) = new.parties
        facts = party_facts.facts_of(party)
        guarded = PartyFacts(facts.name, facts.kind, facts.role, is_protected=True)
        correction.correct_party(session, m.registrar, party.uid, guarded, "Skyddad", version=new.version)
        old_id, old_uid = old.id, old.uid
    with m.database.reading() as session:
        old = session.get_one(Record, old_id)
        assert [item.name for item in record_view(m.officer, old).parties] == [None]
        assert found(session, m.officer, party="frida") == 0
        (document,) = _record_documents(session, [old_id])
        assert document.parties == ()
        assert not document.readers & (access.tokens_of(m.officer) | access.tokens_of(m.archivist))
        assert document.readers & access.tokens_of(m.registrar)
        kinds = session.scalars(select(Change.kind).where(Change.entity_uid == old_uid)).all()
        assert "record.parties_followed" in kinds


def test_list_asks_as_many_questions_of_many_moved_records_as_of_few(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality

    def asked(number: int) -> int:
        with m.database.unit_of_work() as session:
            for _place in range(number):
                moved_twice(m, session)
        with statements_of(m.database.engine) as statements, m.database.reading() as session:
            found(session, m.officer)
        return len(statements)

    assert asked(2) == asked(6)
