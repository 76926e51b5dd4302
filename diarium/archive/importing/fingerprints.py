"""Whether two tellings of a case say the same."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable
from enum import Enum

from diarium.archive.package_model import PackageCase

# What changes without anybody changing the case: its way to the archive, the other ends of its references, what
# was found out about a file's format.
_LEFT_OUT = {
    "PackageCase": {"status", "version", "relations", "withdrawals", "origin"},
    "PackageRecord": {"moved_from", "moved_to", "version", "withdrawals"},
    "PackageDocument": {
        "stored_at",
        "mime",
        "puid",
        "format_name",
        "format_version",
        "warnings",
        "examined_at",
        "is_released",
        "withdrawals",
    },
}


def fingerprint(case: PackageCase) -> str:
    """A checksum of what is told of the case. Equal for a case and for what a package of it tells."""
    text = json.dumps(_plain(case), ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__
        fields = (field.name for field in dataclasses.fields(value) if field.name not in _LEFT_OUT.get(kind, ()))
        return {name: _plain(getattr(value, name)) for name in fields}
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date | uuid.UUID):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
