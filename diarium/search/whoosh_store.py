"""Where a Whoosh index lies: one folder for each time it was built, and a file that names the valid one.

    CURRENT          the name of the folder that is read
    WRITING.lock     held by the one process that writes
    built-<id>/      the files of Whoosh

A rebuild fills a new folder and then replaces CURRENT in one step; a folder that nobody names is rubbish.
"""

# mypy: disable-error-code="no-untyped-call"
# (half of Whoosh has no types)

from __future__ import annotations

import os
import pickle
import shutil
import struct
import threading
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import CorruptIndexError
from whoosh.util.filelock import FileLock

from diarium.i18n import gettext as _
from diarium.search.errors import IndexBusy, IndexUnavailable
from diarium.search.whoosh_schema import VERSION, schema

_POINTER = "CURRENT"
_LOCK = "WRITING.lock"
_PREFIX = f"built-v{VERSION}-"
_POLL_SECONDS = 0.05

DAMAGE = (CorruptIndexError, struct.error, zlib.error, pickle.UnpicklingError, EOFError)
"""What Whoosh raises when files are damaged."""

DAMAGE_WHEN_OPENED = (*DAMAGE, OSError, KeyError, IndexError, ValueError, AttributeError, whoosh_index.IndexError)
"""What it raises when damaged files are opened: the same and nearly anything else."""


class Store:
    """The folder of one index. The writer lock holds between threads and between processes."""

    def __init__(self, folder: Path, lock_timeout: float) -> None:
        self.folder = folder
        self._timeout = lock_timeout
        self._threads = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Makes an empty index if there is none at all."""
        if not (self.folder / _POINTER).exists():
            with self.writing():
                if not (self.folder / _POINTER).exists():
                    self.publish(self.create())

    def open_folder(self, name: str) -> whoosh_index.FileIndex:
        """The index in the folder `name`. Raises: IndexUnavailable if it isn't there or can't be read."""
        with telling_damage(DAMAGE_WHEN_OPENED):
            return whoosh_index.FileIndex(FileStorage(str(self.folder / name)))

    def current(self) -> str | None:
        """The name of the valid folder, or None if there is none that this version can read."""
        try:
            name = (self.folder / _POINTER).read_text(encoding="ascii").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return name if name.startswith(_PREFIX) and (self.folder / name).is_dir() else None

    def create(self) -> str:
        """Makes a new folder with an empty index, not yet valid, and tells its name."""
        name = f"{_PREFIX}{uuid.uuid4().hex}"
        path = self.folder / name
        path.mkdir()
        whoosh_index.FileIndex.create(FileStorage(str(path)), schema())
        return name

    def publish(self, name: str) -> None:
        """Makes `name` the valid folder, in one step, after its files have reached the disk."""
        for path in (self.folder / name).iterdir():
            _flush(path)
        temporary = self.folder / f"{_POINTER}.{uuid.uuid4().hex}"
        with temporary.open("w", encoding="ascii") as target:
            target.write(name)
            target.flush()
            os.fsync(target.fileno())
        temporary.replace(self.folder / _POINTER)

    def sweep(self) -> None:
        """Removes folders that are not valid. What another process holds open on Windows stays until next time."""
        pointer = self.folder / _POINTER
        valid = pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.exists() else None
        for path in self.folder.glob("built-*"):
            if path.name != valid:
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the writer lock. Raises: IndexBusy if somebody else holds it for too long."""
        deadline = time.monotonic() + self._timeout
        if not self._threads.acquire(timeout=self._timeout):
            raise _busy()
        try:
            lock = FileLock(str(self.folder / _LOCK))
            while not lock.acquire():
                if time.monotonic() >= deadline:
                    raise _busy()
                time.sleep(_POLL_SECONDS)
            try:
                yield
            finally:
                lock.release()
        finally:
            self._threads.release()


@contextmanager
def telling_damage(kinds: tuple[type[Exception], ...] = DAMAGE) -> Iterator[None]:
    """Turns errors of `kinds` into IndexUnavailable."""
    try:
        yield
    except kinds as error:
        raise damaged() from error


def damaged() -> IndexUnavailable:
    """The error for files that can't be read."""
    return IndexUnavailable(
        _("Sökindexet är skadat eller saknas. Bygg om det; registret är inte berört och inget går förlorat.")
    )


def _busy() -> IndexBusy:
    return IndexBusy(_("En annan process skriver i sökindexet. Försök igen om en stund."))


def _flush(path: Path) -> None:
    with path.open("rb") as source:
        os.fsync(source.fileno())
