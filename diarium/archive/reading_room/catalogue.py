"""Reads a finished catalogue for one reader. The time does not grow with the package."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from diarium.archive.reading_room import schema
from diarium.archive.reading_room.lines import Line, unpack
from diarium.archive.reading_room.shapes import ItemKind
from diarium.archive.reading_room.views import FileRow, FolderRow, ItemRow, file_row, item_row
from diarium.db.swedish import sort_key

PAGE: Final = 50
Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Header:
    """What METS says of the package as a whole."""

    attributes: dict[str, str]
    agents: tuple[dict[str, object], ...]
    references: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items a list shows: with `text` in number or title, with a status, only those restricted now."""

    text: str = ""
    status: str = ""
    only_restricted: bool = False


@dataclass(frozen=True, slots=True)
class ItemPage:
    """A page of items; `following` asks for the next, None where there is none."""

    rows: tuple[ItemRow, ...]
    following: int | None


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page of files; `following` asks for the next, None where there is none."""

    rows: tuple[FileRow, ...]
    following: int | None


@contextmanager
def opened(path: Path, *, sees_protected: bool) -> Iterator[Catalogue]:
    """The catalogue at `path`, for a reader who may or may not know who is protected."""
    connection = schema.open_for_reading(path)
    try:
        yield Catalogue(connection, sees_protected=sees_protected)
    finally:
        connection.close()


class Catalogue:
    """The contents of a package."""

    def __init__(self, connection: sqlite3.Connection, *, sees_protected: bool) -> None:
        self.connection = connection
        self.sees_protected = sees_protected

    @property
    def is_current(self) -> bool:
        """Whether it was made by this version."""
        return self._fact("version") == schema.VERSION

    def header(self) -> Header:
        """What METS says of the package."""
        told = self._fact("header")
        known = told if isinstance(told, dict) else {"attributes": [], "agents": [], "references": []}
        return Header(
            {str(name): str(value) for name, value in known["attributes"]},
            tuple(known["agents"]),
            tuple((str(kind), str(text)) for kind, text in known["references"]),
        )

    def counts(self) -> dict[str, int]:
        """How much there is: cases, records, events, files, bytes, missing, restricted, protected, problems."""
        rows = self._all("SELECT key, value FROM fact")
        found = {row["key"]: json.loads(row["value"]) for row in rows}
        return {key: value for key, value in found.items() if isinstance(value, int)}

    def days(self) -> tuple[str, str]:
        """The first day of the oldest case and the last of the newest, "" where unknown."""
        told = self._fact("days")
        first, last = told if isinstance(told, list) else (None, None)
        return first or "", last or ""

    def statuses(self, kind: ItemKind) -> tuple[str, ...]:
        """The statuses that occur."""
        told = self._fact(f"statuses-{kind}")
        return tuple(told) if isinstance(told, list) else ()

    def problems(self, *, limit: int = 50) -> tuple[tuple[str, str], ...]:
        """(file, what is wrong with it) of what could not be read."""
        rows = self._all("SELECT file, message FROM problem ORDER BY id LIMIT ?", limit)
        return tuple((row["file"], row["message"]) for row in rows)

    def unread_files(self) -> int:
        """How many files wait for their text to be read."""
        return int(self._all("SELECT count(*) AS number FROM file WHERE text_state = 0")[0]["number"])

    def documents(self) -> tuple[ItemRow, ...]:
        """The documents that describe the package."""
        query = "SELECT item.* FROM item WHERE kind = ? AND parent_id IS NULL ORDER BY id LIMIT 200"
        return self._items(self._all(query, ItemKind.DOCUMENT.value))

    def items(self, kind: ItemKind, wanted: ItemFilter | None = None, *, after: int = 0) -> ItemPage:
        """The items of a kind in the order of the package."""
        wanted = wanted or ItemFilter()
        query = """
        SELECT * FROM item WHERE kind = ? AND id > ? AND (? = '' OR status = ?) AND (NOT ? OR is_restricted = 1)
        AND (? = '' OR (sought LIKE ? ESCAPE '\\' AND (is_title_hidden = 0 OR ?))) ORDER BY id LIMIT ?
        """
        values = (kind.value, after, wanted.status, wanted.status, wanted.only_restricted)
        by_text = (wanted.text.strip(), _pattern(wanted.text), self.sees_protected)
        return self._item_page(self._all(query, *values, *by_text, PAGE + 1))

    def children(self, item_id: int, kind: ItemKind, *, after: int = 0) -> ItemPage:
        """The items of a kind that stand in another."""
        query = "SELECT item.* FROM item WHERE parent_id = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?"
        return self._item_page(self._all(query, item_id, kind.value, after, PAGE + 1))

    def item(self, item_id: int) -> ItemRow | None:
        """An item by its id."""
        found = self._items(self._all("SELECT item.* FROM item WHERE id = ?", item_id))
        return found[0] if found else None

    def ancestors(self, item: ItemRow) -> tuple[ItemRow, ...]:
        """What an item stands in, outermost first."""
        query = """
        WITH RECURSIVE above (id, parent_id, height) AS (
          SELECT id, parent_id, 0 FROM item WHERE id = ?
          UNION ALL SELECT item.id, item.parent_id, height + 1 FROM item JOIN above ON item.id = above.parent_id
        )
        SELECT item.* FROM item JOIN above ON above.id = item.id WHERE height > 0 ORDER BY height DESC
        """
        return self._items(self._all(query, item.id))

    def part(self, item: ItemRow, number: int) -> tuple[list[str], list[Line]]:
        """The lines of one part of an item (the first is 0), and the elements that they stand in."""
        rows = self._all("SELECT context, lines FROM part WHERE item_id = ? AND number = ?", item.id, number)
        return (json.loads(rows[0]["context"]), unpack(rows[0]["lines"])) if rows else ([], [])

    def files_of(self, item: ItemRow) -> tuple[tuple[FileRow, ...], tuple[tuple[str, str], ...]]:
        """The files that an item names; and the (name, address) of those that are not there."""
        query = """
        SELECT DISTINCT file.* FROM link JOIN file ON file.id = link.file_id WHERE item_id = ? LIMIT 500
        """
        rows = self._all(query, item.id)
        missing = self._all(
            "SELECT name, href FROM link WHERE item_id = ? AND file_id IS NULL ORDER BY id LIMIT 500", item.id
        )
        hidden = item.is_protected and not self.sees_protected
        return self._files(rows), () if hidden else tuple((row["name"], row["href"]) for row in missing)

    def file(self, file_id: int) -> FileRow | None:
        """A file with all that is known of it."""
        found = self._files(self._all("SELECT * FROM file WHERE id = ?", file_id))
        return found[0] if found else None

    def items_of(self, file: FileRow) -> tuple[ItemRow, ...]:
        """The items that name a file as theirs."""
        query = "SELECT * FROM item WHERE id IN (SELECT item_id FROM link WHERE file_id = ?) ORDER BY id LIMIT 100"
        return self._items(self._all(query, file.id))

    def preservation_of(self, file: FileRow) -> tuple[ItemRow, ...]:
        """The objects that stand for a file in PREMIS, and the events that have to do with them."""
        query = """
        WITH known (identifier) AS (
          SELECT mets_id FROM file WHERE id = ? UNION SELECT path FROM file WHERE id = ?
        ), object (id) AS (
          SELECT item_id FROM reference JOIN known USING (identifier)
        ), every (identifier) AS (
          SELECT identifier FROM known UNION SELECT identifier FROM reference WHERE item_id IN object
        )
        SELECT DISTINCT item.* FROM reference JOIN every USING (identifier)
        JOIN item ON item.id = reference.item_id WHERE kind IN ('object', 'event') ORDER BY item.id LIMIT 200
        """
        return self._items(self._all(query, file.id, file.id))

    def folder(self, folder_id: int | None) -> FolderRow | None:
        """A folder; the package itself without an id."""
        query = "SELECT * FROM folder WHERE id = coalesce(?, (SELECT min(id) FROM folder))"
        rows = self._all(query, folder_id)
        return _folder(rows[0]) if rows else None

    def folders_above(self, folder: FolderRow) -> tuple[FolderRow, ...]:
        """The folders that a folder lies in, outermost first."""
        query = """
        WITH RECURSIVE above (id, parent_id, height) AS (
          SELECT id, parent_id, 0 FROM folder WHERE id = ?
          UNION ALL SELECT folder.id, folder.parent_id, height + 1
          FROM folder JOIN above ON folder.id = above.parent_id
        )
        SELECT folder.* FROM folder JOIN above ON above.id = folder.id WHERE height > 0 ORDER BY height DESC
        """
        return tuple(_folder(row) for row in self._all(query, folder.id))

    def folders_in(self, folder: FolderRow, *, limit: int = 500) -> tuple[FolderRow, ...]:
        """The first folders directly in a folder, by name."""
        query = "SELECT * FROM folder WHERE parent_id = ? ORDER BY name LIMIT ?"
        return tuple(_folder(row) for row in self._all(query, folder.id, limit))

    def files_in(self, folder: FolderRow, *, after: int = 0) -> FilePage:
        """The files directly in a folder, as they lie there."""
        query = "SELECT file.* FROM file WHERE folder_id = ? AND id > ? ORDER BY id LIMIT ?"
        return self._file_page(self._all(query, folder.id, after, PAGE + 1))

    def missing_files(self, *, after: int = 0) -> FilePage:
        """The files that METS lists and that are not in the package."""
        query = "SELECT file.* FROM file WHERE folder_id IS NULL AND id > ? ORDER BY id LIMIT ?"
        return self._file_page(self._all(query, after, PAGE + 1))

    def _fact(self, key: str) -> object:
        rows = self._all("SELECT value FROM fact WHERE key = ?", key)
        return json.loads(rows[0]["value"]) if rows else None

    def _item_page(self, rows: Sequence[sqlite3.Row]) -> ItemPage:
        shown = self._items(rows[:PAGE])
        return ItemPage(shown, shown[-1].id if len(rows) > PAGE else None)

    def _file_page(self, rows: Sequence[sqlite3.Row]) -> FilePage:
        shown = self._files(rows[:PAGE])
        return FilePage(shown, shown[-1].id if len(rows) > PAGE else None)

    def _items(self, rows: Sequence[sqlite3.Row]) -> tuple[ItemRow, ...]:
        return tuple(item_row(row, sees_protected=self.sees_protected) for row in rows)

    def _files(self, rows: Sequence[sqlite3.Row]) -> tuple[FileRow, ...]:
        return tuple(file_row(row, sees_protected=self.sees_protected) for row in rows)

    def _all(self, query: str, *values: Value) -> list[sqlite3.Row]:
        return self.connection.execute(query, values).fetchall()


def _folder(row: sqlite3.Row) -> FolderRow:
    return FolderRow(row["id"], row["parent_id"], row["path"], row["name"])


def _pattern(text: str) -> str:
    """`text` anywhere, with the signs that LIKE gives a meaning taken as they are."""
    plain = sort_key(text)
    for sign in ("\\", "%", "_"):
        plain = plain.replace(sign, "\\" + sign)
    return f"%{plain}%"
