"""Taking packages in to be checked, and taking them away again."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from diarium.archive import received
from diarium.archive.received_models import ReceivedPackage, ReceivedState, ReceivedWay
from diarium.archive.validation import sandbox
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import Conflict, DomainError
from diarium.files.names import safe_file_name
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM, Actor
from diarium.settings import PackageSettings

ENTITY_TYPE = "package"
MOST_OFFERED = 500
_CHUNK = 1024 * 1024
_LONGEST_NAME = 240  # bytes
_OF_THE_CHECK = (sandbox.REPORT, sandbox.PROGRESS)
_DEEPEST = 2
_MARKS = ("METS.xml", "sip.xml")
_ARCHIVES = (".zip", ".tar")


class PackageNotTaken(DomainError):
    """The package can't be taken in; the message says why."""


@dataclass(frozen=True, slots=True)
class StoredPackage:
    """A package file that lies in its folder but that nothing is known of yet."""

    uid: uuid.UUID
    name: str
    size: int
    sha256: str


def take_in(
    database: Database, export_folder: Path, actor: Actor, source: BinaryIO, name: str, settings: PackageSettings
) -> uuid.UUID:
    """Takes an uploaded package in and leaves it to the worker; returns what it is known by.

    Raises: as `store`.
    """
    stored = store(export_folder, actor, source, name, settings)
    with database.unit_of_work() as session:
        enter(session, actor, stored, settings, ReceivedWay.UPLOAD)
    return stored.uid


def store(
    export_folder: Path, actor: Actor, source: BinaryIO, name: str, settings: PackageSettings
) -> StoredPackage:
    """Writes a package file to disk as it comes. What is not entered within a day is swept away.

    Raises: NotAllowed; PackageNotTaken (empty, too large, or the disk is full): then nothing is left of it.
    """
    received.require(actor)
    uid = uuid.uuid4()
    folder = received.folder_of(export_folder, uid)
    shown = _stored_name(name)
    try:
        folder.mkdir(parents=True, mode=0o700)
        size, sha256 = _write(source, folder / shown, settings.max_bytes)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            told = _("Paketet får inte plats på servern. Be den som sköter servern om mer utrymme.")
            raise PackageNotTaken(told, field="package") from error
        raise
    except DomainError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return StoredPackage(uid, shown, size, sha256)


def enter(
    session: Session, actor: Actor, stored: StoredPackage, settings: PackageSettings, way: ReceivedWay
) -> ReceivedPackage:
    """Enters a stored package, which the worker then takes up."""
    return _add(session, actor, settings, stored.uid, stored.name, way, size=stored.size, sha256=stored.sha256)


def take_from_server(
    database: Database, export_folder: Path, actor: Actor, path: str, settings: PackageSettings
) -> uuid.UUID:
    """Leaves a package that lies on the server to the worker; it stays where it is.

    Raises: NotAllowed; PackageNotTaken unless it is below one of the folders of the settings.
    """
    received.require(actor)
    place = _allowed(path, settings.folders)
    uid = uuid.uuid4()
    received.folder_of(export_folder, uid).mkdir(parents=True, mode=0o700)
    size = place.stat().st_size if place.is_file() else 0
    with database.unit_of_work() as session:
        name = safe_file_name(place.name)
        _add(session, actor, settings, uid, name, ReceivedWay.FOLDER, size=size, source_path=str(place))
    return uid


def offered(folders: Iterable[Path]) -> Sequence[Path]:
    """What looks like packages in the folders of the settings, by path, at most `MOST_OFFERED`."""
    found: list[Path] = []
    for folder in folders:
        _look(folder, _DEEPEST, found)
    return sorted(found)


def remove(session: Session, export_folder: Path, actor: Actor, uid: uuid.UUID) -> None:
    """Takes a package and its report away; a package on the server stays where it is.

    Raises: NotFound; Conflict while it is being checked.
    """
    package = received.find(session, actor, uid)
    folder = received.folder_of(export_folder, uid)
    if folder.is_dir():
        with received.locked(folder) as is_mine:
            if not is_mine:
                raise Conflict(_("Paketet kontrolleras just nu. Ta bort det när kontrollen är klar."))
            shutil.rmtree(folder)
    audit.write(session, actor, "package.removed", subject(package))
    session.delete(package)


