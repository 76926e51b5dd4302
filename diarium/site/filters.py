"""What the address of a search asks for: words, tab, filters, period, order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from flask import url_for

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.public.search import STATUS_GROUPS, Question
from diarium.search.port import Facet, Kind, Sort
from diarium.site.arguments import day, is_too_long, page_number, short_text, values

FILTERS: Mapping[str, Facet] = MappingProxyType(
    {
        "myndighet": Facet.AUTHORITY,
        "ar": Facet.YEAR,
        "riktning": Facet.DIRECTION,
        "status": Facet.STATUS,
        "typ": Facet.RECORD_TYPE,
        "klass": Facet.CLASSIFICATION,
    }
)
"""The names in addresses, in the order in which the filters are shown."""

PERIODS = ("vecka", "manad", "ar", "forra-aret")
KIND = "slag"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for, and what of it can't be read.

    `chosen`: values by filter name. `dates`: "fran" and "till" as they were typed. `period`: one of `PERIODS`.
    """

    question: Question
    kind: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    dates: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    period: str = ""
    errors: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    is_cut: bool = False

    def address(self, *, page: int | None = None) -> str:
        """The same search, its first page or another."""
        return url_for("site.search", sida=page, **self.arguments())

    def feed_address(self) -> str:
        """The Atom feed of the same search."""
        return url_for("site.search_feed", **self.arguments())

    def arguments(self) -> dict[str, Any]:
        """Everything but the page, as it stands in the address."""
        found: dict[str, Any] = {"q": self.question.text, KIND: self.kind, **self.chosen, "period": self.period}
        found |= {**self.dates, "ordning": self.question.sort.value if self.question.sort else ""}
        return {name: value for name, value in found.items() if value}

    def fields(self, *without: str) -> Iterator[tuple[str, str]]:
        """The same as hidden fields of a form that asks for the rest, `without`, anew."""
        for name, value in self.arguments().items():
            if name not in without:
                yield from ((name, one) for one in ([value] if isinstance(value, str) else value))

    def toggled(self, name: str, value: str) -> str:
        """The same search with a value of a filter more, or less if it is chosen."""
        some = self.chosen.get(name, ())
        others = tuple(other for other in some if other != value)
        changed = {**self.chosen, name: others if value in some else (*some, value)}
        return replace(self, chosen=changed).address()

    def of_kind(self, kind: str) -> str:
        """The same search among cases, records or both."""
        return replace(self, kind=kind).address()

    def in_period(self, period: str) -> str:
        """The same search in a period that has a name; "" for any time."""
        return replace(self, period=period, dates=_NOTHING).address()

    def without_date(self, name: str) -> str:
        """The same search without one of its days."""
        return replace(self, dates={key: text for key, text in self.dates.items() if key != name}).address()

    def sorted_by(self, sort: Sort) -> str:
        """The same search in another order."""
        return replace(self, question=replace(self.question, sort=sort)).address()

    def asking_for(self, text: str) -> str:
        """Other words, the same filters."""
        return replace(self, question=replace(self.question, text=text)).address()

    def newest(self, sort: Sort, most: int) -> Wanted:
        """The same search for a feed: the first `most` in the order `sort`."""
        return replace(self, question=replace(self.question, sort=sort, page=1, page_size=most))

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the words narrows it."""
        return bool(self.chosen or self.dates or self.period or self.kind)

    @property
    def sort(self) -> Sort:
        """The order in which hits come."""
        return self.question.sort or (Sort.RELEVANCE if self.question.text else Sort.NEWEST)


def read_wanted() -> Wanted:
    """What the address of the running request asks for."""
    first, first_error = day("fran")
    last, last_error = day("till")
    if first and last and first > last:
        last_error = _("Slutdatumet ligger före startdatumet.")
    dates = {name: text for name in ("fran", "till") if (text := short_text(name, 20))}
    period = short_text("period", 20) if not dates else ""
    if period in PERIODS:
        first, last = _days_of(period)
    kind, sort = short_text(KIND, 20), short_text("ordning", 20)
    kind = kind if kind in list(Kind) else ""
    chosen = {name: given for name in FILTERS if (given := _chosen(name))}
    return Wanted(
        question=Question(
            text=short_text("q"),
            filters=_filters(chosen, kind),
            date_from=first,
            date_to=last,
            sort=Sort(sort) if sort in list(Sort) else None,
            page=page_number(),
        ),
        kind=kind,
        chosen=chosen,
        dates=dates,
        period=period if period in PERIODS else "",
        errors={name: text for name, text in (("fran", first_error), ("till", last_error)) if text},
        is_cut=is_too_long("q"),
    )


def _chosen(name: str) -> tuple[str, ...]:
    given = values(name)
    return tuple(value for value in given if value in STATUS_GROUPS) if name == "status" else given


def _filters(chosen: Mapping[str, tuple[str, ...]], kind: str) -> Mapping[str, tuple[str, ...]]:
    found = {FILTERS[name].value: some for name, some in chosen.items()}
    if "status" in chosen:
        found[Facet.STATUS.value] = tuple(state for group in chosen["status"] for state in STATUS_GROUPS[group])
    return found | ({Facet.KIND.value: (kind,)} if kind else {})


def _days_of(period: str) -> tuple[dt.date, dt.date]:
    now = today()
    if period == "forra-aret":
        return dt.date(now.year - 1, 1, 1), dt.date(now.year - 1, 12, 31)
    if period == "ar":
        return dt.date(now.year, 1, 1), dt.date(now.year, 12, 31)
    return now - dt.timedelta(days=7 if period == "vecka" else 30), now
