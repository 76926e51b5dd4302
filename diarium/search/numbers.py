"""Case and record numbers in all the ways people write them.

`KS 2024/123-4`, `ks2024-00123`, `KS.2024.123`, `2024-KS-123` and `123/2024` are brought to one canonical form,
`ks 2024/123-4`: series in lower case, year, number without zeros in front, record.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_SERIES = r"[A-Za-zÅÄÖåäö]{1,8}"
_NUMBER = re.compile(
    rf"(?<![^\W_])(?:(?P<series>{_SERIES})(?P<gap>[ \u00a0]|[./_-])?)?"
    r"(?P<a>[0-9]{1,7})(?P<sep>[-/._])"
    rf"(?:(?P<inner>{_SERIES})[-/._ ]?)?(?P<b>[0-9]{{1,7}})"
    r"(?:(?P<recordsep>[-/.:#])(?P<record>[0-9]{1,6}))?(?![^\W_]|[-/.:][0-9])"
)


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """A number found in a text. `start` and `end` are positions; `keys` its canonical forms, more than one where
    year and number can't be told apart. `glued` is false where a blank stands between series and number, so that
    the series may as well be an ordinary word.
    """

    start: int
    end: int
    series: str
    glued: bool
    keys: frozenset[str]


def number_keys(text: str) -> set[str]:
    """The canonical forms of every number in `text`, as exact as the text is."""
    return {key for found in find_numbers(text) for key in found.keys}


def index_keys(forms: Iterable[str]) -> set[str]:
    """What a document with the numbers `forms` is to be found by: each form, and the less exact ones it includes
    (without series, without record, the case number alone, the series alone).
    """
    keys: set[str] = set()
    for form in forms:
        for key in number_keys(form):
            series, _, rest = key.rpartition(" ")
            case = rest.partition("-")[0]
            keys |= {rest, case, case.partition("/")[2]}
            if series:
                keys |= {series, f"{series} {case}", key}
    return keys


def find_numbers(text: str) -> list[NumberMatch]:
    """Every number in `text` from left to right."""
    text = unicodedata.normalize("NFC", text)
    return [found for match in _NUMBER.finditer(text) if (found := _read(match))]


def match_number(text: str, position: int) -> NumberMatch | None:
    """The number that begins at `position`, or None."""
    match = _NUMBER.match(text, position)
    return _read(match) if match else None


def _read(match: re.Match[str]) -> NumberMatch | None:
    series = match["series"] or match["inner"] or ""
    if match["series"] and match["inner"]:
        return None
    first, second, record = match["a"], match["b"], match["record"]
    if not series and _is_date(match):
        return None
    pairs = _year_and_number(first, second)
    if not pairs and series and match["sep"] in "/-":
        pairs = _short_year_and_number(first, second)
    tail = f"-{int(record)}" if record else ""
    head = f"{series.lower()} " if series else ""
    keys = frozenset(f"{head}{year}/{number}{tail}" for year, number in pairs)
    if not keys:
        return None
    glued = bool(series) and match["gap"] not in (" ", "\u00a0")
    return NumberMatch(match.start(), match.end(), series, glued, keys)


def _year_and_number(first: str, second: str) -> set[tuple[int, int]]:
    return {
        (int(year), int(number))
        for year, number in ((first, second), (second, first))
        if len(year) == 4 and 1900 <= int(year) <= 2099
    }


def _short_year_and_number(first: str, second: str) -> set[tuple[int, int]]:
    """Numbers of older registers, `KS 08/353`. Years after next year belong to the last century."""
    newest = dt.datetime.now(dt.UTC).year % 100 + 1
    return {
        (int(year) + (2000 if int(year) <= newest else 1900), int(number))
        for year, number in ((first, second), (second, first))
        if len(year) == 2
    }


def _is_date(match: re.Match[str]) -> bool:
    """2024-05-01 is a date and not record 1 of case 5."""
    if match["sep"] != "-" or match["recordsep"] != "-" or len(match["b"]) != 2 or len(match["record"]) != 2:
        return False
    try:
        dt.date(int(match["a"]), int(match["b"]), int(match["record"]))
    except ValueError:
        return False
    return len(match["a"]) == 4
