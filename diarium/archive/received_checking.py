"""The worker's check of packages from outside: one at a time, each in a process of its own, beside all else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import received, received_intake
from diarium.archive.received_models import ReceivedPackage, ReceivedState
from diarium.archive.validation.sandbox import CheckLimits, Outcome, PackageCheck
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM
from diarium.settings import PackageSettings

_UNDER_WAY = (ReceivedState.WAITING, ReceivedState.CHECKING)
_LOOKED_AT = 20
log = structlog.get_logger()


@dataclass(slots=True)
class _Running:
    """A check and the lock on its package."""

    uid: uuid.UUID
    check: PackageCheck
    lock: TextIO

    def end(self) -> None:
        self.check.end()
        self.lock.close()


@dataclass(slots=True)
class PackageChecker:
    """Starts the check of what waits and notes what came of it; use as a context manager.

    A large package is checked while the worker does other things: `run` waits no longer than `patience` seconds.
    What another worker left half checked is begun anew.
    """

    database: Database
    export_folder: Path
    limits: CheckLimits
    patience: float = 2.0
    name: str = "packages.check"
    every: float = 2.0
    _running: _Running | None = field(default=None, init=False)

    def __enter__(self) -> PackageChecker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None

    def run(self) -> int:
        """How many packages were checked to the end."""
        if self._running is None:
            self._running = self._start()
        if self._running is None:
            return 0
        outcome = self._running.check.poll(self.patience)
        if outcome is None:
            self._note_progress(self._running)
            return 0
        running, self._running = self._running, None
        running.end()
        self._finish(running.uid, outcome)
        return 1

    def _start(self) -> _Running | None:
        with self.database.reading() as session:
            query = select(ReceivedPackage).where(ReceivedPackage.state.in_(_UNDER_WAY))
            waiting = session.scalars(query.order_by(ReceivedPackage.id).limit(_LOOKED_AT)).all()
        for package in waiting:
            try:
                running = self._begin(package)
            except received.PackageGone as error:
                self._finish(package.uid, Outcome(None, error.message))
                continue
            if running is not None:
                return running
        return None

    def _begin(self, package: ReceivedPackage) -> _Running | None:
        """Takes the package in hand, unless another worker has it or has had it."""
        folder = received.folder_of(self.export_folder, package.uid)
        source = received.file_of(self.export_folder, package)
        if not source.exists():
            raise received.PackageGone(_("Paketets filer finns inte kvar på servern."))
        lock = received.lock(folder)
        if lock is None:
            return None
        with self.database.unit_of_work() as session:
            found = _row(session, package.uid)
            if found is None or found.state not in _UNDER_WAY:
                lock.close()
                return None
            found.state, found.progress, found.error = ReceivedState.CHECKING, 0, None
        keep = folder / received.UNPACKED if source.is_file() else None
        check = PackageCheck(source, folder, self.limits, keep=keep, held=lock.fileno())
        return _Running(package.uid, check, lock)

    def _note_progress(self, running: _Running) -> None:
        done, total = running.check.progress
        with self.database.unit_of_work() as session:
            found = _row(session, running.uid)
            if found is not None and (found.progress, found.total) != (done, total):
                found.progress, found.total = done, total

    def _finish(self, uid: uuid.UUID, outcome: Outcome) -> None:
        with self.database.unit_of_work() as session, use_locale(SOURCE_LOCALE):
            found = _row(session, uid)
            if found is None:
                return  # it was removed meanwhile
            found.checked_at = now()
            if outcome.report is None:
                found.state, found.error = ReceivedState.FAILED, outcome.failure
                log.warning("package not checked", package=str(uid), reason=outcome.failure)
                audit.write(
                    session, SYSTEM, "package.failed", received_intake.subject(found), reason=outcome.failure
                )
                return
            _fill(found, outcome.report)
            facts = {"valid": found.is_valid, "errors": found.errors, "warnings": found.warnings}
            audit.write(session, SYSTEM, "package.checked", received_intake.subject(found), after=facts)


@dataclass(frozen=True, slots=True)
class PackageCleaner:
    """Takes away packages that have been kept for their time."""

    database: Database
    export_folder: Path
    name: str = "packages.clean"
    every: float = 3600.0

    def run(self) -> int:
        """How many were taken away."""
        return received_intake.sweep(self.database, self.export_folder)


def check_limits(settings: PackageSettings) -> CheckLimits:
    """What the check of a package from outside may cost."""
    return CheckLimits(settings.check_minutes * 60, settings.check_memory, received.OUTSIDE)


def _row(session: Session, uid: uuid.UUID) -> ReceivedPackage | None:
    return session.scalar(select(ReceivedPackage).where(ReceivedPackage.uid == uid).with_for_update())


def _fill(package: ReceivedPackage, report: Mapping[str, object]) -> None:
    plain = cast("dict[str, Any]", report)
    package.state, package.error = ReceivedState.CHECKED, None
    package.report, package.profile = plain, str(plain["profile"])[:200]
    package.is_valid = bool(plain["valid"])
    package.errors, package.warnings, package.infos = plain["errors"], plain["warnings"], plain["infos"]
    package.progress = package.total = plain["bytes"]
