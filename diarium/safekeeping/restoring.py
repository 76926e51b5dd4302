"""Puts a backup into an empty place: the files first, the letters, and the register last, in one step.

Until everything is done a mark lies in the data folder. An installation with the mark is not used, and the same
restore goes on from there if it was cut short.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, inspect, make_url

from diarium.audit.sealing import Checkpoint, write_head
from diarium.db import migrate
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.letterbox.box import Letterbox
from diarium.letterbox.models import LetterboxBase
from diarium.safekeeping import rows
from diarium.safekeeping.errors import BackupDamaged, RestoreRefused
from diarium.safekeeping.filling import DoorOpen, Opened, ReferencesOff, move_sequences
from diarium.safekeeping.inventory import (
    LETTERBOX,
    REGISTER,
    Content,
    Head,
    Item,
    Package,
    Rows,
    head_of,
    items_of,
)
from diarium.safekeeping.locks import Opener
from diarium.safekeeping.manifest import Manifest
from diarium.safekeeping.progress import Progress, silent, telling_full_disk
from diarium.safekeeping.vault import CHUNK, Vault, sync, write_whole
from diarium.settings import kept_key

MARK = "restoring.json"
KEYS = ("secret_key", "seal_key", "factor_key", "webhook_key")
_LARGEST = 1 << 62
# Empty, or of no weight: what a mount, a checkout or a configured key leaves in a folder.
_HARMLESS = frozenset({MARK, "lost+found", ".gitkeep", "incoming", *KEYS})


@dataclass(frozen=True, slots=True)
class Place:
    """Where to restore to."""

    data: Path
    database_url: str
    letterbox_url: str
    blob_folder: Path
    export_folder: Path


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `kept_keys`: those that were there and differ; `lost`: contents that were damaged."""

    rows: int
    files: int
    packages: int
    keys: tuple[str, ...]
    kept_keys: tuple[str, ...]
    lost: tuple[str, ...] = field(default=())


def restore(
    vault: Vault,
    manifest: Manifest,
    opener: Opener | None,
    place: Place,
    progress: Progress = silent,
    *,
    accepts_damage: bool = False,
) -> Restored:
    """Restores a backup that was verified. Afterwards `finish` takes the mark away.

    `accepts_damage`: a file that can't be read is left out instead of ending the restore.
    Raises: RestoreRefused if the place is not empty or the backup is of a newer version; BackupDamaged,
    BackupLocked; BackupFailed if there is no room.
    """
    if not migrate.knows(manifest.revision):
        raise RestoreRefused(
            _("Säkerhetskopian är gjord av en nyare version av diarium (%(version)s). Installera den först.",
              version=manifest.program)
        )  # fmt: skip
    with telling_full_disk(place.data.parent):
        return _Restoring(vault, manifest, opener, place, progress, accepts_damage=accepts_damage).run()


def finish(place: Place) -> None:
    """Says that the installation may be used."""
    (place.data / MARK).unlink(missing_ok=True)
    sync(place.data)


def require_finished(data: Path) -> None:
    """Raises: RestoreRefused if a restore into the data folder was begun and not finished."""
    if (data / MARK).exists():
        raise RestoreRefused(
            _("En återläsning till %(folder)s är inte klar. Kör samma diarium restore igen.", folder=data)
        )


