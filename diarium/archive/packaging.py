"""Builds a package: a folder of files, each copied and hashed in one pass, then one zip written as a stream."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import shutil
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from diarium.archive.errors import PackagingStopped
from diarium.archive.package_files import (
    UNKNOWN_MIME,
    DocumentOrigin,
    FileGroup,
    FileList,
    PackagedFile,
    identifier_of,
    moment,
)
from diarium.archive.package_model import PackageCase, PackageDocument, PackageInfo, PackageRecord
from diarium.files.errors import BlobMissing
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _

_CHUNK = 1024 * 1024
_OWNER_ONLY = 0o700
_XML = "application/xml"
# Texts shrink; pictures, PDF and office files are compressed already.
_COMPRESSED = frozenset({".xml", ".xsd", ".sch", ".txt", ".csv", ".html"})


class Profile(Protocol):
    """One archive format: which files a package has and what stands in them."""

    code: str

    def package_id(self, info: PackageInfo) -> str:
        """The package's identifier, which is also the name of its folder."""
        ...

    def write(self, folder: PackageFolder, info: PackageInfo, cases: Iterable[PackageCase]) -> None:
        """Fills the folder, reading `cases` once."""
        ...


@dataclass(frozen=True, slots=True)
class FinishedPackage:
    """A package that lies in the export folder. `size` in bytes."""

    path: Path
    sha256: str
    size: int


class PackageFolder:
    """A package in the making. Paths are given within it, with forward slashes."""

    def __init__(
        self,
        root: Path,
        file_list: Path,
        store: BlobStore,
        package: uuid.UUID,
        created: dt.datetime,
        keep_going: Callable[[], None],
    ) -> None:
        self.root = root
        self.files = FileList(file_list)
        self._store = store
        self._package = package
        self._created = created
        self._keep_going = keep_going
        root.mkdir(parents=True)

    def place(self, path: str) -> Path:
        """Where the file at `path` is to be written; its folder is made."""
        target = self.root.joinpath(*PurePosixPath(path).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def add_document(
        self, path: str, record: PackageRecord, item: PackageDocument, restricted_by: str | None
    ) -> PackagedFile:
        """Copies a document's content to `path`.

        Raises: PackagingStopped where the content is missing or is not what its checksum says.
        """
        self._keep_going()
        target = self.place(path)
        try:
            with self._store.open(item.sha256) as source, target.open("xb") as copy:
                size, digest = _copy_and_hash(source, copy)
        except BlobMissing:
            raise _stopped(_("saknas i fillagret"), record, item) from None
        if digest != item.sha256:
            raise _stopped(_("är skadad: innehållet stämmer inte med sin kontrollsumma"), record, item)
        origin = DocumentOrigin(
            document_uid=str(item.uid),
            record_number=record.number_text,
            record_type=record.record_type,
            description=item.description,
            added_at=moment(item.added_at),
            added_by=item.added_by.name if item.added_by else None,
            restricted_by=restricted_by,
        )
        file = PackagedFile(
            identifier=identifier_of(self._package, path),
            path=path,
            group=FileGroup.CONTENT,
            mime=item.mime or UNKNOWN_MIME,
            size=size,
            sha256=digest,
            created=moment(item.added_at),
            original_name=item.file_name,
            format_name=item.format_name,
            format_version=item.format_version,
            puid=item.puid,
            origin=origin,
        )
        self.files.add(file)
        return file

    def add_written(self, path: str, group: FileGroup, mime: str = _XML) -> PackagedFile:
        """Lists a file that was written to `place(path)`."""
        with self.place(path).open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
            size = source.tell()
        identifier = identifier_of(self._package, path)
        file = PackagedFile(identifier, path, group, mime, size, digest, moment(self._created))
        self.files.add(file)
        return file

    def add_copy(self, source: Path, path: str, group: FileGroup) -> PackagedFile:
        """Copies and lists a file of ours, such as a schema."""
        shutil.copyfile(source, self.place(path))
        return self.add_written(path, group)


@contextmanager
def work_folder(export_folder: Path, package: uuid.UUID) -> Iterator[Path]:
    """An empty folder for one package in the making, removed at the end, as is what a crash left there before."""
    folder = export_folder / f".work-{package}"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=_OWNER_ONLY)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def only_one(export_folder: Path, package: uuid.UUID) -> Iterator[bool]:
    """Whether this process alone makes the package now. A crash sets it free, unlike a state in the database."""
    path = export_folder / f".lock-{package}"
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        if not _is_still(path, lock.fileno()):  # removed by one that finished between our opening and locking
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def sweep(export_folder: Path) -> None:
    """Removes what crashed processes left behind of packages that nobody is making now."""
    for leftover in export_folder.glob(".work-*"):
        identifier = uuid.UUID(leftover.name.removeprefix(".work-"))
        with only_one(export_folder, identifier) as is_mine:
            if is_mine:
                shutil.rmtree(leftover, ignore_errors=True)


def build(
    work: Path,
    profile: Profile,
    info: PackageInfo,
    store: BlobStore,
    cases: Iterable[PackageCase],
    *,
    keep_going: Callable[[], None] = lambda: None,
) -> Path:
    """Makes the package's folder in `work` and returns it. `keep_going` is called before each file, may raise.

    Raises: PackagingStopped; whatever reading `cases` raises.
    """
    root = work / profile.package_id(info)
    folder = PackageFolder(root, work / "files.jsonl", store, info.uid, info.created_at, keep_going)
    try:
        profile.write(folder, info, cases)
    finally:
        folder.files.close()
    return root


def zip_package(
    package: Path, target: Path, created: dt.datetime, *, keep_going: Callable[[], None] = lambda: None
) -> FinishedPackage:
    """Writes `package` as a zip file (zip64 where needed), always in the same order with the same times.

    It is written beside `package` as `.part`, brought to disk, then renamed: what stands under its name is whole.
    Only the owner may read it. `package` and `target` must lie in one file system.
    `keep_going` is called before each file and may raise to stop.
    """
    part = package.with_name(target.name + ".part")
    when = created.astimezone(dt.UTC).timetuple()[:6]
    try:
        with open(part, "wb", opener=_for_owner_only) as raw:
            with zipfile.ZipFile(raw, "w", allowZip64=True) as archive:
                for path in _sorted_files(package):
                    keep_going()
                    _add(archive, path, path.relative_to(package.parent).as_posix(), when)
            raw.flush()
            os.fsync(raw.fileno())
        with part.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
            size = source.tell()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return FinishedPackage(target, digest, size)


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _add(archive: zipfile.ZipFile, path: Path, name: str, when: tuple[int, ...]) -> None:
    entry = zipfile.ZipInfo(name, (when[0], when[1], when[2], when[3], when[4], when[5]))
    entry.compress_type = zipfile.ZIP_DEFLATED if path.suffix in _COMPRESSED else zipfile.ZIP_STORED
    entry.external_attr = 0o644 << 16
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, _CHUNK)


def _sorted_files(folder: Path) -> Iterator[Path]:
    """Every file below `folder`, in order of name; only the names of open folders are in memory."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _sorted_files(path)
        else:
            yield path


def _copy_and_hash(source: BinaryIO, target: BinaryIO) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def _stopped(what: str, record: PackageRecord, item: PackageDocument) -> PackagingStopped:
    return PackagingStopped(
        _(
            "Filen ”%(file)s” i handling %(number)s %(what)s. "
            "Återställ den från säkerhetskopian och begär uttaget igen.",
            file=item.file_name,
            number=record.number_text,
            what=what,
        )
    )
