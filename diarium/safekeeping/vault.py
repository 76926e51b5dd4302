"""The folder that backups lie in: objects named by their content, and one folder for each backup.

    diarium-backup.json           what this folder is
    objects/ab/cd/<key>-<sha256>  a content once, however many backups have it; the hash is of the bytes as stored
    backups/<id>/                 manifest.json, objects.z, inventory.z: put in place in one step, last of all
    incoming/                     what is being written

An object shows under its name only when it is whole and on disk, and its name tells whether it still is.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupDamaged, BackupFailed, BackupLocked, NoBackup
from diarium.safekeeping.locks import Lock, Opener

FORMAT = 1
CHUNK = 1024 * 1024
_MARK = "diarium-backup.json"
_NAME = re.compile(r"[0-9a-f]{64}-[0-9a-f]{64}")
_IN_MEMORY = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """An object: its name, and its size as it lies here."""

    name: str
    size: int

    @property
    def sha256(self) -> str:
        """Of the bytes as they lie here."""
        return self.name[65:]


class Vault:
    """A folder of backups. `is_encrypted`: everything in it is."""

    def __init__(self, folder: Path, *, is_encrypted: bool) -> None:
        self.folder = folder
        self.is_encrypted = is_encrypted
        self._objects = folder / "objects"
        self._incoming = folder / "incoming"

    @classmethod
    def open(cls, folder: Path) -> Vault:
        """An existing one. Raises: NoBackup, BackupDamaged."""
        try:
            facts = json.loads((folder / _MARK).read_bytes())
            version, is_encrypted = int(facts["format"]), bool(facts["encrypted"])
        except FileNotFoundError:
            raise NoBackup(_("Det finns inga säkerhetskopior i %(folder)s.", folder=folder)) from None
        except (ValueError, KeyError, TypeError) as error:
            raise BackupDamaged(_("%(name)s går inte att läsa.", name=folder / _MARK)) from error
        if version != FORMAT:
            raise BackupDamaged(
                _("Säkerhetskopiorna i %(folder)s är gjorda av en nyare version av diarium.", folder=folder)
            )
        return cls(folder, is_encrypted=is_encrypted)

    @classmethod
    def prepare(cls, folder: Path, *, is_encrypted: bool) -> Vault:
        """The one in `folder`, made there if the folder is empty.

        Raises: BackupFailed if it holds something else; BackupLocked if one is encrypted and the other is not.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / _MARK).exists():
            if any(entry.name not in ("incoming", "lost+found") for entry in folder.iterdir()):
                raise BackupFailed(
                    _("%(folder)s innehåller annat än säkerhetskopior. Ange en tom mapp.", folder=folder)
                )
            (folder / "incoming").mkdir(exist_ok=True, mode=0o700)
            draft = folder / "incoming" / _MARK
            write_whole(draft, json.dumps({"format": FORMAT, "encrypted": is_encrypted}).encode())
            draft.replace(folder / _MARK)
            sync(folder)
        vault = cls.open(folder)
        if vault.is_encrypted and not is_encrypted:
            raise BackupLocked(
                _("Säkerhetskopiorna i %(folder)s är krypterade. Ange --recipient, eller en annan mapp.",
                  folder=folder)
            )  # fmt: skip
        if is_encrypted and not vault.is_encrypted:
            raise BackupLocked(
                _("Säkerhetskopiorna i %(folder)s är inte krypterade. Ange en annan mapp för krypterade.",
                  folder=folder)
            )  # fmt: skip
        for part in (vault._objects, vault._incoming, vault.backups):
            part.mkdir(exist_ok=True, mode=0o700)
        sync(folder)
        return vault

    @property
    def backups(self) -> Path:
        """The folder with one folder for each backup."""
        return self.folder / "backups"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Only one writes at a time; what an earlier one left half written is removed. Raises: BackupFailed."""
        with (self.folder / ".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupFailed(_("En annan säkerhetskopiering till samma mapp pågår.")) from None
            for leftover in self._incoming.iterdir():
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            yield

    def ids(self) -> list[str]:
        """The backups that were finished, oldest first."""
        if not self.backups.is_dir():
            return []
        return sorted(entry.name for entry in self.backups.iterdir() if (entry / "manifest.json").is_file())

    def find(self, key: str) -> Stored | None:
        """The object with that key, if there is one."""
        place = self._objects / key[:2] / key[2:4]
        try:
            found = [entry for entry in os.scandir(place) if entry.name.startswith(f"{key}-")]
        except FileNotFoundError:
            return None
        return Stored(found[0].name, found[0].stat().st_size) if found else None

    def put(self, sha256: str, source: BinaryIO, lock: Lock | None, *, packed: bool) -> tuple[Stored, bool]:
        """Stores a content unless it is here; also whether it is new. `packed`: compressed.

        Raises: BackupDamaged if `source` does not have that checksum.
        """
        key = lock.key_of(sha256) if lock else sha256
        known = self.find(key)
        if known is not None and (packed or lock is not None or known.size == _size(source)):
            return known, False
        draft = self._incoming / secrets.token_hex(12)
        try:
            name = f"{key}-{self._fill(draft, sha256, source, lock, packed=packed)}"
            target = self._path(name)
            _make(target.parent)
            draft.replace(target)
            sync(target.parent)
        finally:
            draft.unlink(missing_ok=True)
        return Stored(name, target.stat().st_size), True

    def _fill(self, draft: Path, sha256: str, source: BinaryIO, lock: Lock | None, *, packed: bool) -> str:
        reading = source
        if digest_of(source) != sha256:
            raise BackupDamaged(_("Innehållet %(sha256)s är skadat.", sha256=sha256))
        source.seek(0)
        with draft.open("xb") as target:
            writing = _HashingSink(target)
            if packed:
                reading = io.BytesIO(zlib.compress(source.read(), 6))
            if lock is not None:
                lock.encrypt(reading, writing)
            else:
                while chunk := reading.read(CHUNK):
                    writing.write(chunk)
            target.flush()
            os.fchmod(target.fileno(), 0o400)
            os.fsync(target.fileno())
        # What is read while it is written may change under a broken disk: a plain copy is compared once more.
        if lock is None and not packed and writing.digest.hexdigest() != sha256:
            raise BackupDamaged(_("Innehållet %(sha256)s är skadat.", sha256=sha256))
        return writing.digest.hexdigest()

    def open_stored(self, name: str) -> BinaryIO:
        """The bytes as they lie here. Raises: BackupDamaged if they are missing."""
        if not _NAME.fullmatch(name):
            raise BackupDamaged(_("”%(name)s” är inget namn på ett objekt.", name=name[:80]))
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise BackupDamaged(_("Objektet %(name)s saknas.", name=name)) from None

    def is_whole(self, stored: Stored) -> bool:
        """Whether the object is here and has the bytes that its name tells of."""
        try:
            with self.open_stored(stored.name) as source:
                if os.fstat(source.fileno()).st_size != stored.size:
                    return False
                return digest_of(source) == stored.sha256
        except BackupDamaged:
            return False

    @contextmanager
    def reading(self, name: str, opener: Opener | None, *, packed: bool) -> Iterator[BinaryIO]:
        """The content of an object, decrypted and unpacked. Raises: BackupDamaged, BackupLocked."""
        with self.open_stored(name) as source, opened(source, opener, packed=packed) as content:
            yield content

    def names(self) -> Iterator[Path]:
        """The paths of all objects."""
        for outer in sorted(self._objects.iterdir()):
            for inner in sorted(outer.iterdir()):
                yield from (entry for entry in sorted(inner.iterdir()) if _NAME.fullmatch(entry.name))

    def draft(self) -> Path:
        """A new folder for a backup that is being made."""
        return Path(tempfile.mkdtemp(dir=self._incoming))

    def publish(self, draft: Path, backup_id: str) -> None:
        """Puts a finished backup in its place, in one step."""
        sync(draft)
        draft.replace(self.backups / backup_id)
        sync(self.backups)

    def _path(self, name: str) -> Path:
        return self._objects / name[:2] / name[2:4] / name


@contextmanager
def opened(source: BinaryIO, opener: Opener | None, *, packed: bool) -> Iterator[BinaryIO]:
    """What is in `source`, decrypted and unpacked, for reading from its beginning."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
        content: BinaryIO = source
        if opener is not None:
            opener.decrypt(source, plain)
            plain.seek(0)
            content = plain  # type: ignore[assignment]
        if packed:
            try:
                content = io.BytesIO(zlib.decompress(content.read()))
            except zlib.error as error:
                raise BackupDamaged(_("Ett packat objekt går inte att läsa.")) from error
        yield content


def digest_of(source: BinaryIO) -> str:
    """The SHA-256 of what is left to read."""
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def sync(folder: Path) -> None:
    """Brings the names in a folder to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _HashingSink:
    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        return self._target.write(data)

    def flush(self) -> None:
        self._target.flush()


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file and brings it to disk."""
    with path.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())


def _make(folder: Path) -> None:
    for each in (folder.parent, folder):
        if not each.is_dir():
            each.mkdir(exist_ok=True, mode=0o700)
            sync(each.parent)


def _size(source: BinaryIO) -> int:
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    return size
