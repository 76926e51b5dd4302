"""The search engine Whoosh behind the port: pure Python, good for tens of thousands of records."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from whoosh.index import FileIndex
from whoosh.searching import Searcher

from diarium.i18n import gettext as _
from diarium.search.errors import InvalidFilter, SearchError
from diarium.search.highlight import Marker, mark, snippet
from diarium.search.port import (
    MAX_HITS_SHOWN,
    MAX_PAGE_SIZE,
    Facet,
    Hit,
    IndexDocument,
    SearchRequest,
    SearchResult,
    Sort,
)
from diarium.search.query_language import parse
from diarium.search.query_tree import Everything, Field, Node
from diarium.search.whoosh_hits import by_date, by_relevance, count_facets, find, within_dates
from diarium.search.whoosh_query import is_ranked, matching_query, scoring_query
from diarium.search.whoosh_schema import row
from diarium.search.whoosh_snapshot import Outdated, Snapshot
from diarium.search.whoosh_spelling import suggest
from diarium.search.whoosh_store import DAMAGE_WHEN_OPENED, Store, damaged, telling_damage

_LOCK_TIMEOUT = 30.0
_OPEN_ATTEMPTS = 20
_WRITER_MEMORY_MB = 128


class WhooshIndex:
    """An index in `folder`, safe for threads. `lock_timeout`: seconds to wait for another writer.

    Raises: IndexBusy if it had to be created while another process writes.
    """

    def __init__(self, folder: Path, *, lock_timeout: float = _LOCK_TIMEOUT) -> None:
        self._store = Store(folder, lock_timeout)
        self._opening = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._store.prepare()

    def search(self, request: SearchRequest) -> SearchResult:
        filters = {
            _facet(name): _accepts(_facet(name), values) for name, values in request.filters.items() if values
        }
        parsed = parse(request.query)
        size = min(max(request.page_size, 1), MAX_PAGE_SIZE)
        page = min(max(request.page, 1), MAX_HITS_SHOWN // size)
        if not request.readers:
            return SearchResult(0, (), page, size, _no_facets(request), parsed.notes)
        with self._reading() as (snapshot, searcher):
            readable = snapshot.readable(searcher, request.readers)
            mask = within_dates(snapshot, readable, request.date_from, request.date_to)
            query = None if isinstance(parsed.node, Everything) else matching_query(parsed.node)
            found = find(snapshot, searcher, query, mask, filters)
            wanted = page * size
            if query is not None and request.sort is Sort.RELEVANCE and is_ranked(parsed.node):
                ordered = by_relevance(
                    searcher, scoring_query(parsed.node), found.documents, snapshot.size, wanted
                )
            else:
                ordered = by_date(snapshot, found.documents, request.sort, wanted)
            return SearchResult(
                total=len(found.documents),
                hits=_hits(snapshot, searcher, parsed.node, ordered[wanted - size :]),
                page=page,
                page_size=size,
                facets=count_facets(snapshot, found) if request.facets else {},
                notes=parsed.notes,
                suggestions=() if found.documents else suggest(searcher, parsed.node, readable),
            )

    def apply(self, updates: Sequence[IndexDocument], deletes: Sequence[str]) -> None:
        newest = {document.key: document for document in updates}
        if not newest and not deletes:
            return
        with self._store.writing(), telling_damage():
            index = self._store.open_folder(self._name())
            writer = index.writer(limitmb=_WRITER_MEMORY_MB)
            try:
                with telling_damage(DAMAGE_WHEN_OPENED):
                    for key in {*deletes, *newest}:
                        writer.delete_by_term("key", key)
                for document in newest.values():
                    writer.add_document(**row(document))
            except BaseException:
                writer.cancel()
                raise
            writer.commit()

    def rebuild(self, documents: Iterable[IndexDocument]) -> int:
        with self._store.writing():
            self._store.sweep()
            name = self._store.create()
            count = _fill(self._store.open_folder(name), documents)
            self._store.publish(name)
            self._store.sweep()
        return count

    def document_count(self) -> int:
        with self._reading() as (snapshot, _searcher):
            return snapshot.document_count

    def optimize(self) -> None:
        with self._store.writing():
            self._store.open_folder(self._name()).writer(limitmb=_WRITER_MEMORY_MB).commit(optimize=True)

    def close(self) -> None:
        with self._opening:
            if self._snapshot:
                self._snapshot.close()
            self._snapshot = None

    def _name(self) -> str:
        name = self._store.current()
        if name is None:
            raise damaged()
        return name

    @contextmanager
    def _reading(self) -> Iterator[tuple[Snapshot, Searcher]]:
        """The newest state. Tries again if a writer removes files just while they are opened."""
        for attempt in range(_OPEN_ATTEMPTS):
            try:
                snapshot = self._newest()
                lending = snapshot.searcher()
                searcher = lending.__enter__()
            except (Outdated, SearchError, *DAMAGE_WHEN_OPENED) as error:
                self._forget()
                if attempt == _OPEN_ATTEMPTS - 1:
                    raise damaged() from error
                continue
            break
        try:
            with telling_damage():
                yield snapshot, searcher
        finally:
            lending.__exit__(None, None, None)

    def _newest(self) -> Snapshot:
        with self._opening:
            name = self._name()
            known = self._snapshot
            index = self._store.open_folder(name) if known is None or known.name != name else known.index
            if known and known.name == name and known.generation == index.latest_generation():
                return known
            self._snapshot = Snapshot(name, index, known.columns_by_segment if known else None)
            if known:
                known.close()
            return self._snapshot

    def _forget(self) -> None:
        with self._opening:
            known, self._snapshot = self._snapshot, None
        if known:
            known.close()


def _fill(index: FileIndex, documents: Iterable[IndexDocument]) -> int:
    """Writes `documents` in one commit. Raises: ValueError if two have the same key."""
    writer = index.writer(limitmb=_WRITER_MEMORY_MB)
    keys: set[str] = set()
    try:
        for document in documents:
            if document.key in keys:
                raise ValueError(f"two documents have the key {document.key}")
            keys.add(document.key)
            writer.add_document(**row(document))
    except BaseException:
        writer.cancel()
        raise
    writer.commit()
    return len(keys)


def _facet(name: str) -> Facet:
    try:
        return Facet(name)
    except ValueError:
        known = ", ".join(Facet)
        raise InvalidFilter(
            _("Det går inte att filtrera på ”%(name)s”. Det som finns är %(known)s.", name=name[:40], known=known),
            field=name[:40],
        ) from None


def _accepts(facet: Facet, values: Sequence[str]) -> Callable[[str], bool]:
    if facet is not Facet.CLASSIFICATION:
        return frozenset(values).__contains__
    return lambda code: any(code == value or code.startswith(f"{value}.") for value in values)


def _no_facets(request: SearchRequest) -> dict[str, tuple[()]]:
    return {facet.value: () for facet in Facet} if request.facets else {}


def _hits(
    snapshot: Snapshot, searcher: Searcher, node: Node, ordered: Sequence[tuple[float, int]]
) -> tuple[Hit, ...]:
    in_title = Marker.of(node, (Field.TEXT, Field.TITLE))
    in_text = Marker.of(node, (Field.TEXT,))
    return tuple(_hit(snapshot, searcher, in_title, in_text, score, document) for score, document in ordered)


def _hit(
    snapshot: Snapshot, searcher: Searcher, in_title: Marker, in_text: Marker, score: float, document: int
) -> Hit:
    kept = searcher.reader().stored_fields(document)["stored"]
    facets = {facet: values[document] for facet, values in snapshot.facets.items()}
    return Hit(
        key=kept["key"],
        case_key=kept["case_key"],
        kind=facets[Facet.KIND],
        number=kept["number"],
        title=kept["title"],
        title_html=mark(kept["title"], in_title),
        snippet_html=snippet(kept["body"], in_text),
        score=score,
        date=snapshot.date(document),
        authority=facets[Facet.AUTHORITY],
        year=kept["year"],
        record_type=facets[Facet.RECORD_TYPE],
        direction=facets[Facet.DIRECTION],
        status=facets[Facet.STATUS],
        classification=facets[Facet.CLASSIFICATION],
        officer=kept["officer"],
        version=kept["version"],
    )
