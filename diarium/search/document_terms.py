"""What a document is found, filtered and counted by: the same for every engine."""

from __future__ import annotations

import datetime as dt
from typing import Final

from diarium.search.analysis import split
from diarium.search.port import Facet, IndexDocument

MAX_INDEXED: Final = 5_000_000
MAX_STORED: Final = 100_000
"""Characters of a body that are searched, and that are kept to show where the words were found."""

PART_OF_WORD: Final = 0.6
"""What a part of a compound weighs against a whole word."""

_SHORTEST_SPELT = 4


def facet_values(document: IndexDocument) -> dict[Facet, str]:
    """The value of each facet."""
    return {
        Facet.KIND: document.kind,
        Facet.AUTHORITY: document.authority,
        Facet.YEAR: str(document.year),
        Facet.RECORD_TYPE: document.record_type,
        Facet.DIRECTION: document.direction,
        Facet.STATUS: document.status,
        Facet.CLASSIFICATION: document.classification,
    }


def column_name(facet: Facet) -> str:
    """The column that holds the values of `facet`."""
    return f"facet_{facet.value}"


def year_number(document: IndexDocument) -> int:
    """The year, within what an index holds."""
    return max(0, min(document.year, 9999))


def date_number(day: dt.date | None) -> int:
    """A day as a number that sorts; 0 if there is none."""
    return day.toordinal() if day else 0


def spelling_words(title: str) -> set[str]:
    """The words of a title that suggestions are made of."""
    return {word for word in split(title) if is_spelt(word)}


def is_spelt(word: str) -> bool:
    """Whether suggestions are made of a folded word."""
    return len(word) >= _SHORTEST_SPELT and word.isalpha()


def classification_keys(code: str) -> set[str]:
    """1.2.3 is also found by 1.2 and 1."""
    steps = [step for step in code.split(".") if step]
    return {".".join(steps[:length]) for length in range(1, len(steps) + 1)}
