"""Rows of facts for tables, time lines and lists."""

from __future__ import annotations

from collections.abc import Iterable

from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.public import vocabulary
from diarium.public.models import PublicCase, PublicRecord
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


def timeline(case: PublicCase, records: Iterable[PublicRecord]) -> list[dict[str, str | None]]:
    """A case's records as a time line."""
    icons = {"incoming": "in", "outgoing": "out"}
    return [
        {
            "title": f"{record.number_text} {vocabulary.record_heading(record.visibility, record.title)}",
            "href": addresses.of_record(record, case),
            "when": record.official_on.isoformat(),
            "datetime": record.official_on.isoformat(),
            "who": vocabulary.direction_label(record.direction),
            "text": " · ".join(filter(None, (record.record_type, others(record), _files(record)))),
            "icon": "cross" if is_cancelled(record) else icons.get(record.direction, "edit"),
        }
        for record in records
    ]


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


def is_cancelled(target: PublicCase | PublicRecord) -> bool:
    """Whether it was cancelled (*makulerad*)."""
    return target.visibility is Visibility.CANCELLED


def _record_cells(record: PublicRecord) -> list[Cell]:
    case = record.case
    return [
        {"text": record.number_text, "href": addresses.of_record(record, case)},
        record.official_on.isoformat(),
        {
            "text": vocabulary.record_heading(record.visibility, record.title),
            "note": vocabulary.case_heading(case.visibility, case.title),
        },
        vocabulary.direction_label(record.direction),
        others(record),
        case.authority_name,
    ]


def _files(record: PublicRecord) -> str:
    count = len(record.documents)
    return ngettext("%(num)s fil", "%(num)s filer", count) if count else ""
