"""Which packages can be read here, by whom: those that were taken in, and those that were made here."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from diarium.archive import received
from diarium.archive.models import Export, ExportPart
from diarium.archive.reading_room.room import Room
from diarium.archive.received_models import ReceivedPackage, ReceivedWay
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.opening import package_root, unpack
from diarium.audit import service as audit
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM, Actor, Permission

OWN: Final = "reading"
"""Folder of the export folder where packages made here are opened."""
_UNPACKED: Final = ".unpacked"
_UNPACKING: Final = ".unpacking"
_ROOM: Final = "reading"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of the package found; `is_valid` is None where it has not been checked."""

    profile: str
    is_valid: bool | None
    errors: int
    warnings: int


@dataclass(frozen=True, slots=True)
class ReadablePackage:
    """A package that the reader may open. `size`: of its archive file, in bytes; 0 where it is a folder.

    `authority_code`: whose it is, where it was made here. `sees_protected`: the reader may know who is protected.
    """

    uid: uuid.UUID
    name: str
    size: int
    authority_code: str | None
    sees_protected: bool
    verdict: Verdict
    room: Room
    export_uid: uuid.UUID | None
    source: ReceivedPackage | Path

    @property
    def is_own(self) -> bool:
        """Whether it was made here."""
        return self.export_uid is not None

    @property
    def subject(self) -> audit.Subject:
        """What events about it are about."""
        return audit.Subject("package", self.uid, self.name, self.authority_code)


def find(session: Session, actor: Actor, uid: uuid.UUID, export_folder: Path) -> ReadablePackage:
    """The package with `uid`, taken in or made here. Raises: NotFound, also where the actor may not export it."""
    part = session.scalar(
        select(ExportPart)
        .where(ExportPart.uid == uid)
        .options(joinedload(ExportPart.export).joinedload(Export.authority))
    )
    if part is not None:
        return _own(actor, part, export_folder)
    package = received.find(session, actor, uid)
    room = Room(received.folder_of(export_folder, uid) / _ROOM)
    sees = actor.is_system or bool(actor.authorities(Permission.READ_PROTECTED))
    verdict = Verdict(package.profile or "", package.is_valid, package.errors or 0, package.warnings or 0)
    size = 0 if package.way is ReceivedWay.FOLDER else package.size
    return ReadablePackage(uid, package.name, size, None, sees, verdict, room, None, package)


def find_for_work(session: Session, uid: uuid.UUID, export_folder: Path) -> ReadablePackage:
    """The package with `uid`, for the worker. Raises: NotFound."""
    return find(session, SYSTEM, uid, export_folder)


@contextmanager
def root_of(package: ReadablePackage, export_folder: Path) -> Iterator[Path]:
    """The package's root folder; unpacked when it is first asked for.

    Raises: the errors of `received.opened`.
    """
    if isinstance(package.source, ReceivedPackage):
        with received.opened(export_folder, package.source) as root:
            yield root
        return
    unpacked = package.room.folder / _UNPACKED
    if not unpacked.is_dir():
        _unpack(package.source, package.room.folder, unpacked)
    yield package_root(unpacked, is_unpacked=True)


def note(session: Session, actor: Actor, package: ReadablePackage, what: Mapping[str, object]) -> None:
    """Writes into the log that somebody read in the package, and what."""
    audit.write(session, actor, "package.read", package.subject, after=what)


def rooms(export_folder: Path) -> Iterator[tuple[uuid.UUID, Room]]:
    """Every package with a room, wanted, made or failed."""
    for folder in (*export_folder.glob(f"received/*/{_ROOM}"), *export_folder.glob(f"{OWN}/*")):
        name = folder.parent.name if folder.name == _ROOM else folder.name
        try:
            yield uuid.UUID(name), Room(folder)
        except ValueError:
            continue


def _own(actor: Actor, part: ExportPart, export_folder: Path) -> ReadablePackage:
    code = part.export.authority.code
    path = export_folder / (part.package_name or "")
    if part.package_name is None or not actor.may(Permission.EXPORT, code):
        raise NotFound(_("Paketet finns inte."))
    if not path.is_file():
        raise NotFound(_("Paketet %(name)s finns inte kvar på disken. Skapa det igen.", name=path.name))
    report = part.report or {}
    verdict = Verdict(
        str(report.get("profile", "")),
        bool(report["valid"]) if "valid" in report else None,
        int(report.get("errors", 0)),
        int(report.get("warnings", 0)),
    )
    return ReadablePackage(
        uid=part.uid,
        name=part.package_name,
        size=part.package_size or 0,
        authority_code=code,
        sees_protected=actor.may(Permission.READ_PROTECTED, code),
        verdict=verdict,
        room=Room(export_folder / OWN / str(part.uid)),
        export_uid=part.export.uid,
        source=path,
    )


def _unpack(package: Path, folder: Path, target: Path) -> None:
    """Raises: PackageUnreadable, PackageBusy."""
    with Room(folder / "unpacking").locked() as is_mine:
        if not is_mine:
            raise received.PackageBusy(_("Paketet packas upp just nu. Försök igen om en stund."))
        if target.is_dir():
            return
        half = folder / _UNPACKING
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        findings = Collector(received.OUTSIDE.findings_per_rule)
        if unpack(package, half, received.OUTSIDE, findings) is None:
            shutil.rmtree(half, ignore_errors=True)
            told = " ".join(f"{one.message} {one.mend}" for one in findings.findings()[:1])
            raise received.PackageUnreadable(told or _("Paketet går inte att packa upp."))
        half.rename(target)
