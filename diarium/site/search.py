"""The search page, and suggestions while somebody types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask import Response, jsonify, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.public import vocabulary
from diarium.public.search import STATUS_GROUPS, Answer, Choice, Reading
from diarium.search.errors import SearchError
from diarium.search.port import MAX_HITS_SHOWN, Facet, Kind, Sort
from diarium.site import addresses
from diarium.site.arguments import short_text
from diarium.site.filters import FILTERS, PERIODS, Wanted, read_wanted
from diarium.site.frame import Site

MAX_CHOICES = 15
OPEN_GROUPS = frozenset({"myndighet"})


def results(site: Site) -> ResponseReturnValue:
    """What was found, with filters and their counts."""
    wanted = read_wanted()
    answer = site.register.search(wanted.question)
    return site.page(
        "search",
        hide_search=True,
        query=wanted.question.text,
        wanted=wanted,
        answer=answer,
        errors=wanted.errors,
        notes=list(_notes(wanted, answer)),
        tabs=list(_tabs(wanted, answer)),
        groups=list(_groups(wanted, answer)),
        periods=[(_period_label(one), wanted.in_period(one), one == wanted.period) for one in PERIODS],
        active=list(_active(wanted, answer)),
        clear_url=url_for("site.search", q=wanted.question.text or None),
        sorts=[(label, wanted.sorted_by(sort), sort is wanted.sort) for sort, label in _sorts(wanted)],
        feed_url=wanted.feed_address(),
        readings=[(number_of(one), one.case, address_of(one)) for one in answer.readings],
        url_for_page=lambda page: wanted.address(page=page),
    )


def suggestions(site: Site) -> ResponseReturnValue:
    """How what is being typed may go on, for scripts: cases and records with the number, then words."""
    text = short_text("q", 100)
    try:
        found = site.register.suggest(text)
    except SearchError:
        return jsonify(suggestions=[]), 503
    rows = [_number_row(one) for one in found.readings]
    rows += [{"text": word, "note": "", "url": ""} for word in found.words]
    answer: Response = jsonify(suggestions=rows)
    return answer


def number_of(reading: Reading) -> str:
    """The number that a reading means, as it is written here."""
    number = reading.case.number_text
    return number if reading.running_number is None else f"{number}-{reading.running_number}"


def address_of(reading: Reading) -> str:
    """Where the case or record of a reading is."""
    if reading.running_number is None:
        return addresses.of_case(reading.case)
    return addresses.of_running_number(reading.case, reading.running_number)


def _notes(wanted: Wanted, answer: Answer) -> Iterator[str]:
    if wanted.is_cut:
        yield _("Frågan var för lång. Bara början av den användes.")
    yield from answer.notes
    if answer.total > MAX_HITS_SHOWN:
        yield _("Det går att bläddra bland de första 10 000 träffarna. Avgränsa sökningen för att se resten.")


def _tabs(wanted: Wanted, answer: Answer) -> Iterator[tuple[str, str, bool, int]]:
    counts = {choice.value: choice.count for choice in answer.facets.get(Facet.KIND.value, ())}
    yield _("Allt"), wanted.of_kind(""), not wanted.kind, sum(counts.values())
    for kind in Kind:
        label = vocabulary.kind_label(kind.value)
        yield label, wanted.of_kind(kind.value), wanted.kind == kind.value, counts.get(kind.value, 0)


def _groups(wanted: Wanted, answer: Answer) -> Iterator[dict[str, object]]:
    labels = _filter_labels()
    for name in FILTERS:
        chosen = wanted.chosen.get(name, ())
        choices = _choices(name, answer)
        shown = [choice for choice in choices if choice.value in chosen or choice.count][:MAX_CHOICES]
        if name == "ar":
            shown.sort(key=lambda choice: choice.value, reverse=True)
        options = [_option(wanted, name, choice) for choice in shown]
        if options:
            yield {"label": labels[name], "options": options, "open": bool(chosen) or name in OPEN_GROUPS}


def _choices(name: str, answer: Answer) -> list[Choice]:
    """The values of a filter, the most common first; the many states of cases in three groups."""
    found = answer.facets.get(FILTERS[name].value, ())
    if name != "status":
        return list(found)
    labels = {"open": _("Pågående"), "closed": _("Avslutade"), "cancelled": _("Makulerade")}
    counts = {choice.value: choice.count for choice in found}
    return [
        Choice(group, labels[group], sum(counts.get(state, 0) for state in states))
        for group, states in STATUS_GROUPS.items()
    ]


def _option(wanted: Wanted, name: str, choice: Choice) -> dict[str, object]:
    is_chosen = choice.value in wanted.chosen.get(name, ())
    url = wanted.toggled(name, choice.value)
    return {"label": choice.label, "count": choice.count, "url": url, "active": is_chosen}


def _active(wanted: Wanted, answer: Answer) -> Iterator[dict[str, str]]:
    labels = _filter_labels()
    for name, chosen in wanted.chosen.items():
        known = {choice.value: choice.label for choice in _choices(name, answer)}
        for value in chosen:
            url = wanted.toggled(name, value)
            yield {"label": labels[name], "value": known.get(value, value), "remove_url": url}
    if wanted.period:
        yield {
            "label": _("Period"),
            "value": _period_label(wanted.period),
            "remove_url": wanted.in_period(""),
        }
    for name, text in wanted.dates.items():
        if name not in wanted.errors:
            label = _("Från och med") if name == "fran" else _("Till och med")
            yield {"label": label, "value": text, "remove_url": wanted.without_date(name)}


def _filter_labels() -> Mapping[str, str]:
    return {
        "myndighet": _("Myndighet"),
        "ar": _("År"),
        "riktning": _("Riktning"),
        "status": _("Ärendets status"),
        "typ": _("Typ"),
        "klass": _("Klass"),
    }


def _period_label(period: str) -> str:
    return {
        "vecka": _("Senaste veckan"),
        "manad": _("Senaste månaden"),
        "ar": _("I år"),
        "forra-aret": _("Förra året"),
    }[period]


def _sorts(wanted: Wanted) -> Iterator[tuple[Sort, str]]:
    if wanted.question.text:
        yield Sort.RELEVANCE, _("Bäst träff")
    yield Sort.NEWEST, _("Nyast")
    yield Sort.OLDEST, _("Äldst")
    yield Sort.TITLE, _("Rubrik A–Ö")


def _number_row(reading: Reading) -> dict[str, str]:
    heading = vocabulary.case_heading(reading.case.visibility, reading.case.title)
    return {"text": number_of(reading), "note": heading, "url": address_of(reading)}
