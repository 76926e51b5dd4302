"""Values in FGS 1.x packages: closed lists, identity codes, days and times, checksums."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

TYPES: Final = frozenset(
    {
        "ERMS",
        "Personnel",
        "Medical record",
        "Economics",
        "Databases",
        "Webpages",
        "GIS",
        "No specification",
        "AIC",
        "Publication",
        "Archival information",
        "Unstructured",
        "Single records",
    }
)
STATUSES: Final = frozenset({"NEW", "SUPPLEMENT", "REPLACEMENT", "TEST", "VERSION", "OTHER"})
DIGEST_LENGTHS: Final = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128}
WEAK: Final = frozenset({"MD5", "SHA-1"})

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_OBJID = re.compile(rf"(UUID|GUID|uuid|guid):\{{?{_UUID}\}}?")
_SYSTEM_ID = re.compile(rf"((UUID|GUID|uuid|guid):)?\{{?{_UUID}\}}?")
_CODE = re.compile(r"(ORG|VAT|DUNS|HSA|Local|URI):\s*\S.*", re.DOTALL)
_ORGANISATION_NUMBER = re.compile(r"(16)?([0-9]{6})-?([0-9]{4})")
_VAT = re.compile(r"SE([0-9]{10})01")
_METHOD = re.compile(r"(MD|SHA)[-_ ]?([0-9]+)", re.IGNORECASE)
_YEAR, _MONTH, _DAY = 4, 7, 10


def is_package_identity(text: str) -> bool:
    """`UUID:` or `GUID:` and a UUID."""
    return _OBJID.fullmatch(text.strip()) is not None


def is_system_identifier(text: str) -> bool:
    """A UUID, with or without what it is before it."""
    return _SYSTEM_ID.fullmatch(text.strip()) is not None


def is_identity_code(text: str) -> bool:
    """A code with its kind before it; organisation numbers and VAT numbers with the right check digit."""
    text = text.strip()
    if _CODE.fullmatch(text) is None:
        return False
    kind, _colon, code = text.partition(":")
    if kind == "ORG":
        return is_organisation_number(code.strip())
    if kind == "VAT":
        match = _VAT.fullmatch(code.strip())
        return match is not None and has_check_digit(match[1])
    return True


def is_organisation_number(text: str) -> bool:
    """Ten digits with the right check digit, with or without hyphen."""
    match = _ORGANISATION_NUMBER.fullmatch(text)
    return match is not None and has_check_digit(match[2] + match[3])


def has_check_digit(digits: str) -> bool:
    """Whether the last of ten digits is right (Luhn)."""
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def is_digest(text: str, kind: str) -> bool:
    """Hexadecimal, and as long as that algorithm makes it."""
    return re.fullmatch(r"[0-9a-fA-F]*", text) is not None and len(text) == DIGEST_LENGTHS.get(kind, len(text))


def checksum_kind(method: str) -> str | None:
    """The algorithm by the name that METS has for it: `SHA256` and `sha-256` are `SHA-256`."""
    match = _METHOD.fullmatch(method.strip())
    if match is None:
        return None
    family, number = match[1].upper(), match[2]
    kind = f"MD{number}" if family == "MD" else f"SHA-{number}"
    return kind if kind in DIGEST_LENGTHS else None


def day_or_time(text: str) -> dt.datetime | None:
    """The first moment of a year, month or day, or a time; None for what is in no calendar."""
    text = text.strip()
    whole = text + {_YEAR: "-01-01", _MONTH: "-01"}.get(len(text), "")
    try:
        return dt.datetime.fromisoformat(whole).replace(tzinfo=None)
    except ValueError:
        return None


def moment(text: str) -> dt.datetime | None:
    """An xs:dateTime as an aware time; without zone it is taken as UTC. None for anything else."""
    try:
        found = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if len(text.strip()) <= _DAY:  # a day alone is no time
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
