"""CSV: for Excel with semicolons and a byte order mark, for other programs with commas and without."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import IO

from diarium.lists.export import cells
from diarium.lists.model import Value


def write(target: IO[bytes], labels: Sequence[str], rows: Iterable[Sequence[Value]], *, for_excel: bool) -> None:
    """Writes labels and rows. Every text is quoted, so that a reader with another separator finds no new cells."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig" if for_excel else "utf-8", newline="")
    writer = csv.writer(text, delimiter=";" if for_excel else ",", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([_cell(label) for label in labels])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    text.flush()
    text.detach()


def _cell(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return cells.local(value).isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int):
        return value
    text = cells.text_of(value)
    # The apostrophe is the spreadsheets' own sign for "this is text".
    return f"'{text}" if cells.looks_like_formula(text) else text
