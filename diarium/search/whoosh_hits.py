"""Finds, filters, orders and counts documents of a snapshot."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest

from whoosh.collectors import TopCollector
from whoosh.query.qcore import Query
from whoosh.searching import Searcher

from diarium.search.engine import MAX_FACET_VALUES
from diarium.search.hits import relative
from diarium.search.port import Facet, FacetCount, Sort
from diarium.search.whoosh_snapshot import Snapshot

Filters = Mapping[Facet, Callable[[str], bool]]


@dataclass(frozen=True, slots=True)
class Found:
    """Documents that match. `documents`: all filters hold. `but_one`: for each filtered facet, the documents for
    which all other filters hold.
    """

    documents: list[int]
    but_one: Mapping[Facet, list[int]]


def find(snapshot: Snapshot, searcher: Searcher, query: Query | None, mask: bytearray, filters: Filters) -> Found:
    """The documents of `query` (None is all) that `mask` lets through, in the order of the index."""
    if query is None:
        candidates = [document for document, allowed in enumerate(mask) if allowed]
    else:
        candidates = [document for document in searcher.docs_for_query(query) if mask[document]]
    if not filters:
        return Found(candidates, {})
    accepted = {
        facet: [accepts[value] for value in snapshot.facets[facet]]
        for facet, accepts in ((facet, _Memo(accept)) for facet, accept in filters.items())
    }
    but_one = {}
    for facet in filters:
        others = [column for other, column in accepted.items() if other is not facet]
        but_one[facet] = [document for document in candidates if all(column[document] for column in others)]
    columns = list(accepted.values())
    return Found([document for document in candidates if all(column[document] for column in columns)], but_one)


def within_dates(snapshot: Snapshot, mask: bytearray, first: dt.date | None, last: dt.date | None) -> bytearray:
    """The mask without documents outside the days, or without a date."""
    if first is None and last is None:
        return mask
    low = first.toordinal() if first else 1
    high = last.toordinal() if last else dt.date.max.toordinal()
    return bytearray(
        allowed and low <= ordinal <= high for allowed, ordinal in zip(mask, snapshot.dates, strict=True)
    )


def by_date(snapshot: Snapshot, documents: Sequence[int], sort: Sort, count: int) -> list[tuple[float, int]]:
    """The first `count` documents by date; those without a date come last. All have score 0."""
    dates = snapshot.dates
    if sort is Sort.OLDEST:
        last = dt.date.max.toordinal() + 1
        ordered = nsmallest(count, documents, key=lambda document: (dates[document] or last, document))
    else:
        ordered = nlargest(count, documents, key=lambda document: (dates[document], document))
    return [(0.0, document) for document in ordered]


def by_title(
    snapshot: Snapshot, searcher: Searcher, documents: Sequence[int], count: int
) -> list[tuple[float, int]]:
    """The first `count` documents by title; those without one come last. All have score 0."""
    keys = snapshot.title_keys(searcher)
    ordered = nsmallest(count, documents, key=lambda document: (not keys[document], keys[document], document))
    return [(0.0, document) for document in ordered]


def by_relevance(
    searcher: Searcher, query: Query, documents: Sequence[int], size: int, count: int
) -> list[tuple[float, int]]:
    """The best `count` of `documents` with their scores, see `hits.relative`."""
    if not documents:
        return []
    allowed = bytearray(size)
    for document in documents:
        allowed[document] = 1
    collector = _AllowedCollector(allowed, count)
    searcher.search_with_collector(query, collector)
    ordered = sorted(collector.items, reverse=True)
    scores = relative((score for score, _document in ordered), ordered[0][0] if ordered else 0.0)
    return [(score, -document) for score, (_score, document) in zip(scores, ordered, strict=True)]


def count_facets(snapshot: Snapshot, found: Found) -> dict[str, tuple[FacetCount, ...]]:
    """How often each value occurs, the most common first; documents without a value are not counted."""
    counted: dict[str, tuple[FacetCount, ...]] = {}
    for facet in Facet:
        documents = found.but_one.get(facet, found.documents)
        counts = Counter(map(snapshot.facets[facet].__getitem__, documents))
        counts.pop("", None)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        counted[facet.value] = tuple(FacetCount(*item) for item in ordered[:MAX_FACET_VALUES])
    return counted


class _AllowedCollector(TopCollector):
    """The best documents among the allowed ones. Blocks of postings that can't reach the top are skipped."""

    def __init__(self, allowed: bytearray, limit: int) -> None:
        super().__init__(limit)
        self._allowed = allowed

    def matches(self) -> Iterator[int]:
        offset = self.offset
        allowed = self._allowed
        return (document for document in super().matches() if allowed[offset + document])


class _Memo(dict[str, bool]):
    """Asks once for each value."""

    def __init__(self, accepts: Callable[[str], bool]) -> None:
        super().__init__()
        self._accepts = accepts

    def __missing__(self, value: str) -> bool:
        answer = self[value] = self._accepts(value)
        return answer
