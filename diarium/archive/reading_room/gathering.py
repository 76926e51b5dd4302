"""Turns the events of a document into items: cases, records, events, and the document around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from diarium.archive.reading_room.facts import ItemFacts
from diarium.archive.reading_room.limits import ReadingLimits
from diarium.archive.reading_room.lines import REST, Line
from diarium.archive.reading_room.shapes import PROTECTED, ItemKind, Shape
from diarium.archive.reading_room.walking import Element
from diarium.archive.reading_room.writing import CatalogueWriter
from diarium.i18n import gettext as _

YES: Final = frozenset({"true", "1", "ja", "yes"})
_PERSON_LINES = 5_000
# Deeper down somebody has a part in an action or a signature, not in the case or record.
_NEAR = 2
_MOST_HIDDEN = 300
_SHORTEST_HIDDEN = 5


@dataclass(slots=True)
class _Person:
    """Somebody being read: the first of their lines, and how deep they stand."""

    place: int
    depth: int
    index: int
    is_protected: bool = False


@dataclass(slots=True)
class Item:
    """An item being read. `lines`: those not yet written; `hidden`: texts that tell who is protected.

    `holds_protected`: somebody protected stands in an item within this one.
    """

    id: int
    parent: Item | None
    kind: ItemKind
    element: Element
    depth: int
    facts: ItemFacts = field(default_factory=ItemFacts)
    lines: list[Line] = field(default_factory=list)
    context: tuple[str, ...] = ()
    parts: int = 0
    person: _Person | None = None
    is_protected: bool = False
    holds_protected: bool = False
    hidden: set[str] = field(default_factory=set)


class Gatherer:
    """Reads one document into the catalogue. `file_id`: the document's own file; `folder`: where it stands."""

    def __init__(
        self, writer: CatalogueWriter, shape: Shape, file_id: int, folder: str, limits: ReadingLimits
    ) -> None:
        self.writer = writer
        self.shape = shape
        self.folder = folder
        self._file_id = file_id
        self._limits = limits
        self._names: list[str] = []
        self._lines: list[Line | None] = []
        self._items: list[Item] = []
        self._text: list[str] = []
        self._length = 0
        self._is_first_text = True
        self._namespace = ""

    def begin(self, element: Element) -> None:
        self.writer.count_element(self._limits)
        self._flush_text()
        kind = self._kind_of(element)
        if kind is not None:
            self._open_item(kind, element)
        if self.passes_over(element):
            self._lines.append(None)
        else:
            self._lines.append(self._add(element.name, element.attributes, element.line))
        self._names.append(element.name)
        self._is_first_text = True
        if element.name in self.shape.links:
            self._link(element)
        self.opened(element)

    def text(self, data: str) -> None:
        if self._length < self._limits.text:
            self._text.append(data[: self._limits.text - self._length])
            self._length += len(data)
            if self._length > self._limits.text:
                self._text.append(_(" … (resten står i XML-filen)"))

    def end(self) -> None:
        self._flush_text()
        line = self._lines.pop()
        name = self._names.pop()
        self._is_first_text = False
        item = self._items[-1]
        if line is not None:
            self._tell(item, name, line)
            self.ended(name, line.text)
        if len(self._names) == item.depth:
            self.close_item()

    def passes_over(self, element: Element) -> bool:
        """Whether the element itself is shown nowhere: it only holds others."""
        return element.name in self.shape.wrappers and not element.attributes and bool(self._names)

    def opened(self, element: Element) -> None:
        """For readers of special documents: an element has begun."""

    def ended(self, name: str, text: str) -> None:
        """For readers of special documents: an element has ended; `text`: what it began with."""

    def finish(self) -> None:
        """Keeps what was begun when the document broke off."""
        while self._items:
            self._flush_text()
            self.close_item()

    @property
    def path(self) -> tuple[str, ...]:
        """Names of the open elements, the root first."""
        return tuple(self._names)

    def close_item(self) -> None:
        item = self._items.pop()
        self._write_part(item)
        parent = item.parent
        self.writer.add_item(item.id, parent.id if parent else None, item.kind, self._file_id, item.element,
                             item.facts, item.parts, is_protected=item.is_protected)  # fmt: skip
        tells_of_protected = item.is_protected or item.holds_protected
        if parent is not None and parent.kind is ItemKind.CASE:
            parent.hidden |= set(list(item.hidden)[: max(0, _MOST_HIDDEN - len(parent.hidden))])
            parent.holds_protected |= tells_of_protected
        elif tells_of_protected and item.kind in (ItemKind.CASE, ItemKind.RECORD):
            self.writer.hide(item.id, item.hidden)

    def _kind_of(self, element: Element) -> ItemKind | None:
        if not self._names:
            self._namespace = element.namespace
            return ItemKind.DOCUMENT
        kind = self.shape.items.get(element.name)
        is_here = kind is not None and self._names[-1] in self.shape.parents
        # A box of somebody's own XML may hold anything; what stands where an item can't is none.
        at_item = len(self._names) == self._items[-1].depth + 1 or self._names[-1] in self.shape.wrappers
        return kind if is_here and at_item and element.namespace == self._namespace else None

    def _open_item(self, kind: ItemKind, element: Element) -> None:
        parent = self._items[-1] if self._items else None
        self._items.append(Item(self.writer.next_item(), parent, kind, element, len(self._names)))

    def _add(self, name: str, attributes: tuple[tuple[str, str], ...], number: int) -> Line:
        item = self._items[-1]
        if len(item.lines) >= self._limits.part_lines:
            self._make_room(item)
        depth = len(self._names) - item.depth
        if item.person is None and name in self.shape.people:
            index = item.facts.begin_person(name) if depth <= _NEAR else -1
            item.person = _Person(len(item.lines), depth, index)
        if not item.lines:
            item.context = tuple(self._names[item.depth + 1 :])
        line = Line(depth, name, attributes, "", number)
        item.lines.append(line)
        return line

    def _make_room(self, item: Item) -> None:
        """Writes what is full, but never cuts through somebody who may have to be hidden."""
        person = item.person
        if person is not None:
            if len(item.lines) - person.place < _PERSON_LINES:
                return
            person.is_protected = True  # nobody is so long; as one can't wait to know, they are hidden
            self._hide_person(item, person)
            person.place = -1
        self._write_part(item)

    def _write_part(self, item: Item) -> None:
        if item.lines:
            self.writer.add_part(item.id, item.parts, item.context, item.lines)
            item.parts += 1
            item.lines = []

    def _flush_text(self) -> None:
        if not self._text:
            return
        text = "".join(self._text).strip()
        self._text, self._length = [], 0
        if not text or not self._items:
            return
        line = self._lines[-1]
        if line is not None and self._is_first_text:
            line.text = text
        else:
            self._add(REST, (), 0).text = text

    def _tell(self, item: Item, name: str, line: Line) -> None:
        """What an element that has ended tells of its item."""
        if name in PROTECTED and line.text.lower() in YES:
            if item.person is not None:
                item.person.is_protected = True
            item.is_protected = True
        person = item.person
        if person is not None:
            self._tell_person(item, person, name, line)
        elif line.depth:
            path = "/".join((*self._names[item.depth + 1 :], name))
            fact = self.shape.facts.get(path)
            if fact is not None:
                item.facts.note(fact, line)

    def _tell_person(self, item: Item, person: _Person, name: str, line: Line) -> None:
        if line.depth == person.depth + 1 and name in self.shape.person_names:
            item.facts.name_person(person.index, line.text)
        elif line.depth == person.depth + 1 and name == "Roll":
            item.facts.give_role(person.index, line.text)
        elif line.depth == person.depth:
            item.facts.end_person(person.index, line, is_protected=person.is_protected)
            if person.is_protected:
                self._hide_person(item, person)
            item.person = None

    def _hide_person(self, item: Item, person: _Person) -> None:
        item.is_protected = True
        for line in item.lines[person.place + 1 :]:
            line.is_protected = line.name not in PROTECTED
            if line.name in self.shape.person_names | self.shape.contacts and len(item.hidden) < _MOST_HIDDEN:
                text = line.text.strip().casefold()
                if len(text) >= _SHORTEST_HIDDEN and line.get("adressType") not in _PLACES:
                    item.hidden.add(text)

    def _link(self, element: Element) -> None:
        href = element.get(self.shape.links[element.name])
        name = element.get("name") or element.get("Namn")
        self.writer.add_link(self._items[-1].id, href, name, self.folder)


_PLACES: Final = frozenset(
    {"postal_code", "postal_city", "country", "municipality", "county", "province", "parish"}
)
