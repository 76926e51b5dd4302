"""Answers questions from one state of a Whoosh index."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from whoosh.index import FileIndex
from whoosh.searching import Searcher

from diarium.search.engine import Findings, Plan, Reader
from diarium.search.hits import Kept, hits_of
from diarium.search.port import Facet, Sort
from diarium.search.query_tree import Everything
from diarium.search.typing_ahead import Typed
from diarium.search.whoosh_damage import DAMAGE_WHEN_OPENED, telling_damage
from diarium.search.whoosh_hits import by_date, by_relevance, by_title, count_facets, find, within_dates
from diarium.search.whoosh_query import matching_query, scoring_query
from diarium.search.whoosh_snapshot import Snapshot
from diarium.search.whoosh_spelling import completions, suggest


class WhooshState:
    """The newest state of `index`; `previous` hands on what has not changed."""

    def __init__(self, index: FileIndex, previous: WhooshState | None) -> None:
        self.index = index
        known = previous.snapshot.columns_by_segment if previous else None
        self.snapshot: Snapshot = Snapshot(index, known)

    def is_newest(self) -> bool:
        with telling_damage(DAMAGE_WHEN_OPENED):
            return self.snapshot.generation == int(self.index.latest_generation())

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        with telling_damage(DAMAGE_WHEN_OPENED):
            lending = self.snapshot.searcher()
            searcher = lending.__enter__()
        try:
            yield WhooshReader(self.snapshot, searcher)
        finally:
            lending.__exit__(None, None, None)

    def close(self) -> None:
        self.snapshot.close()


class WhooshReader:
    """A searcher on a snapshot."""

    def __init__(self, snapshot: Snapshot, searcher: Searcher) -> None:
        self._snapshot = snapshot
        self._searcher = searcher

    def find(self, plan: Plan) -> Findings:
        snapshot, searcher = self._snapshot, self._searcher
        with telling_damage():
            readable = snapshot.readable(searcher, plan.readers)
            mask = within_dates(snapshot, readable, plan.date_from, plan.date_to)
            query = None if isinstance(plan.node, Everything) else matching_query(plan.node)
            filters = {facet: _accepts(facet, values) for facet, values in plan.filters.items()}
            found = find(snapshot, searcher, query, mask, filters)
            wanted = plan.page * plan.page_size
            ordered = self._ordered(plan, found.documents, wanted)[wanted - plan.page_size :]
            return Findings(
                total=len(found.documents),
                hits=hits_of(plan.node, [(score, self._kept(document)) for score, document in ordered]),
                facets=count_facets(snapshot, found) if plan.facets else {},
                suggestions=() if found.documents else suggest(searcher, plan.node, readable),
            )

    def completions(self, typed: Typed, readers: frozenset[str]) -> Mapping[str, int]:
        snapshot, searcher = self._snapshot, self._searcher
        with telling_damage():
            allowed = snapshot.readable(searcher, readers)
            if not isinstance(typed.context, Everything):
                found = find(snapshot, searcher, matching_query(typed.context), allowed, {})
                allowed = bytearray(snapshot.size)
                for document in found.documents:
                    allowed[document] = 1
            return completions(searcher, typed.word, allowed)

    def document_count(self) -> int:
        return self._snapshot.count

    def everything(self) -> Iterator[Kept]:
        with telling_damage():
            for document in self._searcher.reader().all_doc_ids():
                yield self._kept(document)

    def _ordered(self, plan: Plan, documents: Sequence[int], wanted: int) -> list[tuple[float, int]]:
        match plan.sort:
            case Sort.RELEVANCE:
                query = scoring_query(plan.node)
                return by_relevance(self._searcher, query, documents, self._snapshot.size, wanted)
            case Sort.TITLE:
                return by_title(self._snapshot, self._searcher, documents, wanted)
            case _:
                return by_date(self._snapshot, documents, plan.sort, wanted)

    def _kept(self, document: int) -> Kept:
        stored = self._searcher.reader().stored_fields(document)["stored"]
        facets = {facet: values[document] for facet, values in self._snapshot.facets.items()}
        return Kept(
            key=stored["key"],
            case_key=stored["case_key"],
            kind=facets[Facet.KIND],
            number=stored["number"],
            title=stored["title"],
            body=stored["body"],
            date=self._snapshot.date(document),
            authority=facets[Facet.AUTHORITY],
            year=stored["year"],
            record_type=facets[Facet.RECORD_TYPE],
            direction=facets[Facet.DIRECTION],
            status=facets[Facet.STATUS],
            classification=facets[Facet.CLASSIFICATION],
            officer=stored["officer"],
            version=stored["version"],
        )


def _accepts(facet: Facet, values: Sequence[str]) -> Callable[[str], bool]:
    if facet is not Facet.CLASSIFICATION:
        return frozenset(values).__contains__
    return lambda code: any(code == value or code.startswith(f"{value}.") for value in values)
