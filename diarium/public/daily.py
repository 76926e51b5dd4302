"""The daily list (*postlista*): the records of a day or a week, at one authority or at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.public import queries
from diarium.public.errors import NotInOpenRegister
from diarium.public.models import PublicRecord

RECORDS_A_PAGE = 200
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many records a day has."""

    day: dt.date
    count: int


@dataclass(frozen=True, slots=True)
class DailyList:
    """The records from `day` to `last_day`, one day or a week.

    `previous` and `following`: the nearest days before and after that have any. `week`: the days from Monday to
    Sunday round `day`.
    """

    day: dt.date
    last_day: dt.date
    authority: str | None
    authority_name: str | None
    records: Sequence[PublicRecord]
    total: int
    page: int
    page_count: int
    previous: dt.date | None
    following: dt.date | None
    week: tuple[DayCount, ...]

    @property
    def is_week(self) -> bool:
        """Whether it is the list of a whole week."""
        return self.last_day > self.day


def read_daily_list(
    session: Session, authority: str | None, day: dt.date | None, *, whole_week: bool, page: int
) -> DailyList:
    """The records of `day` or its week; without `day` of the last day that has any. Raises: NotInOpenRegister."""
    names = {row.code: row.name for row in queries.authorities(session)}
    if authority is not None and authority not in names:
        raise NotInOpenRegister(_("Det finns ingen myndighet med koden ”%(code)s”.", code=authority))
    if day is None:
        day = queries.day_of_records(session, authority, latest=today()) or today()
    monday = week_of(day)
    counts = queries.counts_by_day(session, authority, monday[0], monday[-1])
    first, last = (monday[0], monday[-1]) if whole_week else (day, day)
    total = sum(count for one, count in counts.items() if first <= one <= last)
    pages = max(1, -(-total // RECORDS_A_PAGE))
    page = min(max(page, 1), pages)
    offset = (page - 1) * RECORDS_A_PAGE
    return DailyList(
        day=first,
        last_day=last,
        authority=authority,
        authority_name=names.get(authority) if authority else None,
        records=queries.records_between(session, authority, first, last, offset=offset, limit=RECORDS_A_PAGE),
        total=total,
        page=page,
        page_count=pages,
        previous=queries.day_of_records(session, authority, latest=_before(first)),
        following=queries.next_day_of_records(session, authority, after=last),
        week=tuple(DayCount(one, counts.get(one, 0)) for one in monday),
    )


def week_of(day: dt.date) -> tuple[dt.date, ...]:
    """The days from Monday to Sunday of the week in which `day` is, as far as the calendar goes."""
    start = day.toordinal() - day.weekday()
    days = range(max(start, dt.date.min.toordinal()), min(start + DAYS_A_WEEK, dt.date.max.toordinal() + 1))
    return tuple(dt.date.fromordinal(number) for number in days)


def _before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1) if day > dt.date.min else day
