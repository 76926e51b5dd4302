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
    key = year if series.restarts_yearly else 0
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        insert(SeriesCounter).values(series_id=series.id, year=key, last_number=0).on_conflict_do_nothing()
    )
    counter = session.scalars(
        select(SeriesCounter)
        .where(SeriesCounter.series_id == series.id, SeriesCounter.year == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    counter.last_number += 1
    return counter.last_number
