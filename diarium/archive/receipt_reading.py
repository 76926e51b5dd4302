"""Reads what a receiver answered: METS, PREMIS, other XML, JSON, CSV or text, without trusting any of it.

Archives answer in forms of their own. What is found is a proposal; a person confirms it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree

from diarium.archive.delivery_models import ReceiptOutcome
from diarium.archive.receipt_words import (
    DATE_NAMES,
    OUTCOME_NAMES,
    OUTCOME_WORDS,
    REFERENCE_NAMES,
    REMARK_NAMES,
)
from diarium.files.extraction import safe_xml
from diarium.files.extraction.model import CannotRead

MAX_BYTES = 10 * 1024 * 1024
_MOST_FACTS = 5_000
_MOST_TEXT = 200_000
_MOST_REMARK = 2_000
_UUID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![0-9a-fA-F])")
_DATE = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_LINE = re.compile(r"^\s*([^:=;\t]{2,60}?)\s*[:=;\t]\s*(\S.*)$")


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """What a file seems to say. `uids`: identifiers in it and in its name; `outcome`: None where it is unclear.

    `form`: what it was read as (METS, PREMIS, XML, JSON, CSV, text, or a document's kind).
    """

    form: str
    uids: tuple[uuid.UUID, ...] = ()
    outcome: ReceiptOutcome | None = None
    receiver_reference: str | None = None
    receipt_on: dt.date | None = None
    remark: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        facts = asdict(self)
        facts["uids"] = [str(uid) for uid in self.uids]
        facts["outcome"] = self.outcome.value if self.outcome else None
        facts["receipt_on"] = self.receipt_on.isoformat() if self.receipt_on else None
        return facts


@dataclass(frozen=True, slots=True)
class _Fact:
    """A name and a value, wherever they stood."""

    name: str
    value: str


def read(content: bytes, file_name: str, *, text: str | None = None) -> FoundReceipt:
    """What the file says. Never raises for what comes from outside: a file that can't be read says nothing.

    `text`: of a document (PDF) whose text was taken out elsewhere.
    """
    if text is not None:
        return _told(file_name.rpartition(".")[2].upper()[:10] or "?", file_name, _lines(text), text)
    form, facts, plain = _facts(content[:MAX_BYTES])
    return _told(form, file_name, facts, plain)


def is_plain(file_name: str, content: bytes) -> bool:
    """Whether `read` can read the file by itself; a document's text must be taken out first."""
    is_document = content.startswith((b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    return not is_document and not file_name.lower().endswith((".pdf", ".docx", ".odt", ".doc", ".xlsx"))


def _facts(content: bytes) -> tuple[str, list[_Fact], str]:
    stripped = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    is_wide = content.startswith((b"\xff\xfe<", b"\xfe\xff\x00<"))
    if is_wide or stripped.startswith(b"<"):
        try:
            root = safe_xml.parse_xml(content if is_wide else stripped)
        except (CannotRead, MemoryError):
            return "XML", [], ""
        facts = list(_of_xml(root))
        name = etree.QName(root).localname.lower()
        form = {"mets": "METS", "premis": "PREMIS"}.get(name, "XML")
        return form, facts, "\n".join(fact.value for fact in facts)
    text = _decoded(content)
    if stripped.startswith((b"{", b"[")):
        try:
            facts = list(_of_json(json.loads(text)))
            return "JSON", facts, "\n".join(fact.value for fact in facts)
        except (ValueError, RecursionError):
            return "JSON", [], text
    of_table = _of_table(text)
    return ("CSV", of_table, text) if of_table else ("text", _lines(text), text)


def _told(form: str, file_name: str, facts: list[_Fact], text: str) -> FoundReceipt:
    text = text[:_MOST_TEXT]
    found = _UUID.findall(f"{file_name}\n{text}")
    uids = tuple(dict.fromkeys(uuid.UUID(one) for one in found))[:100]
    return FoundReceipt(
        form=form,
        uids=uids,
        outcome=_outcome(facts, text, file_name),
        receiver_reference=_short(_first(facts, REFERENCE_NAMES), 200),
        receipt_on=_date(facts),
        remark=_remark(facts, text if form not in ("METS", "PREMIS", "XML", "JSON", "CSV") else ""),
    )


def _outcome(facts: list[_Fact], text: str, file_name: str) -> ReceiptOutcome | None:
    """What the named facts say; else what the text says in one way only."""
    said = {
        outcome for fact in facts if fact.name in OUTCOME_NAMES and (outcome := _meaning(fact.value)) is not None
    }
    if not said:
        said = {outcome for part in (text, file_name.replace("_", " ")) if (outcome := _meaning(part)) is not None}
        said = said if len(said) == 1 else set()
    return next((outcome for outcome, _pattern in OUTCOME_WORDS if outcome in said), None)


def _meaning(text: str) -> ReceiptOutcome | None:
    return next((outcome for outcome, pattern in OUTCOME_WORDS if pattern.search(text[:_MOST_TEXT])), None)


def _first(facts: list[_Fact], names: frozenset[str]) -> str | None:
    return next((fact.value for fact in facts if fact.name in names and fact.value), None)


def _date(facts: list[_Fact]) -> dt.date | None:
    for fact in facts:
        match = _DATE.search(fact.value) if fact.name in DATE_NAMES else None
        if match is not None:
            try:
                return dt.date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                continue
    return None


def _remark(facts: list[_Fact], text: str) -> str | None:
    rows = [fact.value for fact in facts if fact.name in REMARK_NAMES and fact.value]
    words = "\n".join(dict.fromkeys(rows)) or text
    clean = "".join(char for char in words if char.isprintable() or char == "\n").strip()
    return clean[:_MOST_REMARK] or None


def _short(text: str | None, most: int) -> str | None:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:most] if text else None


def _of_xml(root: etree._Element) -> Iterator[_Fact]:
    """Elements with text and their attributes, by local name. PREMIS names stand in their values' neighbours."""
    for element in itertools.islice(root.iter(etree.Element), _MOST_FACTS):
        name = _plain_name(etree.QName(element).localname)
        if element.text and element.text.strip():
            yield _Fact(name, element.text.strip())
        for key, value in element.attrib.items():
            yield _Fact(_plain_name(etree.QName(str(key)).localname), str(value))


def _of_json(value: object, name: str = "", depth: int = 0) -> Iterator[_Fact]:
    if depth > 20:
        return
    if isinstance(value, dict):
        for key, inner in list(value.items())[:_MOST_FACTS]:
            yield from _of_json(inner, _plain_name(str(key)), depth + 1)
    elif isinstance(value, list):
        for inner in value[:_MOST_FACTS]:
            yield from _of_json(inner, name, depth + 1)
    elif value is not None:
        yield _Fact(name, str(value))


def _of_table(text: str) -> list[_Fact]:
    """The first rows of a table with known headings; nothing where it is no table."""
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    headings = [_plain_name(item) for item in first.split(delimiter)]
    known = OUTCOME_NAMES | REFERENCE_NAMES | DATE_NAMES
    if len(headings) < 2 or not known & {heading.strip('"') for heading in headings}:
        return []
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))[:_MOST_FACTS]
    except csv.Error:
        return []
    return [
        _Fact(_plain_name(name), value.strip())
        for row in rows
        for name, value in row.items()
        if isinstance(name, str) and isinstance(value, str)
    ]


def _lines(text: str) -> list[_Fact]:
    matches = (_LINE.match(line) for line in text[:_MOST_TEXT].split("\n")[:_MOST_FACTS])
    return [_Fact(_plain_name(match[1]), match[2].strip()) for match in matches if match]


def _plain_name(text: str) -> str:
    """A name as it is compared: small letters without marks, blanks and signs."""
    small = text.strip().lower().translate(str.maketrans("åäöé", "aaoe"))
    return re.sub(r"[^a-z0-9]", "", small)


def _decoded(content: bytes) -> str:
    candidates: Iterable[str] = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",)
    for encoding in (*candidates, "cp1252"):
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1").replace("\x00", "")
