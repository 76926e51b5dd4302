"""Words put together of other words: bygglovsansökan is found by bygglov, detaljplan by plan.

A list of base words of municipal matters, `data/compounds.csv`, tells where a word may be split. A word is split
if both halves are known; or if one is known and long enough to be trusted, and the other looks like a word. Kinds:

- `base`: may stand first or last;
- `topic`: like base, and so telling that it may be searched for alone (bygglov);
- `head`: only last; `generic`: last, and tells nothing of the subject (ansökan, ärende);
- `first`: only first, in the form it has there; `lemma` is the word it stands for (gatu, gata);
- `whole`: never split.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

Stem = Callable[[str], str]

_DATA = Path(__file__).parent / "data" / "compounds.csv"
_SHORTEST = 5
_TRUSTED_LAST = 5
_TRUSTED_FIRST = 5
_UNKNOWN = 5
_VOWEL = re.compile("[aeiouyåäö]")
# What may follow a base word without being a word of its own: inflection and derivation.
_ENDING = re.compile(
    r"(?:er|or|ar|en|et|na|an|s|es|are|ad|ade|at|as|else|ande|ende|ning|isk|ism|ist|iser|ition|ation|itet|lig|het|"
    r"skap|aktig|bar|sam|dom|mässig|ering|vis)"
)
_IMPOSSIBLE_START = re.compile(r"[^aeiouyåäö]{4}|[bcdfghjklmnpqrstvxz]{2}$|ng|nk|rt|rs|nd|ck|mp|lt|ss|tt|ll|nn")


@dataclass(frozen=True, slots=True)
class _Dictionary:
    first: dict[str, str]
    last: dict[str, str]
    topics: frozenset[str]
    generic: frozenset[str]
    whole: frozenset[str]


def split_compound(word: str, stem: Stem) -> tuple[str, ...]:
    """The words that `word` (folded, letters only) is put together of, or nothing if it can't be told."""
    if len(word) < _SHORTEST + 1:
        return ()
    known = _dictionary(stem)
    if stem(word) in known.whole:
        return ()
    return _split(word, known, stem)


def topic_of(parts: tuple[str, ...], stem: Stem) -> str | None:
    """The subject of a word such as bygglovsansökan, if the rest only says what kind of matter it is."""
    known = _dictionary(stem)
    subjects = [part for part in parts if part in known.topics]
    rest = [part for part in parts if part not in known.topics]
    return subjects[0] if len(subjects) == 1 and rest and all(part in known.generic for part in rest) else None


def _split(word: str, known: _Dictionary, stem: Stem) -> tuple[str, ...]:
    for cut in range(2, len(word) - 2):
        head = known.last.get(stem(word[cut:]))
        if head is None or not word[cut:].startswith(head[: min(3, len(head))]):
            continue
        first = word[:cut]
        modifier = _known_first(first, known, stem)
        if modifier is not None:
            return (*modifier, head)
        if len(head) >= _TRUSTED_LAST and len(word) - cut >= _TRUSTED_LAST and _looks_like_word(first):
            return (*_unknown_first(first), head)
    return _split_after_known_first(word, known, stem)


def _known_first(first: str, known: _Dictionary, stem: Stem) -> tuple[str, ...] | None:
    forms = (first, first[:-1]) if first.endswith("s") else (first,)
    for form in forms:
        lemma = known.first.get(form)
        if lemma is not None:
            inner = split_compound(lemma, stem) if lemma != form or len(lemma) > _SHORTEST else ()
            return (lemma, *inner)
    for form in forms:
        inner = split_compound(form, stem)
        if inner and all(stem(part) in known.last or part in known.first for part in inner):
            return (form, *inner)
    return None


def _unknown_first(first: str) -> tuple[str, ...]:
    lemma = first[:-1] if first.endswith("s") and not first.endswith("ss") else first
    return (lemma,) if len(lemma) >= _UNKNOWN else ()


def _split_after_known_first(word: str, known: _Dictionary, stem: Stem) -> tuple[str, ...]:
    for cut in range(len(word) - 4, _TRUSTED_FIRST - 1, -1):
        lemma = known.first.get(word[:cut])
        if lemma is None or len(lemma) < _TRUSTED_FIRST:
            continue
        rest = word[cut:]
        if rest.startswith("s") and word[cut - 1] not in "aeou" and _looks_like_word(rest[1:]):
            return (lemma,)  # binding s or the first letter of the next word: can't be told
        if _looks_like_word(rest) and not _ENDING.match(rest):
            return (lemma, rest)
    return ()


def _looks_like_word(text: str) -> bool:
    return len(text) >= _UNKNOWN and _VOWEL.search(text) is not None and not _IMPOSSIBLE_START.match(text)


@lru_cache(maxsize=4)
def _dictionary(stem: Stem) -> _Dictionary:
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    kinds: dict[str, set[str]] = {"topic": set(), "generic": set(), "whole": set()}
    with _DATA.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            form, kind, lemma = row["form"], row["kind"], row["lemma"] or row["form"]
            if kind in ("base", "topic", "first"):
                first[form] = lemma
            if kind in ("base", "topic", "head", "generic"):
                last[stem(form)] = lemma
            if kind in kinds:
                kinds[kind].add(stem(form))
    return _Dictionary(
        first, last, frozenset(kinds["topic"]), frozenset(kinds["generic"]), frozenset(kinds["whole"])
    )
