"""Walks through an XML document from outside, event by event: flat memory, no entities, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.parsers import expat

from diarium.archive.reading_room.limits import MIB, ReadingLimits
from diarium.i18n import gettext as _

_CHUNK = 256 * 1024
_SEPARATOR = " "  # in no namespace address
MARK_EVERY = 150
"""Elements from one mark of a document to the next."""

Attributes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Element:
    """An element as it begins. Names are local; `line` counts from 1, `offset` is in bytes."""

    name: str
    namespace: str
    attributes: Attributes
    line: int
    offset: int

    def get(self, name: str) -> str:
        """The value of an attribute by its local name, "" if it is not there."""
        return next((value for key, value in self.attributes if key == name), "")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a document can be read from: an element begins there, `depth` deep."""

    offset: int
    line: int
    depth: int


class Reader(Protocol):
    """Takes the events of a document."""

    def begin(self, element: Element) -> None: ...
    def text(self, data: str) -> None: ...
    def end(self) -> None: ...


class StopReading(Exception):
    """The rest is not read; the message says why."""


def walk(
    path: Path,
    reader: Reader,
    limits: ReadingLimits,
    *,
    on_mark: Callable[[Mark], None] = lambda mark: None,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> str | None:
    """Hands the document's events to `reader`; why it could not be read to its end, or None.

    `on_mark`: told a place every so many elements, first the beginning; `on_bytes`: told how much was read.
    """
    if path.stat().st_size > limits.xml_bytes:
        return _("Filen är större än %(size)d MB och läses inte.", size=limits.xml_bytes // MIB)
    try:
        course = _Course(reader, limits, on_mark)
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                course.parser.Parse(chunk, False)
                on_bytes(len(chunk))
        course.parser.Parse(b"", True)
    except StopReading as stopped:
        return str(stopped)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, str(error))
        return _("Rad %(line)d: XML-filen är trasig (%(reason)s).", line=error.lineno, reason=reason)
    except (OSError, ValueError, LookupError) as error:
        return _("XML-filen kan inte läsas: %(reason)s", reason=error)
    return None


def root_of(path: Path) -> tuple[str, str] | None:
    """(name, namespace) of a document's root element; None for what is no XML of ours to read."""
    root = _Root()
    with suppress(OSError):
        walk(path, root, ReadingLimits())
    return root.found


class _Root:
    """Reads up to the root element."""

    def __init__(self) -> None:
        self.found: tuple[str, str] | None = None

    def begin(self, element: Element) -> None:
        self.found = (element.name, element.namespace)
        raise StopReading

    def text(self, data: str) -> None: ...

    def end(self) -> None: ...


class _Course:
    """One walk: turns the parser's calls into events, and counts."""

    def __init__(self, reader: Reader, limits: ReadingLimits, on_mark: Callable[[Mark], None]) -> None:
        self._reader = reader
        self._limits = limits
        self._on_mark = on_mark
        self._depth = 0
        self._count = 0
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = reader.text

    def _begin(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            told = _("Elementen ligger i mer än %(depth)d nivåer. Resten läses inte.", depth=self._limits.depth)
            raise StopReading(told)
        parser = self.parser
        offset = max(0, parser.CurrentByteIndex)
        if self._count % MARK_EVERY == 0:
            at_start = self._count == 0
            self._on_mark(Mark(0 if at_start else offset, parser.CurrentLineNumber, self._depth - 1))
        self._count += 1
        namespace, local = _split(name)
        most = 2 * self._limits.attributes
        pairs = tuple(
            (_split(attributes[place])[1], attributes[place + 1][: self._limits.text])
            for place in range(0, min(len(attributes), most), 2)
        )
        self._reader.begin(Element(local, namespace, pairs, parser.CurrentLineNumber, offset))

    def _end(self, _name: str) -> None:
        self._depth -= 1
        self._reader.end()


def _split(name: str) -> tuple[str, str]:
    namespace, separator, local = name.rpartition(_SEPARATOR)
    return (namespace, local) if separator else ("", name)


def _refuse(*_declaration: object) -> None:
    raise StopReading(_("Filen har en DOCTYPE och läses därför inte."))
