"""Searches inside a package."""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from dataclasses import dataclass
from typing import Final

from diarium.archive.reading_room.catalogue import Catalogue
from diarium.archive.reading_room.views import FileRow, ItemRow, file_row, item_row
from diarium.archive.reading_room.words import question_of
from diarium.errors import DomainError
from diarium.i18n import gettext as _

PAGE: Final = 20
MOST_COUNTED: Final = 1000
_SECONDS: Final = 10.0
_STEPS: Final = 20_000
_BEGIN, _END = "\x02", "\x03"
_BY_WORDS: Final = """
SELECT words.rowid AS entry, entry.part AS part, entry.item_id AS item_id, entry.file_id AS file_id,
  highlight(words, 0, char(2), char(3)) AS heading, snippet(words, 1, char(2), char(3), ' … ', 30) AS told
FROM words JOIN entry ON entry.id = words.rowid
WHERE words MATCH ? AND words.rowid > ? AND (entry.is_protected = 0 OR ?) ORDER BY words.rowid LIMIT ?
"""
_BY_SIGNS: Final = """
SELECT words.rowid AS entry, entry.part AS part, entry.item_id AS item_id, entry.file_id AS file_id,
  replace(words.title, :text, char(2) || :text || char(3)) AS heading,
  replace(substr(words.body, max(1, instr(words.body, :text) - 80), 240), :text, char(2) || :text || char(3))
    AS told
FROM words JOIN entry ON entry.id = words.rowid
WHERE words.rowid > :after AND (instr(words.title, :text) OR instr(words.body, :text))
  AND (entry.is_protected = 0 OR :may) ORDER BY words.rowid LIMIT :most
"""
_COUNT: Final = """
SELECT count(*) FROM (SELECT 1 FROM words JOIN entry ON entry.id = words.rowid
WHERE words MATCH ? AND (entry.is_protected = 0 OR ?) LIMIT ?)
"""

_ITEMS: Final = "SELECT * FROM item WHERE id IN (SELECT value FROM json_each(?))"
_FILES: Final = "SELECT * FROM file WHERE id IN (SELECT value FROM json_each(?))"


class SearchTookTooLong(DomainError):
    """The question was too much."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of text that was found; `is_match`: one of the words sought."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: an item (in which of its parts) or a file, with the words around."""

    item: ItemRow | None
    part: int
    file: FileRow | None
    heading: tuple[Piece, ...]
    told: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of hits. `total` counts no further than `MOST_COUNTED`; `following` asks for the next page."""

    hits: tuple[Hit, ...]
    total: int
    following: int | None


def search(catalogue: Catalogue, text: str, *, after: int = 0) -> Hits:
    """What has all the words of `text`, each as the beginning of a word, in the order of the package.

    What no word finds is sought as it is written, wherever it stands: signs, parts of words.
    Raises: SearchTookTooLong.
    """
    connection, may = catalogue.connection, catalogue.sees_protected
    deadline = time.monotonic() + _SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        question = question_of(text)
        rows: list[sqlite3.Row] = []
        total = 0
        if question:
            rows = connection.execute(_BY_WORDS, (question, after, may, PAGE + 1)).fetchall()
            total = connection.execute(_COUNT, (question, may, MOST_COUNTED)).fetchone()[0]
        sought = unicodedata.normalize("NFC", text).strip()
        if not total and sought:
            values = {"text": sought, "after": after, "may": may, "most": PAGE + 1}
            rows = connection.execute(_BY_SIGNS, values).fetchall()
            total = len(rows)
        return Hits(_hits(catalogue, rows[:PAGE]), total, rows[PAGE - 1]["entry"] if len(rows) > PAGE else None)
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            raise
        raise SearchTookTooLong(
            _("Sökningen tog för lång tid. Skriv fler eller längre ord."), field="q"
        ) from error
    finally:
        connection.set_progress_handler(None, 0)


def _hits(catalogue: Catalogue, rows: list[sqlite3.Row]) -> tuple[Hit, ...]:
    items = _by_id(catalogue, _ITEMS, {row["item_id"] for row in rows if row["item_id"]})
    files = _by_id(catalogue, _FILES, {row["file_id"] for row in rows if row["file_id"]})
    seen = catalogue.sees_protected
    return tuple(
        Hit(
            item_row(items[row["item_id"]], sees_protected=seen) if row["item_id"] else None,
            row["part"] or 0,
            file_row(files[row["file_id"]], sees_protected=seen) if row["file_id"] else None,
            _pieces(row["heading"]),
            _pieces(row["told"]),
        )
        for row in rows
    )


def _by_id(catalogue: Catalogue, query: str, ids: set[int]) -> dict[int, sqlite3.Row]:
    return {row["id"]: row for row in catalogue.connection.execute(query, (json.dumps(sorted(ids)),))}


def _pieces(marked: str | None) -> tuple[Piece, ...]:
    """The text cut where a match begins or ends."""
    pieces = []
    for number, part in enumerate((marked or "").split(_BEGIN)):
        match, end, rest = part.partition(_END)
        if number == 0 or not end:
            pieces.append(Piece(part, False))
        else:
            pieces += [Piece(match, True), Piece(rest, False)]
    return tuple(piece for piece in pieces if piece.text)
