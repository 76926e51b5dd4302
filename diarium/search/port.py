"""The door to every search engine: what is put in, what can be asked, what comes out.

No engine is named here. Each engine passes the same conformance suite, `tests/search/`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, runtime_checkable

MAX_PAGE_SIZE = 100
MAX_HITS_SHOWN = 10_000
"""Paging ends here: deeper pages cost as much as all pages before them, so the user has to narrow the search."""


class Kind(StrEnum):
    """What a hit is."""

    CASE = "case"
    RECORD = "record"


class Sort(StrEnum):
    """The order of hits. `TITLE` is the Swedish alphabet; hits without a title come last."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "title"


class Facet(StrEnum):
    """What hits can be filtered on and counted by. `YEAR` values are four digits."""

    KIND = "kind"
    AUTHORITY = "authority"
    YEAR = "year"
    RECORD_TYPE = "record_type"
    DIRECTION = "direction"
    STATUS = "status"
    CLASSIFICATION = "classification"


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """One case or record as the index sees it.

    `key`: unique, such as `record:<uid>`. `number_forms`: further ways to write `number`.
    `body`: text of the files. `authority` and `classification`: codes. `readers`: access tokens; a hit is shown to
    a searcher who holds at least one of them. `version`: rises with each change, and comes back in the hit.
    """

    key: str
    case_key: str
    kind: str
    number: str
    title: str
    authority: str
    year: int
    readers: frozenset[str]
    number_forms: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    body: str = ""
    record_type: str = ""
    direction: str = ""
    status: str = ""
    classification: str = ""
    officer: str = ""
    date: dt.date | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question. `filters` are joined with OR within a field and AND between fields; a classification also takes
    in what lies below it. Dates are inclusive. An empty `query` browses everything, newest first. `page` counts
    from 1; a `page_size` outside 1 to `MAX_PAGE_SIZE` is moved to the nearest of them.
    """

    query: str
    readers: frozenset[str]
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    page_size: int = 20
    facets: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """One row of the result. `title_html` and `snippet_html` are escaped, with `<mark>` as the only markup.
    `score`: 1.0 for the best hit of the search; 0.0 where hits are ordered by date or title.
    """

    key: str
    case_key: str
    kind: str
    number: str
    title: str
    title_html: str
    snippet_html: str
    score: float
    date: dt.date | None
    authority: str
    year: int
    record_type: str
    direction: str
    status: str
    classification: str
    officer: str
    version: int


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many hits have `value`."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer. `facets`: the sixty most common values, counted over all hits that the searcher may see; the
    counts of a field leave out that field's own filter, so that they tell what another choice would give.
    `notes`: what of the query was not understood, for the user. `suggestions`: other spellings, taken only from
    what the searcher may see.
    """

    total: int
    hits: tuple[Hit, ...]
    page: int
    page_size: int
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()

    @property
    def page_count(self) -> int:
        """How many pages can be shown, 0 where there are no hits."""
        return -(-min(self.total, MAX_HITS_SHOWN) // self.page_size)


@runtime_checkable
class SearchIndex(Protocol):
    """A full-text index in a folder of its own, open in any number of processes at the same time."""

    def search(self, request: SearchRequest) -> SearchResult:
        """The answer of the newest committed state; never raises for what the user typed in `query`.

        Raises: InvalidFilter, IndexUnavailable.
        """
        ...

    def suggest(self, prefix: str, readers: frozenset[str], limit: int = 8) -> tuple[str, ...]:
        """How what is being typed may go on: `prefix` with its last word completed by words of titles, the most
        common first. Only titles that the holder of `readers` may see and that fit the words before count. Nothing
        for fewer than two letters. Never raises for what was typed. Raises: IndexUnavailable.
        """
        ...

    def apply(self, updates: Sequence[IndexDocument], deletes: Sequence[str]) -> None:
        """Deletes the keys in `deletes`, then writes `updates` (the last of a key wins), in one commit.

        Raises: IndexBusy, IndexUnavailable.
        """
        ...

    def rebuild(self, documents: Iterable[IndexDocument]) -> int:
        """Builds a new index beside the old one, swaps them at once and tells how many documents it holds.

        Searches and writings go on in the old one until then, and what is written meanwhile is in the new one
        too; if it fails, the old one stays.
        Raises: IndexBusy if another process builds; and whatever `documents` raises.
        """
        ...

    def document_count(self) -> int:
        """How many documents there are, whoever may see them; 0 if another version has made the index."""
        ...

    def optimize(self) -> None:
        """Merges what updates have split. Raises: IndexBusy."""
        ...

    def close(self) -> None:
        """Gives back files. The index can't be used after that."""
        ...
