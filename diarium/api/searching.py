"""Searching the register over the API, through the searcher's eyes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from diarium.api import answers, context, noting, requests
from diarium.identity.permissions import Permission
from diarium.identity.scopes import TokenScope
from diarium.register import queries
from diarium.search import internal
from diarium.search.port import Facet, Hit, Kind, SearchRequest

searching = context.Resource("search", __name__, "Sök")


@searching.operation(
    "GET",
    "/search",
    Permission.READ,
    scope=TokenScope.SEARCH_READ,
    query=requests.SearchQuerySchema,
    answer=answers.SearchAnswerSchema,
)
def search(wanted: dict[str, Any]) -> dict[str, object]:
    """Searches cases, records and the text of their files.

    The query language is that of the staff's search field: words, "phrases", -not, field:value, numbers and dates.
    Showing something that is marked is noted in the audit log.
    """
    request = SearchRequest(
        query=wanted["q"],
        readers=frozenset(),
        filters={facet.value: tuple(wanted[facet.value]) for facet in Facet if wanted[facet.value]},
        date_from=wanted["date_from"],
        date_to=wanted["date_to"],
        sort=wanted["sort"],
        page=wanted["page"],
        page_size=wanted["limit"],
    )
    with context.diarium().database.reading() as session:
        result = internal.search(session, context.diarium().index, context.actor(), request)
        shown = _restricted(session, result.hits)
    noting.note_list(shown, "GET /search")
    return {
        "total": result.total,
        "page": result.page,
        "limit": result.page_size,
        "hits": [_shown(hit) for hit in result.hits],
        "facets": {str(name): list(counts) for name, counts in result.facets.items()},
        "notes": list(result.notes),
        "suggestions": list(result.suggestions),
    }


def _restricted(session: Session, hits: Sequence[Hit]) -> tuple[queries.Shown, ...]:
    """What of the hits is restricted and shown all the same."""
    shown = [hit for hit in hits if hit.title]
    uids = {kind: [uuid.UUID(hit.key.partition(":")[2]) for hit in shown if hit.kind == kind] for kind in Kind}
    return queries.restricted_shown(session, context.actor(), cases=uids[Kind.CASE], records=uids[Kind.RECORD])


def _shown(hit: Hit) -> dict[str, object]:
    return {
        "uid": uuid.UUID(hit.key.partition(":")[2]),
        "kind": Kind(hit.kind),
        "number": hit.number,
        "title": hit.title or None,
        "snippet": hit.snippet_html if hit.title else None,
        "date": hit.date,
        "authority": hit.authority,
        "record_type": hit.record_type,
        "direction": hit.direction,
        "status": hit.status,
        "score": hit.score,
    }