def sweep(database: Database, export_folder: Path) -> int:
    """Removes what has been kept for its time, and folders of no package; returns how many packages."""
    with database.unit_of_work() as session:
        due = session.scalars(
            select(ReceivedPackage)
            .where(ReceivedPackage.kept_until < now(), ReceivedPackage.state != ReceivedState.CHECKING)
            .limit(100)
        ).all()
        for package in due:
            audit.write(session, SYSTEM, "package.removed", subject(package))
        session.execute(delete(ReceivedPackage).where(ReceivedPackage.id.in_([package.id for package in due])))
    _sweep_folders(database, export_folder)
    return len(due)


def subject(package: ReceivedPackage) -> audit.Subject:
    """The package as events name it."""
    return audit.Subject(ENTITY_TYPE, package.uid, package.name)


def _add(
    session: Session,
    actor: Actor,
    settings: PackageSettings,
    uid: uuid.UUID,
    name: str,
    way: ReceivedWay,
    *,
    size: int,
    sha256: str | None = None,
    source_path: str | None = None,
) -> ReceivedPackage:
    package = ReceivedPackage(
        uid=uid,
        name=name,
        way=way,
        source_path=source_path,
        sha256=sha256,
        size=size,
        received_by_id=actor.user_id,
        received_by_name=actor.name,
        kept_until=now() + timedelta(days=settings.days_kept),
    )
    session.add(package)
    audit.write(session, actor, "package.received", subject(package), after={"size": size, "sha256": sha256})
    session.flush()
    return package


def _stored_name(name: str) -> str:
    """A name that fits on disk, and beside the files that the check writes in the same folder."""
    shown = safe_file_name(name).lstrip(".") or "paket"
    if shown.casefold().removesuffix(".part") in _OF_THE_CHECK:
        shown = f"paket-{shown}"
    stem, ending = Path(shown).stem, Path(shown).suffix
    while len(f"{stem}{ending}".encode()) > _LONGEST_NAME:
        stem, ending = (stem[:-1], ending) if stem else ("paket", "")
    return f"{stem}{ending}"


def _write(source: BinaryIO, target: Path, most: int) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with target.open("xb") as copy:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > most:
                told = _("Paketet är större än %(size)d MB. Lägg det i stället i en mapp på servern.",
                         size=most // 1024**2)  # fmt: skip
                raise PackageNotTaken(told, field="package")
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    if not size:
        raise PackageNotTaken(_("Filen är tom. Välj en ZIP- eller TAR-fil."), field="package")
    return size, digest.hexdigest()


def _allowed(path: str, folders: Sequence[Path]) -> Path:
    told = _("Ange ett paket som ligger i någon av mapparna %(folders)s.",
             folders=", ".join(str(folder) for folder in folders))  # fmt: skip
    if not folders:
        told = _("Inga mappar på servern är öppnade för kontroll (DIARIUM_PACKAGE_FOLDERS).")
    try:
        place = Path(path.strip()).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise PackageNotTaken(told, field="path") from None
    inside = any(place != folder and place.is_relative_to(folder) for folder in folders)
    if not inside or not (place.is_dir() or place.is_file()):
        raise PackageNotTaken(told, field="path")
    return place


def _look(folder: Path, depth: int, found: list[Path]) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if len(found) >= MOST_OFFERED or entry.name.startswith(".") or entry.is_symlink():
            continue
        place = folder / entry.name
        if entry.is_dir():
            if any((place / mark).is_file() for mark in _MARKS):
                found.append(place)
            elif depth > 1:
                _look(place, depth - 1, found)
        elif entry.name.lower().endswith(_ARCHIVES):
            found.append(place)


def _sweep_folders(database: Database, export_folder: Path) -> None:
    """Folders whose package is gone: removed in the database, or left by an upload that was broken off."""
    try:
        names = [entry.name for entry in os.scandir(export_folder / "received") if entry.is_dir()]
    except OSError:
        return
    with database.reading() as session:
        known = {str(uid) for uid in session.scalars(select(ReceivedPackage.uid))}
    yesterday = now().timestamp() - 24 * 3600
    for name in names:
        folder = export_folder / "received" / name
        if name not in known and folder.stat().st_mtime < yesterday:
            shutil.rmtree(folder, ignore_errors=True)
