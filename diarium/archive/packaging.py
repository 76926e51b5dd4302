"""Builds a package. Its XML is written into a folder; the files of the register go straight into the zip."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

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
from diarium.archive.packaging_content import Amount, Content, FolderContent, ZipContent
from diarium.archive.packaging_zip import ZipEntry, ZipStream, entries_in, read_back
from diarium.files.store import BlobStore

_XML = "application/xml"
_FILES = "files.jsonl"
_JOURNAL = "journal.jsonl"
_PART = "package.zip.part"


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
        content: Content,
        package: uuid.UUID,
        created: dt.datetime,
        keep_going: Callable[[], None],
    ) -> None:
        self.root = root
        self.files = FileList(file_list)
        self._content = content
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
        """Brings a document's content to `path`.

        Raises: PackagingStopped, maybe for an earlier document, where the content is missing or is not what its
        checksum says.
        """
        self._keep_going()
        self._content.put(path, record, item)
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
            size=item.size,
            sha256=item.sha256,
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
        """Lists a file that was written to `place(path)` and will not change any more."""
        source = self.place(path)
        digest, size = _digest(source)
        identifier = identifier_of(self._package, path)
        file = PackagedFile(identifier, path, group, mime, size, digest, moment(self._created))
        self.files.add(file)
        return file

    def add_copy(self, source: Path, path: str, group: FileGroup) -> PackagedFile:
        """Copies and lists a file of ours, such as a schema."""
        shutil.copyfile(source, self.place(path))
        return self.add_written(path, group)


class PackageWork:
    """A package in the making in the folder `work`, which may hold what an earlier process left of it.

    `root`: the package's folder, with all of it but the content of the register's files; `amount`: how far those
    have come. Used as a context.
    """

    def __init__(self, work: Path, profile: Profile, info: PackageInfo, store: BlobStore) -> None:
        self.root = work / profile.package_id(info)
        self.amount = Amount()
        self._work = work
        self._profile = profile
        self._info = info
        self._store = store

    def write(self, cases: Iterable[PackageCase], keep_going: Callable[[], None]) -> None:
        """Writes the zip, whole and on the disk, but not under its name yet. `keep_going`: asked at each file.

        Raises: PackagingStopped, OSError; whatever reading `cases` and `keep_going` raise.
        """
        shutil.rmtree(self.root, ignore_errors=True)
        stream = ZipStream(self._part, self._journal, self._info.created_at)
        self.amount.files = self.amount.bytes = 0
        with closing(stream), ZipContent(stream, self.root.name, self._store, self.amount) as content:
            folder = PackageFolder(
                self.root, self._work / _FILES, content, self._info.uid, self._info.created_at, keep_going
            )
            with closing(folder.files):
                self._profile.write(folder, self._info, cases)
            for path in sorted_files(self.root):
                content.put_file(path.relative_to(self.root).as_posix(), path, _digest(path)[0])
            content.finish()

    def read_back(self, on_chunk: Callable[[int], None]) -> FinishedPackage:
        """Reads every byte of the zip from the disk against what was written. `on_chunk`: told the bytes read.

        Raises: ZipDamaged, OSError; whatever `on_chunk` raises.
        """
        digest, size = read_back(self._part, self._journal, self._info.created_at, on_chunk)
        return FinishedPackage(self._part, digest, size)

    def content(self) -> Iterator[ZipEntry]:
        """The register's files and ours as they stand in the zip, paths with the package's folder first."""
        return entries_in(self._journal)

    def publish(self, package: FinishedPackage, target: Path) -> FinishedPackage:
        """Gives the zip its name: what stands under that is whole. `target` lies in the same file system."""
        package.path.replace(target)
        sync_folder(target.parent)
        return FinishedPackage(target, package.sha256, package.size)

    @property
    def written(self) -> int:
        """Bytes that an earlier process has written."""
        return self._part.stat().st_size if self._part.exists() else 0

    @property
    def _part(self) -> Path:
        return self._work / _PART

    @property
    def _journal(self) -> Path:
        return self._work / _JOURNAL


def build(
    work: Path,
    profile: Profile,
    info: PackageInfo,
    store: BlobStore,
    cases: Iterable[PackageCase],
    *,
    keep_going: Callable[[], None] = lambda: None,
) -> Path:
    """Makes a package as a folder in `work`, content and all, and returns it.

    `keep_going` is called before each file, may raise. Raises: PackagingStopped; whatever reading `cases` raises.
    """
    root = work / profile.package_id(info)
    folder = PackageFolder(root, work / _FILES, FolderContent(root, store), info.uid, info.created_at, keep_going)
    with closing(folder.files):
        profile.write(folder, info, cases)
    return root


def sorted_files(folder: Path) -> Iterator[Path]:
    """Every file below `folder`, in order of name; only the names of open folders are in memory."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from sorted_files(path)
        else:
            yield path


def sync_folder(folder: Path) -> None:
    """Brings the names in `folder` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest(), source.tell()
