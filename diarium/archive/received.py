"""Packages that were taken in: finding one, and opening it for reading."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from diarium.archive.received_models import ReceivedPackage, ReceivedState, ReceivedWay
from diarium.archive.validation.collector import Collector
from diarium.archive.validation.listing import scan
from diarium.archive.validation.model import GIB, MIB, Limits
from diarium.archive.validation.opening import package_root, unpack
from diarium.errors import Conflict, DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission

OUTSIDE = Limits(
    members=1_000_000, total_bytes=100 * GIB, mets_bytes=256 * MIB, xml_bytes=8 * GIB, findings_in_all=20_000
)
UNPACKED = ".unpacked"
UNPACKING = ".unpacking"
_LOCK = ".lock"
_PAGE = 50


class PackageUnreadable(DomainError):
    """The package can't be opened safely; the message says why."""


class PackageGone(NotFound):
    """The package's files are no longer there."""


class PackageBusy(Conflict):
    """The package is being checked just now."""


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    """Some of the packages, newest first; `before` is what to ask for next, None at the end."""

    packages: Sequence[ReceivedPackage]
    before: int | None


def find(session: Session, actor: Actor, uid: uuid.UUID) -> ReceivedPackage:
    """The package with its report. Raises: NotFound, also for who exports for no authority."""
    package = session.scalar(
        select(ReceivedPackage).where(ReceivedPackage.uid == uid).options(undefer(ReceivedPackage.report))
    )
    if package is None or not _may(actor):
        raise NotFound(_("Paketet finns inte."))
    return package


def listing(session: Session, actor: Actor, *, before: int | None = None, size: int = _PAGE) -> ReceivedPage:
    """The packages that have come, newest first, without their reports. Raises: NotAllowed."""
    require(actor)
    query = select(ReceivedPackage).order_by(ReceivedPackage.id.desc()).limit(size + 1)
    if before is not None:
        query = query.where(ReceivedPackage.id < before)
    rows = session.scalars(query).all()
    shown = rows[:size]
    return ReceivedPage(shown, shown[-1].id if len(rows) > size else None)


def waiting(session: Session) -> int:
    """How many packages wait to be checked or are being checked."""
    under_way = (ReceivedState.WAITING, ReceivedState.CHECKING)
    return session.scalar(select(func.count(ReceivedPackage.id)).where(ReceivedPackage.state.in_(under_way))) or 0


def require(actor: Actor) -> None:
    """Raises: NotAllowed unless the actor exports for some authority."""
    if not _may(actor):
        raise NotAllowed(_("Du har inte behörighet att kontrollera arkivpaket."))


@contextmanager
def opened(export_folder: Path, received: ReceivedPackage, limits: Limits | None = None) -> Iterator[Path]:
    """The package's root folder, without links or devices in it. Unpacked once, and kept beside the package.

    `limits`: those for packages from outside if not given.
    Raises: PackageGone; PackageUnreadable; PackageBusy (another process is unpacking it).
    """
    limits = limits or OUTSIDE
    source = file_of(export_folder, received)
    if received.way is ReceivedWay.FOLDER and not source.is_file():
        yield _folder_in_place(source, limits)
        return
    folder = folder_of(export_folder, received.uid)
    if not (folder / UNPACKED).is_dir():
        with locked(folder) as is_mine:
            if not is_mine:
                raise PackageBusy(_("Paketet packas upp just nu. Försök igen om en stund."))
            if not (folder / UNPACKED).is_dir():
                _unpack(source, folder, limits)
    yield package_root(folder / UNPACKED, is_unpacked=True)


def folder_of(export_folder: Path, uid: uuid.UUID) -> Path:
    """Where everything of one package lies."""
    return export_folder / "received" / str(uid)


def file_of(export_folder: Path, received: ReceivedPackage) -> Path:
    """The package itself: an archive file, or what it is where it lies on the server.

    Raises: PackageGone, also where a link now stands in the way there: whoever fills that folder must not be able
    to make us read something else.
    """
    if received.way is ReceivedWay.FOLDER:
        place = Path(received.source_path or "")
        if Path(os.path.realpath(place)) != place:
            raise PackageGone(_("Paketet %(name)s ligger inte kvar på servern.", name=received.name))
        return place
    return folder_of(export_folder, received.uid) / received.name


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Holds the package alone, among all processes; yields False if another does. Ends with the process.

    Raises: PackageGone.
    """
    handle = lock(folder)
    if handle is None:
        yield False
        return
    with handle:
        yield True


def lock(folder: Path) -> TextIO | None:
    """The package's lock, to be closed by the caller; None if another process has it. Raises: PackageGone."""
    try:
        handle = (folder / _LOCK).open("a")
    except OSError:
        raise PackageGone(_("Paketets filer finns inte kvar på servern.")) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def _unpack(source: Path, folder: Path, limits: Limits) -> None:
    target = folder / UNPACKING
    shutil.rmtree(target, ignore_errors=True)
    if source.is_symlink() or not source.is_file():
        raise PackageGone(_("Paketets filer finns inte kvar på servern."))
    target.mkdir()
    findings = Collector(limits.findings_per_rule)
    if unpack(source, target, limits, findings) is None:
        shutil.rmtree(target, ignore_errors=True)
        raise PackageUnreadable(_first_reason(findings))
    target.rename(folder / UNPACKED)


def _folder_in_place(path: Path, limits: Limits) -> Path:
    if path.is_symlink() or not path.is_dir():
        raise PackageGone(_("Mappen %(name)s finns inte kvar på servern.", name=path.name))
    findings = Collector(limits.findings_per_rule)
    if scan(path, limits, findings) is None or any(f.rule == "FILE-TYPE" for f in findings.findings()):
        raise PackageUnreadable(_first_reason(findings))
    return package_root(path)


def _first_reason(findings: Collector) -> str:
    told = [finding for finding in findings.findings() if finding.rule in ("FILE-TYPE", "PACKAGE")]
    first = next(iter(told or findings.findings()))
    return f"{first.message} {first.mend}"


def _may(actor: Actor) -> bool:
    return actor.is_system or bool(actor.authorities(Permission.EXPORT))
