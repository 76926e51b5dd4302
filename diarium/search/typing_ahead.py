"""Suggestions while somebody types: which word is being written, and what stands before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from diarium.search.analysis import fold, normalise
from diarium.search.query_language import parse
from diarium.search.query_tree import Everything, Node, Nothing
from diarium.search.query_words import clean

MAX_EXPANSIONS = 500
"""So many words are looked at for a beginning, the first in alphabetical order."""

_SHORTEST = 2
_LONGEST = 200
_LAST_WORD = re.compile(r"[^\W\d_]+\Z")


@dataclass(frozen=True, slots=True)
class Typed:
    """`before`: the text up to the last word, as typed. `context`: what it asks for. `word`: the last, folded."""

    before: str
    context: Node
    word: str

    def completed(self, counts: Mapping[str, int], limit: int) -> tuple[str, ...]:
        """The whole text with its last word completed, the most common first."""
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(self.before + word for word, _count in ordered[: max(limit, 0)])


def read_typed(text: str) -> Typed | None:
    """What there is to complete; None if it is too short, too long, or ends with something else than letters."""
    if len(text) > _LONGEST:
        return None
    cleaned = normalise(clean(text)).lstrip()
    match = _LAST_WORD.search(cleaned)
    if match is None or len(match[0]) < _SHORTEST:
        return None
    before = cleaned[: match.start()]
    if before and not before[-1].isspace():
        return None
    context = parse(before).node
    return Typed(before, Everything() if isinstance(context, Nothing) else context, fold(match[0]))
