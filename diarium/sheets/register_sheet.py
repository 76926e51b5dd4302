"""The register sheet of a case (*dagboksblad*): every entry, cancelled ones struck, what is hidden said."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.colors import black, grey
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table

from diarium.i18n import gettext as _
from diarium.i18n import show_date
from diarium.register.case_sheet import CaseHead, RegisterSheet
from diarium.register.vocabulary import PARTY_ROLE_LABELS, STATUS_LABELS
from diarium.sheets import fonts
from diarium.sheets.document import BODY, HEADING, SMALL, SUBHEADING, Print, build, paragraph
from diarium.sheets.lines import SheetLine, Told, hidden, lines_of

_WIDTHS = (21 * mm, 33 * mm, 32 * mm, 88 * mm)


def title_of(sheet: RegisterSheet) -> str:
    """What the sheet is called."""
    return _("Dagboksblad %(number)s", number=sheet.head.view.number)


def register_sheet(sheet: RegisterSheet, told: Told, print_: Print) -> bytes:
    """The sheet as PDF."""
    fonts.register()
    title, view = title_of(sheet), sheet.head.view
    lines = lines_of(sheet.entries, told)
    story: list[Flowable] = [
        paragraph(title, HEADING),
        paragraph(view.title or hidden(), SUBHEADING),
        Spacer(1, 3 * mm),
        _facts(facts_of(sheet.head)),
        Spacer(1, 3 * mm),
        *(paragraph(text, BODY) for text in warnings_of(sheet)),
        Spacer(1, 3 * mm),
        _entries(lines),
    ]
    words = [view.title or "", *(text for line in lines for text in (line.text, *line.details))]
    if not all(fonts.is_printable(text) for text in words):
        story += [Spacer(1, 3 * mm), paragraph(_("Tecken som skriften saknar är utbytta i utskriften."), SMALL)]
    return build(title, story, print_)


def facts_of(head: CaseHead) -> list[tuple[str, str]]:
    """The case's facts, as (term, value), without the empty ones."""
    view = head.view
    parties = "\n".join(
        f"{PARTY_ROLE_LABELS[party.role]}: {party.name or _('Skyddad uppgift')}" for party in view.parties
    )
    related = ", ".join(f"{item.label} {item.number}" for item in head.related)
    marks = ", ".join(mark.citation for mark in view.restrictions if mark.is_in_force)
    facts = [
        (_("Myndighet"), view.authority_name),
        (_("Status"), str(STATUS_LABELS[view.status])),
        (_("Öppnat"), show_date(view.opened_on)),
        (_("Beslutat"), show_date(view.decided_on)),
        (_("Avslutat"), show_date(view.closed_on)),
        (_("Klass"), view.classification or ""),
        (_("Handläggare"), view.responsible or ""),
        (_("Enhet"), view.unit or ""),
        (_("Parter"), parties),
        (_("Hänger ihop med"), related),
        (_("Sekretessmarkering"), marks),
        (_("Skäl till makulering"), view.cancel_reason or ""),
    ]
    return [fact for fact in facts if fact[1]]


def warnings_of(sheet: RegisterSheet) -> list[str]:
    """What a reader of the paper has to know: that something is left out, or that it must be kept safe."""
    found = []
    if sheet.is_partly_hidden:
        found.append(_("Uppgifter som du inte har behörighet att se är utelämnade i utskriften."))
    elif sheet.head.needs_note:
        found.append(_("Utskriften innehåller sekretessmarkerade eller skyddade uppgifter. Förvara den därefter."))
    return found


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    rows = [[paragraph(term, SMALL), paragraph(value)] for term, value in facts]
    return Table(
        rows, colWidths=(42 * mm, 132 * mm), hAlign="LEFT", splitInRow=1,
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
               ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)],
    )  # fmt: skip


def _entries(lines: Sequence[SheetLine]) -> Table:
    head = [paragraph(text, SUBHEADING) for text in (_("Dag"), _("Nummer"), _("Slag"), _("Innehåll"))]
    return Table(
        [head, *(_row(line) for line in lines)], colWidths=_WIDTHS, repeatRows=1, splitInRow=1, hAlign="LEFT",
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, 0), 0.8, black),
               ("LINEBELOW", (0, 1), (-1, -1), 0.25, grey), ("LEFTPADDING", (0, 0), (-1, -1), 0),
               ("RIGHTPADDING", (0, 0), (-1, -1), 4)],
    )  # fmt: skip


def _row(line: SheetLine) -> list[object]:
    texts: list[Flowable] = [paragraph(line.text, BODY, struck=line.is_struck)]
    texts += [paragraph(text, SMALL) for text in line.details if text]
    return [
        paragraph(line.day, BODY, struck=line.is_struck),
        paragraph(line.number, BODY, struck=line.is_struck),
        paragraph(line.what, BODY, struck=line.is_struck),
        texts,
    ]
