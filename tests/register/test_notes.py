"""Notes of a case: never changed, corrected by another one."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from diarium.errors import NotAllowed, NotFound
from diarium.register import closing, notes
from diarium.register.case_sheet import case_page
from diarium.register.commands import PartyFacts, RestrictionFacts
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import CaseNote
from diarium.register.timeline import EntryKind
from tests.conftest import Municipality


def test_corrected_note_stays_beside_its_correction(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        first = notes.add(session, m.officer, case, "Sökanden ringde.\nVill ha besked.")
        notes.correct(session, m.registrar, first.uid, "Det var grannen som ringde.")
        uid = case.uid
    with m.database.reading() as session:
        page = case_page(session, m.registrar, uid, kind=EntryKind.NOTE).timeline
        newer, older = (entry.note for entry in page.entries)
        assert newer is not None
        assert older is not None
        assert older.body == "Sökanden ringde.\nVill ha besked."
        assert newer.corrects == (older.made_at, "Hans Handläggare")


def test_database_itself_refuses_to_change_a_note(municipality: Municipality) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        notes.add(session, m.officer, m.case(session), "Samtal")
    for statement in ("UPDATE case_note SET body = 'annat'", "DELETE FROM case_note"):
        with pytest.raises(DBAPIError, match="never changed"), m.database.unit_of_work() as session:
            session.execute(text(statement))
    with m.database.reading() as session:
        assert session.scalars(select(CaseNote.body)).one() == "Samtal"


@pytest.mark.parametrize("body", ["", " \n ", "\x00", "x" * 20_001])
def test_empty_or_endless_note_is_refused(sqlite_municipality: Municipality, body: str) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        with pytest.raises(InvalidFact) as refusal:
            notes.add(session, m.officer, case, body)
        assert refusal.value.field == "body"


def test_note_is_written_by_those_who_register_and_in_no_cancelled_case(sqlite_municipality: Municipality) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session)
        note = notes.add(session, m.officer, case, "Samtal")
        with pytest.raises(NotAllowed):
            notes.add(session, m.archivist, case, "Samtal")
        with pytest.raises(NotFound):
            notes.correct(session, m.outsider, note.uid, "Samtal")
        closing.cancel_case(session, m.registrar, case, "Dubblett")
        with pytest.raises(StatusConflict):
            notes.add(session, m.officer, case, "Samtal")


@pytest.mark.parametrize(
    "facts",
    [
        {"restrictions": (RestrictionFacts("26:1"),)},
        {"parties": (PartyFacts("Eva Ek", is_protected=True),)},
    ],
)
def test_note_in_a_marked_case_is_read_by_its_author_and_those_who_need_to_know(
    sqlite_municipality: Municipality, facts: dict[str, object]
) -> None:
    m = sqlite_municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, **facts)
        notes.add(session, m.registrar, case, "Eva Ek ringde")
        notes.add(session, m.officer, case, "Min egen")
        uid = case.uid
    with m.database.reading() as session:
        seen = [entry.note for entry in case_page(session, m.officer, uid, kind=EntryKind.NOTE).timeline.entries]
        assert [note.body for note in seen if note] == ["Min egen", None]
        seen = [entry.note for entry in case_page(session, m.registrar, uid, kind=EntryKind.NOTE).timeline.entries]
        assert [note.body for note in seen if note] == ["Min egen", "Eva Ek ringde"]
