"""Searching the open register over the API."""

from __future__ import annotations

from typing import Any, cast

from diarium.api.paging import next_page
from diarium.api.public import cursor, schemas, shapes
from diarium.api.public.context import OpenResource, register
from diarium.public.search import Found, Question
from diarium.search.port import Facet, Kind

searching = OpenResource("search", __name__, "Sök")


@searching.operation("/search", query=schemas.SearchQuerySchema, answer=schemas.AnswerSchema)
def search(wanted: dict[str, Any]) -> tuple[dict[str, object], int, dict[str, str]]:
    """Searches cases, records and the text of released files.

    The query language is that of the page: words, "phrases", -not, field:value, numbers and dates.
    """
    place = cast("tuple[int] | None", cursor.read(wanted["cursor"], (int,), "search", _bound(wanted)))
    page = place[0] if place else 1
    answer = register().search(
        Question(
            text=wanted["q"],
            filters={facet.value: tuple(wanted[facet.value]) for facet in Facet if wanted[facet.value]},
            date_from=wanted["date_from"],
            date_to=wanted["date_to"],
            sort=wanted["sort"],
            page=page,
            page_size=wanted["limit"],
        )
    )
    is_more = answer.page == page and page < answer.page_count
    following = cursor.write((page + 1,), "search", _bound(wanted)) if is_more else None
    body = {
        "total": answer.total,
        "hits": [_shown(found) for found in answer.found],
        "facets": {str(name): list(choices) for name, choices in answer.facets.items()},
        "notes": list(answer.notes),
        "suggestions": list(answer.suggestions),
        "next_cursor": following,
    }
    return body, 200, next_page(following)


def _bound(wanted: dict[str, Any]) -> dict[str, object]:
    """Pages are counted in hits, so a place belongs to its page size too."""
    return {**wanted, "size": wanted["limit"]}


def _shown(found: Found) -> dict[str, object]:
    return {
        "kind": Kind.CASE if found.record is None else Kind.RECORD,
        "case": shapes.of_case(found.case),
        "record": shapes.of_record(found.record, found.case) if found.record else None,
        "snippet": found.snippet_html or None,
    }
