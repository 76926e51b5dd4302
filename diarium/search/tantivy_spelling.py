"""Other spellings for words that gave nothing, only out of titles that the searcher may read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tantivy import Query, Searcher

from diarium.search.document_terms import spelling_words
from diarium.search.query_tree import Node
from diarium.search.spelling import MAX_CHECKED, MAX_SUGGESTIONS, MAX_WORDS, distances, edits, words_to_mend
from diarium.search.tantivy_query import Queries, both
from diarium.search.tantivy_schema import kept


def suggest(searcher: Searcher, queries: Queries, node: Node, readers: frozenset[str]) -> tuple[str, ...]:
    """Words of readable titles that look like the words of the query, nearest first."""
    readable = queries.readable(readers)
    suggestions: dict[str, None] = {}
    for word in islice(words_to_mend(node), MAX_WORDS):
        if searcher.search(both([readable, queries.with_spelling(word)]), 1, count=False).hits:
            continue
        for candidate in _candidates(searcher, queries, readable, word):
            suggestions[candidate] = None
            if len(suggestions) >= MAX_SUGGESTIONS:
                return tuple(suggestions)
    return tuple(suggestions)


def _candidates(searcher: Searcher, queries: Queries, readable: Query, word: str) -> Iterator[str]:
    """Asks again without what was found, until nothing more is found or enough was."""
    found: set[str] = set()
    for distance in distances(word):
        alike = both([readable, queries.spelt_like(word, distance)])
        while len(found) < MAX_SUGGESTIONS:
            query = both([alike], [queries.with_spelling(known) for known in sorted(found)])
            hits = searcher.search(query, MAX_CHECKED, count=False).hits
            titles = {kept(searcher.doc(address)).title for _score, address in hits}
            news = {
                near for title in titles for near in spelling_words(title) if edits(word, near) <= distance
            } - found
            if not news:
                break
            yield from sorted(news)
            found |= news
