"""Writes a zip file as a stream that can be taken up again, and reads it back.

What has been written is noted in a journal beside it, so that memory does not grow with the number of files and a
killed process loses no more than what came after the last checkpoint. The journal never says more than lies on the
disk: the zip is synchronised first, the journal after it.
Source: PKWARE APPNOTE 6.3 (zip64 where sizes or places need it).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

CHUNK: Final = 1024 * 1024
CHECKPOINT_BYTES: Final = 256 * 1024 * 1024
CHECKPOINT_FILES: Final = 2_000
STORED: Final = 0
DEFLATED: Final = 8
_LIMIT32: Final = 0xFFFFFFFF  # in a field of 32 bits: see the 64 bits
_LIMIT16: Final = 0xFFFF
_FAR: int = _LIMIT32
_MANY: int = _LIMIT16
_UTF8: Final = 0x800
_UNIX: Final = 3 << 8
_MODE: Final = 0o100644 << 16
_LOCAL: Final = struct.Struct("<4s2B4HL2L2H")
_CENTRAL: Final = struct.Struct("<4sH2B4HL2L5H2L")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64: Final = struct.Struct("<4sLQL")
_END: Final = struct.Struct("<4s4H2LH")
_LEVEL: Final = 6


class ZipDamaged(Exception):
    """What stands on the disk is not what was written."""


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file in the zip: `offset` of its header; `packed` bytes in the zip; `crc` and `sha256` of its content,
    `packed_crc` of what is packed, 0 for what is stored as it is.
    """

    name: str
    offset: int
    size: int
    packed: int
    crc: int
    method: int
    sha256: str
    packed_crc: int = 0

    @property
    def header_size(self) -> int:
        """How long the header before the content is."""
        return _LOCAL.size + len(self.name.encode()) + (20 if self._is_large else 0)

    @property
    def end(self) -> int:
        """Where the next entry begins."""
        return self.offset + self.header_size + self.packed

    @property
    def _is_large(self) -> bool:
        return needs_zip64(self.size)

    def local_header(self, when: tuple[int, int]) -> bytes:
        """The header before the content; `when`: time and day as zip has them."""
        name = self.name.encode()
        flags = 0 if name.isascii() else _UTF8
        large = self._is_large
        extra = struct.pack("<2H2Q", 1, 16, self.size, self.packed) if large else b""
        sizes = (_LIMIT32, _LIMIT32) if large else (self.packed, self.size)
        version = 45 if large else 20
        head = _LOCAL.pack(
            b"PK\3\4", version, 0, flags, self.method, *when, self.crc, *sizes, len(name), len(extra)
        )
        return head + name + extra

    def central_header(self, when: tuple[int, int]) -> bytes:
        """The line in the zip's directory."""
        name = self.name.encode()
        flags = 0 if name.isascii() else _UTF8
        large = self._is_large
        far = self.offset >= _FAR
        wide = ([self.size, self.packed] if large else []) + ([self.offset] if far else [])
        extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        sizes = (_LIMIT32, _LIMIT32) if large else (self.packed, self.size)
        version = 45 if wide else 20
        head = _CENTRAL.pack(
            b"PK\1\2", version | _UNIX, version, 0, flags, self.method, *when, self.crc, *sizes,
            len(name), len(extra), 0, 0, 0, _MODE, _LIMIT32 if far else self.offset,
        )  # fmt: skip
        return head + name + extra


def needs_zip64(size: int) -> bool:
    """Whether a content of `size` bytes, packed or not, may need 64 bits (packing may make it a little larger)."""
    return size + size // 1000 + 1024 >= _LIMIT32


