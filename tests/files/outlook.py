"""Writes Outlook messages: the property streams of MS-OXMSG in a compound file of MS-CFB, enough to be real."""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass, field

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STRING, _BINARY, _TIME, _INTEGER, _OBJECT = 0x001F, 0x0102, 0x0040, 0x0003, 0x000D


@dataclass
class Folder:
    """A storage of a compound file."""

    streams: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)


@dataclass
class OutlookMessage:
    """What goes into a message. `embedded`: a message attached as Outlook does, without a file of its own."""

    subject: str = "Ansökan om bygglov"
    body: str = "Bygglov för Åsa Öberg i Ängelholm"
    html: bytes | None = None
    sender: tuple[str, str] = ("Åsa Öberg", "asa@example.se")
    recipients: tuple[tuple[str, str], ...] = (("Byggnadsnämnden", "bygg@example.se"),)
    sent_ticks: int | None = None
    attachments: tuple[tuple[str, bytes], ...] = ()
    embedded: OutlookMessage | None = None


def outlook_message(message: OutlookMessage) -> bytes:
    """The bytes of the MSG file."""
    root = _message_folder(message, header=32)
    root.folders["__nameid_version1.0"] = Folder({f"__substg1.0_000{n}0102": b"" for n in (2, 3, 4)})
    return compound_file(root)


def ticks(moment: dt.datetime) -> int:
    """Hundreds of nanoseconds since 1601, as Windows counts."""
    return int((moment - dt.datetime(1601, 1, 1, tzinfo=dt.UTC)).total_seconds()) * 10_000_000


def _message_folder(message: OutlookMessage, header: int) -> Folder:
    values: dict[tuple[int, int], bytes] = {
        (0x001A, _STRING): _utf16("IPM.Note"),
        (0x0037, _STRING): _utf16(message.subject),
        (0x1000, _STRING): _utf16(message.body),
        (0x0C1A, _STRING): _utf16(message.sender[0]),
        (0x5D01, _STRING): _utf16(message.sender[1]),
        (0x1035, _STRING): _utf16("<1@example.se>"),
    }
    if message.html is not None:
        values[0x1013, _BINARY] = message.html
    fixed = {} if message.sent_ticks is None else {(0x0039, _TIME): struct.pack("<Q", message.sent_ticks)}
    folder = _properties(values, fixed, header)
    for number, (name, address) in enumerate(message.recipients):
        texts = {(0x3001, _STRING): _utf16(name), (0x39FE, _STRING): _utf16(address)}
        folder.folders[f"__recip_version1.0_#{number:08X}"] = _properties(texts, {}, 8)
    for number, (name, content) in enumerate(message.attachments):
        data = {(0x3707, _STRING): _utf16(name), (0x3701, _BINARY): content}
        method = {(0x3705, _INTEGER): struct.pack("<Q", 1)}
        folder.folders[f"__attach_version1.0_#{number:08X}"] = _properties(data, method, 8)
    if message.embedded:
        inside = _properties({}, {(0x3705, _INTEGER): struct.pack("<Q", 5)}, 8)
        inside.folders[f"__substg1.0_3701{_OBJECT:04X}"] = _message_folder(message.embedded, header=24)
        folder.folders[f"__attach_version1.0_#{len(message.attachments):08X}"] = inside
    return folder


def _properties(values: dict[tuple[int, int], bytes], fixed: dict[tuple[int, int], bytes], header: int) -> Folder:
    stream = bytearray(header)
    streams = {}
    for (number, kind), value in values.items():
        streams[f"__substg1.0_{number:04X}{kind:04X}"] = value
        stream += struct.pack("<HHIII", kind, number, 6, len(value) + (2 if kind == _STRING else 0), 0)
    for (number, kind), value in fixed.items():
        stream += struct.pack("<HHI8s", kind, number, 6, value)
    return Folder(streams | {"__properties_version1.0": bytes(stream)})


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


class _Sectors:
    """Chains of sectors and the table that links them."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray()
        self.table: list[int] = []

    def add(self, content: bytes) -> int:
        """Adds a chain; its first sector, or the end mark for an empty content."""
        if not content:
            return _END
        start, count = len(self.table), -(-len(content) // self.size)
        self.table += [*range(start + 1, start + count), _END]
        self.data += content.ljust(count * self.size, b"\0")
        return start


def compound_file(root: Folder) -> bytes:
    """The bytes of a compound file, version 3, with at most 109 sectors of allocation table."""
    big, small = _Sectors(_SECTOR), _Sectors(_MINI)
    entries: list[list[object]] = [["Root Entry", 5, _NONE, _NONE, _NONE, 0, 0]]
    entries[0][4] = _add_folder(root, entries, big, small)
    entries[0][5], entries[0][6] = big.add(bytes(small.data)), len(small.data)
    directory = b"".join(_entry(entry) for entry in entries)
    directory += _entry(["", 0, _NONE, _NONE, _NONE, 0, 0]) * (-len(entries) % 4)
    directory_start = big.add(directory)
    mini_table = b"".join(struct.pack("<I", link) for link in small.table)
    mini_count = -(-len(mini_table) // _SECTOR)
    mini_start = big.add(mini_table.ljust(mini_count * _SECTOR, b"\xff"))
    fat_count = 1
    while fat_count * (_SECTOR // 4) < len(big.table) + fat_count:
        fat_count += 1
    fat_places = range(len(big.table), len(big.table) + fat_count)
    links = big.table + [_FAT] * fat_count
    fat = b"".join(struct.pack("<I", link) for link in links).ljust(fat_count * _SECTOR, b"\xff")
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_count, directory_start, 0, _CUTOFF, mini_start, mini_count, _END, 0,
    )  # fmt: skip
    places = [*fat_places, *[_FREE] * (109 - fat_count)]
    return head + struct.pack("<109I", *places) + bytes(big.data) + fat


def _add_folder(folder: Folder, entries: list[list[object]], big: _Sectors, small: _Sectors) -> int:
    """Adds what the folder holds; the entry at the root of its tree of siblings."""
    numbers: list[tuple[str, int]] = []
    for name, content in folder.streams.items():
        sectors = small if len(content) < _CUTOFF else big
        entries.append([name, 2, _NONE, _NONE, _NONE, sectors.add(content), len(content)])
        numbers.append((name, len(entries) - 1))
    for name, inner in folder.folders.items():
        entry: list[object] = [name, 1, _NONE, _NONE, _NONE, 0, 0]
        entries.append(entry)
        numbers.append((name, len(entries) - 1))
        entry[4] = _add_folder(inner, entries, big, small)
    ordered = [number for _name, number in sorted(numbers, key=lambda one: (len(one[0]), one[0].upper()))]
    return _balance(ordered, entries)


def _balance(ordered: list[int], entries: list[list[object]]) -> int:
    if not ordered:
        return _NONE
    middle = len(ordered) // 2
    entries[ordered[middle]][2] = _balance(ordered[:middle], entries)
    entries[ordered[middle]][3] = _balance(ordered[middle + 1 :], entries)
    return ordered[middle]


def _entry(entry: list[object]) -> bytes:
    name, kind, left, right, child, start, size = entry
    encoded = _utf16(str(name) + "\0") if name else b""
    return struct.pack(
        "<64sHBBIII16xI16xIQ", encoded, len(encoded), kind, 1, left, right, child, 0, start, size
    )  # fmt: skip
