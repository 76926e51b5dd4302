"""Outlook messages: the property streams of MS-OXMSG in a compound file (MS-CFB), as small as they can be."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from diarium.demo.content.model import DemoFile
from diarium.demo.content.render import text

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_UNICODE = 0x001F
_HEADER = 32
_PER_SECTOR = _SECTOR // 4
_FAT_IN_HEADER = 109


def render(file: DemoFile, sender_email: str, recipient_email: str) -> bytes:
    """The paper as a message without attachments."""
    values = {
        0x001A: "IPM.Note",
        0x0037: file.title,
        0x1000: text.body(file),
        0x0C1A: file.letterhead,
        0x5D01: sender_email,
        0x0E04: recipient_email,
    }
    stream = bytearray(_HEADER)
    streams: dict[str, bytes] = {}
    for number, value in values.items():
        content = value.encode("utf-16-le")
        streams[f"__substg1.0_{number:04X}{_UNICODE:04X}"] = content
        stream += struct.pack("<HHIII", _UNICODE, number, 6, len(content) + 2, 0)
    return _compound_file(streams | {"__properties_version1.0": bytes(stream)})


@dataclass
class _Chains:
    """Contents in sectors of `size`, and the table that links a content's sectors."""

    size: int
    data: bytearray = field(default_factory=bytearray)
    table: list[int] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        """Adds a content; its first sector, or the end mark for an empty one."""
        if not content:
            return _END
        start, count = len(self.table), -(-len(content) // self.size)
        self.table += [*range(start + 1, start + count), _END]
        self.data += content.ljust(count * self.size, b"\0")
        return start


def _compound_file(streams: dict[str, bytes]) -> bytes:
    """The bytes of a compound file, version 3, that holds `streams` in its root."""
    big, small = _Chains(_SECTOR), _Chains(_MINI)
    placed = []
    for name, content in streams.items():
        chains = small if len(content) < _CUTOFF else big
        placed.append((name, chains.add(content), len(content)))
    directory = _directory(placed, big.add(bytes(small.data)), len(small.data))
    directory_start = big.add(directory)
    links = b"".join(struct.pack("<I", link) for link in small.table)
    links = links.ljust(-(-len(links) // _SECTOR) * _SECTOR, b"\xff")
    links_start = big.add(links)
    fat_count = 1
    while fat_count * _PER_SECTOR < len(big.table) + fat_count:
        fat_count += 1
    places = range(len(big.table), len(big.table) + fat_count)
    table = [*big.table, *[_FAT] * fat_count]
    fat = b"".join(struct.pack("<I", link) for link in table).ljust(fat_count * _SECTOR, b"\xff")
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_count, directory_start, 0, _CUTOFF, links_start, len(links) // _SECTOR, _END, 0,
    )  # fmt: skip
    head += struct.pack(f"<{_FAT_IN_HEADER}I", *places, *[_FREE] * (_FAT_IN_HEADER - fat_count))
    return head + bytes(big.data) + fat


def _directory(placed: list[tuple[str, int, int]], small_start: int, small_size: int) -> bytes:
    """The entries: the root, then the streams as a balanced tree in the order that the format wants."""
    ordered = sorted(placed, key=lambda stream: (len(stream[0]), stream[0].upper()))
    siblings: dict[int, tuple[int, int]] = {}
    top = _tree(1, len(ordered) + 1, siblings)
    entries = [_entry("Root Entry", 5, (_NONE, _NONE), top, small_start, small_size)]
    for number, (name, start, size) in enumerate(ordered, start=1):
        entries.append(_entry(name, 2, siblings[number], _NONE, start, size))
    entries += [_entry("", 0, (_NONE, _NONE), _NONE, 0, 0)] * (-len(entries) % 4)
    return b"".join(entries)


def _tree(first: int, end: int, siblings: dict[int, tuple[int, int]]) -> int:
    if first == end:
        return _NONE
    middle = (first + end) // 2
    siblings[middle] = (_tree(first, middle, siblings), _tree(middle + 1, end, siblings))
    return middle


def _entry(name: str, kind: int, siblings: tuple[int, int], child: int, start: int, size: int) -> bytes:
    encoded = f"{name}\0".encode("utf-16-le") if name else b""
    return struct.pack("<64sHBBIII16xI16xIQ", encoded, len(encoded), kind, 1, *siblings, child, 0, start, size)
