"""What an engine has to do: the part of an index that is different for each of them.

`folder_index.FolderIndex` does the rest: where indexes lie, who may write, how a new one takes an old one's place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from diarium.search.hits import Kept
from diarium.search.port import Facet, FacetCount, Hit, IndexDocument, Sort
from diarium.search.query_tree import Node
from diarium.search.typing_ahead import Typed

MAX_FACET_VALUES = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """A question that has been read. `sort` is `RELEVANCE` only where hits of `node` can differ in how well they
    fit. `page` and `page_size` lie within the limits; there is at least one reader.
    """

    node: Node
    readers: frozenset[str]
    filters: Mapping[Facet, tuple[str, ...]]
    date_from: dt.date | None
    date_to: dt.date | None
    sort: Sort
    page: int
    page_size: int
    facets: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found: as in `SearchResult`."""

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetCount, ...]]
    suggestions: tuple[str, ...]


class Outdated(Exception):
    """The state can't be read any longer; open a new one."""


class Damaged(Exception):
    """The files can't be read."""


class Reader(Protocol):
    """One committed state, used by one thread. Every method raises: Damaged."""

    def find(self, plan: Plan) -> Findings:
        """The answer to `plan`."""
        ...

    def completions(self, typed: Typed, readers: frozenset[str]) -> Mapping[str, int]:
        """Words of titles that begin with the typed one, with the number of titles that fit and may be seen."""
        ...

    def document_count(self) -> int:
        """How many documents there are."""
        ...

    def everything(self) -> Iterator[Kept]:
        """What is kept of each document, in no order."""
        ...


class State(Protocol):
    """One committed state, shared by the threads of a process."""

    def is_newest(self) -> bool:
        """Whether nothing was committed since. Raises: Damaged."""
        ...

    def reading(self) -> AbstractContextManager[Reader]:
        """A reader for one thread. Raises: Outdated, Damaged."""
        ...

    def close(self) -> None:
        """Gives back files as soon as no reader is left."""
        ...


class Engine(Protocol):
    """Makes, changes and opens the index in a folder. It is told only of folders of its own name and version, and
    only one caller at a time writes in one.
    """

    @property
    def name(self) -> str:
        """What settings and people call it: lower case letters."""
        ...

    @property
    def version(self) -> int:
        """Raised when the schema or the analysis changes: an older index is not read but rebuilt."""
        ...

    def create(self, path: Path) -> None:
        """Makes an empty index in the empty folder `path`."""
        ...

    def fill(self, path: Path, documents: Iterable[IndexDocument]) -> int:
        """Writes `documents` into an empty index and tells how many. Raises: ValueError if two have one key."""
        ...

    def apply(self, path: Path, updates: Sequence[IndexDocument], deletes: Collection[str]) -> None:
        """Deletes the keys, then writes the updates (one for each key), in one commit. Raises: Damaged."""
        ...

    def optimize(self, path: Path) -> None:
        """Merges, and rewrites files so that nothing deleted stays in them. Raises: Damaged."""
        ...

    def open(self, path: Path, previous: State | None) -> State:
        """The newest state; `previous` is an older one of the same folder, if there is one. Raises: Damaged."""
        ...
