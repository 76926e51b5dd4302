"""Other spellings for words that gave nothing, only out of titles that the searcher may read."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

from collections.abc import Iterator

from whoosh.query.terms import Term
from whoosh.searching import Searcher

from diarium.search.analysis import words
from diarium.search.query_tree import And, Node, Word

_MAX_WORDS = 3
_MAX_CHECKED = 20
_MAX_SUGGESTIONS = 3
_SHORTEST = 4
_LONGEST = 30
_TWO_EDITS_FROM = 8


def suggest(searcher: Searcher, node: Node, readable: bytearray) -> tuple[str, ...]:
    """Words of readable titles that look like the words of the query, nearest first."""
    suggestions: dict[str, None] = {}
    for word in list(_words_of(node))[:_MAX_WORDS]:
        if _is_readable(searcher, word, readable):
            continue
        for candidate in _candidates(searcher, word):
            if _is_readable(searcher, candidate, readable):
                suggestions[candidate] = None
            if len(suggestions) >= _MAX_SUGGESTIONS:
                return tuple(suggestions)
    return tuple(suggestions)


def _words_of(node: Node) -> Iterator[str]:
    match node:
        case And(nodes):
            for one in nodes:
                yield from _words_of(one)
        case Word(text):
            yield from (word for word in words(text) if _SHORTEST <= len(word) <= _LONGEST and word.isalpha())
        case _:
            return


def _candidates(searcher: Searcher, word: str) -> list[str]:
    reader = searcher.reader()
    found: dict[str, None] = {}
    for distance in (1, 2) if len(word) >= _TWO_EDITS_FROM else (1,):
        for candidate in reader.terms_within("spelling", word, distance, 1 if distance > 1 else 0):
            if candidate != word:
                found[candidate] = None
            if len(found) >= _MAX_CHECKED:
                break
    return list(found)


def _is_readable(searcher: Searcher, word: str, readable: bytearray) -> bool:
    return any(readable[document] for document in searcher.docs_for_query(Term("spelling", word)))
