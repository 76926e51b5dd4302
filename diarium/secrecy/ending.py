"""How long secrecy lasts at most, as far as the table of provisions says it in years.

A marking is never lifted by itself when the time is out: somebody looks at it anew.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Integer, case, cast, extract, null, select
from sqlalchemy.orm import Session

from diarium.secrecy.models import Provision, Restriction

_BEGINS_WITH_YEARS = re.compile(r"\s*(?:högst\s+)?\d{1,3}\b", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d{1,3}\b")


def years_of(max_years: str) -> int | None:
    """The longest time in years, where the text begins with one: "70", "20; avtalsvillkor 2", "högst 40 år".

    Where it gives several, the longest counts: nobody is told too early that the time is out.
    """
    if _BEGINS_WITH_YEARS.match(max_years) is None:
        return None
    return max(int(number) for number in _NUMBER.findall(max_years)) or None


def last_day(begins_on: dt.date, years: int) -> dt.date:
    """The last day of a secrecy of `years` that is counted from `begins_on`.

    Source: OSL 7 kap. 5 §: from when the record came into being; in registers, from when the entry was made.
    """
    try:
        first_day_after = begins_on.replace(year=begins_on.year + years)
    except ValueError:  # the 29th of February, in a year that has none
        first_day_after = dt.date(begins_on.year + years, 3, 1)
    return first_day_after - dt.timedelta(days=1)


def timed_provisions(session: Session) -> dict[int, int]:
    """The provisions, by number, whose longest time is known in years. One statement."""
    rows = session.execute(select(Provision.id, Provision.max_years))
    return {row.id: years for row in rows if (years := years_of(row.max_years)) is not None}


def end_key(begins_on: ColumnElement[dt.date], timed: Mapping[int, int]) -> ColumnElement[int]:
    """A number that rises with the first day after the secrecy of a marking: 20960501 for the 1st of May 2096.

    Null where the provision gives no years. Made of the parts of the date, which every database takes apart alike.
    """
    years = case(dict(timed), value=Restriction.provision_id) if timed else null()
    return number_of(begins_on) + cast(years, Integer) * 10_000


def number_of(day: ColumnElement[dt.date] | ColumnElement[dt.date | None]) -> ColumnElement[int]:
    """A day as a number that rises with it: 20260501."""
    year, month, day_of_month = (cast(extract(part, day), Integer) for part in ("year", "month", "day"))
    return year * 10_000 + month * 100 + day_of_month


def key_of(day: dt.date) -> int:
    """`day` as a last day of secrecy: what has ended by then has this `end_key` or a lower one."""
    after = day + dt.timedelta(days=1)
    return after.year * 10_000 + after.month * 100 + after.day


def day_of(key: int) -> dt.date:
    """The last day of secrecy that an `end_key` stands for."""
    year, month, day = key // 10_000, key // 100 % 100, key % 100
    try:
        return dt.date(year, month, day) - dt.timedelta(days=1)
    except ValueError:  # begun on a leap day, ended in a year that has none
        return dt.date(year, 2, 28)
