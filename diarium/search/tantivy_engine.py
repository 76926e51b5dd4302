"""The search engine Tantivy: in Rust, good for millions of records."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tantivy import Index, IndexWriter, Query, Searcher

from diarium.search.engine import State
from diarium.search.folder_index import LOCK_TIMEOUT, FolderIndex
from diarium.search.port import IndexDocument
from diarium.search.tantivy_damage import telling_damage
from diarium.search.tantivy_reader import TantivyState
from diarium.search.tantivy_schema import KEY, VERSION, restored, row, schema

_SMALL_MEMORY, _LARGE_MEMORY = 15_000_000, 256_000_000
_PAGE = 20_000
_META, _LOCK = "meta.json", ".tantivy-meta.lock"


class TantivyEngine:
    """Makes, changes and opens indexes of Tantivy. A writer lives for one commit only: its threads and its lock
    must not outlast it, as any process may be the next to write.
    """

    name = "tantivy"
    version = VERSION

    def create(self, path: Path) -> None:
        Index(schema(), str(path)).reload()
        _let_readers_in(path)

    def fill(self, path: Path, documents: Iterable[IndexDocument]) -> int:
        keys: set[str] = set()
        with _writing(path, _LARGE_MEMORY) as writer:
            for document in documents:
                if document.key in keys:
                    raise ValueError(f"two documents have the key {document.key}")
                keys.add(document.key)
                writer.add_document(row(document))
        return len(keys)

    def apply(self, path: Path, updates: Sequence[IndexDocument], deletes: Collection[str]) -> None:
        rows = [row(document) for document in updates]
        is_much = sum(len(document.body) for document in updates) > _SMALL_MEMORY
        with telling_damage(), _writing(path, _LARGE_MEMORY if is_much else _SMALL_MEMORY) as writer:
            for key in {*deletes, *(document.key for document in updates)}:
                writer.delete_documents_by_term(KEY, key)
            for made in rows:
                writer.add_document(made)

    def optimize(self, path: Path) -> None:
        """Tantivy merges by itself, but only segments that are alike in size: deleted documents can stay in a
        large one for ever. So an index with deleted documents is written anew.
        """
        with telling_damage():
            if not _has_deleted(path):
                return
            searcher = Index.open(str(path)).searcher()
            with _writing(path, _LARGE_MEMORY) as writer:
                writer.delete_all_documents()
                _copy(searcher, writer)

    def open(self, path: Path, previous: State | None) -> State:
        return TantivyState(path, previous if isinstance(previous, TantivyState) else None)


class TantivyIndex(FolderIndex):
    """An index in `folder`, made by Tantivy alone."""

    def __init__(self, folder: Path, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        super().__init__(folder, (TantivyEngine(),), lock_timeout=lock_timeout)


@contextmanager
def _writing(path: Path, memory: int) -> Iterator[IndexWriter]:
    """A writer whose work is committed, merged and cleaned up after, or undone."""
    writer = Index.open(str(path)).writer(memory, 1)
    try:
        yield writer
        writer.commit()
        _let_readers_in(path)
        writer.garbage_collect_files()
    except BaseException:
        writer.rollback()
        raise
    finally:
        writer.wait_merging_threads()
        _let_readers_in(path)


def _let_readers_in(path: Path) -> None:
    """Tantivy writes its two lists for the owner alone, and its readers take a lock. The public side may run under
    another account: whoever may read the folder may read the lists and take that lock.
    """
    others = path.stat().st_mode & 0o044
    for name, mode in ((_META, others), (".managed.json", others), (_LOCK, others | others >> 1)):
        with contextlib.suppress(FileNotFoundError):
            (path / name).chmod(0o600 | mode)


def _has_deleted(path: Path) -> bool:
    meta = json.loads((path / _META).read_bytes())
    return any(segment.get("deletes") for segment in meta["segments"])


def _copy(searcher: Searcher, writer: IndexWriter) -> None:
    for start in range(0, searcher.num_docs, _PAGE):
        for _score, address in searcher.search(Query.all_query(), _PAGE, count=False, offset=start).hits:
            writer.add_document(row(restored(searcher.doc(address))))
