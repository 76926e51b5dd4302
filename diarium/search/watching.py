"""Saved searches that somebody subscribes to: what they find now, for the lists' worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.identity.permissions import Actor
from diarium.lists.subscribing import Found
from diarium.search import internal
from diarium.search.port import MAX_PAGE_SIZE, Facet, SearchIndex, SearchRequest, Sort

_PAGES = 3


@dataclass(frozen=True, slots=True)
class SavedSearcher:
    """Answers saved searches from the internal index."""

    index: SearchIndex

    def __call__(self, session: Session, actor: Actor, parameters: Mapping[str, Sequence[str]]) -> Found:
        """The newest hits and the number of all. Raises: InvalidFilter, IndexUnavailable."""
        keys: list[str] = []
        total = 0
        for page in range(1, _PAGES + 1):
            result = internal.search(session, self.index, actor, request_of(parameters, page))
            total = result.total
            keys += [hit.key for hit in result.hits]
            if len(keys) >= total:
                break
        return Found(tuple(keys), total)


def request_of(parameters: Mapping[str, Sequence[str]], page: int) -> SearchRequest:
    """The search that saved parameters stand for, newest hits first and without counts."""
    filters = {facet.value: tuple(parameters.get(facet.value, ())) for facet in Facet}
    return SearchRequest(
        query=next(iter(parameters.get("q", ())), ""),
        readers=frozenset(),
        filters={name: values for name, values in filters.items() if values},
        sort=Sort.NEWEST,
        page=page,
        page_size=MAX_PAGE_SIZE,
        facets=False,
    )
