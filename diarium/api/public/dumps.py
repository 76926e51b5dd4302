"""The open data: all cases or records of an authority and year, as CSV or JSON lines.

They are read from the open register's tables while they are sent, some hundred rows at a time, and kept nowhere.
So they hold what is shown at that moment and nothing that was withdrawn, without anything to be made anew.
"""

from __future__ import annotations

import csv
import datetime as dt
import enum
import io
import json
import unicodedata
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from diarium.api.public import shapes
from diarium.api.public.shapes import AddressOf, Shape
from diarium.db.engine import Database
from diarium.public import listing

_GZIP = 31  # zlib's window, with gzip's head and foot
_FORMULA = frozenset("=+-@\t\r\n")
CASE_COLUMNS = (
    "uid", "number", "authority", "authority_name", "series", "year", "visibility", "title", "status", "case_type",
    "opened_on", "closed_on", "class_code", "class_title", "unit", "parties", "are_parties_omitted", "page",
)  # fmt: skip
RECORD_COLUMNS = (
    "uid", "number", "case_uid", "case_number", "running_number", "authority", "authority_name", "visibility",
    "direction", "official_on", "title", "record_type", "parties", "are_parties_omitted", "moved_to_uid",
    "moved_to_number", "documents", "page",
)  # fmt: skip


class Form(StrEnum):
    """The form of a dump, as its address ends."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    CSV_GZIP = "csv.gz"
    JSON_LINES_GZIP = "jsonl.gz"

    @property
    def is_compressed(self) -> bool:
        """Whether gzip is around it."""
        return self.value.endswith(".gz")

    @property
    def is_csv(self) -> bool:
        """Whether it is a table."""
        return self.value.startswith("csv")


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a dump holds. `rows`: its rows, a batch at a time, for an authority and year."""

    columns: tuple[str, ...]
    rows: Callable[[Database, str, int, AddressOf], Iterator[Sequence[Shape]]]


def _case_rows(database: Database, authority: str, year: int, address: AddressOf) -> Iterator[Sequence[Shape]]:
    for batch in listing.all_cases(database, authority, year):
        yield [shapes.of_case(case, address) for case in batch]


def _record_rows(database: Database, authority: str, year: int, address: AddressOf) -> Iterator[Sequence[Shape]]:
    for batch in listing.all_records(database, authority, year):
        yield [shapes.of_record(record, record.case, address) for record in batch]


DATASETS = {"arenden": Dataset(CASE_COLUMNS, _case_rows), "handlingar": Dataset(RECORD_COLUMNS, _record_rows)}


def stream(
    database: Database, dataset: Dataset, authority: str, year: int, form: Form, base: str, address: AddressOf
) -> Iterator[bytes]:
    """The dump, piece by piece. `base`: what addresses in it begin with; `address` gives the pages' paths."""
    rows = dataset.rows(database, authority, year, address)
    batches = ([_with_base(row, base) for row in batch] for batch in rows)
    pieces = _csv(dataset.columns, batches) if form.is_csv else _json_lines(dataset.columns, batches)
    return _gzipped(pieces) if form.is_compressed else pieces


def _with_base(row: Shape, base: str) -> Shape:
    documents = row.get("documents")
    if isinstance(documents, list):
        row["documents"] = [{**item, "content": f"{base}{item['content']}"} for item in documents]
    return {**row, "page": f"{base}{row['page']}"}


def _csv(columns: Sequence[str], batches: Iterable[Sequence[Shape]]) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    yield b"\xef\xbb\xbf" + text.getvalue().encode()
    for batch in batches:
        text.seek(0)
        text.truncate()
        writer.writerows([_cell(name, row[name]) for name in columns] for row in batch)
        yield text.getvalue().encode("utf-8", "replace")


def _json_lines(columns: Sequence[str], batches: Iterable[Sequence[Shape]]) -> Iterator[bytes]:
    for batch in batches:
        lines = [json.dumps({name: _plain(row[name]) for name in columns}, ensure_ascii=False) for row in batch]
        yield ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(wbits=_GZIP)
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()


def _cell(name: str, value: object) -> str | int:
    """What stands in a table's cell; a text that a spreadsheet might take for a formula gets an apostrophe."""
    if value is None:
        return ""
    if name == "documents" and isinstance(value, list):
        return " ".join(str(item["content"]) for item in value)
    if name == "parties" and isinstance(value, list):
        value = " | ".join(f"{party['role']}: {party['name'] or ''}".strip() for party in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    text = str(_plain(value))
    first = next((character for character in text if not _is_blank(character)), "")
    is_risky = text[:1] in _FORMULA or unicodedata.normalize("NFKC", first)[:1] in _FORMULA
    return f"'{text}" if text and first and is_risky else text


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Mn")


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value
