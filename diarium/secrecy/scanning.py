"""Finds what should not stand in a public text: personal numbers, e-mail addresses, phone numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stdnum import luhn

from diarium.i18n import lazy_gettext as _l


class Finding(StrEnum):
    """What was found."""

    PERSONAL_NUMBER = "personal_number"
    EMAIL = "email"
    PHONE = "phone"


FINDING_LABELS: Mapping[Finding, str] = {
    Finding.PERSONAL_NUMBER: _l("personnummer"),
    Finding.EMAIL: _l("e-postadress"),
    Finding.PHONE: _l("telefonnummer"),
}
_NUMBER = re.compile(r"(?<![\d-])(?:(?:18|19|20)?(\d{2})(\d{2})(\d{2})[-+–\s]?(\d{4}))(?![\d-])")
_EMAIL = re.compile(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,200}\.[A-Za-z]{2,20}")
_PHONE = re.compile(
    r"(?<![\d/.-])(?:\+46\s?\(?0?\)?\s?|0)\d{1,3}[\s/-]{0,3}\d{2,3}(?:[\s-]?\d{2,3}){1,3}(?![\d-])"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A finding and where it stands in the text."""

    finding: Finding
    start: int
    end: int


def scan(text: str) -> tuple[Hit, ...]:
    """All findings in `text`, in order. A number counts as personal when its date and check digit are possible."""
    hits = [Hit(Finding.PERSONAL_NUMBER, m.start(), m.end()) for m in _NUMBER.finditer(text) if _is_personal(m)]
    hits += [Hit(Finding.EMAIL, m.start(), m.end()) for m in _EMAIL.finditer(text)]
    taken = [(hit.start, hit.end) for hit in hits]
    hits += [
        Hit(Finding.PHONE, m.start(), m.end())
        for m in _PHONE.finditer(text)
        if not any(start < m.end() and m.start() < end for start, end in taken)
    ]
    return tuple(sorted(hits, key=lambda hit: hit.start))


def holds_personal_number(text: str) -> bool:
    """Whether `text` holds a personal or coordination number."""
    return any(_is_personal(found) for found in _NUMBER.finditer(text))


def _is_personal(found: re.Match[str]) -> bool:
    year, month, day, rest = found.groups()
    number = int(day) - 60 if int(day) > 60 else int(day)
    return 1 <= int(month) <= 12 and 1 <= number <= 31 and bool(luhn.is_valid(year + month + day + rest))