class _Restoring:
    def __init__(
        self,
        vault: Vault,
        manifest: Manifest,
        opener: Opener | None,
        place: Place,
        progress: Progress,
        *,
        accepts_damage: bool,
    ) -> None:
        self._vault, self._manifest, self._place, self._progress = vault, manifest, place, progress
        self._opener = opener
        self._used = opener if manifest.is_encrypted else None
        self._accepts_damage = accepts_damage
        self._lost: list[str] = []
        self._known: dict[tuple[str, str], list[Rows]] = {}

    def run(self) -> Restored:
        head = head_of(self._vault, self._manifest, self._opener)
        self._begin()
        files, packages = self._files()
        written, kept = self._keys(head)
        self._letters(head)
        count = sum(self._manifest.counts.values())
        if not _has_register(self._place):
            self._register(head)
        if self._manifest.seal_number:
            told = self._manifest
            point = Checkpoint(told.seal_number, told.seal_digest, told.seal_signature)
            write_head(self._place.data / "seals" / "head.json", point)
        return Restored(count, files, packages, written, kept, tuple(self._lost))

    def _begin(self) -> None:
        place = self._place
        mark = place.data / MARK
        if mark.exists():
            if json.loads(mark.read_bytes()).get("backup") != self._manifest.id:
                raise RestoreRefused(
                    _("En återläsning av en annan säkerhetskopia är påbörjad i %(folder)s. Töm mappen först.",
                      folder=place.data)
                )  # fmt: skip
            return
        require_empty(place)
        place.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = place.data / "incoming"
        write_whole(draft, json.dumps({"backup": self._manifest.id}).encode())
        draft.replace(mark)
        sync(place.data)

    def _files(self) -> tuple[int, int]:
        store = LocalBlobStore(self._place.blob_folder)
        store.sweep(0)
        files = packages = 0
        for item in self._items():
            match item:
                case Content():
                    self._content(store, item)
                    files += 1
                    self._progress("files", files, self._manifest.files)
                case Package():
                    self._package(item)
                    packages += 1
                    self._progress("packages", packages, self._manifest.packages)
                case _:
                    pass
        return files, packages

    def _content(self, store: LocalBlobStore, item: Content) -> None:
        if store.verify(item.sha256):
            return
        try:
            with self._vault.reading(item.name, self._used, packed=False) as source:
                stored = store.put_stream(source, max_bytes=_LARGEST, allow_empty=True)
            if stored.sha256 != item.sha256:
                store.remove(stored.sha256)
                raise BackupDamaged(_("Innehållet %(sha256)s är skadat.", sha256=item.sha256))
        except BackupDamaged:
            if not self._accepts_damage:
                raise
            self._lost.append(item.sha256)

    def _package(self, item: Package) -> None:
        folder = self._place.export_folder.resolve()
        target = (folder / item.path).resolve()
        if target == folder or not target.is_relative_to(folder):
            raise BackupDamaged(_("Säkerhetskopian vill skriva utanför mappen: %(path)s.", path=item.path))
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.restoring")
        digest = hashlib.sha256()
        try:
            with self._vault.reading(item.name, self._used, packed=False) as source, draft.open("wb") as writing:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    writing.write(chunk)
                writing.flush()
                os.fsync(writing.fileno())
            if digest.hexdigest() != item.sha256:
                raise BackupDamaged(_("Paketet %(path)s är skadat.", path=item.path))
            draft.replace(target)
        except BackupDamaged:
            if not self._accepts_damage:
                raise
            self._lost.append(item.path)
        finally:
            draft.unlink(missing_ok=True)

    def _keys(self, head: Head) -> tuple[tuple[str, ...], tuple[str, ...]]:
        written: list[str] = []
        kept: list[str] = []
        for name in KEYS:
            if name not in head.keys:
                continue
            there = kept_key(self._place.data, name, lambda name=name: head.keys[name])  # type: ignore[misc]
            (written if there == head.keys[name] else kept).append(name)
        return tuple(written), tuple(kept)

    def _letters(self, head: Head) -> None:
        box = Letterbox(self._place.letterbox_url)
        try:
            box.ensure()
            with box.database.engine.execution_options(diarium_writes=True).begin() as connection:
                for form in head.tables[LETTERBOX]:
                    with DoorOpen(connection, form):
                        connection.execute(sa.delete(sa.table(form.name, schema=rows.schema_of(connection, form))))
                        rows.load(connection, form, self._rows_of(LETTERBOX, form.name))
        finally:
            box.close()

    def _register(self, head: Head) -> None:
        address = make_url(self._place.database_url)
        if address.get_backend_name() != "sqlite":
            with Opened(self._place.database_url) as database, database.engine.begin() as connection:
                migrate.upgrade_on(connection, self._manifest.revision)
                self._load(connection, head)
            return
        final = Path(address.database or "")
        draft = final.with_name(f".{final.name}.restoring")
        for leftover in (draft, *(draft.with_name(f"{draft.name}{end}") for end in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)
        with Opened(f"sqlite:///{draft}") as database:
            migrate.upgrade(database, self._manifest.revision)
            with database.engine.connect() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                raw.execute("PRAGMA foreign_keys=OFF")  # works outside a transaction only
                with connection.begin():
                    self._load(connection, head)
        draft.replace(final)
        sync(final.parent)

    def _load(self, connection: Connection, head: Head) -> None:
        forms = {form.name: form for form in head.tables[REGISTER]}
        done = 0
        with ReferencesOff(connection):
            for name in forms:
                # What the migrations themselves put in. Statements that find nothing are refused by some tables.
                if connection.scalar(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)):
                    connection.execute(sa.delete(sa.table(name)))
            for name, form in forms.items():
                count = rows.load(connection, form, self._rows_of(REGISTER, name))
                if count != self._manifest.counts.get(name, 0):
                    raise BackupDamaged(_("Tabellen %(table)s har inte alla sina rader.", table=name))
                done += count
                self._progress("rows", done, sum(self._manifest.counts.values()))
        if connection.dialect.name == "postgresql":
            move_sequences(connection, forms.values(), head.sequences)
        elif broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise BackupDamaged(_("Rader hänvisar till rader som saknas: %(rows)s.", rows=broken[:5]))

    def _rows_of(self, database: str, table: str) -> Iterator[list[rows.Value]]:
        for item in self._chunks(database, table):
            with self._vault.reading(item.name, self._used, packed=True) as source:
                content = source.read()
            if hashlib.sha256(content).hexdigest() != item.sha256:
                raise BackupDamaged(_("Rader ur tabellen %(table)s är skadade.", table=table))
            yield from rows.lines_of(content)

    def _chunks(self, database: str, table: str) -> list[Rows]:
        if not self._known:
            for item in self._items():
                if isinstance(item, Rows):
                    self._known.setdefault((item.database, item.table), []).append(item)
        return self._known.get((database, table), [])

    def _items(self) -> Iterator[Item]:
        for item in items_of(self._vault, self._manifest, self._opener):
            if not isinstance(item, Head):
                yield item


