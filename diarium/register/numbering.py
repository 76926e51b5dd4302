"""Case numbers: how they are written, read and allotted.

A number is a series, a year and a running number; its written form follows the series' pattern, for instance
`{series} {year}/{number}` (KS 2024/123), `{series}.{year}.{number}` or `{year}-{number:06}` (2024-000123).
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass

from diarium.i18n import gettext as _
from diarium.register.errors import InvalidFact

DEFAULT_FORMAT = "{series} {year}/{number}"
_FIELDS = {"series", "year", "year2", "number"}
_SPECIFICATION = re.compile(r"0[1-9]")
_LITERAL = re.compile(r"[\s./\-:A-Za-zÅÄÖåäö]*")
# Letters, then numbers parted by anything that is neither: "ks2024-00123-4", "KS.2024.123", "353/2008".
_WRITTEN = re.compile(
    r"^\s*(?i:(?:dnr|diarienr|diarienummer)[.:]?\s*)?(?P<series>[A-Za-zÅÄÖåäö]{1,10})?[\s./:\-]*"
    r"(?P<first>\d{1,9})(?:[\s./:\-]+(?P<second>\d{1,9}))?(?:[\s./:\-]+(?P<third>\d{1,6}))?\s*$"
)


@dataclass(frozen=True, slots=True)
class NumberParts:
    """One reading of a written number. `series` is upper case; `None` where it was not written."""

    series: str | None
    year: int
    number: int
    record: int | None = None


def check_format(pattern: str) -> str:
    """Returns `pattern`. Raises: InvalidFact if a number written with it could not be told from another."""
    names: list[str] = []
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError:
        parts = []
    for literal, name, specification, conversion in parts:
        sound = bool(_LITERAL.fullmatch(literal)) and not conversion
        sound = sound and (not specification or bool(_SPECIFICATION.fullmatch(specification)))
        if not sound or (name is not None and name not in _FIELDS):
            names = []
            break
        names.extend([name] if name else [])
    if "number" not in names or len(names) != len(set(names)) or not {"year", "year2"} & set(names):
        raise InvalidFact(
            _("Nummerformatet ”%(pattern)s” kan inte användas. Skriv till exempel {series} {year}/{number} "
              "eller {year}-{number:06}.", pattern=pattern),
            field="number_format",
        )  # fmt: skip
    return pattern


def write(pattern: str, series: str, year: int, number: int) -> str:
    """The written form of a number."""
    return pattern.format(series=series, year=year, year2=f"{year % 100:02d}", number=number)


def read(text: str) -> tuple[NumberParts, ...]:
    """Every sensible reading of what somebody typed, best first; empty if it is no number.

    Year and number come in both orders; leading zeros, case and separators do not matter. With two numbers and
    no year among them, or two that both look like one, both orders are given.
    """
    found = _WRITTEN.match(text)
    if found is None or found["second"] is None:
        return ()
    series = found["series"].upper() if found["series"] else None
    first, second = int(found["first"]), int(found["second"])
    record = int(found["third"]) if found["third"] else None
    readings = []
    if _is_year(found["first"]):
        readings.append(NumberParts(series, _full_year(first), second, record))
    if _is_year(found["second"]):
        readings.append(NumberParts(series, _full_year(second), first, record))
    return tuple(readings)


def _is_year(digits: str) -> bool:
    return len(digits) == 2 or (len(digits) == 4 and 1900 <= int(digits) <= 2199)


def _full_year(year: int) -> int:
    return year if year > 99 else 2000 + year if year < 70 else 1900 + year
