"""Abbreviations and other words for the same thing: KF and kommunfullmäktige find each other.

The list is `data/synonyms.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from diarium.search.analysis import terms_of, words

_DATA = Path(__file__).parent / "data" / "synonyms.csv"

Terms = tuple[str, ...]


def synonyms(terms: Terms) -> frozenset[Terms]:
    """Other ways to say `terms` (stems, one after the other)."""
    return _table().get(terms, frozenset())


def longest_match(terms: Sequence[str], start: int) -> int:
    """How many terms from `start` on are one expression with synonyms; 0 if none."""
    for length in range(min(_longest(), len(terms) - start), 0, -1):
        if tuple(terms[start : start + length]) in _table():
            return length
    return 0


@lru_cache(maxsize=1)
def _table() -> dict[Terms, frozenset[Terms]]:
    found: dict[Terms, set[Terms]] = {}
    with _DATA.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            one, other = _terms(row["term"]), _terms(row["synonym"])
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {terms: frozenset(others) for terms, others in found.items()}


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(len(terms) for terms in _table())


def _terms(text: str) -> Terms:
    return tuple(terms_of(word).whole for word in words(text))
