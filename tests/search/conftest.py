"""One suite for all engines: every test here that takes `index` or `open_index` is run against each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from diarium.search.port import IndexDocument, SearchIndex, SearchRequest, SearchResult
from diarium.search.tantivy_engine import TantivyIndex
from diarium.search.whoosh_engine import WhooshIndex

EVERYONE = frozenset({"everyone"})

OpenIndex = Callable[..., SearchIndex]


ENGINES = (WhooshIndex, TantivyIndex)
ENGINE_NAMES = ("whoosh", "tantivy")


@pytest.fixture(params=ENGINES, ids=ENGINE_NAMES)
def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenIndex]:
    """Opens the same index as often as one likes, as several processes would."""
    opened: list[SearchIndex] = []

    def open_one(folder: Path = tmp_path / "index", **options: float) -> SearchIndex:
        opened.append(request.param(folder, **options))
        return opened[-1]

    yield open_one
    for index in opened:
        index.close()


@pytest.fixture
def index(open_index: OpenIndex) -> SearchIndex:
    return open_index()


def document(name: str, title: str = "", **changes: object) -> IndexDocument:
    """A record that everyone may read; `changes` replaces any of its fields."""
    made = IndexDocument(
        key=name,
        case_key=f"case:{name}",
        kind="record",
        number="",
        title=title,
        authority="KS",
        year=2024,
        readers=EVERYONE,
        date=dt.date(2024, 5, 1),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def ask(
    index: SearchIndex, query: str = "", readers: frozenset[str] = EVERYONE, **options: object
) -> SearchResult:
    return index.search(SearchRequest(query, readers, **options))  # type: ignore[arg-type]


def keys(index: SearchIndex, query: str = "", **options: object) -> list[str]:
    """The keys of the hits, in order."""
    return [hit.key for hit in ask(index, query, **options).hits]  # type: ignore[arg-type]