def require_empty(place: Place) -> None:
    """Raises: RestoreRefused if an installation, or anything else, lies there already."""
    folders = [place.data, place.blob_folder, place.export_folder]
    for folder in folders:
        found = [each.name for each in folder.iterdir() if each.name not in _HARMLESS] if folder.is_dir() else []
        nested = {each.name for each in folders if each != folder and each.parent == folder and not any_in(each)}
        if set(found) - nested:
            raise RestoreRefused(
                _("%(folder)s är inte tom. Återläsning skriver aldrig över något: ange en tom mapp, eller flytta "
                  "undan den gamla installationen först.", folder=folder)
            )  # fmt: skip
    if _has_register(place) or _has_letters(place):
        raise RestoreRefused(
            _("Databasen är inte tom. Återläsning skriver aldrig över något: ange en tom databas.")
        )


def any_in(folder: Path) -> bool:
    """Whether anything but harmless things lies in a folder or below it."""
    return any(path.name not in _HARMLESS for path in folder.rglob("*") if not path.is_dir())


def _has_register(place: Place) -> bool:
    address = make_url(place.database_url)
    if address.get_backend_name() == "sqlite":
        return Path(address.database or "").exists()
    with Opened(place.database_url) as database, database.engine.connect() as connection:
        return bool(inspect(connection).get_table_names())


def _has_letters(place: Place) -> bool:
    """Whether letters wait in a letterbox that lies elsewhere: those of another house, that works."""
    address = make_url(place.letterbox_url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return False
    box = Letterbox(place.letterbox_url)
    try:
        with box.database.engine.connect() as connection:
            forms = [rows.form_of(table) for table in LetterboxBase.metadata.sorted_tables]
            return any(_has_rows(connection, form.name, rows.schema_of(connection, form)) for form in forms)
    finally:
        box.close()


def _has_rows(connection: Connection, name: str, schema: str | None) -> bool:
    if not inspect(connection).has_table(name, schema=schema):
        return False
    return (
        connection.scalar(sa.select(sa.literal(1)).select_from(sa.table(name, schema=schema)).limit(1)) is not None
    )
