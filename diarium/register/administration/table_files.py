"""Reads tables that somebody uploads, CSV or XLSX, without trusting them: sizes, encodings, what swells."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from openpyxl import load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from diarium.errors import DomainError
from diarium.files.extraction.archives import checked_zip
from diarium.files.extraction.model import CannotRead
from diarium.i18n import gettext as _
from diarium.i18n import show_size

MAX_BYTES = 2_000_000
MAX_ROWS = 5_000
MAX_COLUMNS = 60
MAX_CELL = 10_000
_MAX_LINES = 4 * MAX_ROWS  # of a workbook, with the empty ones between
_MAX_UNPACKED = 40_000_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_Cells = Sequence[object]


class InvalidTable(DomainError):
    """A file that can't be read as a table at all; `field` is "files"."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="files")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row with its line in the file; `cells` by the names of the wanted columns, all of them there."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds. `ignored`: headings that mean nothing to us.

    `numbers`: (line, column, value) of cells that hold a number with decimals: a spreadsheet program makes 1.1 of
    1.10, so where a code is wanted nobody can tell which it was.
    """

    rows: tuple[TableRow, ...]
    ignored: tuple[str, ...] = ()
    numbers: tuple[tuple[int, str, str], ...] = ()


def read(data: bytes, columns: Mapping[str, str], required: Iterable[str]) -> Table:
    """The table in `data`; `columns`: name → label, either of which may be its heading, in any order.

    Raises: InvalidTable.
    """
    if not data:
        raise InvalidTable(_("Filen är tom. Välj en annan fil."))
    if len(data) > MAX_BYTES:
        raise InvalidTable(
            _("Filen är större än %(most)s. Ta bort det som inte behövs.", most=show_size(MAX_BYTES))
        )
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidTable(
            _("Filen är en äldre Excelfil eller skyddad med lösenord. Spara den som .xlsx utan lösenord.")
        )
    lines = _workbook_lines(data) if data.startswith(b"PK") else _csv_lines(data)
    return _table(lines, columns, list(required))


def too_large() -> InvalidTable:
    """The refusal of a file that is larger than `MAX_BYTES`."""
    return InvalidTable(_("Filen är större än %(most)s. Ta bort det som inte behövs.", most=show_size(MAX_BYTES)))


def _table(lines: Iterator[tuple[int, _Cells]], columns: Mapping[str, str], required: list[str]) -> Table:
    heading = next(((line, cells) for line, cells in lines if any(_text(cell) for cell in cells)), None)
    if heading is None:
        raise InvalidTable(_("Filen har inga rader."))
    places, ignored = _places(heading[1], columns)
    if missing := [columns[name] for name in required if name not in places]:
        raise InvalidTable(
            _(
                "Rad %(line)s ska vara rubrikraden, men kolumnen %(missing)s saknas.",
                line=heading[0],
                missing=", ".join(f"”{label}”" for label in missing),
            )
        )
    rows: list[TableRow] = []
    numbers: list[tuple[int, str, str]] = []
    for line, cells in lines:
        found = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
        texts = {name: _text(found.get(name, "")) for name in columns}
        if not any(texts.values()):
            continue
        if len(rows) >= MAX_ROWS:
            raise _too_long()
        numbers += [
            (line, name, texts[name])
            for name, value in found.items()
            if isinstance(value, float) and not value.is_integer()
        ]
        rows.append(TableRow(line, texts))
    return Table(tuple(rows), ignored, tuple(numbers))


def _places(heading: _Cells, columns: Mapping[str, str]) -> tuple[dict[str, int], tuple[str, ...]]:
    names = {key: name for name, label in columns.items() for key in (name.casefold(), str(label).casefold())}
    places: dict[str, int] = {}
    ignored = []
    for place, cell in enumerate(heading[:MAX_COLUMNS]):
        written = _text(cell)
        name = names.get(" ".join(written.casefold().split()))
        if name is not None and name not in places:
            places[name] = place
        elif written:
            ignored.append(written[:60])
    return places, tuple(ignored)


def _csv_lines(data: bytes) -> Iterator[tuple[int, _Cells]]:
    text = _decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, cells[:MAX_COLUMNS]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InvalidTable(_("Rad %(line)s går inte att läsa. Kontrollera citattecknen.", line=begins)) from error


def _decoded(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or Windows-1252: what spreadsheet programs write."""
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InvalidTable(_("Filen är ingen tabell som går att läsa. Spara den som .xlsx eller som CSV med UTF-8."))


def _workbook_lines(data: bytes) -> Iterator[tuple[int, _Cells]]:
    """The rows of a workbook's first sheet: what its cells show, not their formulas."""
    source = io.BytesIO(data)
    with _told_as_invalid(), checked_zip(source) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MAX_UNPACKED:
            raise InvalidTable(
                _("Arbetsboken packas upp till mer än som tillåts. Spara bara bladet med klasserna.")
            )
        source.seek(0)
        workbook = load_workbook(source, read_only=True, data_only=True, keep_links=False)
        sheet = workbook.worksheets[0] if workbook.worksheets else None
        if not isinstance(sheet, ReadOnlyWorksheet):
            raise InvalidTable(_("Arbetsboken har inget kalkylblad."))
        sheet.reset_dimensions()  # its own claim of its size is not to be trusted
        rows: list[tuple[int, _Cells]] = []
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1):
            if number > _MAX_LINES:
                raise _too_long()
            rows.append((number, row))
        workbook.close()
    return iter(rows)


def _too_long() -> InvalidTable:
    return InvalidTable(_("Tabellen har fler än %(most)s rader. Dela upp den.", most=MAX_ROWS))


@contextmanager
def _told_as_invalid() -> Iterator[None]:
    """Turns whatever a broken or hostile workbook makes the reader raise into one clear refusal."""
    try:
        yield
    except CannotRead as error:
        raise InvalidTable(str(error)) from error
    except DomainError:
        raise
    except Exception as error:
        # openpyxl and the zip and XML beneath fail in countless ways on damaged files; to the user they are one.
        raise InvalidTable(_("Arbetsboken är skadad och går inte att läsa. Spara den på nytt.")) from error


def _text(value: object) -> str:
    """A cell as it is written; an apostrophe that keeps a text from being taken for a formula is left out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)[: MAX_CELL + 1].strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text
