"""The elements of a document as lines: flat, so that any number of them can be kept, cut into pages and packed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

REST = "#text"
"""The name of a line that holds text standing after an element, in the middle of its parent."""


@dataclass(slots=True)
class Line:
    """One element: `depth` below the item it belongs to, own text, attributes, line in the file.

    `is_protected`: tells who somebody with protected identity is, or may tell it.
    """

    depth: int
    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    number: int = 0
    is_protected: bool = False
    children: list[Line] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The value of an attribute, "" if it is not there."""
        return next((value for key, value in self.attributes if key == name), "")

    def texts(self) -> Iterable[str]:
        """The text and every attribute's value."""
        yield self.text
        for _name, value in self.attributes:
            yield value


def pack(lines: Iterable[Line]) -> bytes:
    """The lines as bytes."""
    rows = [
        (line.depth, line.name, line.attributes, line.text, line.number, int(line.is_protected)) for line in lines
    ]
    # Text from outside may hold lone surrogates nowhere: expat gives none.
    return zlib.compress(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpack(content: bytes) -> list[Line]:
    """The lines again."""
    return [
        Line(depth, name, tuple((key, value) for key, value in attributes), text, number, bool(hidden))
        for depth, name, attributes, text, number, hidden in json.loads(zlib.decompress(content))
    ]


def grown(lines: Iterable[Line]) -> list[Line]:
    """The lines as trees: each in `children` of the nearest shallower one before it."""
    roots: list[Line] = []
    path: list[Line] = []
    for line in lines:
        while path and path[-1].depth >= line.depth:
            path.pop()
        (path[-1].children if path else roots).append(line)
        path.append(line)
    return roots
