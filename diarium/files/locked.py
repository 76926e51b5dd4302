"""Tells from a few bytes whether a file can be opened only with a password. Nothing is unpacked here."""

from __future__ import annotations

from pathlib import Path

_PART = 1_000_000
_PDF = b"%PDF-"
_ZIP = b"PK\x03\x04"
_ZIP_FLAGS = 6
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def is_locked(path: Path) -> bool:
    """Whether the file at `path` looks locked: PDF, ZIP and Office say so in their first or last part.

    A hint while somebody can still ask the sender for an open file; the examination tells for certain later.
    """
    with path.open("rb") as source:
        head = source.read(_PART)
        size = source.seek(0, 2)
        source.seek(max(0, size - _PART))
        tail = source.read(_PART)
    if head.startswith(_PDF):
        # The trailer, or the dictionary of a cross-reference stream: neither is ever encrypted itself.
        return b"/Encrypt" in tail
    if head.startswith(_ZIP):
        return bool(head[_ZIP_FLAGS] & 1)
    return head.startswith(_OLE) and (_OLE_ENCRYPTED in head or _OLE_ENCRYPTED in tail)
