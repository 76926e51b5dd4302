"""A document's XML as it stands in the file, indented, some elements at a time, from any place in it."""

from __future__ import annotations

import codecs
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from diarium.i18n import gettext as _

_MOST_BYTES: Final = 512 * 1024
_HEAD: Final = 200
_MOST_INDENT: Final = 24
_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|<|[^<]+", re.DOTALL
)
_ENCODING = re.compile(rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


@dataclass(frozen=True, slots=True)
class XmlPage:
    """Some of a document: its text, the line it begins at, and which page of how many (from 1)."""

    text: str
    line: int
    page: int
    pages: int
    is_cut: bool


def xml_page(connection: sqlite3.Connection, path: Path, file_id: int, page: int) -> XmlPage | None:
    """A page of the document at `path`; None if there is no such page."""
    rows = connection.execute(
        "SELECT page, offset, line, depth FROM mark WHERE file_id = ? AND page IN (?, ?) ORDER BY page",
        (file_id, page, page + 1),
    ).fetchall()
    pages = connection.execute("SELECT max(page) FROM mark WHERE file_id = ?", (file_id,)).fetchone()[0] or 0
    if not rows and page == 1:  # nothing of it could be read: it is shown as it is
        text, is_cut = _read(path, 0, None)
        return XmlPage(text, 1, 1, 1, is_cut)
    if not rows or rows[0]["page"] != page:
        return None
    end = rows[1]["offset"] if len(rows) > 1 else None
    text, is_cut = _read(path, rows[0]["offset"], end)
    return XmlPage(indented(text, rows[0]["depth"]), 1 if page == 1 else rows[0]["line"], page, pages, is_cut)


def page_at(connection: sqlite3.Connection, file_id: int, place: int) -> int:
    """The page on which a place in the file (in bytes) stands."""
    query = "SELECT max(page) FROM mark WHERE file_id = ? AND offset <= ?"
    return int(connection.execute(query, (file_id, place)).fetchone()[0] or 1)


def indented(text: str, depth: int) -> str:
    """XML with each element on a line of its own, as deep as it stands; `depth`: of the first."""
    lines: list[str] = []
    for token in _TOKEN.findall(text):
        is_end = token.startswith("</")
        if is_end:
            depth = max(0, depth - 1)
        plain = token.strip()
        if plain:
            lines.append("  " * min(depth, _MOST_INDENT) + plain)
        if token.startswith("<") and not is_end and token[1:2] not in ("!", "?", "") and not token.endswith("/>"):
            depth += 1
    return "\n".join(_joined(lines))


def _joined(lines: list[str]) -> list[str]:
    """A text between the two ends of one element goes on their line."""
    out: list[str] = []
    for line in lines:
        plain = line.lstrip()
        if plain.startswith("</") and len(out) >= 2 and not out[-1].lstrip().startswith("<"):
            start = out[-2].lstrip()
            if start.startswith(f"<{plain[2:-1].rstrip()}") and not start.endswith("/>") and "\n" not in start:
                text = out.pop().strip()
                out[-1] += text + plain
                continue
        if plain.startswith("</") and out and out[-1].lstrip().startswith(f"<{plain[2:-1].rstrip()}>"):
            out[-1] += plain
            continue
        out.append(line)
    return out


def _read(path: Path, start: int, end: int | None) -> tuple[str, bool]:
    """The text between two places of a file, and whether there is more of it than is shown."""
    with path.open("rb") as source:
        encoding = _encoding(source.read(_HEAD))
        source.seek(start)
        wanted = _MOST_BYTES + 1 if end is None else min(end - start, _MOST_BYTES + 1)
        content = source.read(wanted)
    is_cut = len(content) > _MOST_BYTES
    text = content[:_MOST_BYTES].decode(encoding, "replace")
    return text.lstrip("\ufeff") + (_(" … (resten står i filen)") if is_cut else ""), is_cut


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"<\x00")):
        return "utf-16-le"
    if head.startswith((b"\xfe\xff", b"\x00<")):
        return "utf-16-be"
    found = _ENCODING.search(head)
    try:
        return codecs.lookup(found[1].decode("ascii")).name if found else "utf-8"
    except LookupError:
        return "utf-8"
