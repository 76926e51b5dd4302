"""Packages put into a folder: a mounted share of the receiver, a disk that is carried there."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.port import (
    CHUNK,
    MAX_RETURNED_BYTES,
    MOST_RETURNED,
    TAIL,
    Arrival,
    Course,
    Parcel,
    Proof,
    ReturnedFile,
)
from diarium.archive.transport.settings import FolderSettings, allowed_folder
from diarium.archive.transport.words import mark_of, name_taken, not_same, too_large
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.settings import DeliverySettings

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


class FolderTransport:
    """The transport. The folder is judged anew each time it is opened: a link may lead elsewhere meanwhile."""

    def __init__(self, settings: FolderSettings, policy: DeliverySettings) -> None:
        try:
            self._folder = allowed_folder(settings.path, policy)
            self._return = allowed_folder(settings.return_path, policy) if settings.return_path else None
        except DomainError as error:
            raise TransportError(error.message) from None

    def probe(self) -> None:
        """See `Transport`."""
        with self._told():
            path = self._folder / f".diarium-prov-{secrets.token_hex(8)}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                os.write(descriptor, b"diarium")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
                path.unlink()
            if self._return is not None:
                next(self._return.iterdir(), None)

    def send(self, parcel: Parcel, course: Course) -> Arrival:
        """See `Transport`. What was written is read back and compared by SHA-256 before it gets its name."""
        target, partial = self._folder / parcel.name, self._folder / parcel.partial_name
        with self._told(partial):
            if os.path.lexists(target):
                if not _is_same(target, parcel, course):
                    raise name_taken(parcel.name)
                partial.unlink(missing_ok=True)
                return Arrival(str(target), Proof.READ_BACK)
            _copy(parcel, partial, course)
            if not _is_same(partial, parcel, course):
                partial.unlink()
                raise not_same(parcel.name)
            _publish(partial, target)
            _sync(self._folder)
        return Arrival(str(target), Proof.READ_BACK)

    def discard(self, parcel: Parcel, token: str | None) -> None:
        """See `Transport`."""
        with self._told():
            (self._folder / parcel.partial_name).unlink(missing_ok=True)

    def returned(self) -> Iterator[ReturnedFile]:
        """See `Transport`."""
        if self._return is None:
            return
        with self._told():
            files = [entry for entry in os.scandir(self._return) if entry.is_file(follow_symlinks=False)]
            found = [(entry.stat(follow_symlinks=False), entry.name) for entry in files]
            for facts, name in sorted(found, key=lambda one: (-one[0].st_mtime_ns, one[1]))[:MOST_RETURNED]:
                yield ReturnedFile(name, facts.st_size, mark_of(name, facts.st_size, facts.st_mtime_ns))

    def read_returned(self, file: ReturnedFile) -> bytes:
        """See `Transport`."""
        if self._return is None or "/" in file.name:
            raise too_large(file.name)
        with self._told():
            descriptor = os.open(self._return / file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as source:
                is_file = stat.S_ISREG(os.fstat(source.fileno()).st_mode)
                content = source.read(MAX_RETURNED_BYTES + 1) if is_file else b""
        if not is_file or len(content) > MAX_RETURNED_BYTES:
            raise too_large(file.name)
        return content

    @contextmanager
    def _told(self, partial: Path | None = None) -> Iterator[None]:
        """Turns what the disk says into words. Half a package is removed from a disk that is full."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                if partial is not None:
                    with contextlib.suppress(OSError):
                        partial.unlink(missing_ok=True)
                raise TransportError(
                    _("Det finns inte plats i mappen %(path)s. Frigör utrymme. Det som hade skrivits är "
                      "borttaget.", path=self._folder),
                    is_lasting=False,
                    is_undone=True,
                ) from error  # fmt: skip
            if error.errno in _REFUSED:
                raise TransportError(
                    _("Systemet får inte skriva i mappen %(path)s. Ge det rätt att skapa och byta namn på filer "
                      "där.", path=self._folder)
                ) from error  # fmt: skip
            raise TransportError(
                _("Mappen %(path)s kan inte användas: %(reason)s.",
                  path=self._folder, reason=error.strerror or type(error).__name__),
                is_lasting=False,
            ) from error  # fmt: skip


def _copy(parcel: Parcel, partial: Path, course: Course) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with parcel.path.open("rb") as source, os.fdopen(os.open(partial, flags, 0o640), "r+b") as target:
        sent = _place_to_go_on(source.fileno(), target.fileno(), parcel.size)
        target.truncate(sent)
        source.seek(sent)
        target.seek(sent)
        course.reached(sent)
        while chunk := source.read(CHUNK):
            target.write(chunk)
            target.flush()
            sent += len(chunk)
            course.reached(sent)
        os.fsync(target.fileno())


def _place_to_go_on(source: int, target: int, size: int) -> int:
    """How much of the parcel lies there already: all that does if its end is the same, else nothing."""
    there = os.fstat(target).st_size
    if not 0 < there <= size:
        return 0
    start = max(0, there - TAIL)
    return there if os.pread(source, there - start, start) == os.pread(target, there - start, start) else 0


def _is_same(path: Path, parcel: Parcel, course: Course) -> bool:
    """Whether the file at `path` holds exactly the parcel."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as source:
        if os.fstat(source.fileno()).st_size != parcel.size:
            return False
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            course.alive()
    return digest.hexdigest() == parcel.sha256


def _publish(partial: Path, target: Path) -> None:
    """Gives the whole file its name, without ever taking that of another."""
    try:
        os.link(partial, target)
    except FileExistsError:
        raise name_taken(target.name) from None
    except OSError:  # a file system without links (FAT, some shares)
        if os.path.lexists(target):
            raise name_taken(target.name) from None
        partial.rename(target)
        return
    partial.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
