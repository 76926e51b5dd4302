"""Text of Excel workbooks: what the cells show, not their formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import BinaryIO

from openpyxl import load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from diarium.files.extraction.archives import checked_zip
from diarium.files.extraction.model import MAX_CELLS, TextCollector
from diarium.i18n import gettext as _


def extract_workbook(source: BinaryIO, out: TextCollector) -> None:
    """Each sheet's title, then its rows with a tab between cells. Raises: CannotRead, OutputFull."""
    with checked_zip(source):
        source.seek(0)
        workbook = load_workbook(source, read_only=True, data_only=True, keep_links=False)
        left = MAX_CELLS
        for sheet in workbook.worksheets:
            out.line(sheet.title)
            # In read-only mode every sheet is one that streams; its own claim of its size is not to be trusted.
            if isinstance(sheet, ReadOnlyWorksheet):
                sheet.reset_dimensions()
            left = _write_rows(sheet.iter_rows(values_only=True), left, out)
            if left <= 0:
                out.note(_("Kalkylbladet är stort: bara de första cellerna har lästs."))
                break
        workbook.close()


def _write_rows(rows: Iterable[tuple[object, ...]], left: int, out: TextCollector) -> int:
    """How many cells may still be read. Empty rows and cells count, since they take time too."""
    for row in rows:
        left -= 1 + len(row)
        if left <= 0:
            return left
        cells = [_shown(value) for value in row if value is not None]
        if cells:
            out.line("\t".join(cells))
    return left


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _("SANT") if value else _("FALSKT")
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
