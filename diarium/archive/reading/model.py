"""What the reading of a package gives: the register's facts as in `package_model`, and where its files lie."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from diarium.archive.package_model import PackageCase, PackageInfo
from diarium.archive.profiles.codes import ProfileCode


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file as the package tells of it. `path`: within the package, with forward slashes; None: it names none.

    `checksum` and `method` (as `SHA-256`): as they are written, where they are.
    """

    path: str | None
    size: int | None = None
    checksum: str | None = None
    method: str | None = None
    mime: str | None = None


@dataclass(frozen=True, slots=True)
class ReadCase:
    """A case with its records in memory. `files`: by the identifier of the document or dispatch they belong to.

    `remarks`: what was not understood, in the user's language; its text stands in the case's or record's note.
    """

    case: PackageCase
    files: Mapping[uuid.UUID, PackedFile]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """A package that was opened for reading. Cases are read anew, one at a time, by each that asks for them.

    `is_ours`: it was written from a diarium register, and every fact is what it was there. `package_id`: its own
    identifier. `case_count` and `record_count`: what the whole package holds.
    """

    folder: Path
    profile: ProfileCode
    package_id: str
    is_ours: bool
    info: PackageInfo
    case_count: int
    record_count: int
    reader: Callable[[], Iterator[ReadCase]]

    @property
    def cases(self) -> Iterator[PackageCase]:
        """The cases, one at a time."""
        return (item.case for item in self.reader())

    def read(self) -> Iterator[ReadCase]:
        """The cases with their files, one at a time."""
        return self.reader()

    def path_of(self, file: PackedFile) -> Path | None:
        """Where the file lies; None where it is missing, or no file of the package."""
        if file.path is None:
            return None
        path = self.folder / file.path
        is_inside = path.resolve().is_relative_to(self.folder.resolve())
        return path if is_inside and path.is_file() and not path.is_symlink() else None
