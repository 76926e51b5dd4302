"""Searching the register over the API, through the searcher's eyes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.api import answers, context, requests
from diarium.identity.permissions import Actor, Permission
from diarium.register import queries
from diarium.register.models import Case, Record
from diarium.search.port import Facet, Hit, Kind, SearchRequest
from diarium.secrecy import access

searching = context.Resource("search", __name__, "Sök")


@searching.operation(
    "GET", "/search", Permission.READ, query=requests.SearchQuerySchema, answer=answers.SearchAnswerSchema
)
def search(wanted: dict[str, Any]) -> dict[str, object]:
    """Searches cases, records and the text of their files.

    The query language is that of the staff's search field: words, "phrases", -not, field:value, numbers and dates.
    """
    who = context.actor()
    result = context.diarium().index.search(
        SearchRequest(
            query=wanted["q"],
            readers=access.tokens_of(who),
            filters={facet.value: tuple(wanted[facet.value]) for facet in Facet if wanted[facet.value]},
            date_from=wanted["date_from"],
            date_to=wanted["date_to"],
            sort=wanted["sort"],
            page=wanted["page"],
            page_size=wanted["limit"],
        )
    )
    with context.diarium().database.reading() as session:
        open_to_view = _open_to_view(session, who, result.hits)
    return {
        "total": result.total,
        "page": result.page,
        "limit": result.page_size,
        "hits": [_shown(hit, is_open=hit.key in open_to_view) for hit in result.hits],
        "facets": {str(name): list(counts) for name, counts in result.facets.items()},
        "notes": list(result.notes),
        "suggestions": list(result.suggestions),
    }


def _open_to_view(session: Session, who: Actor, hits: Sequence[Hit]) -> frozenset[str]:
    """The keys of the hits that the searcher may see all of: a marking counts before the index knows of it."""
    cases = session.scalars(
        select(Case)
        .where(Case.uid.in_(_uids(hits, Kind.CASE)))
        .options(selectinload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties))
    )
    records = session.scalars(
        select(Record)
        .where(Record.uid.in_(_uids(hits, Kind.RECORD)))
        .options(
            selectinload(Record.restrictions),
            selectinload(Record.parties),
            selectinload(Record.case).options(selectinload(Case.authority), selectinload(Case.restrictions)),
        )
    )
    seen = {f"case:{case.uid}" for case in cases if queries.sight_of_case(who, case).everything}
    return frozenset(
        seen | {f"record:{record.uid}" for record in records if queries.sight_of_record(who, record).everything}
    )


def _uids(hits: Iterable[Hit], kind: Kind) -> list[uuid.UUID]:
    return [uuid.UUID(hit.key.partition(":")[2]) for hit in hits if hit.kind == kind]


def _shown(hit: Hit, *, is_open: bool) -> dict[str, object]:
    return {
        "uid": uuid.UUID(hit.key.partition(":")[2]),
        "kind": Kind(hit.kind),
        "number": hit.number,
        "title": hit.title if is_open else None,
        "snippet": hit.snippet_html if is_open else None,
        "date": hit.date,
        "authority": hit.authority,
        "record_type": hit.record_type,
        "direction": hit.direction,
        "status": hit.status,
        "score": hit.score,
    }
