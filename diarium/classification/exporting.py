"""A version of the scheme as a table that can be edited and read in again: CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from diarium.classification.queries import in_words
from diarium.classification.rows import COLUMNS, ClassFacts

# A cell that begins so is taken for a formula by spreadsheet programs; an apostrophe before it makes it a text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(classes: Sequence[ClassFacts]) -> bytes:
    """With semicolons and a byte order mark, as Swedish Excel opens it without questions."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow([str(label) for label in COLUMNS.values()])
    for facts in classes:
        writer.writerow([neutral(value) for value in in_words(facts).values()])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(classes: Sequence[ClassFacts]) -> bytes:
    """Every cell is a text, so nothing in it is ever calculated."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Klasser")
    for row in [[str(label) for label in COLUMNS.values()], *(list(in_words(item).values()) for item in classes)]:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=None)
            cell.value = value
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def neutral(text: str) -> str:
    """`text` as no spreadsheet program takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
