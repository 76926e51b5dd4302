"""Where the content of a package goes: into its folder, or straight into the zip while the XML is written."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from diarium.archive.errors import PackagingStopped
from diarium.archive.package_model import PackageDocument, PackageRecord
from diarium.archive.packaging_zip import CHUNK, DEFLATED, STORED, ZipDamaged, ZipEntry, ZipStream
from diarium.files.errors import BlobMissing
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _

_AHEAD = 200  # files that wait for the writer: enough that it never idles, few enough that an error is told soon
# Texts shrink; pictures, PDF and office files are compressed already.
_COMPRESSED = frozenset({".xml", ".xsd", ".sch", ".txt", ".csv", ".html"})


@dataclass(slots=True)
class Amount:
    """How much of the content is in place."""

    files: int = 0
    bytes: int = 0


class Content(Protocol):
    """Takes the documents of a package in the order in which they come."""

    def put(self, path: str, record: PackageRecord, item: PackageDocument) -> None:
        """Brings a document's content to `path`, at once or soon.

        Raises: PackagingStopped, maybe only from a later call, where it is missing or not what its checksum says.
        """
        ...

    def put_file(self, path: str, source: Path, sha256: str) -> None:
        """The same for a file of the package folder that will not change any more."""
        ...


class FolderContent:
    """Copies the documents into the package folder."""

    def __init__(self, root: Path, store: BlobStore) -> None:
        self._root = root
        self._store = store

    def put(self, path: str, record: PackageRecord, item: PackageDocument) -> None:
        """Copies and checks at once. Raises: PackagingStopped."""
        target = self._root.joinpath(*PurePosixPath(path).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        try:
            with self._store.open(item.sha256) as source, target.open("xb") as copy:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    copy.write(chunk)
        except BlobMissing:
            raise _missing(record, item) from None
        if digest.hexdigest() != item.sha256:
            raise _damaged(record, item)

    def put_file(self, path: str, source: Path, sha256: str) -> None:
        """Nothing to be done: it lies in the folder."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A file on its way into the zip: a document of `record`, or a file of the package folder."""

    name: str
    size: int
    sha256: str
    document: tuple[PackageRecord, PackageDocument] | None
    source: Path | None = None

    @property
    def method(self) -> int:
        return DEFLATED if PurePosixPath(self.name).suffix in _COMPRESSED else STORED


class ZipContent:
    """Writes the documents into a zip in a thread of its own; each byte is read once, hashed and written.

    What an earlier process brought to the disk is kept as far as it is the same. Used as a context: leaving it
    with an error lets the rest go. `amount` is kept up to date with how far it is.
    """

    def __init__(self, stream: ZipStream, folder: str, store: BlobStore, amount: Amount) -> None:
        self.amount = amount
        self._stream = stream
        self._folder = folder
        self._store = store
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_AHEAD)
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._earlier: Iterator[ZipEntry] = stream.resumed
        self._kept = 0

    def __enter__(self) -> ZipContent:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if kind is not None and self._error is None:
            self._error = error
        self._end_thread()

    def put(self, path: str, record: PackageRecord, item: PackageDocument) -> None:
        """Hands the document to the writer. Raises: PackagingStopped, OSError for one that was put before."""
        name = f"{self._folder}/{path}"
        if self._thread is None:
            entry = next(self._earlier, None)
            if entry is not None and (entry.name, entry.sha256) == (name, item.sha256):
                self._kept += 1
                self._count(entry.size)
                return
        self._hand_over(_Job(name, item.size, item.sha256, (record, item)))

    def put_file(self, path: str, source: Path, sha256: str) -> None:
        """Hands a finished file of the package folder to the writer. Raises: as `put`."""
        size = source.stat().st_size
        self._hand_over(_Job(f"{self._folder}/{path}", size, sha256, None, source))

    def finish(self) -> None:
        """Waits for the writer and ends the zip. Raises: PackagingStopped, OSError."""
        self._begin()
        self._end_thread()
        self._tell_error()
        self._stream.finish()

    def _hand_over(self, job: _Job) -> None:
        self._begin()
        self._tell_error()
        self._jobs.put(job)

    def _begin(self) -> None:
        if self._thread is None:
            self._stream.keep(self._kept)
            self._thread = threading.Thread(target=self._work, name="package content")
            self._thread.start()

    def _end_thread(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()

    def _tell_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is not None:
                continue  # only empties the queue, so that nobody waits for room in it
            try:
                self._write(job)
            except BaseException as error:  # told to whoever puts the next one
                self._error = error

    def _write(self, job: _Job) -> None:
        try:
            with self._store.open(job.sha256) if job.source is None else job.source.open("rb") as source:
                is_document = job.document is not None
                note: Callable[[int], None] = self._count_bytes if is_document else _nothing
                _size, digest = self._stream.add(job.name, source, job.size, job.method, note)
        except BlobMissing:
            if job.document is None:
                raise
            raise _missing(*job.document) from None
        if digest != job.sha256:
            raise _damaged(*job.document) if job.document else ZipDamaged(job.name)
        self._stream.done()
        self.amount.files += job.document is not None

    def _count(self, size: int) -> None:
        self.amount.files += 1
        self.amount.bytes += size

    def _count_bytes(self, size: int) -> None:
        self.amount.bytes += size


def _nothing(_size: int) -> None:
    """For files that are not counted as content."""


def _missing(record: PackageRecord, item: PackageDocument) -> PackagingStopped:
    return _stopped(_("saknas i fillagret"), record, item)


def _damaged(record: PackageRecord, item: PackageDocument) -> PackagingStopped:
    return _stopped(_("är skadad: innehållet stämmer inte med sin kontrollsumma"), record, item)


def _stopped(what: str, record: PackageRecord, item: PackageDocument) -> PackagingStopped:
    return PackagingStopped(
        _(
            "Filen ”%(file)s” i handling %(number)s %(what)s. "
            "Återställ den från säkerhetskopian och fortsätt uttaget sedan.",
            file=item.file_name,
            number=record.number_text,
            what=what,
        )
    )