class ZipStream:
    """A zip file at `path` in the making; opens what an earlier process left of it, if its journal can be used.

    `resumed` is what the journal holds already; `keep(count)` says how many of those entries are still wanted.
    Nothing else may be called before.
    """

    def __init__(self, path: Path, journal: Path, created: dt.datetime) -> None:
        self._journal_path = journal
        self._when = dos_moment(created)
        self.path = path
        self._raw: BinaryIO = open(  # noqa: SIM115 - closed by close
            path, "r+b" if path.exists() else "w+b", buffering=CHUNK, opener=_for_owner_only
        )
        self._journal: TextIO = journal.open("a", encoding="ascii")
        self._offset = 0
        self._unsafe = 0
        self._unsafe_files = 0
        self._lines: list[str] = []
        self._pending: ZipEntry | None = None

    @property
    def resumed(self) -> Iterator[ZipEntry]:
        """The entries that the journal holds and the file can hold, from the start."""
        size = self.path.stat().st_size
        offset = 0
        for entry in entries_in(self._journal_path):
            if entry.offset != offset or entry.end > size:
                return
            offset = entry.end
            yield entry

    def keep(self, count: int) -> None:
        """Throws away whatever comes after the first `count` entries of the journal, in it and in the zip."""
        end = 0
        lines = 0
        for line in _lines(self._journal_path):
            if count == 0:
                break
            end = _entry(line).end
            lines += len(line) + 1
            count -= 1
        self._journal.truncate(lines)
        self._raw.truncate(end)
        self._raw.seek(end)
        self._offset = end

    def add(
        self, name: str, source: BinaryIO, size: int, method: int, on_chunk: Callable[[int], None]
    ) -> tuple[int, str]:
        """Writes a file of about `size` bytes; returns its real size and SHA-256.

        The caller calls `done` if it is what it should be; whoever does not must not go on writing.
        """
        first = source.read(CHUNK)
        if len(first) < CHUNK and method == STORED and len(first) == size:
            entry = ZipEntry(
                name, self._offset, size, size, zlib.crc32(first), STORED, hashlib.sha256(first).hexdigest()
            )
            self._raw.write(entry.local_header(self._when))
            self._raw.write(first)
            on_chunk(size)
        else:
            entry = self._add_long(name, first, source, size, method, on_chunk)
        self._pending = entry
        return entry.size, entry.sha256

    def done(self) -> None:
        """The file just added is right: notes it."""
        entry, self._pending = self._pending, None
        if entry is None:
            return
        self._offset = entry.end
        self._unsafe += entry.packed
        self._unsafe_files += 1
        self._lines.append(_line(entry))
        if self._unsafe >= CHECKPOINT_BYTES or self._unsafe_files >= CHECKPOINT_FILES:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Brings everything so far to the disk, then says so in the journal."""
        self._raw.flush()
        os.fdatasync(self._raw.fileno())
        self._journal.write("".join(self._lines))
        self._journal.flush()
        os.fsync(self._journal.fileno())
        self._lines.clear()
        self._unsafe = self._unsafe_files = 0

    def finish(self) -> None:
        """Writes the directory at the end of the zip and brings all of it to the disk."""
        self.checkpoint()
        for block in _directory(self._journal_path, self._offset, self._when):
            self._raw.write(block)
        self._raw.flush()
        os.fsync(self._raw.fileno())

    def close(self) -> None:
        """Gives the files back. What was not brought to the disk may be lost."""
        self._journal.close()
        self._raw.close()

    def _add_long(
        self, name: str, first: bytes, source: BinaryIO, size: int, method: int, on_chunk: Callable[[int], None]
    ) -> ZipEntry:
        """In pieces: the header is written again when all is known."""
        entry = ZipEntry(name, self._offset, size, 0, 0, method, "")
        self._raw.write(entry.local_header(self._when))
        digest, crc, total, packed, packed_crc = hashlib.sha256(), 0, 0, 0, 0
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15) if method == DEFLATED else None
        chunk = first
        while chunk:
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            total += len(chunk)
            piece = packer.compress(chunk) if packer else chunk
            packed += self._raw.write(piece)
            packed_crc = zlib.crc32(piece, packed_crc) if packer else 0
            on_chunk(len(chunk))
            chunk = source.read(CHUNK)
        if packer:
            piece = packer.flush()
            packed += self._raw.write(piece)
            packed_crc = zlib.crc32(piece, packed_crc)
        entry = ZipEntry(name, self._offset, total, packed, crc, method, digest.hexdigest(), packed_crc)
        if needs_zip64(total) != needs_zip64(size):
            raise ZipDamaged(name)  # the file changed while it was read: its header would not fit
        self._raw.seek(self._offset)
        self._raw.write(entry.local_header(self._when))
        self._raw.seek(entry.end)
        return entry


def entries_in(journal: Path) -> Iterator[ZipEntry]:
    """The entries that a journal holds, in order; a half line at its end, left by a crash, is passed over."""
    for line in _lines(journal):
        yield _entry(line)


def read_back(path: Path, journal: Path, created: dt.datetime, on_chunk: Callable[[int], None]) -> tuple[str, int]:
    """Reads the finished zip from the disk, every byte of it, against the journal; its SHA-256 and size.

    Raises: ZipDamaged where anything is other than what was written.
    """
    when = dos_moment(created)
    total = hashlib.sha256()
    offset = 0
    with path.open("rb", buffering=0) as raw:
        source = _Reader(raw, total, on_chunk)
        for entry in entries_in(journal):
            if entry.offset != offset or source.take(entry.header_size) != entry.local_header(when):
                raise ZipDamaged(entry.name)
            if source.digest(entry.packed, entry.method) != (entry.sha256, entry.packed_crc):
                raise ZipDamaged(entry.name)
            offset = entry.end
        for block in _directory(journal, offset, when):
            if source.take(len(block)) != block:
                raise ZipDamaged(path.name)
        if source.take(1):
            raise ZipDamaged(path.name)
    return total.hexdigest(), path.stat().st_size


class _Reader:
    """Reads in large pieces and hashes all that is taken."""

    def __init__(self, raw: BinaryIO, total: hashlib._Hash, on_chunk: Callable[[int], None]) -> None:
        self._raw = raw
        self._total = total
        self._on_chunk = on_chunk
        self._buffer = memoryview(b"")

    def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end."""
        taken = bytearray()
        while len(taken) < size:
            piece = self._piece(size - len(taken))
            if not piece:
                break
            taken += piece
        return bytes(taken)

    def digest(self, packed: int, method: int) -> tuple[str, int]:
        """The SHA-256 of the content that the next `packed` bytes hold, and their CRC if they are packed."""
        found, crc = hashlib.sha256(), 0
        unpacker = zlib.decompressobj(-15) if method == DEFLATED else None
        while packed:
            piece = self._piece(packed)
            if not piece:
                break
            packed -= len(piece)
            if unpacker is None:
                found.update(piece)
            else:
                crc = zlib.crc32(piece, crc)
                _unpack(unpacker, bytes(piece), found)
        return found.hexdigest(), crc

    def _piece(self, most: int) -> memoryview:
        if not self._buffer:
            read = self._raw.read(CHUNK)
            self._total.update(read)
            self._on_chunk(len(read))
            self._buffer = memoryview(read)
        piece, self._buffer = self._buffer[:most], self._buffer[most:]
        return piece


