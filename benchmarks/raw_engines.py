"""Search engines as their manuals show them, with the same documents: what ours is compared with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import tantivy

from benchmarks.ground import postgresql
from diarium.search.port import Facet, IndexDocument

SHOWN = 20
_TEXTS = ("title", "body", "parties")
_FACETS = tuple(facet.value for facet in Facet)


class Tantivy:
    """Tantivy with its own Swedish stemming, three texts, and a fast field for each facet."""

    def __init__(self, folder: Path, documents: Iterable[IndexDocument]) -> None:
        folder.mkdir()
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, str(folder))
        analyser = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.stemmer("swedish"))
            .build()
        )
        self._index.register_tokenizer("swedish", analyser)
        writer = self._index.writer(256_000_000, 1)
        for document in documents:
            writer.add_document(_row(document))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._counts = {name: {"terms": {"field": name, "size": 200}} for name in _FACETS}

    def top(self, words: str) -> object:
        """The twenty best with what is stored, and the number of hits."""
        result = self._searcher.search(self._query(words), SHOWN)
        return [self._searcher.doc(address).to_dict() for _score, address in result.hits]

    def everything(self, words: str) -> object:
        """The same, with counts of seven fields and marked words in title and text."""
        query = self._query(words)
        result = self._searcher.search(query, SHOWN)
        counts = self._searcher.aggregate(query, self._counts)
        makers = [
            tantivy.SnippetGenerator.create(self._searcher, query, self._schema, name)
            for name in ("title", "body")
        ]
        rows = []
        for _score, address in result.hits:
            document = self._searcher.doc(address)
            rows.append((document.to_dict(), [maker.snippet_from_doc(document).to_html() for maker in makers]))
        return rows, counts

    def _query(self, words: str) -> tantivy.Query:
        return self._index.parse_query(words, list(_TEXTS), conjunction_by_default=True)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("key", "number"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw")
    builder.add_text_field("readers", tokenizer_name="raw")
    builder.add_text_field("title_key", fast=True, tokenizer_name="raw")
    for name in _TEXTS:
        builder.add_text_field(name, stored=True, tokenizer_name="swedish")
    for name in _FACETS:
        builder.add_text_field(name, stored=True, fast=True, tokenizer_name="raw")
    builder.add_unsigned_field("date", stored=True, fast=True)
    return builder.build()


def _row(document: IndexDocument) -> tantivy.Document:
    made = tantivy.Document(
        key=document.key,
        number=document.number,
        readers=list(document.readers),
        title=document.title,
        title_key=document.title.lower(),
        body=document.body,
        parties=list(document.parties),
        **{name: str(getattr(document, name)) for name in _FACETS},
    )
    made.add_unsigned("date", document.date.toordinal() if document.date else 0)
    return made


@contextmanager
def databases(
    folder: Path, documents: Sequence[IndexDocument]
) -> Iterator[list[tuple[str, Callable[[str], object]]]]:
    """SQLite's FTS5 and, where one is installed, PostgreSQL's full-text search: the twenty best by their ranks."""
    with closing(_fts5(folder / "fts5.sqlite", documents)) as lite, postgresql() as url:
        others: list[tuple[str, Callable[[str], object]]] = [
            ("SQLite FTS5: top 20 by bm25", lambda words: _ask_fts5(lite, words))
        ]
        if url is None:
            yield others
            return
        with psycopg.connect(url) as server:
            _fill_postgresql(server, documents)
            others.append(("PostgreSQL: top 20 by ts_rank", lambda words: _ask_postgresql(server, words)))
            yield others


def _fts5(path: Path, documents: Iterable[IndexDocument]) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE document USING fts5(key UNINDEXED, title, body, parties)")
    with connection:
        connection.executemany(
            "INSERT INTO document VALUES (?, ?, ?, ?)",
            ((each.key, each.title, each.body, " ".join(each.parties)) for each in documents),
        )
        connection.execute("INSERT INTO document (document) VALUES ('optimize')")
    return connection


def _ask_fts5(connection: sqlite3.Connection, words: str) -> object:
    query = "SELECT key, title FROM document WHERE document MATCH ? ORDER BY bm25(document) LIMIT ?"
    return connection.execute(query, (words, SHOWN)).fetchall()


def _fill_postgresql(connection: psycopg.Connection, documents: Iterable[IndexDocument]) -> None:
    connection.execute(
        "CREATE TABLE document (key text, title text, words tsvector)",
    )
    with connection.cursor() as cursor, cursor.copy("COPY document (key, title) FROM STDIN") as target:
        for each in documents:
            target.write_row((each.key, " ".join((each.title, each.body, *each.parties))))
    connection.execute("UPDATE document SET words = to_tsvector('swedish', title)")
    connection.execute("CREATE INDEX ON document USING gin (words)")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE document")


def _ask_postgresql(connection: psycopg.Connection, words: str) -> object:
    query = """
        SELECT key, title FROM document, plainto_tsquery('swedish', %s) AS question
        WHERE words @@ question ORDER BY ts_rank(words, question) DESC LIMIT %s
    """
    return connection.execute(query, (words, SHOWN)).fetchall()
