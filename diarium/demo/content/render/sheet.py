"""Tables of costs as Excel workbooks."""

from __future__ import annotations

import datetime as dt
import io

from openpyxl import Workbook
from openpyxl.styles import Font

from diarium.demo.content.model import DemoFile
from diarium.demo.content.render.archive import rewritten


def render(file: DemoFile) -> bytes:
    """The file as XLSX: one sheet with a heading, the rows and their sum."""
    made = dt.datetime.combine(file.date, dt.time(9, 0))
    book = Workbook()
    book.properties.creator, book.properties.title = file.letterhead, file.title
    book.properties.created = made
    page = book.active
    assert page is not None  # a new workbook has a sheet
    page.title = "Kalkyl"
    page.append([file.title])
    page.append(["Post", "Belopp i kronor"])
    for label, amount in file.rows:
        page.append([label, amount])
    page.append(["Summa", sum(amount for _, amount in file.rows)])
    page["A1"].font = Font(bold=True)
    page.column_dimensions["A"].width = 34
    target = io.BytesIO()
    book.save(target)
    return rewritten(target, made)
