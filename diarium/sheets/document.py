"""The frame of a sheet: A4, embedded letters, "sida 1 av 3", who printed it and when, title and language."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from diarium.i18n import current_locale, show_time
from diarium.i18n import gettext as _
from diarium.sheets import fonts

MARGIN: Final = 18 * mm
_FOOT: Final = 10 * mm
BODY: Final = ParagraphStyle("body", fontName=fonts.PLAIN, fontSize=9, leading=12, alignment=TA_LEFT)
SMALL: Final = ParagraphStyle("small", parent=BODY, fontSize=8, leading=10.5)
HEADING: Final = ParagraphStyle("heading", parent=BODY, fontName=fonts.BOLD, fontSize=16, leading=20, spaceAfter=6)
SUBHEADING: Final = ParagraphStyle(
    "subheading", parent=BODY, fontName=fonts.BOLD, fontSize=11, leading=15, spaceBefore=8
)


@dataclass(frozen=True, slots=True)
class Print:
    """Who prints, when, for which municipality."""

    organisation: str
    printed_by: str
    printed_at: dt.datetime


def paragraph(text: str, style: ParagraphStyle = BODY, *, struck: bool = False) -> Paragraph:
    """`text` as it is: nothing in it is markup."""
    safe = escape(fonts.printable(text)).replace("\n", "<br/>")
    return Paragraph(f"<strike>{safe}</strike>" if struck else safe, style)


def build(title: str, story: Sequence[Flowable], print_: Print) -> bytes:
    """The PDF of `story` with numbered pages."""
    fonts.register()
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + _FOOT / 2,
        title=fonts.printable(title),
        author=fonts.printable(print_.organisation),
        creator="diarium",
        lang=current_locale(),
        displayDocTitle=True,
    )
    document.build(list(story), canvasmaker=_numbered(title, print_))
    return target.getvalue()


def _numbered(title: str, print_: Print) -> Callable[..., Canvas]:
    """A canvas that keeps its pages until it knows how many there are."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 (reportlab's name)
            self._kept.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for number, page in enumerate(self._kept, start=1):
                self.__dict__.update(page)
                _foot(self, title, print_, number, len(self._kept))
                super().showPage()
            super().save()

    return Numbered


def _foot(canvas: Canvas, title: str, print_: Print, number: int, pages: int) -> None:
    canvas.setFont(fonts.PLAIN, 8)
    when = _("Utskrivet %(when)s av %(who)s", when=show_time(print_.printed_at), who=print_.printed_by)
    canvas.drawString(MARGIN, _FOOT, fonts.printable(f"{print_.organisation} · {title} · {when}"))
    place = _("sida %(page)s av %(pages)s", page=number, pages=pages)
    canvas.drawRightString(A4[0] - MARGIN, _FOOT, place)
