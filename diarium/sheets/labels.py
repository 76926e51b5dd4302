"""Labels for paper: a number to read and a code to scan, on A4 sheets of 3 × 8 or alone. No names, no titles."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.graphics import renderPDF
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from diarium.i18n import current_locale
from diarium.i18n import gettext as _
from diarium.register.errors import InvalidFact
from diarium.sheets import fonts
from diarium.sheets.codes import qr_code

COLUMNS: Final = 3
ROWS: Final = 8
PER_SHEET: Final = COLUMNS * ROWS
_WIDTH: Final = A4[0] / COLUMNS
_HEIGHT: Final = A4[1] / ROWS
_EDGE: Final = 4 * mm
_QR: Final = 25 * mm


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label; `address` is in its code."""

    number: str
    lines: tuple[str, ...]
    address: str


def label_sheet(labels: Sequence[Label], *, start: int = 1) -> bytes:
    """The labels on A4 sheets; `start` is the first free place of a sheet that has been begun, row by row from 1.

    Raises: InvalidFact if there is no such place.
    """
    if not 1 <= start <= PER_SHEET:
        raise InvalidFact(_("Ange en plats på arket, 1 till %(most)s.", most=PER_SHEET), field="start")
    target, canvas = _canvas(A4)
    for number, label in enumerate(labels, start=start - 1):
        place = number % PER_SHEET
        if place == 0 and number > start - 1:
            canvas.showPage()
        left = (place % COLUMNS) * _WIDTH
        bottom = A4[1] - (place // COLUMNS + 1) * _HEIGHT
        _draw(canvas, label, left, bottom)
    canvas.save()
    return target.getvalue()


def single_label(label: Label) -> bytes:
    """The label alone, on a page of its own size, for a label printer."""
    target, canvas = _canvas((_WIDTH, _HEIGHT))
    _draw(canvas, label, 0, 0)
    canvas.save()
    return target.getvalue()


def _canvas(size: tuple[float, float]) -> tuple[io.BytesIO, Canvas]:
    fonts.register()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=size, lang=current_locale())
    canvas.setTitle(_("Etiketter"))
    canvas.setCreator("diarium")
    return target, canvas


def _draw(canvas: Canvas, label: Label, left: float, bottom: float) -> None:
    room = _WIDTH - _QR - 3 * _EDGE
    renderPDF.draw(qr_code(label.address, _QR), canvas, left + _EDGE, bottom + (_HEIGHT - _QR) / 2)
    text_left, top = left + _EDGE * 2 + _QR, bottom + _HEIGHT - 11 * mm
    for place, text in enumerate([label.number, *label.lines]):
        name = fonts.BOLD if place == 0 else fonts.PLAIN
        shown = fonts.printable(text)
        size = _fitting(shown, name, 11 if place == 0 else 8, room)
        canvas.setFont(name, size)
        canvas.drawString(text_left, top - place * 4.6 * mm, shown)


def _fitting(text: str, font: str, largest: float, room: float) -> float:
    """The size in which `text` fits its room: a number is never cut."""
    natural: float = stringWidth(text, font, largest)
    return largest if natural <= room else largest * room / natural
