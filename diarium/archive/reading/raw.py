"""What others' packages tell, as it stands there: boxes of raw texts, and lines for what has no place here.

Facts of a raw case or record beside those of ours: `system_id`, `status_word`, `direction_word`, `date:<kind>`
(kinds as in ERMS), `class_code`, `class_title`, `officer`, `unit_name`, `extra` (lines that are kept as they are).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diarium.archive.reading import xml
from diarium.archive.reading.facts import Box
from diarium.archive.reading.xml import Element

EXTRA: Final = "extra"
LONGEST_LINE: Final = 4000
MOST_LINES: Final = 2000


def keep(box: Box, element: Element, label: str | None = None) -> None:
    """Keeps everything of an element as lines."""
    for line in lines(element, label or xml.local(element)):
        keep_line(box, line)


def keep_line(box: Box, line: str) -> None:
    """Keeps a line; of what is without end, the beginning."""
    if len(box.many(EXTRA)) < MOST_LINES:
        box.add(EXTRA, line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …")


def lines(element: Element, path: str) -> Iterable[str]:
    """An element with its attributes and what stands in it, one line for each text."""
    told = ", ".join(f"{name}={value}" for name, value in _attributes(element))
    text = " ".join((element.text or "").split())
    if text or told:
        yield f"{path}{f' ({told})' if told else ''}{f': {text}' if text else ''}"
    for item in element:
        yield from lines(item, f"{path}/{xml.local(item)}")


def date(box: Box, kind: str, text: str | None) -> None:
    """Notes a date of a kind; one more of the same kind is kept as a line."""
    if not text or not text.strip():
        return
    if box.has(f"date:{kind}"):
        keep_line(box, f"{kind}: {text.strip()}")
    else:
        box.fill(f"date:{kind}", text.strip())


def filled(text: str | None) -> str | None:
    """A text that says something, in its own lines; else nothing."""
    told = (text or "").strip()
    return None if told in ("", "-", "–") else told


def _attributes(element: Element) -> Iterable[tuple[str, str]]:
    for name, value in element.attrib.items():
        local = str(name).rpartition("}")[2]
        if str(value).strip():
            yield local, str(value)
