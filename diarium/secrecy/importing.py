"""Imports secrecy provisions from CSV."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from diarium.secrecy.models import Provision


def shipped_provisions() -> list[dict[str, str]]:
    """The rows of the table that comes with the program; a municipality's lawyer owns them from then on."""
    with (Path(__file__).parent / "data" / "provisions.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def import_provisions(session: Session, rows: Iterable[Mapping[str, str]]) -> int:
    """Adds provisions; returns how many. Columns: law, chapter, paragraph, subject, harm_test, max_years,
    typical_use, source, valid_from, valid_to (dates as 2024-05-01 or empty)."""
    provisions = [
        Provision(
            law=row["law"],
            chapter=row["chapter"],
            paragraph=row["paragraph"],
            subject=row["subject"],
            harm_test=row.get("harm_test", ""),
            max_years=row.get("max_years", ""),
            typical_use=row.get("typical_use", ""),
            source=row.get("source", ""),
            valid_from=_day(row.get("valid_from")),
            valid_to=_day(row.get("valid_to")),
        )
        for row in rows
    ]
    session.add_all(provisions)
    session.flush()
    return len(provisions)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
