"""One committed state of a Whoosh index, opened for reading by all threads of a process.

Facets and dates are held in memory, one list each in document order, so that filters and counts are plain loops.
A searcher of Whoosh keeps positions in its files and is therefore used by one thread at a time.
"""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

import datetime as dt
import sys
import threading
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from whoosh.index import FileIndex
from whoosh.query.terms import Term
from whoosh.reading import IndexReader
from whoosh.scoring import BM25F
from whoosh.searching import Searcher

from diarium.search.document_terms import column_name
from diarium.search.engine import Outdated
from diarium.search.port import Facet

_MASKS_KEPT = 128
_WEIGHTING = BM25F(B=0.4, K1=3.0)

SegmentColumns = tuple[Mapping[Facet, list[str]], "array[int]"]


class Snapshot:
    """The state `generation` of `index`.

    `facets`: for each facet, the value of each document. `dates`: the ordinal of each document's date, 0 if none.
    `columns_by_segment`: what was read, to hand on to the next snapshot: segments never change.
    """

    def __init__(self, index: FileIndex, known_columns: Mapping[str, SegmentColumns] | None = None) -> None:
        self.index = index
        self._lock = threading.Lock()
        self._idle: list[Searcher] = []
        self._title_keys: list[bytes] | None = None
        self._masks: OrderedDict[frozenset[str], bytearray] = OrderedDict()
        self._is_closed = False
        self.generation = int(index.latest_generation())
        searcher = self._open()
        self.size = searcher.doc_count_all()
        self.count = searcher.doc_count()
        self.facets: dict[Facet, list[str]] = {facet: [] for facet in Facet}
        self.dates: array[int] = array("q")
        self.columns_by_segment: dict[str, SegmentColumns] = {}
        self._load_columns(searcher.reader(), known_columns or {})
        self._idle.append(searcher)

    @contextmanager
    def searcher(self) -> Iterator[Searcher]:
        """A searcher of this state, for one thread. Raises: Outdated."""
        with self._lock:
            searcher = self._idle.pop() if self._idle else None
        if searcher is None:
            searcher = self._open()
        try:
            yield searcher
        finally:
            with self._lock:
                if not self._is_closed:
                    self._idle.append(searcher)
                    searcher = None
            if searcher is not None:
                searcher.close()

    def readable(self, searcher: Searcher, tokens: frozenset[str]) -> bytearray:
        """One byte for each document: 1 if the holder of `tokens` may see it."""
        with self._lock:
            mask = self._masks.get(tokens)
            if mask is not None:
                self._masks.move_to_end(tokens)
                return mask
        mask = bytearray(self.size)
        for token in tokens:
            for document in searcher.docs_for_query(Term("readers", token)):
                mask[document] = 1
        with self._lock:
            self._masks[tokens] = mask
            while len(self._masks) > _MASKS_KEPT:
                self._masks.popitem(last=False)
        return mask

    def date(self, document: int) -> dt.date | None:
        """The date of a document."""
        ordinal = self.dates[document]
        return dt.date.fromordinal(ordinal) if ordinal else None

    def title_keys(self, searcher: Searcher) -> list[bytes]:
        """For each document the key that sorts its title in Swedish order, empty if it has none. Read when first
        asked for.
        """
        if self._title_keys is None:
            self._title_keys = [key for leaf, _offset in searcher.reader().leaf_readers() for key in _titles(leaf)]
        return self._title_keys

    def close(self) -> None:
        """Closes idle searchers now and busy ones when they are handed back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for searcher in idle:
            searcher.close()

    def _open(self) -> Searcher:
        reader = self.index.reader()
        if self.index.latest_generation() != self.generation:
            # The index moved on meanwhile: numbers of documents would not fit the columns.
            reader.close()
            raise Outdated
        return Searcher(reader, weighting=_WEIGHTING, fromindex=self.index)

    def _load_columns(self, reader: IndexReader, known: Mapping[str, SegmentColumns]) -> None:
        for leaf, _offset in reader.leaf_readers():
            segment = leaf.segment()
            if segment is None:
                continue
            identity = str(segment.segment_id())
            found = known.get(identity) or _read_columns(leaf)
            self.columns_by_segment[identity] = found
            for facet, values in found[0].items():
                self.facets[facet].extend(values)
            self.dates.extend(found[1])


def _titles(leaf: IndexReader) -> Iterator[bytes]:
    if leaf.has_column("title_key"):
        return islice(iter(leaf.column_reader("title_key")), leaf.doc_count_all())
    return iter([b""] * leaf.doc_count_all())


def _read_columns(leaf: IndexReader) -> SegmentColumns:
    count = leaf.doc_count_all()
    facets: dict[Facet, list[str]] = {}
    for facet in Facet:
        name = column_name(facet)
        if leaf.has_column(name):
            values = islice(iter(leaf.column_reader(name)), count)
            facets[facet] = [sys.intern(value.decode()) for value in values]
        else:
            facets[facet] = [""] * count
    if leaf.has_column("date"):
        dates = array("q", islice(iter(leaf.column_reader("date")), count))
    else:
        dates = array("q", bytes(8 * count))
    return facets, dates
