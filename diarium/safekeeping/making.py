"""Makes a backup while everybody works: the letterbox first, then the register at one moment, then the files.

A letter that is taken out meanwhile is so in at least one of the two, and never lost; the worker knows one that is
in both. A file whose row is in the backup is there too: where a disposal removes one meanwhile, the rows are read
once more.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Table, inspect, select

from diarium import __version__
from diarium.archive.models import ExportPart
from diarium.audit.models import AuditEvent
from diarium.audit.seals import AuditSeal, SealKey
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.files.errors import BlobMissing
from diarium.files.models import Blob
from diarium.files.store import LocalBlobStore
from diarium.i18n import gettext as _
from diarium.letterbox.box import Letterbox
from diarium.letterbox.models import LetterboxBase
from diarium.safekeeping import rows
from diarium.safekeeping.errors import BackupDamaged, BackupFailed
from diarium.safekeeping.inventory import (
    LETTERBOX,
    REGISTER,
    Content,
    Damaged,
    Head,
    InventoryWriter,
    Package,
    Rows,
)
from diarium.safekeeping.locks import Lock
from diarium.safekeeping.manifest import MANIFEST, Manifest
from diarium.safekeeping.progress import Progress, silent, telling_full_disk
from diarium.safekeeping.vault import Stored, Vault, digest_of, write_whole

_ROUNDS = 3
_READING = "reading"


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up. `tables`: all of the register's. `keys`: the installation's, by their files' names."""

    database: Database
    tables: Sequence[Table]
    letterbox: Letterbox
    blobs: LocalBlobStore
    export_folder: Path
    key: SealKey
    keys: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished backup. `new_objects`, `new_bytes`: what was not in the folder before."""

    manifest: Manifest
    new_objects: int
    new_bytes: int
    damaged: tuple[str, ...]


class _Disposed(Exception):
    """A content was removed while the backup was made, together with its row."""


def back_up(source: Source, vault: Vault, lock: Lock | None, progress: Progress = silent) -> Outcome:
    """Makes one backup in `vault`. It shows there when it is whole, or not at all.

    Raises: BackupFailed if there is no room, or another backup is being made.
    """
    with telling_full_disk(vault.folder), vault.writing():
        for _round in range(_ROUNDS):
            try:
                return _Making(source, vault, lock, progress).make()
            except _Disposed:
                continue
    raise BackupFailed(_("Filer gallrades hela tiden under säkerhetskopieringen. Försök igen senare."))


class _Making:
    def __init__(self, source: Source, vault: Vault, lock: Lock | None, progress: Progress) -> None:
        self._source, self._vault, self._lock, self._progress = source, vault, lock, progress
        self._counts: dict[str, int] = {}
        self._damaged: list[str] = []
        self._new_objects = self._new_bytes = 0
        self._files = self._file_bytes = self._packages = 0

    def make(self) -> Outcome:
        moment = now()
        draft = self._vault.draft()
        with InventoryWriter(draft) as inventory:
            # The letters are read before the register, and written down after its head.
            letters = self._letters()
            with rows.snapshot(self._source.database) as connection:
                _require_known(connection, self._source.tables)
                forms = [rows.form_of(table) for table in self._source.tables]
                inventory.head(self._head(connection, forms, [form for form, _chunks in letters]))
                facts = _facts(connection)
                for form, chunks in letters:
                    for chunk in chunks:
                        self._add_rows(inventory, LETTERBOX, form, chunk)
                for form in forms:
                    for chunk in rows.chunks(connection, form):
                        self._add_rows(inventory, REGISTER, form, chunk)
                    self._counts.setdefault(form.name, 0)
                contents = connection.execute(select(Blob.sha256, Blob.size).order_by(Blob.sha256)).all()
                packages = _known_packages(connection)
            for done, (sha256, size) in enumerate(contents, 1):
                self._add_content(inventory, sha256, size)
                self._progress("files", done, len(contents))
            self._add_packages(inventory, packages)
            objects, items = inventory.finish(self._lock)
            manifest = self._manifest(moment, facts, inventory, objects, items).signed(self._source.key)
        write_whole(draft / MANIFEST, manifest.to_bytes())
        self._vault.publish(draft, manifest.id)
        return Outcome(manifest, self._new_objects, self._new_bytes, tuple(self._damaged))

    def _letters(self) -> list[tuple[rows.TableForm, list[rows.Chunk]]]:
        """All that waits: never many (`letterbox.database.MOST_OF_A_KIND`)."""
        found = []
        with rows.snapshot(self._source.letterbox.database) as connection:
            for table in LetterboxBase.metadata.sorted_tables:
                form = rows.form_of(table)
                found.append((form, list(rows.chunks(connection, form))))
        return found

    def _head(
        self, connection: Connection, forms: Sequence[rows.TableForm], letters: Sequence[rows.TableForm]
    ) -> Head:
        return Head(
            {REGISTER: tuple(forms), LETTERBOX: tuple(letters)},
            _sequences(connection, forms),
            self._source.keys if self._lock is not None else {},
        )

    def _add_rows(
        self, inventory: InventoryWriter, database: str, form: rows.TableForm, chunk: rows.Chunk
    ) -> None:
        name = form.name if database == REGISTER else f"{database}.{form.name}"
        self._counts[name] = self._counts.get(name, 0) + chunk.rows
        sha256 = hashlib.sha256(chunk.content).hexdigest()
        stored = self._put(sha256, io.BytesIO(chunk.content), packed=True)
        inventory.add(Rows(database, form.name, chunk.rows, sha256, stored.name), stored.size)
        self._progress("rows", sum(self._counts.values()), None)

    def _add_content(self, inventory: InventoryWriter, sha256: str, size: int) -> None:
        try:
            with self._source.blobs.open(sha256) as content:
                stored = self._put(sha256, content, packed=False)
        except (BlobMissing, BackupDamaged):
            self._note_damage(inventory, sha256)
            return
        inventory.add(Content(sha256, size, stored.name), stored.size)
        self._files += 1
        self._file_bytes += size

    def _note_damage(self, inventory: InventoryWriter, sha256: str) -> None:
        """What is missing in the register is missing in the backup, and both say so."""
        with self._source.database.reading() as session:
            if session.get(Blob, sha256) is None:
                raise _Disposed
        self._damaged.append(sha256)
        inventory.add(Damaged(sha256))

    def _add_packages(self, inventory: InventoryWriter, known: Mapping[str, tuple[str, int]]) -> None:
        folder = self._source.export_folder
        paths = list(packages_in(folder))
        for done, path in enumerate(paths, 1):
            name = path.relative_to(folder).as_posix()
            try:
                with path.open("rb") as content:
                    self._add_package(inventory, name, content, known.get(name))
            except (FileNotFoundError, BackupDamaged):
                continue  # removed, or still being written: it is in the next one
            self._progress("packages", done, len(paths))

    def _add_package(
        self, inventory: InventoryWriter, name: str, content: BinaryIO, known: tuple[str, int] | None
    ) -> None:
        size = os.fstat(content.fileno()).st_size
        if known is not None and known[1] == size:
            sha256 = known[0]
        else:
            sha256 = digest_of(content)
            content.seek(0)
        try:
            stored = self._put(sha256, content, packed=False)
        except BackupDamaged:
            # Not what its row says: kept as it is.
            content.seek(0)
            sha256 = digest_of(content)
            content.seek(0)
            stored = self._put(sha256, content, packed=False)
        inventory.add(Package(name, sha256, size, stored.name), stored.size)
        self._packages += 1

    def _put(self, sha256: str, content: BinaryIO, *, packed: bool) -> Stored:
        stored, is_new = self._vault.put(sha256, content, self._lock, packed=packed)
        if is_new:
            self._new_objects += 1
            self._new_bytes += stored.size
        return stored

    def _manifest(
        self, moment: dt.datetime, facts: _Facts, inventory: InventoryWriter, objects: str, items: str
    ) -> Manifest:
        return Manifest(
            id=f"{moment:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(3)}",
            made_at=moment.isoformat(timespec="microseconds"),
            program=__version__,
            revision=facts.revision,
            database="postgresql" if self._source.database.is_postgresql else "sqlite",
            is_encrypted=self._lock is not None,
            recipients=self._lock.recipients if self._lock else (),
            counts=self._counts,
            files=self._files,
            file_bytes=self._file_bytes,
            packages=self._packages,
            last_event=facts.last_event,
            last_event_at=facts.last_event_at,
            seal_number=facts.seal_number,
            seal_digest=facts.seal_digest,
            seal_signature=facts.seal_signature,
            objects_sha256=objects,
            inventory_sha256=items,
            object_count=inventory.object_count,
            object_bytes=inventory.object_bytes,
            damaged=len(self._damaged),
            has_keys=self._lock is not None and bool(self._source.keys),
        )


@dataclass(frozen=True, slots=True)
class _Facts:
    revision: str
    last_event: int
    last_event_at: str
    seal_number: int
    seal_digest: str
    seal_signature: str


def packages_in(folder: Path) -> Iterator[Path]:
    """The files of the folder of packages, but for what is being made or is derived.

    Those are names that begin with a dot, and the folders of the reading room, which is made anew.
    """
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if (
            path.is_file()
            and not path.is_symlink()
            and not any(part.startswith(".") or part == _READING for part in inside)
        ):
            yield path


def _require_known(connection: Connection, tables: Sequence[Table]) -> None:
    """A table that this process knows nothing of would be left out without a word."""
    known = {table.name for table in tables} | {"alembic_version"}
    unknown = set(inspect(connection).get_table_names()) - known
    if unknown:
        raise BackupFailed(
            _("Databasen har tabeller som diarium inte känner till: %(names)s. Säkerhetskopiera dem för sig "
              "eller flytta dem till en egen databas.", names=", ".join(sorted(unknown)))
        )  # fmt: skip


def _facts(connection: Connection) -> _Facts:
    event = connection.execute(
        select(AuditEvent.id, AuditEvent.at).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    seal = connection.execute(
        select(AuditSeal.number, AuditSeal.digest, AuditSeal.signature).order_by(AuditSeal.number.desc()).limit(1)
    ).first()
    return _Facts(
        revision=MigrationContext.configure(connection).get_current_revision() or "",
        last_event=event.id if event else 0,
        last_event_at=event.at.isoformat(timespec="seconds") if event else "",
        seal_number=seal.number if seal else 0,
        seal_digest=seal.digest if seal else "",
        seal_signature=seal.signature if seal else "",
    )


def _known_packages(connection: Connection) -> dict[str, tuple[str, int]]:
    query = select(ExportPart.package_name, ExportPart.package_sha256, ExportPart.package_size)
    return {
        row.package_name: (row.package_sha256, row.package_size)
        for row in connection.execute(query)
        if row.package_name and row.package_sha256 and row.package_size is not None
    }


def _sequences(connection: Connection, forms: Sequence[rows.TableForm]) -> dict[str, int]:
    """How far PostgreSQL has counted the keys of each table: a key is never given twice."""
    if connection.dialect.name != "postgresql":
        return {}
    found = {}
    for form in forms:
        if "id" not in form.columns:
            continue
        query = (
            "SELECT last_value FROM pg_sequences WHERE format('%I.%I', schemaname, sequencename)::regclass "
            "= pg_get_serial_sequence(:table, 'id')::regclass"
        )
        value = connection.scalar(sa.text(query), {"table": f'"{form.name}"'})
        if value is not None:
            found[form.name] = int(value)
    return found
