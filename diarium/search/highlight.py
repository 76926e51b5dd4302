"""Shows where the words of a query stand in a title or a text. The result is escaped HTML with `<mark>` only."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from diarium.search.analysis import MAX_TOKEN_LENGTH, fold, terms_of, tokens, words
from diarium.search.query_tree import And, Field, Node, Number, Or, Phrase, Prefix, Word
from diarium.search.synonyms import longest_match, synonyms

SNIPPET_LENGTH = 240
_MAX_MARKS = 60
_MAX_CANDIDATES = 2_000
_CONTEXT = 60
_EDGE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Marker:
    """What to mark: terms as the index has them, and beginnings of words.

    `wholes`: those of the terms that are the words of the query themselves, not their parts or synonyms.
    """

    terms: frozenset[str]
    prefixes: tuple[str, ...]
    wholes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, node: Node, fields: Iterable[Field]) -> Marker:
        """The marker of the words in `node` that are wanted (not those behind NOT) in one of `fields`."""
        terms: set[str] = set()
        prefixes: set[str] = set()
        wholes: set[str] = set()
        _collect(node, frozenset(fields), terms, prefixes, wholes)
        return cls(frozenset(terms - {""}), tuple(sorted(prefixes)), frozenset(wholes - {""}))

    def of_whole_words(self) -> Marker:
        """The marker of the query's own words, without their parts and synonyms."""
        return Marker(self.wholes, self.prefixes)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Start and end of the words to mark, the first `_MAX_MARKS`. Looks only around likely places: a text of
        100,000 characters takes a few milliseconds.
        """
        if not self.terms and not self.prefixes:
            return []
        folded = fold(text)
        likely = _likely(self.terms, self.prefixes)
        found: list[tuple[int, int]] = []
        done = 0
        for match in islice(likely.finditer(folded), _MAX_CANDIDATES):
            if match.start() < done:
                continue
            start, end = _surroundings(folded, match.start(), match.end())
            done = end
            found += [
                (start + token.start, start + token.end)
                for token in tokens(folded[start:end])
                if self._fits(token.text)
            ]
            if len(found) >= _MAX_MARKS:
                break
        return found[:_MAX_MARKS]

    def _fits(self, token: str) -> bool:
        whole, parts = terms_of(token)
        return (
            whole in self.terms
            or any(part in self.terms for part in parts)
            or any(token.startswith(prefix) or whole.startswith(prefix) for prefix in self.prefixes)
        )


def mark(text: str, marker: Marker) -> str:
    """The whole of `text`, escaped and marked."""
    return _render(text, marker.spans(text), 0, len(text))


def snippet(text: str, marker: Marker) -> str:
    """The part of `text` with most of the words, escaped and marked; its beginning if none is there.

    The words themselves go before their parts: "kommun" may stand anywhere in a text that is found by
    "tvillingkommunerna".
    """
    if not text:
        return ""
    start = _best_start(text, marker.of_whole_words().spans(text) or marker.spans(text))
    end = min(len(text), start + SNIPPET_LENGTH)
    start, end = _to_blank(text, start, -1), _to_blank(text, end, 1)
    shown = mark(text[start:end], marker).strip()
    shown = _EDGE.sub(" ", shown)
    if not shown:
        return ""
    return f"{'… ' if start > 0 else ''}{shown}{' …' if end < len(text) else ''}"


@lru_cache(maxsize=256)
def _likely(terms: frozenset[str], prefixes: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted({*terms, *prefixes}, key=len, reverse=True))))


def _collect(node: Node, fields: frozenset[Field], terms: set[str], prefixes: set[str], wholes: set[str]) -> None:
    match node:
        case And(nodes) | Or(nodes):
            plain = [word for one in nodes if isinstance(one, Word) for word in words(one.text)]
            _add_words(plain if isinstance(node, And) and Field.TEXT in fields else [], terms, synonyms_only=True)
            for one in nodes:
                _collect(one, fields, terms, prefixes, wholes)
        case Word(text, field) | Phrase(text, field) if field in fields:
            _add_words(words(text), terms)
            wholes.update(terms_of(word)[0] for word in words(text))
        case Prefix(text, field) if field in fields:
            prefixes.add(text)
        case Number(field=field) if field in fields:
            terms.update(key.rpartition(" ")[2] for key in node.keys)
        case _:
            pass


def _add_words(found: list[str], terms: set[str], *, synonyms_only: bool = False) -> None:
    stems: list[str] = []
    for word in found:
        whole, parts = terms_of(word)
        stems.append(whole)
        if not synonyms_only:
            terms.update((whole, *parts))
    for position in range(len(stems)):
        length = longest_match(stems, position)
        for other in synonyms(tuple(stems[position : position + length])) if length else ():
            terms.update(other)


def _surroundings(folded: str, start: int, end: int) -> tuple[int, int]:
    """Widens a place to whole tokens. Signs inside numbers belong to the token."""
    first, last = max(0, start - MAX_TOKEN_LENGTH), min(len(folded), end + MAX_TOKEN_LENGTH)
    while start > first and not folded[start - 1].isspace():
        start -= 1
    while end < last and not folded[end].isspace():
        end += 1
    return start, end


def _best_start(text: str, spans: list[tuple[int, int]]) -> int:
    if not spans:
        return 0
    starts = [span[0] for span in spans]
    best, most = 0, 0
    for index, start in enumerate(starts):
        last = bisect_left(starts, start + SNIPPET_LENGTH - _CONTEXT)
        different = len({fold(text[first:end])[:6] for first, end in spans[index:last]})
        worth = different * 10 + (last - index)
        if worth > most:
            best, most = start, worth
    return max(0, best - _CONTEXT)


def _to_blank(text: str, position: int, step: int) -> int:
    """Moves outwards to the nearest blank, at most 20 characters."""
    for _ in range(20):
        if position <= 0 or position >= len(text) or text[position].isspace():
            break
        position += step
    return max(0, min(position, len(text)))


def _render(text: str, spans: list[tuple[int, int]], start: int, end: int) -> str:
    pieces: list[str] = []
    position = start
    for first, last in spans:
        if first < position:
            continue
        pieces += [html.escape(text[position:first]), "<mark>", html.escape(text[first:last]), "</mark>"]
        position = last
    pieces.append(html.escape(text[position:end]))
    return "".join(pieces)
