"""The files of a package in the making, listed on the disk so that memory does not grow with them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import quote

UNKNOWN_MIME = "application/octet-stream"


class FileGroup(StrEnum):
    """What a file is in the package. `REPRESENTATION…`: of a representation that has a METS.xml of its own."""

    DOCUMENTATION = "Documentation"
    SCHEMAS = "Schemas"
    CONTENT = "Representations"
    METADATA = "Metadata"
    REPRESENTATION = "Representation METS"
    REPRESENTATION_METADATA = "Representation metadata"
    REPRESENTATION_SCHEMAS = "Representation schemas"


@dataclass(frozen=True, slots=True)
class DocumentOrigin:
    """Where a document's file comes from in the register."""

    document_uid: str
    record_number: str
    record_type: str | None
    description: str | None
    added_at: str
    added_by: str | None
    restricted_by: str | None


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file that lies in the package. `path`: within the package folder, with forward slashes; `size` in bytes.

    `created`: XML Schema dateTime; `original_name`: as it was registered, where it is a document.
    """

    identifier: str
    path: str
    group: FileGroup
    mime: str
    size: int
    sha256: str
    created: str
    original_name: str | None = None
    format_name: str | None = None
    format_version: str | None = None
    puid: str | None = None
    origin: DocumentOrigin | None = None

    @property
    def href(self) -> str:
        """The path as a relative URL."""
        return quote(self.path)


_FACTS: Final = tuple(field.name for field in fields(PackagedFile) if field.name != "origin")
_OF_ORIGIN: Final = tuple(field.name for field in fields(DocumentOrigin))
_GROUP: Final = _FACTS.index("group")


class FileList:
    """Files in the order in which they were added, each group in a file of its own beside `path`, a line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._targets: dict[FileGroup, TextIO] = {}
        for group in FileGroup:  # of an earlier, broken writing
            self._of(group).unlink(missing_ok=True)

    def add(self, file: PackagedFile) -> None:
        """Notes a file."""
        target = self._targets.get(file.group)
        if target is None:
            target = self._targets[file.group] = self._of(file.group).open("a", encoding="ascii")
        origin = file.origin
        facts = [getattr(file, name) for name in _FACTS]
        facts.append([getattr(origin, name) for name in _OF_ORIGIN] if origin else None)
        target.write(json.dumps(facts) + "\n")

    def read(self, group: FileGroup) -> Iterator[PackagedFile]:
        """The files of `group`."""
        self.close()
        if not self._of(group).exists():
            return
        with self._of(group).open(encoding="ascii") as source:
            for line in source:
                facts = json.loads(line)
                facts[_GROUP] = group
                facts[-1] = DocumentOrigin(*facts[-1]) if facts[-1] else None
                yield PackagedFile(*facts)

    def close(self) -> None:
        """Ends the writing; adding opens the list again."""
        for target in self._targets.values():
            target.close()
        self._targets.clear()

    def _of(self, group: FileGroup) -> Path:
        return self._path.with_name(f"{self._path.stem}-{group.name.lower()}{self._path.suffix}")


def identifier_of(package: uuid.UUID, path: str) -> str:
    """The identifier of the file at `path`, an NCName, the same each time the package is made."""
    return f"uuid-{uuid.uuid5(package, path)}"


def moment(value: dt.datetime) -> str:
    """A moment as METS and PREMIS write it: UTC, whole seconds."""
    return value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
