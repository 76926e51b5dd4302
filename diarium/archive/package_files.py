"""The files of a package in the making, kept in a file of their own so that memory does not grow with them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

UNKNOWN_MIME = "application/octet-stream"


class FileGroup(StrEnum):
    """What a file is in the package."""

    DOCUMENTATION = "Documentation"
    SCHEMAS = "Schemas"
    CONTENT = "Representations"
    METADATA = "Metadata"


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


class FileList:
    """Files in the order in which they were added, written to `path` as lines of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._target: TextIO | None = None

    def add(self, file: PackagedFile) -> None:
        """Notes a file."""
        if self._target is None:
            self._target = self._path.open("a", encoding="utf-8")
        self._target.write(json.dumps(asdict(file), ensure_ascii=True) + "\n")

    def read(self, group: FileGroup) -> Iterator[PackagedFile]:
        """The files of `group`."""
        self.close()
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as source:
            for line in source:
                facts = json.loads(line)
                if facts["group"] == group:
                    origin = facts.pop("origin")
                    facts["group"] = group
                    yield PackagedFile(**facts, origin=DocumentOrigin(**origin) if origin else None)

    def close(self) -> None:
        """Ends the writing; adding opens the list again."""
        if self._target is not None:
            self._target.close()
            self._target = None


def identifier_of(package: uuid.UUID, path: str) -> str:
    """The identifier of the file at `path`, an NCName, the same each time the package is made."""
    return f"uuid-{uuid.uuid5(package, path)}"


def moment(value: dt.datetime) -> str:
    """A moment as METS and PREMIS write it: UTC, whole seconds."""
    return value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
