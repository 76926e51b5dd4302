"""Rows of the lists that several pages show, as the table macro takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import url_for

from diarium.i18n import gettext as _
from diarium.register.queries import CaseView, RecordView
from diarium.register.vocabulary import CaseStatus, Direction, RecordStatus

Cell = str | dict[str, object]
Row = dict[str, object]


def record_rows(records: Iterable[RecordView], directions: Mapping[Direction, str]) -> list[Row]:
    """Number, date, direction, title, type."""
    rows: list[Row] = []
    for record in records:
        cancelled = record.status is RecordStatus.CANCELLED
        cells: list[Cell] = [
            {"text": record.number, "href": url_for("records.details", uid=record.uid)},
            record.official_on.isoformat(),
            str(directions[record.direction]),
            {"text": record.title or _("Sekretessmarkerad uppgift"), "note": record_note(record)},
            record.record_type or "",
        ]
        rows.append({"cells": cells, "state": "cancelled" if cancelled else None})
    return rows


def case_rows(cases: Iterable[CaseView], statuses: Mapping[CaseStatus, str]) -> list[Row]:
    """Number, title, opened, status."""
    rows: list[Row] = []
    for case in cases:
        cells: list[Cell] = [
            {"text": case.number, "href": url_for("cases.details", uid=case.uid)},
            {"text": case.title or _("Sekretessmarkerad uppgift"), "note": case.classification or ""},
            case.opened_on.isoformat(),
            str(statuses[case.status]),
        ]
        rows.append({"cells": cells, "state": "cancelled" if case.status is CaseStatus.CANCELLED else None})
    return rows


def record_note(record: RecordView) -> str:
    """Senders, number of files, markings: what tells records apart in a list."""
    names = [party.name or _("Skyddad uppgift") for party in record.parties]
    marked = [item.citation for item in record.restrictions if item.is_in_force]
    return " · ".join([*names[:3], *marked])
