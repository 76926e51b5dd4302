"""The cover of a case's paper file (*aktomslag*): the number to be read from afar, a code to be scanned."""

from __future__ import annotations

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Spacer, Table

from diarium.classification.models import Retention
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, show_date
from diarium.register.case_sheet import CaseHead
from diarium.sheets import fonts
from diarium.sheets.codes import qr_code
from diarium.sheets.document import BODY, MARGIN, SMALL, SUBHEADING, Print, build, paragraph
from diarium.sheets.lines import hidden

_QR = 38 * mm
_LARGEST = 54
_FRAME = 6  # what reportlab keeps free inside its margins
_SMALLEST = 18
_TITLE = ParagraphStyle("cover-title", parent=BODY, fontSize=15, leading=20)


def case_cover(head: CaseHead, address: str, print_: Print) -> bytes:
    """The cover as PDF. `address`: the case's page, which the code holds."""
    fonts.register()
    view = head.view
    width = A4[0] - 2 * MARGIN - 2 * _FRAME
    facts = [
        (_("Klass"), view.classification or _("Inte klassificerat")),
        (_("Bevarande"), _retention(head)),
        (_("Öppnat"), show_date(view.opened_on)),
        (_("Avslutat"), show_date(view.closed_on)),
        (_("Enhet"), view.unit or ""),
        (_("Förvaringsplats"), view.physical_location or ""),
        (_("Sekretessmarkering"), ", ".join(mark.citation for mark in view.restrictions if mark.is_in_force)),
    ]
    rows = [[paragraph(term, SMALL), paragraph(value, _TITLE)] for term, value in facts if value]
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    story: list[Flowable] = [
        Table(
            [[paragraph(view.authority_name, SUBHEADING), qr_code(address, _QR)]],
            colWidths=(width - _QR, _QR),
            hAlign="LEFT",
            style=style,
        ),
        Spacer(1, 8 * mm),
        paragraph(view.number, _number_style(view.number, width)),
        Spacer(1, 8 * mm),
        paragraph(view.title or hidden(), _TITLE),
        Spacer(1, 10 * mm),
        Table(rows, colWidths=(45 * mm, width - 45 * mm), hAlign="LEFT", style=style),
    ]
    return build(_("Ärendeomslag %(number)s", number=view.number), story, print_)


def _number_style(number: str, width: float) -> ParagraphStyle:
    """As large as fits in one line."""
    natural = stringWidth(fonts.printable(number), fonts.BOLD, 100) / 100
    size = max(_SMALLEST, min(_LARGEST, int(width / natural) - 1))
    return ParagraphStyle("cover-number", parent=BODY, fontName=fonts.BOLD, fontSize=size, leading=size * 1.2)


def _retention(head: CaseHead) -> str:
    if head.retention is None:
        return ""
    retention, years = head.retention
    if retention is Retention.PRESERVE:
        return _("Bevaras")
    return ngettext("Gallras efter %(num)s år", "Gallras efter %(num)s år", years) if years else _("Gallras")
