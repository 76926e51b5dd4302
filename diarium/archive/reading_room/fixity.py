"""Compares a file with the checksum that its package gives for it."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Final

_CHUNK: Final = 1024 * 1024
_ALGORITHMS: Final = {
    "md5": "md5",
    "sha1": "sha1",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
}


class Outcome(StrEnum):
    """What the comparison found."""

    SAME = "same"
    OTHER = "other"
    UNKNOWN = "unknown"


def check(path: Path, checksum: str, algorithm: str) -> Outcome:
    """Whether the file's bytes have the checksum; UNKNOWN where none is given, or by an algorithm not at hand."""
    known = _ALGORITHMS.get(algorithm.lower().replace("-", ""))
    if known is None or not checksum.strip():
        return Outcome.UNKNOWN
    digest = hashlib.new(known, usedforsecurity=False)
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return Outcome.SAME if digest.hexdigest() == checksum.strip().lower() else Outcome.OTHER
