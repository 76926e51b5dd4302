"""Searching the whole register through an actor's eyes: the index finds, the register decides what is shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.identity.permissions import Actor
from diarium.register import following, queries
from diarium.register.models import Case, Record
from diarium.search.port import Hit, Kind, SearchIndex, SearchRequest, SearchResult
from diarium.secrecy import access


def search(session: Session, index: SearchIndex, actor: Actor, request: SearchRequest) -> SearchResult:
    """The answer to `request` for `actor`, whose tokens are put in here.

    Hits are checked against the register: a marking counts before the index knows of it. What the actor may not
    see comes with an empty title and snippet. Constant number of queries. Raises: InvalidFilter, IndexUnavailable.
    """
    result = index.search(replace(request, readers=access.tokens_of(actor)))
    open_to_view = _open_to_view(session, actor, result.hits)
    hits = tuple(hit if hit.key in open_to_view else _covered(hit) for hit in result.hits)
    return replace(result, hits=hits)


def _covered(hit: Hit) -> Hit:
    return replace(hit, title="", title_html="", snippet_html="", officer="")


def _open_to_view(session: Session, actor: Actor, hits: Sequence[Hit]) -> frozenset[str]:
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
            selectinload(Record.case).options(
                selectinload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties)
            ),
        )
    ).all()
    following.load(session, records)
    seen = {f"case:{case.uid}" for case in cases if queries.sight_of_case(actor, case).everything}
    return frozenset(
        seen | {f"record:{record.uid}" for record in records if queries.sight_of_record(actor, record).everything}
    )


def _uids(hits: Iterable[Hit], kind: Kind) -> list[uuid.UUID]:
    return [uuid.UUID(hit.key.partition(":")[2]) for hit in hits if hit.kind == kind]
