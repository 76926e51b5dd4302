"""Subject lines: what is left when "Sv:" and the like are gone, and the case numbers that stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from diarium.register import numbering, rules
from diarium.register.numbering import NumberParts

MAX_NUMBERS = 10
# What mail programs put before the subject when answering or forwarding: Swedish, English and the neighbours'.
_PREFIX = re.compile(
    r"^\s*(?:(?:re|sv|svar|vs|aw|antw|ang|vb|fw|fwd|wg|tr|vl|vidarebefordrat)\s*(?:[\[(]\d{1,3}[\])])?\s*[:：]"
    r"|\[\s*extern(?:al|t)?\s*\]:?)\s*",
    re.IGNORECASE,
)
_MARK = r"(?P<mark>(?:dnr|diarienr|diarienummer|ärendenr|ärendenummer|ärende)\b[.:]?\s{0,3})"
_NUMBER = re.compile(
    rf"(?<![\w./:\-])(?:{_MARK})?(?:(?P<series>[A-Za-zÅÄÖåäö]{{1,10}})[\s./:\-]{{0,3}})?"
    r"(?P<digits>\d{1,9}\s{0,2}(?P<separator>[./:\-])\s{0,2}\d{1,9}(?:[./:\-]\d{1,6})?)(?![\w/])",
    re.IGNORECASE,
)
_FULL_YEAR = re.compile(r"(?<!\d)(?:19|20|21)\d{2}(?!\d)")
# "KS 2024-05-01" is a day on which the board met.
_FULL_DAY = re.compile(r"\d{4}[.\-/]\d{2}[.\-/]\d{2}")
_DAY = re.compile(r"\d{2}(?:\d{2})?[.\-/]\d{1,2}[.\-/]\d{1,2}|\d{1,2}[./]\d{1,2}")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")
_EDGES = " \t,;:.–—-|/"


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """What looks like a case number in a text, from `start` to `end`; its digits begin at `digits_start`.

    `series`: the letters before it in upper case, maybe any word; `readings` as `numbering.read` gives them.
    `is_marked`: "dnr" stands before it; `has_slash`: written with a slash and a whole year, as most numbers are.
    """

    start: int
    end: int
    digits_start: int
    digits: str
    series: str | None
    readings: tuple[NumberParts, ...]
    is_marked: bool
    has_slash: bool


def without_prefixes(subject: str) -> str:
    """`subject` in one line without "Sv:", "Re[2]:", "VB:", "[EXTERN]" and the like, however many there are."""
    text = " ".join(rules.clean_text(subject).split())
    while (shorter := _PREFIX.sub("", text, count=1)) != text:
        text = shorter
    return text


def numbers_in(text: str) -> tuple[FoundNumber, ...]:
    """What may be case numbers in `text`, in order, at most `MAX_NUMBERS`; dates are none."""
    found: list[FoundNumber] = []
    for match in _NUMBER.finditer(text):
        if len(found) == MAX_NUMBERS:
            break
        number = _number(match)
        if number is not None:
            found.append(number)
    return tuple(found)


def without_numbers(subject: str, numbers: Iterable[FoundNumber]) -> str:
    """`subject` without the `numbers` that were found in it, and without the brackets and signs left around them.

    Where nothing else would be left, the subject stays as it is.
    """
    text = subject
    for number in sorted(numbers, key=lambda item: item.start, reverse=True):
        text = f"{text[: number.start]} {text[number.end :]}"
    text = " ".join(_EMPTY_BRACKETS.sub(" ", text).split()).strip(_EDGES)
    return text or subject


def title_of(subject: str, numbers: Sequence[FoundNumber] = ()) -> str:
    """A title for the record: `without_prefixes` must have made `subject`. At most as long as a title may be."""
    return without_numbers(subject, numbers)[: rules.MAX_TITLE].strip()


def _number(match: re.Match[str]) -> FoundNumber | None:
    digits, series, is_marked = match["digits"], match["series"], match["mark"] is not None
    if series and series.casefold() in _MARKS:
        is_marked, series = True, None
    if not is_marked and (_FULL_DAY.fullmatch(digits) or (not series and _DAY.fullmatch(digits))):
        return None
    readings = numbering.read(digits)
    if not readings:
        return None
    return FoundNumber(
        start=match.start(),
        end=match.end(),
        digits_start=match.start("digits"),
        digits=digits,
        series=series.upper() if series else None,
        readings=readings,
        is_marked=is_marked,
        has_slash=match["separator"] == "/" and _FULL_YEAR.search(digits) is not None,
    )


# Written together with the number they look like a series.
_MARKS = frozenset({"dnr", "diarienr", "ärendenr", "ärende"})
