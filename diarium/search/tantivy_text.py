"""A text as Tantivy is given it: words with blanks between them."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from diarium.search.analysis import Terms, split, terms_of
from diarium.search.document_terms import PART_OF_WORD, is_spelt

_SHORT = 100
_KEPT = 20_000


class Analysed:
    """`phrase`: the whole words in order. `parts`: parts of compounds, and canonical forms of numbers.
    `spelling`: words that suggestions are made of.
    """

    __slots__ = ("_weights", "parts", "phrase", "spelling")

    def __init__(self, text: str) -> None:
        words = split(text)
        counts = Counter(words)
        terms = {word: terms_of(word) for word in counts}
        wholes = {word: found.whole for word, found in terms.items()}
        self.phrase = " ".join(map(wholes.__getitem__, words))
        self.parts = tuple(dict.fromkeys(part for found in terms.values() for part in found.parts))
        self.spelling = tuple(word for word in counts if is_spelt(word))
        self._weights = _weights(counts, terms) | dict.fromkeys(_numbers(words, terms), 1.0)

    def weighed(self, weight: int, most: int = 0) -> list[str]:
        """Every term as often as it weighs, at most `most` times."""
        found: list[str] = []
        for term, share in self._weights.items():
            times = round(weight * share) or 1
            if times == 1:
                found.append(term)
            else:
                found += [term] * (min(times, most) if most else times)
        return found


def analyse(text: str) -> Analysed:
    """The words of a normalised text. Short texts are remembered: names and titles come again and again."""
    return _remembered(text) if len(text) <= _SHORT else Analysed(text)


def bound(series: str, key: str) -> str:
    """The term for a number that stands right after a word in a text."""
    return f"{series}_{key}"


@lru_cache(maxsize=_KEPT)
def _remembered(text: str) -> Analysed:
    return Analysed(text)


def _weights(counts: Counter[str], terms: dict[str, Terms]) -> dict[str, float]:
    """Repeated words count less and less: long files would else bury titles."""
    found: dict[str, float] = {}
    for word, count in counts.items():
        whole, parts = terms[word]
        found[whole] = found.get(whole, 0.0) + count
        for part in parts:
            found[part] = found.get(part, 0.0) + PART_OF_WORD * count
    return {term: 1.0 + math.log(count) if count > 1.0 else count for term, count in found.items()}


def _numbers(words: list[str], terms: dict[str, Terms]) -> list[str]:
    """Terms of numbers that stand after a word: the series of a case."""
    numbers = {word for word in terms if not word.isalnum()}
    if not numbers:
        return []
    return [
        bound(terms[before].whole, key)
        for before, word in pairwise(words)
        if word in numbers
        for key in (word, *terms[word].parts)
    ]
