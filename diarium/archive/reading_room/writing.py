"""Fills a catalogue: what was listed and read goes in; then what follows from it is worked out."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator

from diarium.archive.reading_room import places
from diarium.archive.reading_room.facts import ItemFacts, hidden_facts
from diarium.archive.reading_room.limits import ReadingLimits
from diarium.archive.reading_room.lines import Line, pack, unpack
from diarium.archive.reading_room.shapes import ItemKind
from diarium.archive.reading_room.walking import Attributes, Element, Mark, StopReading
from diarium.i18n import gettext as _

# Elements right below an item in which somebody writes freely: there a protected person may be told of.
_REMARKS = frozenset({"notes", "description", "Notering", "Beskrivning", "action"})
_FILES = frozenset({"appendix", "agentExtendingAppendix", "Bilaga"})
_FILE_COLUMNS = {
    "OWNERID": "original_name",
    "ORIGINALFILENAME": "original_name",
    "MIMETYPE": "mime",
    "FORMATREGISTRYKEY": "puid",
    "CHECKSUM": "checksum",
    "CHECKSUMTYPE": "checksum_type",
    "ID": "mets_id",
}


class CatalogueWriter:
    """Writes into a new catalogue; nothing is kept in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._last_item = 0
        self._elements = 0
        self._pages: dict[int, int] = {}

    def set_fact(self, key: str, value: object) -> None:
        """Keeps a fact of the whole package, as JSON."""
        self._run("INSERT OR REPLACE INTO fact VALUES (?, ?)", (key, json.dumps(value, ensure_ascii=False)))

    def fact(self, key: str) -> object:
        """A fact that was kept, or None."""
        row = self._run("SELECT value FROM fact WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def add_folder(self, parent_id: int | None, path: str, name: str) -> int:
        """A folder of the package; returns its id."""
        row = self._run("INSERT INTO folder (parent_id, path, name) VALUES (?, ?, ?)", (parent_id, path, name))
        return int(row.lastrowid or 0)

    def add_file(self, folder_id: int | None, path: str, size: int | None) -> int:
        """A file of the package, or (without `size`) one that should be there."""
        values = (folder_id, path, places.fold(path), path.rsplit("/", 1)[-1], size)
        query = "INSERT INTO file (folder_id, path, folded, name, size) VALUES (?, ?, ?, ?, ?)"
        return int(self._run(query, values).lastrowid or 0)

    def find_file(self, href: str, folder: str) -> int | None:
        """The file that an address written in a document in `folder` leads to."""
        for path in places.candidates(href, folder):
            row = self._run("SELECT id FROM file WHERE path = ?", (path,)).fetchone()
            row = row or self._run("SELECT id FROM file WHERE folded = ?", (places.fold(path),)).fetchone()
            if row:
                return int(row[0])
        return None

    def describe_file(self, href: str, folder: str, attributes: Attributes) -> None:
        """What METS says of a file; one that is not there is noted as missing."""
        file_id = self.find_file(href, folder)
        if file_id is None:
            path = next(iter(places.candidates(href, folder)), href)[:1000]
            known = self._run("SELECT id FROM file WHERE path = ?", (path,)).fetchone()
            file_id = int(known[0]) if known else self.add_file(None, path, None)
        told = {_FILE_COLUMNS[name]: value for name, value in attributes if name in _FILE_COLUMNS}
        columns = "".join(f", {column} = ?" for column in told)
        text = json.dumps(attributes, ensure_ascii=False)
        query = f"UPDATE file SET attributes = ?{columns} WHERE id = ?"  # noqa: S608 - our own columns
        self._run(query, (text, *told.values(), file_id))

    def set_shape(self, file_id: int, shape: str) -> None:
        """The file is a document that has been read."""
        self._run("UPDATE file SET shape = ? WHERE id = ?", (shape, file_id))

    def close_file(self, file_id: int) -> None:
        """What stands in the file is only for those who may know who is protected."""
        self._run("UPDATE file SET is_protected = 1 WHERE id = ?", (file_id,))

    def add_mark(self, file_id: int, mark: Mark) -> None:
        """A place from which the file's XML can be shown."""
        page = self._pages[file_id] = self._pages.get(file_id, 0) + 1
        values = (file_id, page, mark.offset, mark.line, mark.depth)
        self._run("INSERT INTO mark VALUES (?, ?, ?, ?, ?)", values)

    def add_problem(self, file: str, message: str) -> None:
        """Something that could not be read."""
        self._run("INSERT INTO problem (file, message) VALUES (?, ?)", (file, message))

    def count_element(self, limits: ReadingLimits) -> None:
        """Counts the elements of the whole package. Raises: StopReading."""
        self._elements += 1
        if self._elements > limits.elements:
            raise StopReading(
                _("Paketet har fler än %(number)d element. Resten läses inte.", number=limits.elements)
            )

    def next_item(self) -> int:
        """The identifier of an item that begins: they rise in the order of the documents."""
        self._last_item += 1
        return self._last_item

    def add_item(
        self,
        item_id: int,
        parent_id: int | None,
        kind: ItemKind,
        file_id: int,
        element: Element,
        facts: ItemFacts,
        parts: int,
        *,
        is_protected: bool,
    ) -> None:
        """An item, when it has ended."""
        values = (
            item_id, parent_id, kind.value, file_id, element.line, element.offset, element.name,
            facts.number or None, facts.title or None, facts.status or None, facts.first_day, facts.last_day,
            facts.to_json(), facts.sought, parts, facts.is_restricted, is_protected, 0,
        )  # fmt: skip
        self._run(f"INSERT INTO item VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - question marks
        own = [facts.number] if kind is ItemKind.OBJECT else []
        rows = [(item_id, text) for text in dict.fromkeys([*own, *facts.references]) if text]
        self.connection.executemany("INSERT INTO reference VALUES (?, ?)", rows)

    def add_part(self, item_id: int, number: int, context: tuple[str, ...], lines: Iterable[Line]) -> None:
        """Some lines of an item."""
        values = (item_id, number, json.dumps(context), pack(lines))
        self._run("INSERT INTO part VALUES (?, ?, ?, ?)", values)

    def add_link(self, item_id: int, href: str, name: str, folder: str) -> None:
        """An item names a file."""
        query = "INSERT INTO link (item_id, file_id, name, href) VALUES (?, ?, ?, ?)"
        self._run(query, (item_id, self.find_file(href, folder), name, href))

    def is_linked(self, file_id: int) -> bool:
        """Whether an item names the file as one of its own."""
        return self._run("SELECT 1 FROM link WHERE file_id = ? LIMIT 1", (file_id,)).fetchone() is not None

    def hide(self, first_item: int, hidden: set[str]) -> None:
        """Hides what may tell who is protected in an item and all within it: remarks, names of files, and `hidden`
        wherever it stands."""
        query = "SELECT id, parent_id, is_protected, title, facts FROM item WHERE id >= ? ORDER BY id"
        under: set[int] = set()
        telling = _Telling(hidden)
        for item_id, parent_id, is_protected, title, facts in self._run(query, (first_item,)).fetchall():
            if is_protected or parent_id in under:
                under.add(item_id)
            values = (telling.is_in(title or ""), hidden_facts(facts, telling.is_in), item_id)
            self._run("UPDATE item SET is_title_hidden = ?, facts = ? WHERE id = ?", values)
            if item_id in under:
                self._hide_lines(item_id, _Telling(hidden | self._file_names(item_id)), with_remarks=True)
            else:
                self._hide_lines(item_id, telling, with_remarks=False)

    def read_parts(self) -> Iterator[tuple[int, int, list[Line]]]:
        """(item, part, lines) of everything, in order."""
        for item_id, number, lines in self.connection.execute(
            "SELECT item_id, number, lines FROM part ORDER BY 1, 2"
        ):
            yield item_id, number, unpack(lines)

    def _file_names(self, item_id: int) -> set[str]:
        rows = self._run("SELECT DISTINCT name FROM link WHERE item_id = ? LIMIT 1000", (item_id,))
        return {str(name).casefold() for (name,) in rows if name}

    def _hide_lines(self, item_id: int, telling: _Telling, *, with_remarks: bool) -> None:
        parts = self._run("SELECT number, context, lines FROM part WHERE item_id = ?", (item_id,)).fetchall()
        for number, context, content in parts:
            lines = unpack(content)
            in_remark = with_remarks and bool(_REMARKS.intersection(json.loads(context)[:1]))
            for line in lines:
                if line.depth == 1:
                    in_remark = with_remarks and line.name in _REMARKS
                line.is_protected |= with_remarks and line.name in _FILES
                tells = any(telling.is_in(given) for given in line.texts() if given)
                line.is_protected |= tells or (in_remark and line.depth >= 1)
            self._run("UPDATE part SET lines = ? WHERE item_id = ? AND number = ?", (pack(lines), item_id, number))

    def _run(self, query: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        return self.connection.execute(query, values)


class _Telling:
    """Texts that tell of somebody, as whole words whatever their case."""

    def __init__(self, texts: set[str]) -> None:
        longest_first = sorted(texts, key=len, reverse=True)
        self._pattern = (
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if texts else None
        )

    def is_in(self, text: str) -> bool:
        """Whether one of them stands in `text`."""
        return self._pattern is not None and self._pattern.search(text.casefold()) is not None
