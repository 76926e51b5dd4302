"""The number list of a series and year: every number, and of those that are not shown that they are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.public import queries
from diarium.public.errors import NotInOpenRegister
from diarium.public.models import PublicCase
from diarium.public.queries import NumberSpan

NUMBERS_A_PAGE = 100
LAST_YEAR = 9999


@dataclass(frozen=True, slots=True)
class NumberLine:
    """A number with its case, or a run of numbers, `first` to `last`, of which nothing is shown (no `case`)."""

    first: int
    last: int
    case: PublicCase | None = None


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """A page of the numbers of a series and year.

    `first` and `last`: the numbers of this page. `shown`: how many cases the whole year shows, up to number
    `highest`. `others`: further series of the authority in that year. `previous` and `following`: the years beside
    it that show anything.
    """

    authority: str
    authority_name: str
    series: str
    year: int
    lines: tuple[NumberLine, ...]
    first: int
    last: int
    shown: int
    highest: int
    page: int
    page_count: int
    others: tuple[str, ...]
    previous: int | None
    following: int | None


def read_series(session: Session, authority: str, year: int, series: str | None, page: int) -> SeriesPage:
    """A page of the numbers of `series` (by default the authority's own). Raises: NotInOpenRegister."""
    name = {row.code: row.name for row in queries.authorities(session)}.get(authority)
    if name is None:
        raise NotInOpenRegister(_("Det finns ingen myndighet med koden ”%(code)s”.", code=authority))
    spans = queries.spans(session, authority, year - 1, year + 1) if year <= LAST_YEAR else ()
    of_year = [span for span in spans if span.year == year]
    span = _wanted(of_year, series or authority) or (None if series else next(iter(of_year), None))
    if span is None:
        raise NotInOpenRegister(
            _("%(name)s har inga ärenden från %(year)s i det öppna diariet.", name=name, year=year)
        )
    start = first_number(spans, span)
    pages = -(-(span.last - start + 1) // NUMBERS_A_PAGE)
    page = min(max(page, 1), pages)
    first = start + (page - 1) * NUMBERS_A_PAGE
    last = min(first + NUMBERS_A_PAGE - 1, span.last)
    cases = queries.cases_between(session, authority, span.series, year, first, last)
    years = {other.year for other in spans}
    return SeriesPage(
        authority=authority,
        authority_name=name,
        series=span.series,
        year=year,
        lines=tuple(number_lines(cases, first, last)),
        first=first,
        last=last,
        shown=span.count,
        highest=span.last,
        page=page,
        page_count=pages,
        others=tuple(other.series for other in of_year if other.series != span.series),
        previous=year - 1 if year - 1 in years else None,
        following=year + 1 if year + 1 in years else None,
    )


def number_lines(cases: Sequence[PublicCase], first: int, last: int) -> Iterator[NumberLine]:
    """The numbers from `first` to `last`: each of `cases`, and between them the runs of numbers without one."""
    expected = first
    for case in cases:
        if case.number > expected:
            yield NumberLine(expected, case.number - 1)
        yield NumberLine(case.number, case.number, case)
        expected = case.number + 1
    if expected <= last:
        yield NumberLine(expected, last)


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Rising numbers as runs: 2, 4, 5, 6 gives (2, 2) and (4, 6)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def first_number(spans: Sequence[NumberSpan], span: NumberSpan) -> int:
    """Where a year's numbers begin: at 1, or where the year before ended in a series that does not restart."""
    before = next((one for one in spans if (one.series, one.year) == (span.series, span.year - 1)), None)
    return before.last + 1 if before and before.last < span.first else 1


def _wanted(spans: Sequence[NumberSpan], series: str) -> NumberSpan | None:
    return next((span for span in spans if span.series == series), None)
