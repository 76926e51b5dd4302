"""Searching the whole register, through the searcher's eyes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from babel.numbers import format_decimal
from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from diarium.errors import DomainError
from diarium.i18n import current_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.lists import saving
from diarium.lists.export import FORM_LABELS
from diarium.lists.models import SUBSCRIPTION_LABELS
from diarium.register import queries
from diarium.register.vocabulary import DIRECTION_LABELS, STATUS_LABELS
from diarium.search import internal
from diarium.search.port import MAX_HITS_SHOWN, Facet, FacetCount, Kind, SearchRequest, SearchResult, Sort
from diarium.web import context, reading
from diarium.web.arguments import whole_number
from diarium.web.cases.finding import address_of
from diarium.web.lists.forms import SaveForm

blueprint = Blueprint("search", __name__, url_prefix="/intern")
SHOWN_FACETS = (Facet.KIND, Facet.AUTHORITY, Facet.YEAR, Facet.DIRECTION, Facet.RECORD_TYPE, Facet.STATUS)
MAX_QUERY = 1000
MOST_PAGES = 100_000
MOST_VALUES = 20


@blueprint.get("/sok")
@context.staff(Permission.READ)
def results() -> ResponseReturnValue:
    """Hits with filters and counts; a number, or what a scanner reads, goes straight to its case or record."""
    found = address_of(request.args.get("q", "")[:MAX_QUERY])
    return redirect(found) if found is not None else render(request.args)


def render(args: MultiDict[str, str], save: SaveForm | None = None) -> ResponseReturnValue:
    """The page of hits; with `save`, the form for saving is open and says what is wrong."""
    who = context.actor()
    wanted = request_of(args, page=whole_number(args.get("page"), 1, MOST_PAGES))
    error = None
    result: SearchResult | None = None
    with context.diarium().database.reading() as session:
        try:
            result = internal.search(session, context.diarium().index, who, wanted)
            reading.note_list(restricted(session, result), _("Sök"))
        except DomainError as failure:
            error = failure.message
        authorities = dict(queries.readable_authorities(session, who))
        shareable = saving.shareable(session, who)
    filters = {facet.value: wanted.filters.get(facet.value, ()) for facet in Facet}
    html = context.page(
        "search/results.html",
        query=wanted.query,
        result=result,
        error=error,
        groups=_groups(result.facets, filters, authorities, args) if result else [],
        has_filters=any(filters.values()),
        clear_url=f"{url_for('search.results')}?{urlencode({'q': wanted.query})}",
        sort=wanted.sort.value,
        sorts=[
            ("relevance", _("Bäst träff först")),
            ("newest", _("Nyast först")),
            ("oldest", _("Äldst först")),
        ],
        kept_filters=[(name, value) for name, values in filters.items() for value in values],
        directions=DIRECTION_LABELS,
        statuses=STATUS_LABELS,
        url_for_page=lambda page: _address(args, page=str(page)),
        hit_url=_hit_url,
        save=save,
        errors=dict(save.errors) if save else {},
        subscriptions=SUBSCRIPTION_LABELS,
        shareable=shareable,
        forms=[
            (label, f"{url_for('lists.search_file')}?{urlencode([*kept_parameters(args), ('form', form)])}")
            for form, label in FORM_LABELS.items()
        ],
        most_hits=format_decimal(MAX_HITS_SHOWN, locale=current_locale()),
    )
    return html, 422 if save else 200


def request_of(args: MultiDict[str, str], *, page: int = 1, page_size: int | None = None) -> SearchRequest:
    """The search that an address stands for."""
    filters = {facet.value: tuple(args.getlist(facet.value)[:MOST_VALUES]) for facet in Facet}
    wanted = SearchRequest(
        query=args.get("q", "")[:MAX_QUERY],
        readers=frozenset(),
        filters={name: values for name, values in filters.items() if values},
        sort=Sort(args["sort"]) if args.get("sort") in list(Sort) else Sort.RELEVANCE,
        page=page,
    )
    return replace(wanted, page_size=page_size, facets=False) if page_size else wanted


def kept_parameters(args: MultiDict[str, str]) -> list[tuple[str, str]]:
    """What of an address makes the search what it is: words, filters, order."""
    wanted = request_of(args)
    pairs = [("q", wanted.query), *((name, value) for name, some in wanted.filters.items() for value in some)]
    return [*(pair for pair in pairs if pair[1]), ("sort", wanted.sort.value)]


def restricted(session: Session, result: SearchResult) -> tuple[queries.Shown, ...]:
    """The hits that are restricted and whose content is shown."""
    uids: dict[str, list[uuid.UUID]] = {Kind.CASE: [], Kind.RECORD: []}
    for hit in result.hits:
        uids[hit.kind].append(uuid.UUID(hit.key.partition(":")[2]))
    return queries.restricted_shown(session, context.actor(), cases=uids[Kind.CASE], records=uids[Kind.RECORD])


def _hit_url(key: str) -> str:
    kind, _colon, uid = key.partition(":")
    return url_for("cases.details" if kind == "case" else "records.details", uid=uid)


def _groups(
    facets: Mapping[str, tuple[FacetCount, ...]],
    chosen: Mapping[str, tuple[str, ...]],
    authorities: Mapping[str, str],
    args: MultiDict[str, str],
) -> list[dict[str, object]]:
    labels: dict[str, tuple[str, Mapping[str, str]]] = {
        Facet.KIND: (_("Slag"), {"case": _("Ärende"), "record": _("Handling")}),
        Facet.AUTHORITY: (_("Myndighet"), authorities),
        Facet.YEAR: (_("År"), {}),
        Facet.DIRECTION: (_("Riktning"), {key.value: str(label) for key, label in DIRECTION_LABELS.items()}),
        Facet.RECORD_TYPE: (_("Handlingstyp"), {}),
        Facet.STATUS: (_("Status"), {key.value: str(label) for key, label in STATUS_LABELS.items()}),
    }
    groups: list[dict[str, object]] = []
    for facet in SHOWN_FACETS:
        title, names = labels[facet]
        options = [
            {
                "label": names.get(item.value, item.value),
                "count": item.count,
                "active": item.value in chosen[facet],
                "url": _toggled(args, facet.value, item.value, item.value in chosen[facet]),
            }
            for item in _in_order(facet, facets.get(facet, ()))
            if item.value
        ]
        if options:
            groups.append({"label": title, "options": options, "open": True})
    return groups


def _in_order(facet: Facet, counts: Sequence[FacetCount]) -> Sequence[FacetCount]:
    """Years newest first, the rest as the index gives them: the most common first."""
    return sorted(counts, key=lambda item: item.value, reverse=True) if facet is Facet.YEAR else counts


def _toggled(args: MultiDict[str, str], name: str, value: str, active: bool) -> str:
    kept = [(k, v) for k, v in args.items(multi=True) if k != "page" and not (active and (k, v) == (name, value))]
    return _address(MultiDict(kept if active else [*kept, (name, value)]))


def _address(args: MultiDict[str, str], **changed: str) -> str:
    """This page with other arguments. They come from outside, so they never become arguments of `url_for`."""
    merged = [(key, value) for key, value in args.items(multi=True) if key not in changed]
    return f"{url_for('search.results')}?{urlencode([*merged, *changed.items()])}"
