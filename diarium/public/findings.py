"""What in a text is seldom to be published: personal numbers, e-mail addresses, phone numbers, names of persons.

A finding stops a title by itself. In a file that somebody has released it asks for another look, because a text of
many pages may rightly hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from diarium.i18n import gettext as _
from diarium.public.names import names_in
from diarium.register.models import Authority
from diarium.secrecy import scanning
from diarium.secrecy.scanning import FINDING_LABELS, Finding

NAME = "name:"
"""How a finding that is a name begins; the name follows."""
PARTLY_READ = "partly_read"
"""The file is so long, or of such a kind, that only a part of its text could be looked through."""
_EXTENSION = 2
MAX_TEXT = 500_000
"""So many characters of a released file can be searched; twice as many are looked through."""


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of an examined file. `is_whole`: nothing was left unread."""

    text: str
    is_whole: bool = True
    # A batch asks twice, for the projection and for the review: a long text is read once.
    known: dict[tuple[tuple[str, ...], OwnContacts], frozenset[str]] = field(
        default_factory=dict, compare=False, repr=False
    )


@dataclass(frozen=True, slots=True)
class OwnContacts:
    """The authority's own ways to be reached, which may stand in any letter. `phone`: digits alone.

    Extensions differ in the last two digits.
    """

    domain: str = ""
    phone: str = ""


def contacts_of(authority: Authority) -> OwnContacts:
    """The contacts that the authority gives of itself."""
    return OwnContacts((authority.email or "").rpartition("@")[2].casefold(), _digits(authority.phone or ""))


def in_file(text: FileText, names: tuple[str, ...], own: OwnContacts) -> frozenset[str]:
    """What a released file's text holds, as the keys that a review keeps."""
    if (names, own) not in text.known:
        text.known[names, own] = _in_file(text, names, own)
    return text.known[names, own]


def _in_file(text: FileText, names: tuple[str, ...], own: OwnContacts) -> frozenset[str]:
    found = {hit.finding.value for hit in scanning.scan(text.text) if not _is_own(text.text, hit, own)}
    found |= {f"{NAME}{name}" for name in names_in(text.text, names)}
    return frozenset(found if text.is_whole else found | {PARTLY_READ})


def in_line(text: str, names: Iterable[str]) -> frozenset[str]:
    """What a title or another line holds, as keys."""
    found = {hit.finding.value for hit in scanning.scan(text)}
    return frozenset(found | {f"{NAME}{name}" for name in names_in(text, names)})


def in_words(keys: Set[str], *, with_names: bool = False) -> str:
    """The findings in words: "personnummer, namn på en privatperson". `with_names`: only for who may see them."""
    return ", ".join(_labels(keys, with_names=with_names))


def _labels(keys: Set[str], *, with_names: bool) -> Iterator[str]:
    yield from (str(FINDING_LABELS[finding]) for finding in Finding if finding.value in keys)
    names = sorted(key.removeprefix(NAME) for key in keys if key.startswith(NAME))
    if names and with_names:
        yield from (_("namnet %(name)s", name=name) for name in names)
    elif names:
        yield _("namn på en part som inte ska namnges")
    if PARTLY_READ in keys:
        yield _("mer text än vad som kunde läsas igenom")


def _is_own(text: str, hit: scanning.Hit, own: OwnContacts) -> bool:
    part = text[hit.start : hit.end].casefold()
    if hit.finding is Finding.EMAIL:
        return bool(own.domain) and part.endswith(f"@{own.domain}")
    if hit.finding is not Finding.PHONE or len(own.phone) <= _EXTENSION:
        return False
    number = _digits(part)
    return len(number) == len(own.phone) and number[:-_EXTENSION] == own.phone[:-_EXTENSION]


def _digits(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return f"0{digits[2:]}" if digits.startswith("46") else digits
