"""Official letters, decisions, minutes, reports and drawings as PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from diarium.demo.content.model import DemoFile, Layout

# Compressed bytes as they are, not as base-85 text: smaller, and quicker by a fifth.
rl_config.useA85 = 0

_WIDTH, _HEIGHT = A4
_LEFT, _TOP, _BOTTOM = 71.0, _HEIGHT - 64, 78.0
_TEXT_WIDTH = _WIDTH - 2 * _LEFT
_LEADING = 14.0
_INK = HexColor("#1d3b53")
_GREY = HexColor("#7a858f")
_PICTURE_HEIGHT = 190.0
_LABEL_WIDTH = 175.0


def render(file: DemoFile, password: str | None = None) -> bytes:
    """The file as PDF of one to three A4 pages; with a `password` it opens for nobody else."""
    target = io.BytesIO()
    # invariant: no clock and no chance in the file, so that the same recipe gives the same bytes
    canvas = Canvas(target, pagesize=A4, invariant=1, pageCompression=1, lang="sv-SE", encrypt=password)
    canvas.setTitle(file.title)
    canvas.setAuthor(file.letterhead)
    canvas.setSubject(str(file.layout))
    _Page(canvas, file).draw()
    canvas.save()
    return target.getvalue()


class _Page:
    """Writes down the page and turns it when it is full."""

    def __init__(self, canvas: Canvas, file: DemoFile) -> None:
        self._canvas = canvas
        self._file = file
        self._y = _TOP
        self._number = 1

    def draw(self) -> None:
        self._letterhead()
        self._lines(self._file.title, "Helvetica-Bold", 15, 19)
        self._y -= 6
        for label, value in self._file.fields:
            self._field(label, value)
        self._y -= 10
        picture = _PICTURES.get(self._file.layout)
        if picture is not None:
            self._room(_PICTURE_HEIGHT)
            self._y -= _PICTURE_HEIGHT
            picture(self._canvas, self._y)
            self._y -= 24
        for section in self._file.sections:
            if section.heading:
                self._y -= 4
                self._lines(section.heading, "Helvetica-Bold", 11.5, 16)
            for paragraph in section.paragraphs:
                self._lines(paragraph, "Times-Roman", 11, _LEADING)
                self._y -= 7
        self._y -= 14
        for line in self._file.signature:
            self._lines(line, "Times-Italic", 11, _LEADING)
        self._footer()

    def _letterhead(self) -> None:
        canvas = self._canvas
        canvas.setFillColor(_INK)
        canvas.rect(_LEFT, self._y - 4, 16, 20, stroke=0, fill=1)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(_LEFT + 24, self._y + 2, self._file.letterhead or "Avsändare okänd")
        canvas.setFillColor(_GREY)
        canvas.setFont("Helvetica", 9)
        canvas.drawRightString(_WIDTH - _LEFT, self._y + 2, self._file.date.isoformat())
        canvas.setFillColorRGB(0, 0, 0)
        self._y -= 46

    def _field(self, label: str, value: str) -> None:
        self._room(_LEADING)
        self._canvas.setFont("Helvetica", 9)
        self._canvas.drawString(_LEFT, self._y, label)
        self._canvas.setFont("Helvetica", 10)
        self._canvas.drawString(_LEFT + _LABEL_WIDTH, self._y, value)
        self._y -= _LEADING

    def _lines(self, text: str, font: str, size: float, leading: float) -> None:
        for line in _wrapped(text, font, size):
            self._room(leading)
            self._canvas.setFont(font, size)
            self._canvas.drawString(_LEFT, self._y, line)
            self._y -= leading

    def _room(self, needed: float) -> None:
        if self._y - needed < _BOTTOM:
            self._footer()
            self._canvas.showPage()
            self._number += 1
            self._y = _TOP

    def _footer(self) -> None:
        self._canvas.setFillColor(_GREY)
        self._canvas.setFont("Helvetica", 8)
        self._canvas.drawString(_LEFT, 44, self._file.letterhead)
        self._canvas.drawRightString(_WIDTH - _LEFT, 44, f"Sida {self._number}")
        self._canvas.setFillColorRGB(0, 0, 0)


def _wrapped(text: str, font: str, size: float) -> Iterator[str]:
    """The lines of a paragraph. The same words come again and again, so their widths are kept."""
    line: list[str] = []
    taken = 0.0
    space = _width(" ", font, size)
    for word in text.split():
        width = _width(word, font, size)
        if line and taken + space + width > _TEXT_WIDTH:
            yield " ".join(line)
            line, taken = [], 0.0
        taken += width + (space if line else 0.0)
        line.append(word)
    if line:
        yield " ".join(line)


@lru_cache(maxsize=20_000)
def _width(word: str, font: str, size: float) -> float:
    return float(stringWidth(word, font, size))


def _house(canvas: Canvas, ground: float) -> None:
    """A facade with a roof, a door and windows, standing at height `ground`."""
    left = _LEFT + 90
    canvas.setLineWidth(1.2)
    canvas.line(_LEFT, ground, _WIDTH - _LEFT, ground)
    canvas.rect(left, ground, 270, 95)
    canvas.lines(
        [
            (left - 14, ground + 95, left + 135, ground + 170),
            (left + 135, ground + 170, left + 284, ground + 95),
            (left - 14, ground + 95, left + 284, ground + 95),
        ]
    )
    canvas.rect(left + 118, ground, 34, 64)
    for x in (28, 72, 176, 220):
        canvas.rect(left + x, ground + 34, 26, 34)


def _map(canvas: Canvas, bottom: float) -> None:
    """Plots with houses along a road, a stream and an arrow to the north."""
    right = _WIDTH - _LEFT
    canvas.setLineWidth(0.6)
    canvas.rect(_LEFT, bottom, _TEXT_WIDTH, 180)
    for column in range(5):
        x = _LEFT + 12 + column * 82
        canvas.rect(x, bottom + 104, 74, 66)
        canvas.rect(x + 24, bottom + 124, 28, 20)
        canvas.rect(x, bottom + 14, 74, 56)
    canvas.setFillColor(_GREY)
    canvas.rect(_LEFT, bottom + 80, _TEXT_WIDTH, 14, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.bezier(_LEFT, bottom + 6, _LEFT + 150, bottom + 60, _LEFT + 300, bottom, right, bottom + 40)
    canvas.setLineWidth(1.4)
    canvas.line(right - 16, bottom + 120, right - 16, bottom + 160)
    canvas.drawCentredString(right - 16, bottom + 164, "N")


def _photos(canvas: Canvas, bottom: float) -> None:
    """Two grey pictures side by side: sky and ground."""
    width = _TEXT_WIDTH / 2 - 8
    for left in (_LEFT, _LEFT + width + 16):
        for shade, low, height in ((0.82, 70, 110), (0.55, 0, 70)):
            canvas.setFillGray(shade)
            canvas.rect(left, bottom + low, width, height, stroke=0, fill=1)
    canvas.setFillColorRGB(0, 0, 0)


_PICTURES: Mapping[Layout, Callable[[Canvas, float], None]] = {
    Layout.DRAWING: _house,
    Layout.MAP: _map,
    Layout.PHOTOS: _photos,
}
