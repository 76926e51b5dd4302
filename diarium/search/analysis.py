"""Swedish words: how text becomes the terms of the index. The same on both sides, writing and asking.

å, ä and ö are letters of their own and are never folded; é, ü, ø and the like are read as the nearest Swedish
letter. No word is left out: `i` and `på` are needed in phrases.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from diarium.search.compounds import split_compound
from diarium.search.numbers import find_numbers

MAX_TOKEN_LENGTH = 60

_TOKEN = re.compile(r"[0-9]+(?:[:/.\-][0-9]+)+|[a-zåäö]{1,8}(?=(?:19|20)[0-9]{2}[-/.][0-9])|[^\W_]+")
_WESTERN = ("latin-1", "cp1252")  # one byte for each letter; the other has dashes and quotation marks too
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00]")
_FOLDED = {"æ": "ä", "ø": "ö", "ü": "y", "ð": "d", "đ": "d", "ł": "l", "ı": "i", "ħ": "h"}
_KEPT = frozenset("åäö")
_WORD = re.compile(r"[a-zåäö]+")
_NUMBER_TOKEN = re.compile(r"[0-9]+[-/._][0-9]")

# Snowball leaves the definite form of -a words alone (gatan, skolan), which is every other street and school.
_DEFINITE = re.compile(r"(?<!pl)(?<!m)(?<!gr)(?<!kr)(?<!org)an(?:s)?$")
# ... and takes the s of plats, skjuts and kurs, but not of platsen, skjutsen and kursen.
_LEFT_S = re.compile(r"(?<=[bdfgklmnoprtvy])s$")
# Vatten and tecken lose a vowel: vattnet, tecknen.
_LOST_VOWEL = re.compile(r"(vatt|teck|vap)n(?:ets?|ens?)$")
_IRREGULAR = {"ansökning": "ansök", "anmälning": "anmäl", "böck": "bok", "städern": "stad"}


class Token(NamedTuple):
    """A word at its place in the folded text."""

    text: str
    start: int
    end: int


class Terms(NamedTuple):
    """What a token is found by: its own term, and the terms of the words it is put together of."""

    whole: str
    parts: tuple[str, ...]


def normalise(text: str) -> str:
    """Composed letters (macOS writes `a` + ring) and no invisible characters: what is stored and shown."""
    if _is_western(text) and "\x00" not in text and "\u00ad" not in text:
        return text
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text))


def fold(text: str) -> str:
    """Lower case and Swedish letters only, of the same length as `text`, so that positions still fit."""
    lowered = text.replace("İ", "I").lower()
    return lowered if lowered.isascii() else _accents().sub(lambda match: _fold_letter(match[0]), lowered)


def tokens(folded: str) -> Iterator[Token]:
    """The words of a folded text. `5:27`, `2024/123` and `1.2.3` are one word each."""
    for match in _TOKEN.finditer(folded):
        start, end = match.span()
        yield Token(match[0][:MAX_TOKEN_LENGTH], start, end)


def words(text: str) -> list[str]:
    """The words of any text, folded."""
    return split(normalise(text))


def split(text: str) -> list[str]:
    """The words of a normalised text, folded: the same as `tokens`, but many times faster for long texts."""
    for codec in _WESTERN:
        try:
            encoded = text.encode(codec)
        except UnicodeEncodeError:
            continue
        return _split_western(encoded.translate(_plain_letters(codec)).decode(codec))
    return [match[:MAX_TOKEN_LENGTH] for match in _TOKEN.findall(fold(text))]


def _split_western(plain: str) -> list[str]:
    """The words of a folded text in which only letters, digits and the signs inside numbers are left."""
    found = plain.split()
    mixed = {
        word: _TOKEN.findall(word) for word in set(found) if not word.isalpha() or len(word) > MAX_TOKEN_LENGTH
    }
    if not mixed:
        return found
    words: list[str] = []
    for word in found:
        if word in mixed:
            words += [part[:MAX_TOKEN_LENGTH] for part in mixed[word]]
        else:
            words.append(word)
    return words


@lru_cache(maxsize=200_000)
def terms_of(token: str) -> Terms:
    """The terms of a folded token: the stem, then the stems of the parts, or the canonical forms of a number."""
    if _WORD.fullmatch(token):
        whole = stem(token)
        parts = (stem(part) for part in split_compound(token, stem))
        return Terms(whole, tuple(dict.fromkeys(part for part in parts if part != whole)))
    if _NUMBER_TOKEN.match(token):
        keys = {key for found in find_numbers(token) for key in found.keys}
        keys |= {key.partition("-")[0] for key in keys}
        return Terms(token, tuple(sorted(keys - {token})))
    return Terms(token.replace("ß", "ss"), ())


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The common beginning of a word's inflected forms: beslutet and besluten both give beslut."""
    if len(word) > 4:
        word = _LOST_VOWEL.sub(r"\1en", _DEFINITE.sub("a", word))
    stemmed: str = _stemmer().stemWord(word)
    if len(stemmed) > 3:
        stemmed = _LEFT_S.sub("", stemmed)
    for irregular, regular in _IRREGULAR.items():
        if stemmed.endswith(irregular):
            return stemmed.removesuffix(irregular) + regular
    return stemmed


def _is_western(text: str) -> bool:
    """Whether there are letters of Latin-1 only, which are always composed."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=2)
def _plain_letters(codec: str) -> bytes:
    """For each byte the folded letter, digit or sign inside numbers; a blank for anything else."""
    table = bytearray(b" " * 256)
    for code in range(256):
        letter = fold(bytes((code,)).decode(codec, errors="replace"))
        if re.fullmatch(r"[^\W_]|[:/.\-]", letter):
            table[code] = letter.encode(codec)[0]
    return bytes(table)


_thread = threading.local()


def _stemmer() -> Stemmer.Stemmer:
    """A stemmer of the running thread: a Stemmer object may not be shared, nor pickled with a schema."""
    try:
        found: Stemmer.Stemmer = _thread.stemmer
    except AttributeError:
        found = _thread.stemmer = Stemmer.Stemmer("swedish")
    return found


@lru_cache(maxsize=1)
def _accents() -> re.Pattern[str]:
    latin = (chr(code) for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)))
    letters = {letter for letter in latin if letter not in _KEPT and _fold_letter(letter) != letter}
    return re.compile(f"[{''.join(sorted(letters | _FOLDED.keys()))}]")


@lru_cache(maxsize=1000)
def _fold_letter(letter: str) -> str:
    if letter in _FOLDED:
        return _FOLDED[letter]
    base = unicodedata.normalize("NFD", letter)[0]
    return _FOLDED.get(base, base)
