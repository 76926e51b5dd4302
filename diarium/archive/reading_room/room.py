"""Where the catalogue of one package lies, and how far it has come. Files, for any process may ask or work."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from diarium.archive.reading_room import schema
from diarium.archive.reading_room.catalogue import Catalogue, opened

WANTED: Final = ".wanted"
UNREAD: Final = ".unread"
_FAILED: Final = ".failed"
_PROGRESS: Final = ".progress"
_LOCK: Final = ".lock"
_OWNER_ONLY: Final = 0o700


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of metadata read, and in all."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Room:
    """The folder of one package's catalogue."""

    folder: Path

    @property
    def catalogue(self) -> Path:
        """The catalogue's file."""
        return self.folder / schema.NAME

    @property
    def is_ready(self) -> bool:
        """Whether there is a catalogue of this version."""
        if not self.catalogue.is_file():
            return False
        try:
            with opened(self.catalogue, sees_protected=False) as catalogue:
                return catalogue.is_current
        except sqlite3.DatabaseError:
            return False

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for the catalogue."""
        return (self.folder / WANTED).exists()

    @property
    def has_unread(self) -> bool:
        """Whether texts of files are still to be read."""
        return (self.folder / UNREAD).exists()

    @property
    def failure(self) -> str | None:
        """Why the package could not be read."""
        with suppress(OSError):
            return (self.folder / _FAILED).read_text(encoding="utf-8")
        return None

    @property
    def progress(self) -> Progress | None:
        """How far the making has come, None where nothing is known."""
        with suppress(OSError, ValueError):
            done, total = json.loads((self.folder / _PROGRESS).read_text(encoding="utf-8"))
            return Progress(int(done), int(total))
        return None

    def want(self) -> None:
        """Asks for the catalogue; the worker makes it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        (self.folder / _FAILED).unlink(missing_ok=True)
        (self.folder / WANTED).touch()

    def note_use(self) -> None:
        """Somebody reads here: it is kept for some time more."""
        with suppress(OSError):
            os.utime(self.folder)

    def note_progress(self, done: int, total: int) -> None:
        """Tells how far the making has come."""
        _replace(self.folder / _PROGRESS, json.dumps((done, total)))

    def settle(self, failure: str | None = None) -> None:
        """The catalogue is made, or can't be; then the texts of the files come next."""
        if failure is None:
            (self.folder / UNREAD).touch()
        else:
            _replace(self.folder / _FAILED, failure)
        for name in (_PROGRESS, WANTED):
            (self.folder / name).unlink(missing_ok=True)

    def settle_texts(self) -> None:
        """All texts are read."""
        (self.folder / UNREAD).unlink(missing_ok=True)

    def remove(self) -> None:
        """Takes the whole folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Whether this process alone works here now. A crash sets it free."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY)
        with (self.folder / _LOCK).open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    @contextmanager
    def reading(self, *, sees_protected: bool) -> Iterator[Catalogue]:
        """The catalogue, for a reader who may or may not know who is protected."""
        with opened(self.catalogue, sees_protected=sees_protected) as catalogue:
            yield catalogue


def _replace(path: Path, text: str) -> None:
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
