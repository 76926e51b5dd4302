"""What kind of archive file it is, and whether merely listing it would cost too much.

The readers of the standard library keep every entry in memory before they give the first; so the ends of a ZIP and
the heads of a TAR are looked at here first, in constant memory.
Source: PKWARE APPNOTE 6.3.10, 4.3.14–4.3.16; POSIX.1-2017 pax, ustar interchange format.
"""

from __future__ import annotations

import os
import struct
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from diarium.archive.validation.model import MIB, Limits
from diarium.errors import DomainError
from diarium.i18n import gettext as _

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MARK = b"PK\x06\x07"
_END_64 = struct.Struct("<4sQ2H2L4Q")
_END_64_MARK = b"PK\x06\x06"
_LONGEST_COMMENT = 65_535
_SMALLEST_ENTRY = 46
_DIRECTORY_BYTES_PER_MEMBER = 600
_BLOCK = 512
_LONGEST_HEAD = MIB
_HEADS = b"xgXLK"  # pax and GNU: what they hold describes the next entry, and is read whole by the reader


class ArchiveKind(StrEnum):
    """Archive files that a package may come in."""

    ZIP = "zip"
    TAR = "tar"


class TooLarge(DomainError):
    """Listing the archive file would cost more than the limits allow."""


def archive_kind(path: Path, limits: Limits) -> ArchiveKind | None:
    """What the file is; None for neither. Raises: TooLarge; ValueError for a ZIP without its end; OSError."""
    with path.open("rb") as file:
        start = file.read(_BLOCK)
        if _is_zip(file, limits):
            return ArchiveKind.ZIP
        if start.startswith(b"PK"):
            raise ValueError(_("slutet av filen saknas"))
        return ArchiveKind.TAR if _is_tar(file, start, limits) else None


def _is_zip(file: BinaryIO, limits: Limits) -> bool:
    """Whether the directory of a ZIP was found; it is not too large then."""
    size = file.seek(0, os.SEEK_END)
    at = max(0, size - _LONGEST_COMMENT - _END.size)
    file.seek(at)
    tail = file.read()
    found = tail.rfind(_END_MARK)
    if found < 0 or len(tail) - found < _END.size:
        return False
    entries, directory = _END.unpack_from(tail, found)[4:6]
    before = found - _LOCATOR.size
    if before >= 0 and tail[before : before + 4] == _LOCATOR_MARK:
        file.seek(min(_LOCATOR.unpack_from(tail, before)[2], size))
        end = file.read(_END_64.size)
        if len(end) == _END_64.size and end.startswith(_END_64_MARK):
            entries, directory = _END_64.unpack(end)[7:9]
    # the number of entries may lie; the size of the directory is what is read
    most = limits.members * _DIRECTORY_BYTES_PER_MEMBER
    if entries > limits.members or directory > most or directory // _SMALLEST_ENTRY > limits.members * 12:
        raise TooLarge(_("Arkivfilen har fler än %(number)d poster.", number=limits.members))
    return True


def _is_tar(file: BinaryIO, start: bytes, limits: Limits) -> bool:
    """Whether the file begins as a TAR; its heads have been counted and weighed then."""
    if not _is_head(start):
        return False
    size = file.seek(0, os.SEEK_END)
    at = entries = 0
    while at + _BLOCK <= size:
        file.seek(at)
        head = file.read(_BLOCK)
        if not _is_head(head):
            break  # the end, or what the reader will stumble on
        entries += 1
        length = _number(head[124:136])
        if length < 0 or (head[156:157] in _HEADS and length > _LONGEST_HEAD):
            raise TooLarge(_("Arkivfilen har en post med orimligt långa uppgifter."))
        if entries > 3 * limits.members:  # each member may have two heads of its own
            raise TooLarge(_("Arkivfilen har fler än %(number)d poster.", number=limits.members))
        at += _BLOCK + (length + _BLOCK - 1) // _BLOCK * _BLOCK
    return True


def _is_head(head: bytes) -> bool:
    """Whether the checksum of the block is that of a head."""
    if len(head) < _BLOCK or not head[0]:
        return False
    said = _number(head[148:156])
    plain = head[:148] + b" " * 8 + head[156:]
    return said in (sum(plain), sum(byte - 256 if byte > 127 else byte for byte in plain))


def _number(field: bytes) -> int:
    """An octal number as text, or base 256; -1 for neither."""
    if field[0] in (0x80, 0xFF):
        value = int.from_bytes(field[1:], "big", signed=False)
        return -1 if field[0] == 0xFF else value
    try:
        return int(field.split(b"\0", 1)[0].strip() or b"0", 8)
    except ValueError:
        return -1
