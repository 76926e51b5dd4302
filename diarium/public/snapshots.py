"""A copy of the open register for another machine: tables, index and released files, nothing of the register.

The folder can be read by a public process while a newer copy is put into it: each part is swapped in one step, and
what the index finds is shown only as far as the tables hold it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select

from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.files.errors import BlobMissing
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.public import indexing
from diarium.public.database import open_public_database
from diarium.public.models import PendingWork, ProjectionState, PublicDocument
from diarium.search.port import SearchIndex

TABLES = "public.sqlite"


class NoSnapshot(DomainError):
    """The open register can't be copied; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class SnapshotOutcome:
    """What a copy holds. `is_new`: False where the folder had this state already and was left as it is."""

    is_new: bool
    documents: int = 0
    entries: int = 0


def take(
    source: Database,
    contents: LocalBlobStore,
    folder: Path,
    released: LocalBlobStore,
    open_index: Callable[[], SearchIndex],
) -> SnapshotOutcome:
    """Copies the open register into `folder`, whose own files and index `released` and `open_index` are.

    First come the files, then the tables, then the index; what is withdrawn goes with the tables.
    Raises: NoSnapshot where the source is no SQLite file or a folder is given that belongs to the source.
    """
    _check(source, folder)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{TABLES}.new"
    _copy_tables(source, fresh)
    if _state(fresh) == _state(folder / TABLES):
        fresh.unlink()
        return SnapshotOutcome(is_new=False)
    wanted = _contents(fresh)
    for sha256, size in wanted.items():
        _copy_content(contents, released, sha256, size)
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    fresh.replace(folder / TABLES)
    entries = _build_index(folder / TABLES, open_index)
    for sha256 in set(released.iter_hashes()) - set(wanted):
        released.path(sha256).unlink(missing_ok=True)
    return SnapshotOutcome(is_new=True, documents=len(wanted), entries=entries)


def _check(source: Database, folder: Path) -> None:
    if source.is_postgresql:
        raise NoSnapshot(
            _("Det öppna diariet ligger i PostgreSQL. Låt den publika maskinen läsa schemat public_register med "
              "rollen diarium_public i stället.")
        )  # fmt: skip
    if (folder / TABLES).exists() and (folder / TABLES).samefile(_path(source)):
        raise NoSnapshot(_("Mappen är den som det öppna diariet självt ligger i. Ange en annan mapp."))


def _path(source: Database) -> Path:
    text = source.engine.url.database or ""
    return Path(text.removeprefix("file:").partition("?")[0])


def _copy_tables(source: Database, target: Path) -> None:
    """All rows at one moment, without free pages, and readable where nothing can be written."""
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{_path(source).as_posix()}?mode=ro", uri=True)) as reading:
        reading.execute("VACUUM INTO ?", (str(target),))
    copied = open_public_database(f"sqlite:///{target}")
    with copied.unit_of_work() as session:
        session.execute(delete(PendingWork))  # the index is built anew
    copied.close()
    with closing(sqlite3.connect(target)) as connection:
        # A log of its own would have to be written beside the file by whoever reads it.
        connection.execute("PRAGMA journal_mode=DELETE")


def _state(path: Path) -> tuple[int, int] | None:
    if not path.exists():
        return None
    copied = open_public_database(f"sqlite:///{path}", read_only=True)
    with copied.reading() as session:
        state = session.scalars(select(ProjectionState)).one()
    copied.close()
    return state.version, state.revision


def _contents(path: Path) -> dict[str, int]:
    copied = open_public_database(f"sqlite:///{path}", read_only=True)
    with copied.reading() as session:
        rows = session.execute(select(PublicDocument.sha256, PublicDocument.size).distinct()).all()
    copied.close()
    return {row.sha256: row.size for row in rows}


def _copy_content(contents: LocalBlobStore, released: LocalBlobStore, sha256: str, size: int) -> None:
    if released.exists(sha256):
        return
    try:
        with contents.open(sha256) as source:
            released.put_stream(source, max_bytes=size, allow_empty=True)
    except BlobMissing:
        return  # withdrawn while the copy was made; the next one has no row for it either


def _build_index(path: Path, open_index: Callable[[], SearchIndex]) -> int:
    copied = open_public_database(f"sqlite:///{path}", read_only=True)
    index = open_index()
    try:
        return index.rebuild(indexing.everything(copied))
    finally:
        index.close()
        copied.close()
