"""The days on which the municipality is open."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays


@lru_cache(maxsize=8)
def workdays(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Mondays to Fridays from `first` to `last`, without public holidays and the eves that are kept as such."""
    closed = holidays.country_holidays(
        "SE", years=range(first.year, last.year + 1), categories=("public", "de_facto"), include_sundays=False
    )
    every = (dt.date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
    return tuple(day for day in every if day.weekday() < 5 and day not in closed)
