"""Other spellings for words that gave nothing: which words to mend."""

from __future__ import annotations

from collections.abc import Iterator

from diarium.search.analysis import words
from diarium.search.query_tree import And, Node, Word

MAX_WORDS = 3
MAX_CHECKED = 20
MAX_SUGGESTIONS = 3
_SHORTEST = 4
_LONGEST = 30
_TWO_EDITS_FROM = 8


def words_to_mend(node: Node) -> Iterator[str]:
    """The plain words of the query that can be misspelt."""
    match node:
        case And(nodes):
            for one in nodes:
                yield from words_to_mend(one)
        case Word(text):
            yield from (word for word in words(text) if _SHORTEST <= len(word) <= _LONGEST and word.isalpha())
        case _:
            return


def distances(word: str) -> tuple[int, ...]:
    """How many letters may differ, nearest first."""
    return (1, 2) if len(word) >= _TWO_EDITS_FROM else (1,)


def edits(one: str, other: str) -> int:
    """How many letters have to be put in, taken away or changed to make `other` of `one` (Levenshtein)."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row = row, [place]
        for column, against in enumerate(other, 1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (letter != against)))
    return row[-1]
