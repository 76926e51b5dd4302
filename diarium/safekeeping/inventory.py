"""The inventory of a backup: what each object is, line by line, so that a large one needs no memory."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupDamaged, BackupLocked
from diarium.safekeeping.locks import Lock, Opener
from diarium.safekeeping.manifest import INVENTORY, OBJECTS, Manifest
from diarium.safekeeping.rows import Sort, TableForm
from diarium.safekeeping.vault import CHUNK, Stored, Vault, digest_of, opened

LETTERBOX = "letterbox"
REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Rows:
    """A chunk of a table of the register or the letterbox. `sha256` is of the lines, `name` the object's."""

    database: str
    table: str
    rows: int
    sha256: str
    name: str


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a registered file."""

    sha256: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Package:
    """A file of the folder of packages."""

    path: str
    sha256: str
    size: int
    name: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A content that was missing or damaged in the register when the backup was made."""

    sha256: str


Item = Rows | Content | Package | Damaged
_KINDS: Mapping[str, type[Item]] = {"rows": Rows, "content": Content, "package": Package, "damaged": Damaged}
_NAMES = {kind: name for name, kind in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Head:
    """What has to be known before the objects are read. `keys`: of the installation, in encrypted backups only."""

    tables: Mapping[str, tuple[TableForm, ...]]
    sequences: Mapping[str, int] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)


class InventoryWriter:
    """Writes the inventory and the list of objects of a backup into its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = ExitStack()
        self._items = _Packed(self._files.enter_context((folder / "items").open("w+b")))
        self._objects = _Packed(self._files.enter_context((folder / OBJECTS).open("w+b")))
        self.object_count = self.object_bytes = 0

    def __enter__(self) -> InventoryWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def head(self, head: Head) -> None:
        """Writes what comes first."""
        self._items.write(json.dumps({"head": asdict(head)}, ensure_ascii=False))

    def add(self, item: Item, size: int = 0) -> None:
        """Notes an item; `size`: of its object as stored."""
        self._items.write(json.dumps([_NAMES[type(item)], *asdict(item).values()], ensure_ascii=False))
        if not isinstance(item, Damaged):
            self._objects.write(f"{item.name} {size}")
            self.object_count += 1
            self.object_bytes += size

    def finish(self, lock: Lock | None) -> tuple[str, str]:
        """Brings both to disk; their checksums: of the list of objects, of the inventory."""
        objects, items = self._objects.end(), self._items.end()
        target = self._folder / INVENTORY
        with target.open("wb") as writing:
            if lock is None:
                while chunk := items.read(CHUNK):
                    writing.write(chunk)
            else:
                lock.encrypt(items, writing)
            writing.flush()
            os.fsync(writing.fileno())
        digest = digest_of(objects)
        self._files.close()
        (self._folder / "items").unlink()
        with target.open("rb") as reading:
            return digest, digest_of(reading)


def objects_of(vault: Vault, manifest: Manifest) -> Iterator[Stored]:
    """The objects that a backup needs, as often as it names them. Raises: BackupDamaged."""
    with _checked(vault, manifest, OBJECTS, manifest.objects_sha256) as source:
        for line in _unpacked(source):
            name, _space, size = line.partition(" ")
            yield Stored(name, int(size))


def items_of(vault: Vault, manifest: Manifest, opener: Opener | None) -> Iterator[Head | Item]:
    """The inventory: its head, then the items. Raises: BackupDamaged, BackupLocked."""
    if manifest.is_encrypted and opener is None:
        raise BackupLocked(_("Säkerhetskopian är krypterad. Ange nyckelfilen med --identity."))
    used = opener if manifest.is_encrypted else None
    with (
        _checked(vault, manifest, INVENTORY, manifest.inventory_sha256) as source,
        opened(source, used, packed=False) as plain,
    ):
        lines = _unpacked(plain)
        yield _head(json.loads(next(lines))["head"])
        for line in lines:
            kind, *facts = json.loads(line)
            yield _KINDS[kind](*facts)


def head_of(vault: Vault, manifest: Manifest, opener: Opener | None) -> Head:
    """The head alone."""
    for head in items_of(vault, manifest, opener):
        if isinstance(head, Head):
            return head
    raise BackupDamaged(_("Säkerhetskopian %(id)s är tom.", id=manifest.id))


def _head(facts: Mapping[str, Mapping[str, object]]) -> Head:
    tables: dict[str, tuple[TableForm, ...]] = {}
    for database, forms in facts["tables"].items():
        assert isinstance(forms, list)
        tables[database] = tuple(
            TableForm(
                form["name"],
                {name: Sort(sort) for name, sort in form["columns"].items()},
                tuple(form["key"]),
                form["schema"],
            )
            for form in forms
        )
    sequences = {name: int(str(value)) for name, value in facts["sequences"].items()}
    return Head(tables, sequences, {name: str(value) for name, value in facts["keys"].items()})


class _Packed:
    """Lines, compressed as they come."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._packer = zlib.compressobj(6)

    def write(self, line: str) -> None:
        self._target.write(self._packer.compress(line.encode("utf-8") + b"\n"))

    def end(self) -> BinaryIO:
        """Everything, on disk, for reading from the beginning."""
        self._target.write(self._packer.flush())
        self._target.flush()
        os.fsync(self._target.fileno())
        self._target.seek(0)
        return self._target


def _checked(vault: Vault, manifest: Manifest, name: str, sha256: str) -> BinaryIO:
    try:
        source = (vault.backups / manifest.id / name).open("rb")
    except FileNotFoundError:
        raise BackupDamaged(_("%(name)s saknas i säkerhetskopian %(id)s.", name=name, id=manifest.id)) from None
    if digest_of(source) != sha256:
        source.close()
        raise BackupDamaged(_("%(name)s i säkerhetskopian %(id)s är skadad.", name=name, id=manifest.id))
    source.seek(0)
    return source


def _unpacked(source: BinaryIO) -> Iterator[str]:
    unpacker = zlib.decompressobj()
    rest = b""
    while chunk := source.read(CHUNK):
        rest += unpacker.decompress(chunk)
        *lines, rest = rest.split(b"\n")
        yield from (line.decode("utf-8") for line in lines)
