"""The search engine Whoosh: pure Python, good for tens of thousands of records."""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage

from diarium.search.engine import State
from diarium.search.folder_index import LOCK_TIMEOUT, FolderIndex
from diarium.search.port import IndexDocument
from diarium.search.whoosh_damage import DAMAGE_WHEN_OPENED, telling_damage
from diarium.search.whoosh_reader import WhooshState
from diarium.search.whoosh_schema import VERSION, row, schema

_WRITER_MEMORY_MB = 128


class WhooshEngine:
    """Makes, changes and opens indexes of Whoosh."""

    name = "whoosh"
    version = VERSION

    def create(self, path: Path) -> None:
        whoosh_index.FileIndex.create(FileStorage(str(path)), schema())

    def fill(self, path: Path, documents: Iterable[IndexDocument]) -> int:
        writer = _opened(path).writer(limitmb=_WRITER_MEMORY_MB)
        keys: set[str] = set()
        try:
            for document in documents:
                if document.key in keys:
                    raise ValueError(f"two documents have the key {document.key}")
                keys.add(document.key)
                writer.add_document(**row(document))
        except BaseException:
            writer.cancel()
            raise
        writer.commit()
        return len(keys)

    def apply(self, path: Path, updates: Sequence[IndexDocument], deletes: Collection[str]) -> None:
        with telling_damage(DAMAGE_WHEN_OPENED):
            writer = _opened(path).writer(limitmb=_WRITER_MEMORY_MB)
        try:
            with telling_damage(DAMAGE_WHEN_OPENED):
                for key in {*deletes, *(document.key for document in updates)}:
                    writer.delete_by_term("key", key)
            for document in updates:
                writer.add_document(**row(document))
        except BaseException:
            writer.cancel()
            raise
        writer.commit()

    def optimize(self, path: Path) -> None:
        with telling_damage(DAMAGE_WHEN_OPENED):
            writer = _opened(path).writer(limitmb=_WRITER_MEMORY_MB)
        writer.commit(optimize=True)

    def open(self, path: Path, previous: State | None) -> State:
        known = previous if isinstance(previous, WhooshState) else None
        with telling_damage(DAMAGE_WHEN_OPENED):
            return WhooshState(known.index if known else _opened(path), known)


class WhooshIndex(FolderIndex):
    """An index in `folder`, made by Whoosh alone."""

    def __init__(self, folder: Path, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        super().__init__(folder, (WhooshEngine(),), lock_timeout=lock_timeout)


def _opened(path: Path) -> whoosh_index.FileIndex:
    return whoosh_index.FileIndex(FileStorage(str(path)))
