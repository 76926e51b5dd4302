"""Makes catalogues: at once for what is small, in the worker for the rest; and reads the texts of files."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from diarium.archive.reading_room import file_texts, packages
from diarium.archive.reading_room.building import build, xml_bytes
from diarium.archive.reading_room.limits import LIMITS, MIB, ReadingLimits
from diarium.archive.reading_room.packages import ReadablePackage
from diarium.archive.reading_room.room import Room
from diarium.archive.received import PackageBusy
from diarium.db.engine import Database
from diarium.errors import DomainError, NotFound
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _

SMALL_PACKAGE: Final = 4 * MIB
_SMALL_XML: Final = 3 * MIB
_PROGRESS_SECONDS: Final = 1.0
_TURN_SECONDS: Final = 20.0
_KEPT: Final = dt.timedelta(days=30)
log = structlog.get_logger()


def prepare(package: ReadablePackage, export_folder: Path) -> bool:
    """Sees to it that the package gets a catalogue; whether it is there now.

    A small package is read at once, a large one by the worker.
    """
    room = package.room
    if room.is_ready:
        room.note_use()
        return True
    if room.is_wanted or room.failure is not None:
        return False
    try_again(package, export_folder)
    return room.is_ready


def try_again(package: ReadablePackage, export_folder: Path) -> None:
    """Asks for the catalogue, whatever came of it before; of a small package it is made at once."""
    package.room.want()
    if 0 < package.size <= SMALL_PACKAGE:
        make(package, export_folder, most_xml=_SMALL_XML)


def make(
    package: ReadablePackage, export_folder: Path, *, limits: ReadingLimits = LIMITS, most_xml: int | None = None
) -> None:
    """Makes the catalogue of a package that somebody waits for. What stops it is kept for the page to tell.

    `most_xml`: leaves it to the worker if there are more bytes of metadata than that.
    """
    room = package.room
    with use_locale(SOURCE_LOCALE), room.locked() as is_mine:
        if not is_mine or not room.is_wanted:
            return
        try:
            with packages.root_of(package, export_folder) as root:
                if most_xml is not None and xml_bytes(root) > most_xml:
                    return
                build(root, room.catalogue, limits=limits, on_progress=_every_second(room))
        except PackageBusy:  # it is being checked: the worker comes back
            return
        except DomainError as error:
            room.settle(error.message)
        except (OSError, sqlite3.Error) as error:
            log.exception("reading room failed", package=str(package.uid))
            room.settle(_("Paketet kunde inte läsas: %(reason)s", reason=error))
        else:
            room.settle()


@dataclass(frozen=True, slots=True)
class ReadingRoomChore:
    """Makes the catalogues that somebody waits for, reads the texts of files, removes what nobody opens."""

    database: Database
    export_folder: Path
    sandbox: ExtractionSandbox
    name: str = "archive.reading_room"
    every: float = 2.0

    def run(self, stop: threading.Event) -> int:
        """Returns how many catalogues and texts were made. Ends soon when `stop` is set."""
        done = 0
        for uid, room in list(packages.rooms(self.export_folder)):
            if stop.is_set():
                break
            if not (room.is_wanted or room.has_unread or self._is_old(room)):
                continue
            try:
                with self.database.reading() as session:
                    package = packages.find_for_work(session, uid, self.export_folder)
            except NotFound:
                room.remove()
                continue
            if self._is_old(room):
                room.remove()
                continue
            if room.is_wanted:
                make(package, self.export_folder)
                done += 1
            if room.has_unread:
                done += self._read_texts(package, stop)
        return done

    def _read_texts(self, package: ReadablePackage, stop: threading.Event) -> int:
        room = package.room
        with room.locked() as is_mine:
            if not is_mine:
                return 0
            if not room.is_ready:  # of another version: it is made anew when somebody opens it
                room.settle_texts()
                return 0
            try:
                with packages.root_of(package, self.export_folder) as root:
                    until = time.monotonic() + _TURN_SECONDS
                    number, is_done = file_texts.read_some(
                        root,
                        room.catalogue,
                        self.sandbox,
                        LIMITS,
                        keep_going=lambda: not stop.is_set() and time.monotonic() < until,
                    )
            except DomainError:  # the package has gone meanwhile
                number, is_done = 0, True
            if is_done:
                room.settle_texts()
            return number

    def _is_old(self, room: Room) -> bool:
        """A package made here lies in the export folder anyway: its unpacked copy need not be kept for ever."""
        if room.folder.parent.name != packages.OWN:
            return False
        age = time.time() - room.folder.stat().st_mtime
        return age > _KEPT.total_seconds()


def _every_second(room: Room) -> Callable[[int, int], None]:
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _PROGRESS_SECONDS:
            last = time.monotonic()
            room.note_progress(done, total)

    return tell
