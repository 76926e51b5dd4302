"""XLSX: dates as dates, texts as texts whatever they begin with, a heading that stays in view."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from diarium.lists.export import cells
from diarium.lists.model import Value

_WIDTH = 22
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
# Spreadsheets count from 1900, and that year wrongly: what is older is written as text.
_FIRST_DAY = dt.date(1900, 3, 1)


def write(target: IO[bytes], labels: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Writes labels and rows in one sheet; rows go to disk as they come."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Lista")
    sheet.freeze_panes = "A2"
    for number in range(1, len(labels) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTH
    heading = [_text(sheet, label) for label in labels]
    for cell in heading:
        cell.font = Font(bold=True)
    sheet.append(heading)
    count = 1
    try:
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
            count += 1
    except BaseException:
        book.save(io.BytesIO())  # else the temporary file behind the sheet stays on the disk
        raise
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(labels))}{count}"
    book.save(target)


def _cell(sheet: WriteOnlyWorksheet, value: Value) -> Cell | int | None:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str):
        return _text(sheet, value)
    day = value.date() if isinstance(value, dt.datetime) else value
    if day < _FIRST_DAY:
        return _text(sheet, value.isoformat())
    if isinstance(value, dt.datetime):
        cell = WriteOnlyCell(sheet, cells.local(value))
        cell.number_format = _MOMENT
    else:
        cell = WriteOnlyCell(sheet, dt.datetime.combine(value, dt.time()))
        cell.number_format = _DAY
    return cell


def _text(sheet: WriteOnlyWorksheet, value: str) -> Cell:
    text = cells.text_of(value)
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # else a leading "=" would make it a formula
    if cells.looks_like_formula(text):
        cell.quotePrefix = True
    return cell
