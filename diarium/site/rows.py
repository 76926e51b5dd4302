"""Rows of facts for tables, time lines and lists."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from diarium.i18n import SOURCE_LOCALE, current_locale, ngettext
from diarium.i18n import gettext as _
from diarium.public import vocabulary
from diarium.public.models import PublicCase, PublicRecord
from diarium.public.series import runs
from diarium.public.service import CaseSheet
from diarium.public.vocabulary import Visibility
from diarium.site import addresses

Cell = str | dict[str, str]


def record_columns() -> list[dict[str, object]]:
    """The heads of `record_table`."""
    return [
        {"label": _("Nummer"), "code": True},
        {"label": _("Datum"), "code": True},
        {"label": _("Handling"), "wide": True},
        {"label": _("Riktning")},
        {"label": _("Avsändare eller mottagare")},
        {"label": _("Myndighet")},
    ]


def record_table(records: Iterable[PublicRecord]) -> list[dict[str, object]]:
    """Records, each with its case, for a table."""
    return [
        {"cells": _record_cells(record), "state": "cancelled" if is_cancelled(record) else None}
        for record in records
    ]


def timeline(sheet: CaseSheet) -> list[dict[str, object]]:
    """A page of a case's records as a time line, with the missing numbers where they would stand."""
    case, records = sheet.case, sheet.records
    first = 1 if sheet.page == 1 else records[0].running_number
    last = case.registered_count if sheet.page == sheet.page_count else records[-1].running_number
    missing = [
        {"number": start, "gap": gaps_text(tuple(range(start, end + 1)))}
        for start, end in runs([gap for gap in sheet.gaps if first <= gap <= last])
    ]
    lines = [{"number": record.running_number, **_event(case, record)} for record in records]
    return sorted([*lines, *missing], key=lambda line: int(str(line["number"])))


def gaps_text(gaps: tuple[int, ...]) -> str:
    """Names missing numbers, runs of them as "4–9"."""
    numbers = ", ".join(str(start) if start == end else f"{start}–{end}" for start, end in runs(gaps))
    return ngettext("Nummer %(numbers)s visas inte.", "Numren %(numbers)s visas inte.", len(gaps), numbers=numbers)


def titled(target: PublicCase | PublicRecord, heading: str) -> str:
    """`heading`, marked as Swedish on a page in another language if it is a title as it was registered."""
    if current_locale() == SOURCE_LOCALE or target.title != heading:
        return heading
    return Markup('<span lang="sv">{}</span>').format(heading)


def case_title(case: PublicCase) -> str:
    """The heading of a case, with its language."""
    return titled(case, vocabulary.case_heading(case.visibility, case.title))


def record_title(record: PublicRecord) -> str:
    """The heading of a record, with its language."""
    return titled(record, vocabulary.record_heading(record.visibility, record.title))


def others(record: PublicRecord) -> str:
    """Sender and recipient in a line, such as "Avsändare: Trafikbolaget AB"; what is left out is said."""
    if record.are_parties_omitted or record.visibility is Visibility.OMITTED:
        return vocabulary.omitted()
    return ", ".join(
        f"{vocabulary.role_label(party['role'] or '')}: {vocabulary.party_name(party['name'])}"
        for party in record.parties
    )


def party_facts(target: PublicCase | PublicRecord) -> list[tuple[str, str]]:
    """Role and name of each party, for a list of facts."""
    if target.are_parties_omitted or target.visibility is Visibility.OMITTED:
        return [(_("Parter"), vocabulary.omitted())]
    return [
        (vocabulary.role_label(party["role"] or ""), vocabulary.party_name(party["name"]))
        for party in target.parties
    ]


def files(record: PublicRecord) -> str:
    """How many files can be read, "" where there are none."""
    count = len(record.documents)
    return ngettext("%(num)s fil", "%(num)s filer", count) if count else ""


def is_cancelled(target: PublicCase | PublicRecord) -> bool:
    """Whether it was cancelled (*makulerad*)."""
    return target.visibility is Visibility.CANCELLED


def _event(case: PublicCase, record: PublicRecord) -> dict[str, object]:
    icons = {"incoming": "in", "outgoing": "out"}
    return {
        "record": record,
        "title": Markup("{} {}").format(record.number_text, record_title(record)),
        "href": addresses.of_record(record, case),
        "day": record.official_on.isoformat(),
        "who": vocabulary.direction_label(record.direction),
        "text": " · ".join(filter(None, (record.record_type, others(record)))),
        "icon": "cross" if is_cancelled(record) else icons.get(record.direction, "edit"),
    }


def _record_cells(record: PublicRecord) -> list[Cell]:
    case = record.case
    return [
        {"text": record.number_text, "href": addresses.of_record(record, case)},
        record.official_on.isoformat(),
        {
            "text": record_title(record),
            "note": Markup(" · ").join(filter(None, (case_title(case), files(record)))),
        },
        vocabulary.direction_label(record.direction),
        others(record),
        case.authority_name,
    ]