def _unpack(unpacker: zlib._Decompress, piece: bytes, found: hashlib._Hash) -> None:
    """A megabyte at a time: XML swells when it is unpacked."""
    try:
        while piece:
            found.update(unpacker.decompress(piece, CHUNK))
            piece = unpacker.unconsumed_tail
    except zlib.error as error:
        raise ZipDamaged(str(error)) from None


def dos_moment(moment: dt.datetime) -> tuple[int, int]:
    """Time and day in zip's form, UTC, in steps of two seconds, from 1980 on."""
    utc = moment.astimezone(dt.UTC)
    year = min(max(utc.year, 1980), 2107)
    return utc.hour << 11 | utc.minute << 5 | utc.second // 2, (year - 1980) << 9 | utc.month << 5 | utc.day


def _directory(journal: Path, start: int, when: tuple[int, int]) -> Iterator[bytes]:
    """The end of the zip: a line for each entry, and where the lines are."""
    count = size = 0
    for entry in entries_in(journal):
        line = entry.central_header(when)
        count += 1
        size += len(line)
        yield line
    place = start + size
    is_large = count >= _MANY or size >= _FAR or start >= _FAR
    if is_large:
        yield _END64.pack(b"PK\6\6", _END64.size - 12, 45, 45, 0, 0, count, count, size, start)
        yield _LOCATOR64.pack(b"PK\6\7", 0, place, 1)
    entries, of_size, at = (_LIMIT16, _LIMIT32, _LIMIT32) if is_large else (count, size, start)
    yield _END.pack(b"PK\5\6", 0, 0, entries, entries, of_size, at, 0)


def _lines(journal: Path) -> Iterator[str]:
    if not journal.exists():
        return
    with journal.open(encoding="ascii") as source:
        for line in source:
            if not line.endswith("\n"):
                return
            yield line[:-1]


def _line(entry: ZipEntry) -> str:
    return json.dumps(astuple(entry)) + "\n"


def _entry(line: str) -> ZipEntry:
    return ZipEntry(*json.loads(line))


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
