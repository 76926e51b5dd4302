"""Days on which a Swedish authority is open: no weekends, no public holidays, no eves that are kept as such."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import holidays

_DAY = dt.timedelta(days=1)


def is_workday(day: dt.date) -> bool:
    """Whether `day` is one on which the authority is open."""
    return day.weekday() < 5 and day not in _closed(day.year)


def next_workday(day: dt.date) -> dt.date:
    """The first working day after `day`: when what came in on `day` should be registered at the latest.

    Source: OSL 5 kap. 1 § ("so soon as it came in"), read by JO as the next working day.
    """
    following = day + _DAY
    while not is_workday(following):
        following += _DAY
    return following


def workdays_between(first: dt.date, last: dt.date) -> int:
    """How many working days come after `first` up to and with `last`; 0 where `last` is not later."""
    days = range(first.toordinal() + 1, last.toordinal() + 1)
    return sum(is_workday(dt.date.fromordinal(day)) for day in days)


def workdays(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """The working days from `first` to `last`, both with."""
    every = (dt.date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
    return tuple(day for day in every if is_workday(day))


@lru_cache(maxsize=128)
def _closed(year: int) -> frozenset[dt.date]:
    found = holidays.country_holidays("SE", years=year, categories=("public", "de_facto"), include_sundays=False)
    return frozenset(found)
