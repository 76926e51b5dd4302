"""Searching the whole register, through the searcher's eyes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import lookup, numbering, queries
from diarium.register.vocabulary import DIRECTION_LABELS, STATUS_LABELS
from diarium.search import internal
from diarium.search.port import Facet, FacetCount, Kind, SearchRequest, SearchResult, Sort
from diarium.web import context, reading
from diarium.web.arguments import whole_number

blueprint = Blueprint("search", __name__, url_prefix="/intern")
SHOWN_FACETS = (Facet.KIND, Facet.AUTHORITY, Facet.YEAR, Facet.DIRECTION, Facet.RECORD_TYPE, Facet.STATUS)
MAX_QUERY = 1000
MOST_PAGES = 100_000


@blueprint.get("/sok")
@context.staff(Permission.READ)
def results() -> ResponseReturnValue:
    """Hits with filters and counts; a whole case number goes straight to its case."""
    who = context.actor()
    query = request.args.get("q", "")[:MAX_QUERY]
    found_case = _case_of(query)
    if found_case is not None:
        return redirect(found_case)
    filters = {facet.value: tuple(request.args.getlist(facet.value)[:20]) for facet in Facet}
    wanted = SearchRequest(
        query=query,
        readers=frozenset(),
        filters={name: values for name, values in filters.items() if values},
        sort=Sort(request.args["sort"]) if request.args.get("sort") in list(Sort) else Sort.RELEVANCE,
        page=whole_number(request.args.get("page"), 1, MOST_PAGES),
    )
    error = None
    result: SearchResult | None = None
    with context.diarium().database.reading() as session:
        try:
            result = internal.search(session, context.diarium().index, who, wanted)
            reading.note_list(_restricted(session, result), _("Sök"))
        except DomainError as failure:
            error = failure.message
        authorities = dict(queries.readable_authorities(session, who))
    return context.page(
        "search/results.html",
        query=query,
        result=result,
        error=error,
        groups=_groups(result.facets, filters, authorities) if result else [],
        has_filters=any(filters.values()),
        clear_url=url_for("search.results", q=query),
        sort=wanted.sort.value,
        sorts=[
            ("relevance", _("Bäst träff först")),
            ("newest", _("Nyast först")),
            ("oldest", _("Äldst först")),
        ],
        kept_filters=[(name, value) for name, values in filters.items() for value in values],
        directions=DIRECTION_LABELS,
        statuses=STATUS_LABELS,
        url_for_page=lambda page: _address(request.args, page=str(page)),
        hit_url=_hit_url,
    )


def _restricted(session: Session, result: SearchResult) -> tuple[queries.Shown, ...]:
    """The hits that are restricted and whose content is shown."""
    uids: dict[str, list[uuid.UUID]] = {Kind.CASE: [], Kind.RECORD: []}
    for hit in result.hits:
        uids[hit.kind].append(uuid.UUID(hit.key.partition(":")[2]))
    return queries.restricted_shown(session, context.actor(), cases=uids[Kind.CASE], records=uids[Kind.RECORD])


def _case_of(query: str) -> str | None:
    # "2026-05-01" is a day, not the first record of case 5: with three numbers the series has to be written.
    if not any(parts.record is None or parts.series for parts in numbering.read(query)):
        return None
    with context.diarium().database.reading() as session:
        try:
            case = lookup.case_by_number(session, context.actor(), query)
        except DomainError:
            return None  # not one case: an ordinary search for the words shows what there is
        return url_for("cases.details", uid=case.uid)


def _hit_url(key: str) -> str:
    kind, _colon, uid = key.partition(":")
    return url_for("cases.details" if kind == "case" else "records.details", uid=uid)


def _groups(
    facets: Mapping[str, tuple[FacetCount, ...]],
    chosen: Mapping[str, tuple[str, ...]],
    authorities: Mapping[str, str],
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
                "url": _toggled(facet.value, item.value, item.value in chosen[facet]),
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


def _toggled(name: str, value: str, active: bool) -> str:
    kept = [
        (k, v)
        for k, v in request.args.items(multi=True)
        if k != "page" and not (active and (k, v) == (name, value))
    ]
    return _address(MultiDict(kept if active else [*kept, (name, value)]))


def _address(args: MultiDict[str, str], **changed: str) -> str:
    """This page with other arguments. They come from outside, so they never become arguments of `url_for`."""
    merged = [(key, value) for key, value in args.items(multi=True) if key not in changed]
    return f"{url_for('search.results')}?{urlencode([*merged, *changed.items()])}"
