"""Our search against the engine underneath, with the same documents and the same words."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

from whoosh import fields, index
from whoosh.qparser.default import MultifieldParser
from whoosh.query.terms import Term

from benchmarks.ground import SEED
from benchmarks.measure import Comparison, Sizes, in_turns
from diarium.demo.content import generate
from diarium.demo.content.model import DemoCase, DemoRecord
from diarium.search.port import IndexDocument, Kind, SearchRequest
from diarium.search.whoosh_engine import WhooshIndex

AREA = "Search"
_TODAY = dt.date(2024, 12, 30)
_SHOWN = 20
_QUERIES = ("bygglov", "remiss yttrande", "skolskjuts", "beslut fastighet", "anbud pris", "buller restaurang")


def run(sizes: Sizes, folder: Path) -> Iterator[Comparison]:
    """Two comparisons: with the engine at its barest, and with the engine doing what we do."""
    documents = list(islice(_documents(sizes.documents), sizes.documents))
    ours = WhooshIndex(folder / "ours")
    ours.rebuild(documents)
    engine = RawEngine(folder / "raw", documents)
    size = f"{len(documents)} documents"
    try:
        for name, plain in (
            ("raw Whoosh: top 20 of two fields", engine.top),
            ("raw Whoosh with its own filter, groups and highlights", engine.everything),
        ):
            yield in_turns(
                AREA,
                f"search with readers, seven facets, highlights, {size}",
                name,
                _asker(lambda words: ours.search(SearchRequest(words, frozenset({_readers(0)})))),
                _asker(plain),
                rounds=sizes.rounds,
                calls=max(sizes.calls, len(_QUERIES)),
            )
    finally:
        ours.close()
        engine.close()


def _asker(ask: Callable[[str], object]) -> Callable[[], object]:
    words = cycle(_QUERIES)
    return lambda: ask(next(words))


class RawEngine:
    """Whoosh as its manual shows it."""

    def __init__(self, folder: Path, documents: list[IndexDocument]) -> None:
        folder.mkdir()
        schema = fields.Schema(
            key=fields.ID(stored=True, unique=True),
            title=fields.TEXT(stored=True),
            body=fields.TEXT(stored=True),
            readers=fields.KEYWORD,
            **{name: fields.ID(stored=True, sortable=True) for name in _GROUPS},
        )
        self._index = index.create_in(str(folder), schema)
        writer = self._index.writer(limitmb=128)
        for document in documents:
            groups = {name: str(getattr(document, name)) for name in _GROUPS}
            writer.add_document(
                key=document.key,
                title=document.title,
                body=document.body,
                readers=" ".join(document.readers),
                **groups,
            )
        writer.commit(optimize=True)
        self._searcher = self._index.searcher()
        self._parser = MultifieldParser(["title", "body"], schema)

    def top(self, words: str) -> object:
        """The twenty best, with what is stored."""
        found = self._searcher.search(self._parser.parse(words), limit=_SHOWN)
        return [hit.fields() for hit in found]

    def everything(self, words: str) -> object:
        """The twenty best of what the reader may see, counted in groups, with excerpts."""
        found = self._searcher.search(
            self._parser.parse(words),
            limit=_SHOWN,
            filter=Term("readers", _readers(0)),
            groupedby=list(_GROUPS),
        )
        counted = [found.groups(name) for name in _GROUPS]
        return counted, [(hit.fields(), hit.highlights("body")) for hit in found]

    def close(self) -> None:
        """Gives back files."""
        self._searcher.close()
        self._index.close()


_GROUPS = ("kind", "authority", "year", "record_type", "direction", "status", "classification")


def _documents(wanted: int) -> Iterator[IndexDocument]:
    """Records of the demo municipality; every tenth is not for the reader who asks."""
    number = 0
    for case in generate(SEED, wanted, _TODAY):
        for record in case.records:
            number += 1
            yield _document(number, case, record)


def _document(number: int, case: DemoCase, record: DemoRecord) -> IndexDocument:
    return IndexDocument(
        key=f"record:{number}",
        case_key=f"case:{case.title}",
        kind=Kind.RECORD,
        number=f"{case.authority} {case.opened.year}/{number}",
        title=record.title,
        authority=case.authority,
        year=record.date.year,
        readers=frozenset({_readers(number % 10)}),
        body="\n".join(paragraph for file in record.files for paragraph in file.paragraphs),
        record_type=record.record_type,
        direction=record.direction,
        status="closed" if case.closed else "open",
        classification=case.class_code,
        officer=case.officer,
        date=record.date,
    )


def _readers(place: int) -> str:
    return "few" if place == 9 else "everybody"
