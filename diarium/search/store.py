"""Where an index lies: one folder for each time it was built, and a file that names the valid one.

    CURRENT                          the name of the folder that is read
    ENGINE                           the engine that somebody has chosen, if any
    WRITING.lock                     held by the one process that writes
    TURN.lock                        held by the one that writes next
    BUILDING.lock                    held by the one process that builds a new index
    built-<engine>-v<version>-<id>/  the files of the engine
    built-….journal                  what was written since the building of that folder began

A rebuild fills a new folder and then replaces CURRENT in one step; a folder that nobody names is rubbish.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from whoosh.util.filelock import FileLock

from diarium.i18n import gettext as _
from diarium.search.errors import IndexBusy

_POINTER = "CURRENT"
_CHOICE = "ENGINE"
_WRITING = "WRITING.lock"
_TURN = "TURN.lock"
_BUILDING = "BUILDING.lock"
_JOURNAL = ".journal"
_POLL_SECONDS = 0.02


class Store:
    """The folder of one index. Its locks hold between threads and between processes."""

    def __init__(self, folder: Path, lock_timeout: float) -> None:
        self.folder = folder
        self._timeout = lock_timeout
        self._locks = {name: threading.Lock() for name in (_TURN, _WRITING, _BUILDING)}
        folder.mkdir(parents=True, exist_ok=True)

    def current(self) -> str | None:
        """The name of the valid folder, or None if there is none."""
        name = self._read(_POINTER)
        return name if name.startswith("built-") and (self.folder / name).is_dir() else None

    def has_pointer(self) -> bool:
        """Whether there was ever an index here."""
        return (self.folder / _POINTER).exists()

    def choice(self) -> str:
        """The engine that somebody has chosen for this index, or nothing."""
        return self._read(_CHOICE)

    def choose(self, engine: str) -> None:
        """Keeps a choice of engine."""
        self._replace(_CHOICE, engine)

    def create(self, engine: str, version: int) -> str:
        """Makes a new folder, not yet valid, and tells its name."""
        name = f"{prefix(engine, version)}{uuid.uuid4().hex}"
        (self.folder / name).mkdir()
        return name

    def publish(self, name: str) -> None:
        """Makes `name` the valid folder, in one step, after its files have reached the disk."""
        for path in (self.folder / name).iterdir():
            _flush(path)
        self._replace(_POINTER, name)

    def sweep(self) -> None:
        """Removes folders that are not valid. What another process holds open on Windows stays until next time."""
        valid = self._read(_POINTER)
        for path in self.folder.glob("built-*"):
            if path.suffix == _JOURNAL:
                path.unlink(missing_ok=True)
            elif path.name != valid:
                shutil.rmtree(path, ignore_errors=True)

    def journal_of(self, name: str) -> Path:
        """Where what is written while `name` is being built is noted."""
        return self.folder / f"{name}{_JOURNAL}"

    def journal_in_use(self) -> Path | None:
        """The journal of the building that goes on just now; one that a dead process left is no such."""
        found = next(self.folder.glob(f"built-*{_JOURNAL}"), None)
        return found if found is not None and self.is_being_built() else None

    def is_being_built(self) -> bool:
        """Whether a thread or process builds a new index just now."""
        lock = FileLock(str(self.folder / _BUILDING))
        if not lock.acquire():
            return True
        lock.release()
        return False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the writer lock. Raises: IndexBusy if somebody else holds it for too long."""
        deadline = time.monotonic() + self._timeout
        with ExitStack() as stack:
            # Who has written stands in line again before writing more: else one busy writer shuts out all others.
            with self._holding(_TURN, deadline):
                stack.enter_context(self._holding(_WRITING, deadline))
            yield

    @contextmanager
    def building(self) -> Iterator[None]:
        """Holds the builder lock. Raises: IndexBusy if somebody else holds it for too long."""
        with self._holding(_BUILDING, time.monotonic() + self._timeout):
            yield

    @contextmanager
    def _holding(self, name: str, deadline: float) -> Iterator[None]:
        threads = self._locks[name]
        if not threads.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise _busy()
        try:
            lock = FileLock(str(self.folder / name))
            while not lock.acquire():
                if time.monotonic() >= deadline:
                    raise _busy()
                time.sleep(_POLL_SECONDS)
            try:
                yield
            finally:
                lock.release()
        finally:
            threads.release()

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def _replace(self, name: str, text: str) -> None:
        temporary = self.folder / f"{name}.{uuid.uuid4().hex}"
        with temporary.open("w", encoding="ascii") as target:
            target.write(text)
            target.flush()
            os.fsync(target.fileno())
        temporary.replace(self.folder / name)


def prefix(engine: str, version: int) -> str:
    """How the names of an engine's folders begin."""
    return f"built-{engine}-v{version}-"


def _busy() -> IndexBusy:
    return IndexBusy(_("En annan process skriver i sökindexet. Försök igen om en stund."))


def _flush(path: Path) -> None:
    with path.open("rb") as source:
        os.fsync(source.fileno())
