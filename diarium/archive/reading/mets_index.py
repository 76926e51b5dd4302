"""What the METS documents of a package say of its files, on disk: memory does not grow with the files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from diarium.archive.reading import places, xml


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as METS lists it."""

    mime: str | None
    size: str | None
    created: str | None
    checksum: str | None
    method: str | None
    original_name: str | None
    format_name: str | None
    format_version: str | None
    puid: str | None


_COLUMNS = tuple(ListedFile.__dataclass_fields__)


class MetsIndex:
    """The listed files of a package by path, in a database of its own that ends with it."""

    def __init__(self, folder: Path, documents: Iterable[str]) -> None:
        self._connection = sqlite3.connect("", check_same_thread=False)  # a temporary file
        columns = ", ".join(_COLUMNS)
        self._connection.execute(f"CREATE TABLE listed (path TEXT PRIMARY KEY, {columns}) WITHOUT ROWID")
        for document in documents:
            self._read(folder, document)

    def get(self, path: str) -> ListedFile | None:
        """What is listed of the file at `path`."""
        query = f"SELECT {', '.join(_COLUMNS)} FROM listed WHERE path = ?"  # noqa: S608 (our own names)
        row = self._connection.execute(query, (path,)).fetchone()
        return None if row is None else ListedFile(*row)

    def _read(self, folder: Path, document: str) -> None:
        base = document.rpartition("/")[0]
        marks = ", ".join("?" * (len(_COLUMNS) + 1))
        insert = f"INSERT OR REPLACE INTO listed VALUES ({marks})"  # noqa: S608
        for element in xml.stream(folder / document, "file"):
            link = xml.child(element, "FLocat")
            href = None if link is None else xml.attribute(link, "href")
            path = places.find(folder, base, href) if href else None
            if path is not None:
                self._connection.execute(insert, (path, *_facts(element)))
        self._connection.commit()


def _facts(element: xml.Element) -> tuple[str | None, ...]:
    return (
        xml.attribute(element, "MIMETYPE"),
        xml.attribute(element, "SIZE"),
        xml.attribute(element, "CREATED"),
        xml.attribute(element, "CHECKSUM"),
        xml.attribute(element, "CHECKSUMTYPE"),
        xml.attribute(element, "OWNERID", "ORIGINALFILENAME"),
        xml.attribute(element, "FILEFORMATNAME"),
        xml.attribute(element, "FILEFORMATVERSION"),
        xml.attribute(element, "FORMATREGISTRYKEY"),
    )
