"""The tables of docs/secrecy.md say what the program does."""

from __future__ import annotations

from pathlib import Path

import pytest

from diarium.identity.permissions import Actor, Role
from diarium.secrecy import access
from diarium.secrecy.access import Place, Sight
from diarium.secrecy.models import Restriction, Scope

DOCUMENT = Path(__file__).parents[2] / "docs" / "secrecy.md"
ONE_FILE, OTHER_FILE = 7, 8


def _actor(user_id: int, authority: str, role: Role, *keys: str) -> Actor:
    return Actor(user_id, "Prov", {authority: frozenset({role})}, keys=frozenset(keys))


WHO = {
    "registrar": _actor(1, "KS", Role.REGISTRAR),
    "archivist": _actor(2, "KS", Role.ARCHIVIST),
    "officer of the case": _actor(3, "KS", Role.CASE_OFFICER),
    "another case officer": _actor(4, "KS", Role.CASE_OFFICER),
    "person who is let in by name": _actor(5, "KS", Role.CASE_OFFICER, access.case_key(1, "KS")),
    "administrator": _actor(6, "KS", Role.ADMINISTRATOR),
    "another authority": _actor(7, "SN", Role.REGISTRAR),
    "another authority, case shared": _actor(8, "SN", Role.REGISTRAR, access.shared_key(1)),
    "another authority, case shared with what is marked: its registrars and archivists": _actor(
        9, "SN", Role.REGISTRAR, access.shared_key(1), access.marked_key(1)
    ),
    "another authority, case shared with what is marked: its case officers": _actor(
        10, "SN", Role.CASE_OFFICER, access.shared_key(1)
    ),
}
MARKED = {
    "not marked": [],
    "whole marked": [Restriction(scope=Scope.WHOLE)],
    "title marked": [Restriction(scope=Scope.TITLE)],
    "parties marked": [Restriction(scope=Scope.PARTIES)],
    "files marked": [Restriction(scope=Scope.FILES)],
    "one file marked": [Restriction(scope=Scope.FILES, document_id=ONE_FILE)],
    "whole marked, closed circle": [Restriction(scope=Scope.WHOLE)],
}


def _tables() -> list[list[list[str]]]:
    """The tables, each row as its cells; without the line below the head."""
    tables: list[list[list[str]]] = [[]]
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            tables += [[]] if tables[-1] else []
        elif not line.startswith("|---"):
            tables[-1].append([cell.strip() for cell in line.strip("|").split("|")])
    return [table for table in tables if table]


def _words(seen: Sight) -> str:
    if seen.everything:
        return "everything"
    files = "files" if seen.files else "other files" if seen.shows(OTHER_FILE) else None
    assert not (seen.shows(ONE_FILE) and not seen.files)
    parts = ["title" if seen.title else None, "parties" if seen.parties else None, files]
    return ", ".join(part for part in parts if part) or "nothing"


def _cells(place: int) -> list[tuple[str, str, str]]:
    head, *rows = _tables()[place]
    return [(row[0], column, cell) for row in rows for column, cell in zip(head[1:], row[1:], strict=True)]


@pytest.mark.parametrize(("who", "marked", "told"), _cells(0))
def test_table_of_who_sees_what_is_true(who: str, marked: str, told: str) -> None:
    place = Place("KS", 1, officer_id=3, record_id=2, is_case_closed=marked.endswith("closed circle"))
    assert _words(access.sight(WHO[who], place, MARKED[marked])) == told


@pytest.mark.parametrize(("who", "_column", "told"), _cells(1))
def test_table_of_protected_identity_is_true(who: str, _column: str, told: str) -> None:
    assert access.may_see_protected(WHO[who], "KS") == (told == "shown")


def test_tables_leave_nobody_out() -> None:
    assert [row[0] for row in _tables()[0][1:]] == list(WHO)
    assert _tables()[0][0][1:] == list(MARKED)
    assert {row[0] for row in _tables()[1][1:]} == set(WHO) - {list(WHO)[-1]}
