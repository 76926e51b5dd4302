"""The search page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.public.search import Answer, Choice, Question
from diarium.search.port import Facet, Sort
from diarium.site.arguments import day, page_number, short_text, values
from diarium.site.frame import Site

# The names in addresses, in the order in which the filters are shown.
FILTERS: Mapping[str, Facet] = {
    "slag": Facet.KIND,
    "myndighet": Facet.AUTHORITY,
    "ar": Facet.YEAR,
    "riktning": Facet.DIRECTION,
    "status": Facet.STATUS,
    "typ": Facet.RECORD_TYPE,
    "klass": Facet.CLASSIFICATION,
}
MAX_CHOICES = 15


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for, and what of it can't be read."""

    question: Question
    chosen: Mapping[str, tuple[str, ...]]
    dates: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def address(self, *, page: int | None = None) -> str:
        """The same search, its first page or another."""
        return self._address(self.chosen, page)

    def toggled(self, name: str, value: str) -> str:
        """The same search with a value of a filter more, or less if it is chosen."""
        some = self.chosen.get(name, ())
        others = tuple(other for other in some if other != value)
        return self._address({**self.chosen, name: others if value in some else (*some, value)}, None)

    def _address(self, chosen: Mapping[str, tuple[str, ...]], page: int | None) -> str:
        values: dict[str, Any] = {**{name: some for name, some in chosen.items() if some}, **self.dates}
        sort = self.question.sort
        return url_for("site.search", q=self.question.text or None, ordning=sort, sida=page, **values)


def results(site: Site) -> ResponseReturnValue:
    """What was found, with filters and their counts."""
    wanted = _wanted()
    answer = site.register.search(wanted.question)
    return site.page(
        "search",
        hide_search=True,
        query=wanted.question.text,
        wanted=wanted,
        answer=answer,
        errors=wanted.errors,
        groups=list(_groups(wanted, answer)),
        active=list(_active(wanted, answer)),
        clear_url=url_for("site.search", q=wanted.question.text or None),
        sorts=[
            (Sort.RELEVANCE, _("Bäst träff först")),
            (Sort.NEWEST, _("Nyast först")),
            (Sort.OLDEST, _("Äldst först")),
        ],
        url_for_page=lambda page: wanted.address(page=page),
        url_for_suggestion=lambda text: url_for("site.search", q=text),
    )


def _wanted() -> Wanted:
    first, first_error = day("fran")
    last, last_error = day("till")
    chosen = {name: given for name in FILTERS if (given := values(name))}
    sort = short_text("ordning", 20)
    errors = {"fran": first_error, "till": last_error}
    if first and last and first > last:
        errors["till"] = _("Slutdatumet ligger före startdatumet.")
    return Wanted(
        question=Question(
            text=short_text("q"),
            filters={FILTERS[name].value: some for name, some in chosen.items()},
            date_from=first,
            date_to=last,
            sort=Sort(sort) if sort in list(Sort) else None,
            page=page_number(),
        ),
        chosen=chosen,
        dates={name: text for name in ("fran", "till") if (text := short_text(name, 20))},
        errors={name: text for name, text in errors.items() if text},
    )


def _groups(wanted: Wanted, answer: Answer) -> Iterator[dict[str, object]]:
    labels = _filter_labels()
    for name, facet in FILTERS.items():
        chosen = wanted.chosen.get(name, ())
        choices = [
            choice for choice in answer.facets.get(facet.value, ()) if choice.count or choice.value in chosen
        ]
        options = [_option(wanted, name, choice) for choice in choices[:MAX_CHOICES]]
        if options:
            yield {
                "label": labels[name],
                "options": options,
                "open": bool(chosen) or name in ("slag", "myndighet", "ar"),
            }


def _option(wanted: Wanted, name: str, choice: Choice) -> dict[str, object]:
    is_chosen = choice.value in wanted.chosen.get(name, ())
    url = wanted.toggled(name, choice.value)
    return {"label": choice.label, "count": choice.count, "url": url, "active": is_chosen}


def _active(wanted: Wanted, answer: Answer) -> Iterator[dict[str, str]]:
    labels = _filter_labels()
    for name, chosen in wanted.chosen.items():
        known = {choice.value: choice.label for choice in answer.facets.get(FILTERS[name].value, ())}
        for value in chosen:
            url = wanted.toggled(name, value)
            yield {"label": labels[name], "value": known.get(value, value), "remove_url": url}


def _filter_labels() -> Mapping[str, str]:
    return {
        "slag": _("Visa"),
        "myndighet": _("Myndighet"),
        "ar": _("År"),
        "riktning": _("Riktning"),
        "status": _("Ärendets status"),
        "typ": _("Typ"),
        "klass": _("Klass"),
    }
