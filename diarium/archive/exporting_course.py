"""How far the making of an export has come, told to whoever looks, and whether it may go on."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive.errors import ExportCancelled, ExportInterrupted, PackagingStopped
from diarium.archive.models import Export, ExportPart, ExportState
from diarium.archive.package_model import PackageCase
from diarium.archive.packaging_content import Amount
from diarium.db.engine import Database
from diarium.i18n import gettext as _
from diarium.register.vocabulary import CaseStatus

_WRITE_SECONDS = 1.0
_RATE_SECONDS = 30.0
_LEAST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the one who runs the export wants to be told, and to be asked.

    `on_case`: cases done and in all; `on_bytes`: bytes done, written and read back, and files done;
    `is_cancelled`: asked at each case and file, ends the export; `is_stopping`: the process is to end, another one
    will go on with it.
    """

    on_case: Callable[[int, int], object] = lambda done, total: None
    on_bytes: Callable[[int, int], object] = lambda size, files: None
    is_cancelled: Callable[[], bool] = lambda: False
    is_stopping: Callable[[], bool] = lambda: False


@dataclass(slots=True)
class _Rate:
    """Files and bytes a second over the last half minute."""

    seen: deque[tuple[float, int, int]] = field(default_factory=deque)

    def add(self, files: int, size: int) -> tuple[int, int] | None:
        """Notes how far it is; the rates once there is something to compare with."""
        moment = time.monotonic()
        self.seen.append((moment, files, size))
        while moment - self.seen[0][0] > _RATE_SECONDS and len(self.seen) > 2:
            self.seen.popleft()
        first, files_then, size_then = self.seen[0]
        seconds = moment - first
        if seconds < _LEAST_SECONDS:
            return None
        return round((files - files_then) / seconds), round((size - size_then) / seconds)


class Course:
    """Follows the making of one export by the run `holder`."""

    def __init__(self, database: Database, export_uid: uuid.UUID, holder: str, hooks: Hooks) -> None:
        self._database = database
        self._uid = export_uid
        self._holder = holder
        self._hooks = hooks
        self._part_id = 0
        self._before = 0
        self._total = 0
        self._cases = 0
        self._amount = Amount()
        self._checked = 0
        self._worked = 0
        self._rate = _Rate()
        self._last_written = time.monotonic()

    def begin(self, part_id: int, done_before: int, total: int) -> None:
        """A new part: `done_before` of the export's `total` cases lie in finished ones."""
        self._part_id, self._before, self._total = part_id, done_before, total
        self._cases = self._checked = 0
        self._amount = Amount()

    def follow(self, amount: Amount) -> None:
        """Where the package tells how much of its content is in place."""
        self._amount = amount

    def watch(self, cases: Iterator[PackageCase], allowed: frozenset[CaseStatus]) -> Iterator[PackageCase]:
        """Hands the cases on.

        Raises: ExportCancelled, ExportInterrupted; PackagingStopped for a case whose status is not `allowed`.
        """
        for case in cases:
            if case.status not in allowed:
                raise PackagingStopped(
                    _(
                        "Ärende %(number)s är inte längre avslutat. Avsluta det och fortsätt uttaget, eller begär "
                        "det på nytt.",
                        number=case.number_text,
                    )
                )
            self.keep_going()
            yield case
            self._cases += 1
            self._hooks.on_case(self._before + self._cases, self._total)
            if self._before + self._cases == self._total:
                self.write()

    def keep_going(self) -> None:
        """Writes the progress every second. Raises: ExportCancelled, ExportInterrupted."""
        if self._hooks.is_stopping():
            raise ExportInterrupted(_("Uttaget fortsätter när diarium startas igen."))
        if self._hooks.is_cancelled():
            raise ExportCancelled(_("Uttaget avbröts innan paketet var klart. Du kan fortsätta med det senare."))
        if time.monotonic() - self._last_written >= _WRITE_SECONDS:
            self.write()

    def checked(self, size: int) -> None:
        """So many more bytes are read back. Raises: as `keep_going`."""
        self._checked += size
        self.keep_going()

    def write(self) -> None:
        """Tells how far it is. Raises: ExportCancelled, ExportInterrupted."""
        self._last_written = time.monotonic()
        self._hooks.on_bytes(self._amount.bytes + self._checked, self._amount.files)
        with self._database.unit_of_work() as session:
            export = held(session, self._uid, self._holder)
            part = session.get_one(ExportPart, self._part_id)
            export.progress = self._before + self._cases
            part.progress, part.files_done = self._cases, self._amount.files
            part.bytes_done, part.bytes_checked = self._amount.bytes, self._checked
            rates = self._rate.add(*self._work_of(session, export))
            if rates is not None:
                export.files_per_second, export.bytes_per_second = rates

    def _work_of(self, session: Session, export: Export) -> tuple[int, int]:
        session.flush()
        rows = session.execute(
            select(ExportPart.files_done, ExportPart.bytes_done, ExportPart.bytes_checked).where(
                ExportPart.export_id == export.id
            )
        ).all()
        return sum(row.files_done for row in rows), sum(row.bytes_done + row.bytes_checked for row in rows)


def new_holder() -> str:
    """A name for this run of an export."""
    return f"{socket.gethostname()[:120]}/{os.getpid()}/{uuid.uuid4()}"


def held(session: Session, export_uid: uuid.UUID, holder: str) -> Export:
    """The export, locked, if `holder` still makes it.

    Raises: ExportCancelled if somebody has stopped it, ExportInterrupted if another process has taken it over.
    """
    export = session.scalars(select(Export).where(Export.uid == export_uid).with_for_update(of=Export)).one()
    if export.state is not ExportState.PACKAGING:
        raise ExportCancelled(export.error or _("Uttaget avbröts."))
    if export.held_by != holder:
        raise ExportInterrupted(_("En annan process gör uttaget."))
    return export
