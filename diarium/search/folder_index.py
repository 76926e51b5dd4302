"""An index in a folder, whatever engine made it: reading the newest state, one writer at a time, and a new index
built beside the old one while that one goes on answering and being written to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from diarium.i18n import gettext as _
from diarium.search import journal
from diarium.search.engine import Damaged, Engine, Outdated, Reader, State
from diarium.search.errors import IndexUnavailable
from diarium.search.hits import Kept
from diarium.search.planning import plan_of
from diarium.search.port import (
    Facet,
    IndexDocument,
    SearchIndex,
    SearchRequest,
    SearchResult,
)
from diarium.search.query_language import parse
from diarium.search.store import Store, prefix
from diarium.search.typing_ahead import read_typed

LOCK_TIMEOUT = 30.0
MANY_DOCUMENTS = 10_000
"""From here on the engine for large indexes is chosen, unless somebody has chosen another."""

_MANY_CHARACTERS = 50_000_000
_OPEN_ATTEMPTS, _PAUSE = 20, 0.002
_FEW_ENTRIES, _ROUNDS = 5, 10


@dataclass(frozen=True, slots=True)
class _Opened:
    name: str
    engine: Engine
    state: State


class FolderIndex:
    """The index in `folder`, safe for threads. It can be made by any of `engines`: the first is for small indexes,
    the last for large ones. `choice`: the name of the engine to use; without it, what was chosen with `choose`,
    else whichever suits the number of documents. `lock_timeout`: seconds to wait for another writer.

    Raises: IndexBusy if it had to be created while another process writes.
    """

    def __init__(
        self, folder: Path, engines: Sequence[Engine], *, choice: str = "", lock_timeout: float = LOCK_TIMEOUT
    ) -> None:
        self._engines = tuple(engines)
        self._store = Store(folder, lock_timeout)
        self._fixed = choice
        self._opening = threading.Lock()
        self._opened: _Opened | None = None
        self._prepare()

    @property
    def folder(self) -> Path:
        """Where the index lies."""
        return self._store.folder

    @property
    def engine(self) -> str:
        """The name of the engine that answers now. Raises: IndexUnavailable."""
        return self._current()[1].name

    @property
    def choice(self) -> str:
        """The name of the engine that somebody has chosen; nothing where it follows the number of documents."""
        chosen = self._fixed or self._store.choice()
        return chosen if chosen in {engine.name for engine in self._engines} else ""

    @property
    def is_being_built(self) -> bool:
        """Whether a new index is being built beside this one."""
        return self._store.is_being_built()

    def choose(self, engine: str) -> None:
        """Keeps the choice of an engine for the next rebuild; an empty name takes it back."""
        self._store.choose(engine)

    def suitable_engine(self) -> str:
        """The engine that ought to answer: the chosen one, else by the number of documents. It never goes back to
        the one for small indexes by itself. Raises: IndexUnavailable.
        """
        if self.choice:
            return self.choice
        return self._engines[-1].name if self.document_count() > MANY_DOCUMENTS else self.engine

    def search(self, request: SearchRequest) -> SearchResult:
        parsed = parse(request.query)
        plan = plan_of(request, parsed.node)
        if not request.readers:
            nothing = {facet.value: () for facet in Facet} if request.facets else {}
            return SearchResult(0, (), plan.page, plan.page_size, nothing, parsed.notes)
        with self._reading() as reader:
            found = reader.find(plan)
        return SearchResult(
            total=found.total,
            hits=found.hits,
            page=plan.page,
            page_size=plan.page_size,
            facets=found.facets,
            notes=parsed.notes,
            suggestions=found.suggestions,
        )

    def suggest(self, prefix: str, readers: frozenset[str], limit: int = 8) -> tuple[str, ...]:
        typed = read_typed(prefix)
        if typed is None or not readers:
            return ()
        with self._reading() as reader:
            return typed.completed(reader.completions(typed, readers), limit)

    def apply(self, updates: Sequence[IndexDocument], deletes: Sequence[str]) -> None:
        newest = {document.key: document for document in updates}
        if not newest and not deletes:
            return
        with self._store.writing():
            path, engine = self._current()
            with _telling_damage():
                engine.apply(path, tuple(newest.values()), frozenset(deletes))
            self._note(tuple(newest.values()), deletes)

    def rebuild(self, documents: Iterable[IndexDocument]) -> int:
        engine, documents = self._suitable_for(documents)
        return self.rebuild_with(engine, documents)

    def rebuild_with(self, engine: str, documents: Iterable[IndexDocument]) -> int:
        """The same with the engine of that name, whatever is chosen."""
        builder = next(known for known in self._engines if known.name == engine)
        with self._store.building():
            self._store.sweep()
            name = self._store.create(builder.name, builder.version)
            try:
                return self._build(builder, name, documents)
            finally:
                self._store.sweep()

    def aiming_at(self, engine: str) -> SearchIndex:
        """This index, except that a rebuild uses the engine of that name."""
        return _Aiming(self, engine)

    def document_count(self) -> int:
        if self._is_of_another_version():
            return 0
        with self._reading() as reader:
            return reader.document_count()

    def everything(self) -> Iterator[Kept]:
        """What is kept of each document, in no order; for checks. Raises: IndexUnavailable."""
        with self._reading() as reader:
            yield from reader.everything()

    def optimize(self) -> None:
        with self._store.writing():
            path, engine = self._current()
            with _telling_damage():
                engine.optimize(path)
            self._note((), (), is_purge=True)

    def close(self) -> None:
        self._forget()

    def _prepare(self) -> None:
        """Makes an empty index if there is none at all."""
        if self._store.has_pointer():
            return
        with self._store.writing():
            if not self._store.has_pointer():
                chosen = self.choice or self._engines[0].name
                engine = next(known for known in self._engines if known.name == chosen)
                name = self._store.create(engine.name, engine.version)
                engine.create(self._store.folder / name)
                self._store.publish(name)

    def _build(self, engine: Engine, name: str, documents: Iterable[IndexDocument]) -> int:
        path, notes = self._store.folder / name, self._store.journal_of(name)
        engine.create(path)
        with self._store.writing():
            # From now on, before the first document is read, every writing is noted.
            notes.touch(mode=0o600)
        engine.fill(path, documents)
        follower = journal.Follower(notes)

        def take(entry: journal.Entry) -> None:
            engine.apply(path, entry.updates, frozenset(entry.deletes))
            if entry.is_purge:
                engine.optimize(path)

        for _round in range(_ROUNDS):
            if follower.catch_up(take) <= _FEW_ENTRIES:
                break
        with self._store.writing():
            follower.catch_up(take)
            self._store.publish(name)
            notes.unlink()
        return self.document_count()

    def _suitable_for(self, documents: Iterable[IndexDocument]) -> tuple[str, Iterable[IndexDocument]]:
        """The engine to build with. What was read to find out comes again first."""
        small, large = self._engines[0].name, self._engines[-1].name
        if self.choice or small == large:
            return self.choice or small, documents
        if self._is_current_of(large):
            return large, documents
        source = iter(documents)
        read: list[IndexDocument] = []
        characters = 0
        for document in source:
            read.append(document)
            characters += len(document.body)
            if len(read) > MANY_DOCUMENTS or characters > _MANY_CHARACTERS:
                return large, chain(read, source)
        return small, read

    def _is_current_of(self, engine: str) -> bool:
        return (self._store.current() or "").startswith(f"built-{engine}-")

    def _is_of_another_version(self) -> bool:
        name = self._store.current() or ""
        known = [prefix(engine.name, engine.version) for engine in self._engines]
        return bool(name) and not name.startswith(tuple(known))

    def _note(self, updates: Sequence[IndexDocument], deletes: Collection[str], *, is_purge: bool = False) -> None:
        notes = self._store.journal_in_use()
        if notes is not None:
            journal.append(notes, updates, deletes, is_purge=is_purge)

    def _current(self) -> tuple[Path, Engine]:
        name = self._store.current() or ""
        for engine in self._engines:
            if name.startswith(prefix(engine.name, engine.version)):
                return self._store.folder / name, engine
        raise _damaged()

    @contextmanager
    def _reading(self) -> Iterator[Reader]:
        """The newest state. Tries again if a writer removes files just while they are opened."""
        for attempt in range(_OPEN_ATTEMPTS):
            try:
                lending = self._newest().reading()
                reader = lending.__enter__()
            except (Outdated, Damaged, IndexUnavailable) as error:
                self._forget()
                if attempt == _OPEN_ATTEMPTS - 1:
                    raise _damaged() from error
                time.sleep(attempt * _PAUSE)
                continue
            break
        try:
            with _telling_damage():
                yield reader
        finally:
            lending.__exit__(None, None, None)

    def _newest(self) -> State:
        with self._opening:
            path, engine = self._current()
            known = self._opened if self._opened and self._opened.name == path.name else None
            if known and known.state.is_newest():
                return known.state
            state = engine.open(path, known.state if known else None)
            before, self._opened = self._opened, _Opened(path.name, engine, state)
            if before:
                before.state.close()
            return state

    def _forget(self) -> None:
        with self._opening:
            known, self._opened = self._opened, None
        if known:
            known.state.close()


@dataclass(frozen=True, slots=True)
class _Aiming:
    """An index whose rebuilds use `engine`."""

    index: FolderIndex
    engine: str

    def search(self, request: SearchRequest) -> SearchResult:
        return self.index.search(request)

    def suggest(self, prefix: str, readers: frozenset[str], limit: int = 8) -> tuple[str, ...]:
        return self.index.suggest(prefix, readers, limit)

    def apply(self, updates: Sequence[IndexDocument], deletes: Sequence[str]) -> None:
        self.index.apply(updates, deletes)

    def rebuild(self, documents: Iterable[IndexDocument]) -> int:
        return self.index.rebuild_with(self.engine, documents)

    def document_count(self) -> int:
        return self.index.document_count()

    def optimize(self) -> None:
        self.index.optimize()

    def close(self) -> None:
        self.index.close()


@contextmanager
def _telling_damage() -> Iterator[None]:
    try:
        yield
    except Damaged as error:
        raise _damaged() from error


def _damaged() -> IndexUnavailable:
    return IndexUnavailable(
        _("Sökindexet är skadat eller saknas. Bygg om det; registret är inte berört och inget går förlorat.")
    )
