"""Other spellings for words that gave nothing, only out of titles that the searcher may read."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

from itertools import islice

from whoosh.query.terms import Term
from whoosh.searching import Searcher

from diarium.search.query_tree import Node
from diarium.search.spelling import MAX_CHECKED, MAX_SUGGESTIONS, MAX_WORDS, distances, words_to_mend
from diarium.search.typing_ahead import MAX_EXPANSIONS


def suggest(searcher: Searcher, node: Node, readable: bytearray) -> tuple[str, ...]:
    """Words of readable titles that look like the words of the query, nearest first."""
    suggestions: dict[str, None] = {}
    for word in islice(words_to_mend(node), MAX_WORDS):
        if _is_readable(searcher, word, readable):
            continue
        for candidate in _candidates(searcher, word):
            if _is_readable(searcher, candidate, readable):
                suggestions[candidate] = None
            if len(suggestions) >= MAX_SUGGESTIONS:
                return tuple(suggestions)
    return tuple(suggestions)


def completions(searcher: Searcher, word: str, allowed: bytearray) -> dict[str, int]:
    """Words of titles that begin with `word`, with the number of allowed documents that have them."""
    counts = {}
    for term in islice(searcher.reader().expand_prefix("spelling", word), MAX_EXPANSIONS):
        count = sum(allowed[document] for document in searcher.docs_for_query(Term("spelling", term)))
        if count:
            counts[term.decode()] = count
    return counts


def _candidates(searcher: Searcher, word: str) -> list[str]:
    reader = searcher.reader()
    found: dict[str, None] = {}
    for distance in distances(word):
        for candidate in reader.terms_within("spelling", word, distance, 1 if distance > 1 else 0):
            if candidate != word:
                found[candidate] = None
            if len(found) >= MAX_CHECKED:
                break
    return list(found)


def _is_readable(searcher: Searcher, word: str, readable: bytearray) -> bool:
    return any(readable[document] for document in searcher.docs_for_query(Term("spelling", word)))
