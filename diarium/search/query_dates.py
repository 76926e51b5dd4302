"""Dates and years as one types them in a query: 2024, 2024-05, 2024-05-01, >2024-05-01, 2024-01..2024-06."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from diarium.search.query_tree import DateRange, YearRange

_DATE = re.compile(r"(\d{4})(?:-?(\d{1,2})(?:-?(\d{1,2}))?)?", re.ASCII)
_COMPARED = re.compile(r"([<>]=?)(.+)")
_ONE_DAY = dt.timedelta(days=1)


def read_dates(text: str) -> DateRange | None:
    """The days that `text` means, or None if it can't be read."""
    first, dots, last = text.partition("..")
    if dots:
        return _range(_span(first) if first else None, _span(last) if last else None)
    compared = _COMPARED.fullmatch(text)
    span = _span(compared[2] if compared else text)
    if span is None:
        return None
    if not compared:
        return DateRange(*span)
    match compared[1]:
        case ">":
            return DateRange(_shift(span[1], _ONE_DAY), None)
        case ">=":
            return DateRange(span[0], None)
        case "<":
            return DateRange(None, _shift(span[0], -_ONE_DAY))
        case _:
            return DateRange(None, span[1])


def read_years(text: str) -> YearRange | None:
    """The years that `text` means, or None if it can't be read."""
    found = read_dates(text)
    if found is None:
        return None
    return YearRange(found.first.year if found.first else None, found.last.year if found.last else None)


def _range(first: tuple[dt.date, dt.date] | None, last: tuple[dt.date, dt.date] | None) -> DateRange | None:
    if first is None and last is None:
        return None
    return DateRange(first[0] if first else None, last[1] if last else None)


def _span(text: str) -> tuple[dt.date, dt.date] | None:
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day = (int(group) if group else 0 for group in match.groups())
    try:
        start = dt.date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return start, start
    last_month = month or 12
    return start, dt.date(year, last_month, calendar.monthrange(year, last_month)[1])


def _shift(day: dt.date, by: dt.timedelta) -> dt.date:
    try:
        return day + by
    except OverflowError:
        return day
