"""Answers questions from one state of a Tantivy index."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from tantivy import Index, Order, Query, Searcher, SearchResult

from diarium.search.document_terms import column_name
from diarium.search.engine import MAX_FACET_VALUES, Findings, Plan, Reader
from diarium.search.hits import Kept, hits_of, relative
from diarium.search.port import Facet, FacetCount, Sort
from diarium.search.query_tree import DateRange, Everything
from diarium.search.remembering import Remembered
from diarium.search.tantivy_damage import telling_damage
from diarium.search.tantivy_query import Queries, both
from diarium.search.tantivy_schema import DATE, SPELLING, TITLE_KEY, kept
from diarium.search.tantivy_spelling import suggest
from diarium.search.typing_ahead import MAX_EXPANSIONS, Typed

_MANY_VALUES, _PAGE = 65_000, 20_000
_READERS_KEPT, _COUNTS_KEPT = 128, 64
_ORDERS = {Sort.NEWEST: (DATE, Order.Desc), Sort.OLDEST: (DATE, Order.Asc), Sort.TITLE: (TITLE_KEY, Order.Asc)}


class TantivyState:
    """The newest state of the index in `path`; `previous` hands on the open index. A searcher of Tantivy is used
    by any number of threads at once.
    """

    def __init__(self, path: Path, previous: TantivyState | None) -> None:
        self._meta = path / "meta.json"
        self.counts: Remembered[Hashable, Mapping[str, tuple[FacetCount, ...]]] = Remembered(_COUNTS_KEPT)
        self._sees_all: Remembered[frozenset[str], bool] = Remembered(_READERS_KEPT)
        with telling_damage():
            self._version = self._stat()
            self.index: Index = previous.index if previous else _opened(path)
            self.index.reload()
            self.searcher = self.index.searcher()
            self.queries: Queries = previous.queries if previous else Queries(self.index.schema)

    def is_newest(self) -> bool:
        with telling_damage():
            return self._version == self._stat()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        yield TantivyReader(self)

    def close(self) -> None:
        """Nothing to do: files are given back with the last searcher."""

    def sees_everything(self, tokens: frozenset[str]) -> bool:
        """Whether the holder of `tokens` may see every document of this state: then nothing has to be left out."""
        known = self._sees_all.get(tokens)
        if known is None:
            known = count_of(self.searcher.search(self.queries.readable(tokens), 1)) == self.searcher.num_docs
            self._sees_all.put(tokens, known)
        return known

    def _stat(self) -> tuple[int, int, int]:
        found = self._meta.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size


class TantivyReader:
    """Asks a state."""

    def __init__(self, state: TantivyState) -> None:
        self._state = state
        self._searcher: Searcher = state.searcher
        self._queries = state.queries

    def find(self, plan: Plan) -> Findings:
        with telling_damage():
            limits = self._limits(plan)
            filters = {facet: self._queries.filtered(facet, values) for facet, values in plan.filters.items()}
            query = self._query(plan, [*limits, *filters.values()])
            total, found = self._ordered(plan, query)
            return Findings(
                total=total,
                hits=hits_of(plan.node, found),
                facets=self._facets(plan, query, limits, filters) if plan.facets else {},
                suggestions=() if total else suggest(self._searcher, self._queries, plan.node, plan.readers),
            )

    def completions(self, typed: Typed, readers: frozenset[str]) -> Mapping[str, int]:
        with telling_damage():
            limits = [] if isinstance(typed.context, Everything) else [self._queries.asked_for(typed.context)]
            allowed = both([self._queries.readable(readers), *limits])
            return dict(self._searcher.terms_with_prefix(SPELLING, typed.word, allowed, MAX_EXPANSIONS))

    def document_count(self) -> int:
        return self._searcher.num_docs

    def everything(self) -> Iterator[Kept]:
        with telling_damage():
            for start in range(0, self._searcher.num_docs, _PAGE):
                page = self._searcher.search(Query.all_query(), _PAGE, count=False, offset=start)
                yield from (kept(self._searcher.doc(address)) for _score, address in page.hits)

    def _limits(self, plan: Plan) -> list[Query]:
        limits = [] if self._state.sees_everything(plan.readers) else [self._queries.readable(plan.readers)]
        if plan.date_from or plan.date_to:
            limits.append(self._queries.dated(DateRange(plan.date_from, plan.date_to)))
        return limits

    def _query(self, plan: Plan, limits: Sequence[Query]) -> Query:
        if isinstance(plan.node, Everything) and limits:
            return both(limits)
        return both([self._queries.asked_for(plan.node), *limits])

    def _ordered(self, plan: Plan, query: Query) -> tuple[int, list[tuple[float, Kept]]]:
        """The number of hits, and the page that is asked for with scores."""
        offset = (plan.page - 1) * plan.page_size
        if plan.sort is Sort.RELEVANCE:
            result = self._searcher.search(query, offset + plan.page_size)
            ranked = [(float(score), address) for score, address in result.hits]
            best = ranked[0][0] if ranked else 0.0
            scores = relative((score for score, _address in ranked[offset:]), best)
            addresses = [address for _score, address in ranked[offset:]]
        else:
            field, order = _ORDERS[plan.sort]
            result = self._searcher.search(query, plan.page_size, offset=offset, order_by_field=field, order=order)
            addresses = [address for _key, address in result.hits]
            scores = [0.0] * len(addresses)
        rows = [kept(self._searcher.doc(address)) for address in addresses]
        return count_of(result), list(zip(scores, rows, strict=True))

    def _facets(
        self, plan: Plan, query: Query, limits: Sequence[Query], filters: Mapping[Facet, Query]
    ) -> dict[str, tuple[FacetCount, ...]]:
        """How often each value occurs, the most common first; a filtered facet leaves out its own filter.

        The counts of a few questions are remembered: the next page and another order ask for the same.
        """
        question = (plan.node, plan.readers, tuple(plan.filters.items()), plan.date_from, plan.date_to)
        known = self._state.counts.get(question)
        if known is None:
            known = self._counted(plan, query, limits, filters)
            self._state.counts.put(question, known)
        return dict(known)

    def _counted(
        self, plan: Plan, query: Query, limits: Sequence[Query], filters: Mapping[Facet, Query]
    ) -> dict[str, tuple[FacetCount, ...]]:
        counted = self._counts(query, [facet for facet in Facet if facet not in filters])
        for facet in filters:
            others = [other for name, other in filters.items() if name is not facet]
            counted |= self._counts(self._query(plan, [*limits, *others]), [facet])
        return {facet.value: counted[facet] for facet in Facet}

    def _counts(self, query: Query, facets: Sequence[Facet]) -> dict[Facet, tuple[FacetCount, ...]]:
        wanted = {facet.value: {"terms": _terms(facet)} for facet in facets}
        found: dict[str, _Counts] = self._searcher.aggregate(query, wanted)
        return {facet: _sorted(found[facet.value]) for facet in facets}


def count_of(result: SearchResult) -> int:
    """The number of all hits; the stubs of Tantivy don't know of it."""
    count: int | None = result.count  # type: ignore[attr-defined]
    return count or 0


class _Bucket(TypedDict):
    key: str
    doc_count: int


class _Counts(TypedDict):
    buckets: list[_Bucket]


def _opened(path: Path) -> Index:
    json.loads((path / "meta.json").read_bytes())
    index = Index.open(str(path))
    index.config_reader("manual")
    return index


def _terms(facet: Facet) -> dict[str, object]:
    return {"field": column_name(facet), "size": MAX_FACET_VALUES, "segment_size": _MANY_VALUES}


def _sorted(found: _Counts) -> tuple[FacetCount, ...]:
    counts = sorted(
        ((item["key"], item["doc_count"]) for item in found["buckets"]), key=lambda item: (-item[1], item[0])
    )
    return tuple(FacetCount(*item) for item in counts)
