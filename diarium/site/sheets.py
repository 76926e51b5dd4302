"""The pages of one case and one record, and the way to them from a written number."""

from __future__ import annotations

from flask import redirect, request
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.public import vocabulary
from diarium.public.errors import NotInOpenRegister
from diarium.public.models import PublicCase, PublicRecord
from diarium.public.service import Reading
from diarium.site import addresses, rows
from diarium.site.arguments import page_number, short_text
from diarium.site.frame import Site


def find(site: Site) -> ResponseReturnValue:
    """Leads from a number in any spelling to the case or record. Raises: NotInOpenRegister."""
    text = short_text("nummer", 80)
    readings = site.register.read_number(text) if text else []
    if len(readings) == 1:
        return redirect(_address(readings[0]))
    if not readings:
        raise NotInOpenRegister(_("”%(text)s” är inget nummer i det öppna diariet.", text=text))
    return site.page(
        "choose",
        reason=_("Flera ärenden har ett sådant nummer. Välj det du menar."),
        readings=[(reading.case, reading.running_number) for reading in readings],
    )


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
        gaps_text=_gaps_text(sheet.gaps),
        events=rows.timeline(sheet.case, sheet.records),
        url_for_page=lambda page: addresses.of_case(sheet.case, page=page),
    )


def record(
    site: Site, authority: str, year: int, number: int, running: int, series: str | None = None
) -> ResponseReturnValue:
    """A record with its released files. Raises: NotInOpenRegister, SeveralCasesFit."""
    sheet = site.register.record(authority, year, number, running, series)
    return site.page(
        "record", sheet=sheet, case=sheet.case, record=sheet.record, facts=_record_facts(sheet.case, sheet.record)
    )


def _gaps_text(gaps: tuple[int, ...]) -> str:
    """Names the missing numbers, runs of them as "4–9"."""
    runs: list[list[int]] = []
    for gap in gaps:
        if runs and gap == runs[-1][-1] + 1:
            runs[-1][1:] = [gap]
        else:
            runs.append([gap])
    numbers = ", ".join("–".join(str(number) for number in run) for run in runs)
    return ngettext("Nummer %(numbers)s visas inte.", "Numren %(numbers)s visas inte.", len(gaps), numbers=numbers)


def _address(reading: Reading) -> str:
    if reading.running_number is None:
        return addresses.of_case(reading.case)
    return addresses.of_running_number(reading.case, reading.running_number)


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
    date_label = {
        "incoming": _("Inkom"),
        "outgoing": _("Expedierades"),
        "drawn_up": _("Upprättades"),
    }[record.direction]
    facts = [
        (_("Nummer"), record.number_text),
        (_("Myndighet"), case.authority_name),
        (date_label, record.official_on.isoformat()),
        (_("Riktning"), vocabulary.direction_label(record.direction)),
        (_("Handlingstyp"), record.record_type or ""),
        *rows.party_facts(record),
    ]
    return [fact for fact in facts if fact[1]]
