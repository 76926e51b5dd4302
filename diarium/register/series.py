"""Allots case numbers."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from diarium.register.models import DiarySeries, SeriesCounter


def next_number(session: Session, series: DiarySeries, year: int) -> int:
    """The next number of the series in `year`, locked until the transaction ends.

    One row per series and year is counted up in the same transaction that stores the case: a rolled-back
    registration leaves no gap, and a number is never counted from rows that might be gone.
    """
    counter = _locked(session, series, year)
    counter.last_number += 1
    return counter.last_number


def pass_number(session: Session, series: DiarySeries, year: int, number: int) -> None:
    """Moves the series past a number that a case has from elsewhere: it is never given again. Locks as above."""
    counter = _locked(session, series, year)
    counter.last_number = max(counter.last_number, number)


def _locked(session: Session, series: DiarySeries, year: int) -> SeriesCounter:
    key = year if series.restarts_yearly else 0
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(SeriesCounter).values(series_id=series.id, year=key, last_number=0).on_conflict_do_nothing()
    )
    return session.scalars(
        select(SeriesCounter)
        .where(SeriesCounter.series_id == series.id, SeriesCounter.year == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
