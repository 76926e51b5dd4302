"""Where the bytes of files lie: named by their SHA-256, written once, never changed."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from diarium.files.errors import BlobMissing, EmptyFile, FileTooLarge
from diarium.i18n import gettext as _

_CHUNK = 1024 * 1024
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """A content that lies safely in the store. `sha256`: 64 hexadecimal digits; `size` in bytes."""

    sha256: str
    size: int


class BlobStore(Protocol):
    """What the rest of the house needs of a store. Contents are named by checksum and never change."""

    def put_stream(self, stream: BinaryIO, *, max_bytes: int, allow_empty: bool = False) -> StoredBlob:
        """Stores all that `stream` gives, in one pass. Raises: FileTooLarge, EmptyFile."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The content for reading; the caller closes it. Raises: BlobMissing."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether the content is there; False too for a text that is no checksum."""
        ...

    def verify(self, sha256: str) -> bool:
        """Whether the content is there and still has its checksum."""
        ...

    def iter_hashes(self) -> Iterator[str]:
        """The checksums of all contents, in order."""
        ...


class LocalBlobStore:
    """A store in a folder: `<root>/ab/cd/<sha256>`, new contents written under `<root>/tmp` first.

    Several processes may use the same folder. A content shows under its name only when it is whole and on disk.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "tmp"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def put_stream(self, stream: BinaryIO, *, max_bytes: int, allow_empty: bool = False) -> StoredBlob:
        """Stores all that `stream` gives, hashed while it is written; an already stored content is kept once.

        Raises: FileTooLarge beyond `max_bytes`, EmptyFile unless `allow_empty`. Nothing is left behind then.
        """
        descriptor, name = tempfile.mkstemp(dir=self._incoming, prefix="in-")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                blob = _copy(stream, target, max_bytes)
                if blob.size == 0 and not allow_empty:
                    raise EmptyFile(_("Filen är tom. Välj en fil med innehåll."))
                target.flush()
                os.fchmod(target.fileno(), _READ_ONLY)
                os.fsync(target.fileno())
            self._publish(temporary, blob)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return blob

    def put_bytes(self, content: bytes, *, allow_empty: bool = False) -> StoredBlob:
        """Stores `content`. Raises: EmptyFile unless `allow_empty`."""
        return self.put_stream(io.BytesIO(content), max_bytes=len(content), allow_empty=allow_empty)

    def open(self, sha256: str) -> BinaryIO:
        """The content for reading; the caller closes it. Raises: BlobMissing."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise _missing() from None

    def path(self, sha256: str) -> Path:
        """Where the content lies or would lie. Raises: BlobMissing if `sha256` is not 64 hexadecimal digits."""
        if not _CHECKSUM.fullmatch(sha256):
            raise _missing()
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        """Whether the content is there; False too for a text that is no checksum."""
        return bool(_CHECKSUM.fullmatch(sha256)) and self.path(sha256).is_file()

    def verify(self, sha256: str) -> bool:
        """Whether the content is there and still has its checksum."""
        if not self.exists(sha256):
            return False
        with self.path(sha256).open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest() == sha256

    def iter_hashes(self) -> Iterator[str]:
        """The checksums of all contents, in order. Files that are not named by a checksum are passed over."""
        for path in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            for inner in sorted(path.glob("[0-9a-f][0-9a-f]")):
                names = sorted(entry.name for entry in inner.iterdir())
                yield from (name for name in names if _CHECKSUM.fullmatch(name))

    def remove(self, sha256: str, *, untouched_for: float = 0.0) -> bool:
        """Removes a content for ever, unless somebody stored it, or the same once more, so many seconds ago.

        Returns whether it is gone. Raises: BlobMissing if `sha256` is no checksum.
        """
        target = self.path(sha256)
        # Under another name first: who stores the same content meanwhile finds it gone, and writes it anew.
        aside = self._incoming / f"out-{sha256}"
        latest = time.time() - untouched_for
        try:
            if target.stat().st_mtime > latest:
                return False
            target.replace(aside)
        except FileNotFoundError:
            if not aside.exists():
                return True
            # Left by a removal that was cut short: looked at as if it had only just been set aside.
        if aside.stat().st_mtime > latest and not target.exists():
            aside.replace(target)
            return False
        aside.unlink()
        _sync_folder(target.parent)
        return not target.exists()

    def sweep(self, older_than_seconds: float) -> int:
        """Removes what crashed writers left behind, if untouched for that long; the number of files removed."""
        latest = time.time() - older_than_seconds
        removed = 0
        for leftover in self._incoming.glob("in-*"):
            try:
                if leftover.stat().st_mtime <= latest:
                    leftover.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # its writer published or removed it just now
        return removed

    def _publish(self, temporary: Path, blob: StoredBlob) -> None:
        target = self.path(blob.sha256)
        if _is_there(target, blob.size):
            temporary.unlink()
            return
        # A file of the wrong size under this name is damaged (a broken disk or copy): the whole one replaces it.
        for folder in (target.parent.parent, target.parent):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                _sync_folder(folder.parent)
        temporary.replace(target)
        _sync_folder(target.parent)


def _is_there(target: Path, size: int) -> bool:
    """Whether the content lies there whole; if so it is touched, so that nobody removes it just now."""
    try:
        if not target.is_file() or target.stat().st_size != size:
            return False
        os.utime(target)
    except FileNotFoundError:
        return False
    return True


def _copy(stream: BinaryIO, target: BinaryIO, max_bytes: int) -> StoredBlob:
    digest = hashlib.sha256()
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise FileTooLarge(
                _("Filen är större än %(limit)s byte, som är det största tillåtna. Dela upp eller krymp den.",
                  limit=max_bytes)
            )  # fmt: skip
        digest.update(chunk)
        target.write(chunk)
    return StoredBlob(digest.hexdigest(), size)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _missing() -> BlobMissing:
    return BlobMissing(_("Filens innehåll finns inte i lagret."))
