"""The words by which titles are alike: Swedish stems, without names, numbers and small words."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

MOST_WORDS = 12
_BEGINNING = 7
_WORD = re.compile(r"[^\W\d_]+(?:[0-9]+)?")
_SMALL = frozenset(
    # Of three letters and more: shorter words count for nothing anyway.
    """och att som för med den det till från vid ett inte har kan ska sig sin sitt sina samt eller efter under över
    mot enligt avseende angående gällande rörande beträffande via per hos inom utan mellan innan där när här oss
    ert era vår vårt våra man nya ang dnr""".split()  # noqa: SIM905 (a text is read, a list is not)
)
_LETTERS = str.maketrans({"é": "e", "è": "e", "ü": "y", "ø": "ö", "æ": "ä"})
_thread = threading.local()


def learned(title: str) -> frozenset[str]:
    """The terms of a registered title that are worth remembering.

    Words that begin with a capital within the title are names of places, persons and properties: they would fill
    the table with what never comes again, and with personal data. A title all in capitals is read as small ones.
    """
    text = title.lower() if title.isupper() else title
    found = list(_WORD.finditer(text))
    plain = [match[0] for place, match in enumerate(found) if place == 0 or not match[0][0].isupper()]
    return _terms(plain)


def asked(title: str) -> frozenset[str]:
    """The terms of a title that somebody is writing."""
    return _terms([match[0] for match in _WORD.finditer(title)])


def _terms(words: list[str]) -> frozenset[str]:
    """The stems, and of long words the beginning: "bygglovsansökan" is like "ansökan om bygglov"."""
    terms: dict[str, None] = {}
    for word in words:
        small = unicodedata.normalize("NFC", word).lower().translate(_LETTERS)
        if len(small) < 3 or len(small) > 40 or small in _SMALL or not small.isalpha():
            continue
        if len(terms) >= 2 * MOST_WORDS:
            break
        terms[_stem(small)] = None
        if len(small) >= _BEGINNING:
            terms[small[:_BEGINNING] + "*"] = None
    return frozenset(terms)


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


def _stemmer() -> Stemmer.Stemmer:
    """A stemmer of the running thread: one may not be shared."""
    try:
        found: Stemmer.Stemmer = _thread.stemmer
    except AttributeError:
        found = _thread.stemmer = Stemmer.Stemmer("swedish")
    return found
