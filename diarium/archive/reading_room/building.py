"""Makes the catalogue of a package: once, in one walk over its folder, whatever the package holds."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from diarium.archive.reading_room import finishing, schema
from diarium.archive.reading_room.gathering import Gatherer
from diarium.archive.reading_room.limits import LIMITS, ReadingLimits
from diarium.archive.reading_room.listing import list_folder
from diarium.archive.reading_room.manifest import ManifestGatherer
from diarium.archive.reading_room.shapes import BY_ROOT, METS, OTHER, Shape
from diarium.archive.reading_room.walking import Mark, root_of, walk
from diarium.archive.reading_room.writing import CatalogueWriter

Progress = Callable[[int, int], None]
_MANIFESTS: Final = ("mets.xml", "sip.xml", "info.xml")
# Folders whose XML describes the package; elsewhere only documents of the kinds that we know are read as metadata.
_DESCRIBING: Final = ("metadata", "documentation")
_CONTENT: Final = ("data", "content")
_SCHEMAS: Final = frozenset({"schemas", "system"})


def build(
    root: Path,
    target: Path,
    *,
    limits: ReadingLimits = LIMITS,
    on_progress: Progress = lambda done, total: None,
) -> None:
    """Makes the catalogue of the package in folder `root` at `target`, whole or not at all.

    `on_progress`: told bytes of XML read and in all. Raises: OSError, sqlite3.Error where it can't be written.
    """
    half_made = target.with_suffix(".half")
    connection = schema.create(half_made)
    try:
        _fill(root, CatalogueWriter(connection), limits, on_progress)
        connection.execute("COMMIT")
        connection.close()
        half_made.replace(target)
    except BaseException:
        connection.close()
        with contextlib.suppress(OSError):
            half_made.unlink()
        raise


def xml_bytes(root: Path) -> int:
    """Roughly how much there is to read: what the manifest and the content's XML at the top weigh."""
    found = [*root.glob("*.xml"), *root.glob("representations/*/data/*.xml"), *root.glob("[Cc]ontent/*.xml")]
    return sum(path.lstat().st_size for path in found)


def _fill(root: Path, writer: CatalogueWriter, limits: ReadingLimits, on_progress: Progress) -> None:
    list_folder(root, writer, limits)
    writer.set_fact("version", schema.VERSION)
    writer.set_fact("name", root.name)
    query = "SELECT coalesce(sum(size), 0) FROM file WHERE folded LIKE '%.xml'"
    total = int(writer.connection.execute(query).fetchone()[0])
    reading = _Reading(root, writer, limits, on_progress, total)
    for file_id, path in _documents(writer.connection):
        reading.read(file_id, path)
    finishing.finish(writer)


def _documents(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """(file, path) of everything that may be metadata, manifests first, then what lies least deep."""
    rows = connection.execute("SELECT id, path FROM file WHERE folded LIKE '%.xml' AND size IS NOT NULL")
    return sorted(
        ((int(file_id), str(path)) for file_id, path in rows),
        key=lambda row: (row[1].rsplit("/", 1)[-1].lower() not in _MANIFESTS, row[1].count("/"), row[1]),
    )


class _Reading:
    """Reads one document after the other."""

    def __init__(
        self, root: Path, writer: CatalogueWriter, limits: ReadingLimits, on_progress: Progress, total: int
    ) -> None:
        self._root = root
        self._writer = writer
        self._limits = limits
        self._on_progress = on_progress
        self._total = total
        self._done = 0
        self._has_manifest = False

    def read(self, file_id: int, path: str) -> None:
        """Reads the document if it is metadata."""
        shape = self._shape_of(file_id, path)
        if shape is None:
            return
        folder = path.rpartition("/")[0]
        gatherer = Gatherer(self._writer, shape, file_id, folder, self._limits)
        if shape is METS:
            is_root = not self._has_manifest and not folder
            self._has_manifest |= is_root
            gatherer = ManifestGatherer(self._writer, file_id, folder, self._limits, is_root=is_root)
        self._writer.set_shape(file_id, shape.name)

        def on_mark(mark: Mark) -> None:
            self._writer.add_mark(file_id, mark)

        problem = walk(self._root / path, gatherer, self._limits, on_mark=on_mark, on_bytes=self._count)
        gatherer.finish()
        if problem:
            self._writer.add_problem(path, problem)
            self._writer.close_file(file_id)  # nobody knows who is protected in what was not read

    def _count(self, size: int) -> None:
        self._done += size
        self._on_progress(self._done, max(self._total, self._done))

    def _shape_of(self, file_id: int, path: str) -> Shape | None:
        folders = path.lower().split("/")[:-1]
        if _SCHEMAS.intersection(folders) or self._writer.is_linked(file_id):
            return None  # a schema, or a file that belongs to a record
        describes = any(part in _DESCRIBING for part in folders)
        root = root_of(self._root / path)
        if root is None:  # broken: it is told of, where the content's description may stand
            return OTHER if describes or not folders or folders[-1] in _CONTENT else None
        return BY_ROOT.get(root[0]) or (OTHER if describes or not folders else None)
