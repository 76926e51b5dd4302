"""The pages of one case and one record, and the way to them from a written number."""

from __future__ import annotations

import uuid

from flask import redirect, request
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.public import vocabulary
from diarium.public.errors import NotInOpenRegister
from diarium.public.models import PublicCase, PublicRecord
from diarium.site import addresses, rows
from diarium.site.arguments import page_number, short_text
from diarium.site.citing import cite_case, cite_record
from diarium.site.frame import Site
from diarium.site.search import address_of


def find(site: Site) -> ResponseReturnValue:
    """Leads from a number in any spelling to the case or record. Raises: NotInOpenRegister."""
    text = short_text("nummer", 80)
    readings = site.register.read_number(text) if text else []
    if len(readings) == 1:
        return redirect(address_of(readings[0]))
    if not readings:
        raise NotInOpenRegister(_("”%(text)s” är inget nummer i det öppna diariet.", text=text))
    return site.page(
        "choose",
        reason=_("Flera ärenden har ett sådant nummer. Välj det du menar."),
        readings=[(reading.case, reading.running_number) for reading in readings],
    )


def entry(site: Site, uid: uuid.UUID) -> ResponseReturnValue:
    """Leads from an identifier to where the case or record is now. Raises: NotInOpenRegister."""
    return redirect(addresses.of_entry(site.register.entry(uid)))


def case(site: Site, authority: str, year: int, number: int, series: str | None = None) -> ResponseReturnValue:
    """A case with its records. Raises: NotInOpenRegister, SeveralCasesFit."""
    sheet = site.register.case(authority, year, number, series, page=page_number())
    permanent = addresses.of_case(sheet.case)
    if (series is None) != (sheet.case.series_code == sheet.case.authority_code) and not request.args:
        return redirect(permanent)
    return site.page(
        "case",
        sheet=sheet,
        case=sheet.case,
        facts=_case_facts(sheet.case),
        gaps_text=rows.gaps_text(sheet.gaps),
        events=rows.timeline(sheet),
        citation=cite_case(site, sheet.case),
        feed_url=addresses.of_case_feed(sheet.case),
        url_for_page=lambda page: addresses.of_case(sheet.case, page=page),
    )


def record(
    site: Site, authority: str, year: int, number: int, running: int, series: str | None = None
) -> ResponseReturnValue:
    """A record with its released files. Raises: NotInOpenRegister, SeveralCasesFit."""
    sheet = site.register.record(authority, year, number, running, series)
    return site.page(
        "record",
        sheet=sheet,
        case=sheet.case,
        record=sheet.record,
        facts=_record_facts(sheet.case, sheet.record),
        citation=cite_record(site, sheet.record, sheet.case),
        feed_url=addresses.of_case_feed(sheet.case),
    )


def _case_facts(case: PublicCase) -> list[tuple[str, str]]:
    closed = case.closed_on.isoformat() if case.closed_on else ""
    facts = [
        (_("Nummer"), case.number_text),
        (_("Myndighet"), case.authority_name),
        (_("Öppnat"), case.opened_on.isoformat()),
        (_("Avslutat"), closed),
        (_("Status"), vocabulary.status_label(case.status)),
        (_("Ärendetyp"), case.case_type or ""),
        (_("Klass"), f"{case.class_code} {case.class_title}" if case.class_code else ""),
        (_("Enhet"), case.unit or ""),
        *rows.party_facts(case),
    ]
    return [fact for fact in facts if fact[1]]


def _record_facts(case: PublicCase, record: PublicRecord) -> list[tuple[str, str]]:
    labels = {"incoming": _("Inkom"), "outgoing": _("Expedierades"), "drawn_up": _("Upprättades")}
    facts = [
        (_("Nummer"), record.number_text),
        (_("Myndighet"), case.authority_name),
        (labels.get(record.direction, _("Datum")), record.official_on.isoformat()),
        (_("Riktning"), vocabulary.direction_label(record.direction)),
        (_("Handlingstyp"), record.record_type or ""),
        *rows.party_facts(record),
    ]
    return [fact for fact in facts if fact[1]]
