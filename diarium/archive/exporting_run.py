"""Makes the packages of an export, one after the other, and takes up what a crash left.

A package is written under a working name, brought to the disk, read back, checked, and only then given its name
and told of in the database. So what is said to be there is there, whenever the process is killed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy import select

from diarium.archive import loading, packaging_work, selection
from diarium.archive.errors import ExportInterrupted, ExportNotFound, PackagingStopped
from diarium.archive.exporting_course import Course, Hooks, held, new_holder
from diarium.archive.exporting_info import PartPlan, plan_of
from diarium.archive.exporting_room import require_room, room_error
from diarium.archive.models import UNDER_WAY, Export, ExportPart, ExportState
from diarium.archive.package_model import Delivery
from diarium.archive.packaging import FinishedPackage, PackageWork, Profile
from diarium.archive.packaging_check import check
from diarium.archive.packaging_zip import ZipDamaged
from diarium.archive.profiles import profile as profile_of
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.validation import ValidationReport
from diarium.audit import service as audit
from diarium.changes import turns
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.files.store import BlobStore
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM

TURN = "making of exports"
"""One export is made at a time: two would only take the disk from each other."""
log = structlog.get_logger()


def run_export(
    database: Database,
    store: BlobStore,
    export_folder: Path,
    export_uid: uuid.UUID,
    *,
    profile: Profile | None = None,
    delivery: Delivery | None = None,
    on_case: Callable[[int, int], object] = lambda done, total: None,
    on_bytes: Callable[[int, int], object] = lambda size, files: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    is_stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Makes the packages that an export lacks, checks them and notes the outcome on the export and its parts.

    Nothing happens to one that is finished, or while another process makes one. One that a crash left half made is
    gone on with from what is whole. What goes wrong ends in the export's state and `error`, not in an exception,
    but for faults of the program itself, which end in both.

    `profile`, `delivery`: instead of the export's own. The hooks are those of `exporting_course.Hooks`.
    Raises: ExportNotFound.
    """
    export_folder.mkdir(parents=True, exist_ok=True)
    hooks = Hooks(on_case, on_bytes, is_cancelled, is_stopping)
    with use_locale(SOURCE_LOCALE), turns.turn(database, TURN) as is_ours:
        if is_ours:
            _sweep(database, export_folder)
            run = _Run(database, store, export_folder, export_uid, hooks, profile, delivery)
            run.all_parts()


class _Run:
    """One process making one export."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        folder: Path,
        export_uid: uuid.UUID,
        hooks: Hooks,
        profile: Profile | None,
        delivery: Delivery | None,
    ) -> None:
        self._database = database
        self._store = store
        self._folder = folder
        self._uid = export_uid
        self._holder = new_holder()
        self._course = Course(database, export_uid, self._holder, hooks)
        self._profile = profile
        self._delivery = delivery
        self._plan: PartPlan | None = None

    def all_parts(self) -> None:
        """Makes each part that is not made. Raises: what is a fault of the program."""
        if not self._claim():
            return
        try:
            while self._begin_next():
                self._make()
            self._end()
        except ExportInterrupted:
            self._let_go()
        except Exception as error:
            reason = self._reason(error)
            if self._plan is not None:
                packaging_work.clear(packaging_work.folder_of(self._folder, self._plan.uid))
            self._fail(
                reason or _("Ett oväntat fel stoppade uttaget. Det är loggat; hör med den som sköter driften.")
            )
            if reason is None:
                raise

    def _claim(self) -> bool:
        """Takes the export in hand, unless it is finished."""
        with self._database.unit_of_work() as session:
            export = session.scalar(select(Export).where(Export.uid == self._uid).with_for_update(of=Export))
            if export is None:
                raise ExportNotFound(_("Uttaget finns inte."))
            if export.state not in UNDER_WAY:
                return False
            export.state, export.error = ExportState.PACKAGING, None
            export.started_at = export.started_at or now()
            export.held_by = self._holder
            return True

    def _begin_next(self) -> bool:
        """Takes the next part in hand; False when all are made."""
        with self._database.unit_of_work() as session:
            export = held(session, self._uid, self._holder)
            part = next((part for part in export.parts if not part.is_made), None)
            if part is None:
                return False
            part.state, part.error = ExportState.PACKAGING, None
            done = sum(other.case_count for other in export.parts if other.is_made)
            self._plan = plan_of(session, export, part, self._delivery)
            self._course.begin(part.id, done, export.total)
            return True

    def _make(self) -> None:
        """Makes the part in hand: clean start where what an earlier process left can't be used after all."""
        plan = self._planned
        profile = self._profile or profile_of(plan.profile)
        made_from = f"{plan.uid} {plan.info.created_at.isoformat()} {profile.code} {plan.info.software[1]}"
        for attempt in ("with what is there", "anew"):
            folder = packaging_work.open_work(self._folder, plan.uid, made_from)
            try:
                self._write_and_check(folder, profile)
            except ZipDamaged:
                log.exception("package differs from what was written", export=str(self._uid), attempt=attempt)
                packaging_work.clear(folder)
            else:
                packaging_work.clear(folder)
                return
        raise PackagingStopped(
            _(
                "Paketet såg annorlunda ut när det lästes tillbaka från disken än när det skrevs. "
                "Låt den som sköter driften kontrollera disken, och fortsätt uttaget sedan."
            )
        )

    def _write_and_check(self, folder: Path, profile: Profile) -> None:
        plan = self._planned
        work = PackageWork(folder, profile, plan.info, self._store)
        require_room(self._folder, plan.estimated_bytes, work.written)
        self._require_open_circles()
        self._course.follow(work.amount)
        cases = loading.stream_cases(self._database, plan.export_id, plan.part_id)
        work.write(self._course.watch(cases, plan.allowed), self._course.keep_going)
        self._course.write()
        package, report = check(work, ProfileCode(profile.code), self._course.checked)
        self._require_open_circles()  # somebody may have closed one meanwhile
        self._course.write()
        finished = work.publish(package, self._folder / f"{work.root.name}.zip")
        self._note_finished(finished, report)

    def _require_open_circles(self) -> None:
        with self._database.reading() as session:
            selection.require_open_circles(session, self._planned.part_id)
            selection.require_content(session, self._planned.part_id)

    def _note_finished(self, package: FinishedPackage, report: ValidationReport) -> None:
        with self._database.unit_of_work() as session:
            export = held(session, self._uid, self._holder)
            part = session.get_one(ExportPart, self._planned.part_id)
            part.state = ExportState.VALIDATED if report.is_valid else ExportState.INVALID
            part.finished_at, part.progress = now(), part.case_count
            part.has_protected |= selection.holds_protected(session, part.id)  # since the cases were chosen
            part.package_name, part.package_sha256, part.package_size = (
                package.path.name,
                package.sha256,
                package.size,
            )
            part.report = report.to_json()
            outcome = {
                "part": part.number,
                "state": part.state,
                "package": package.path.name,
                "sha256": package.sha256,
                "size": package.size,
            }
            audit.write(session, SYSTEM, f"export.part_{part.state}", _subject(export), after=outcome)

    def _end(self) -> None:
        with self._database.unit_of_work() as session:
            export = held(session, self._uid, self._holder)
            for part in export.parts:  # of one that a process made just before it was killed
                packaging_work.clear(packaging_work.folder_of(self._folder, part.uid))
            states = {part.state for part in export.parts}
            is_valid = states == {ExportState.VALIDATED}
            export.state = ExportState.VALIDATED if is_valid else ExportState.INVALID
            export.finished_at, export.progress = now(), export.total
            export.held_by = None
            outcome = {"state": export.state, "packages": len(export.parts), "cases": export.total}
            audit.write(session, SYSTEM, f"export.{export.state}", _subject(export), after=outcome)

    def _fail(self, reason: str) -> None:
        with self._database.unit_of_work() as session:
            export = session.scalars(
                select(Export).where(Export.uid == self._uid).with_for_update(of=Export)
            ).one()
            if export.held_by != self._holder:
                return  # another process has it
            export.held_by = None
            if export.state is not ExportState.PACKAGING:
                return  # it was cancelled, and has its reason
            export.state, export.finished_at, export.error = ExportState.FAILED, now(), reason
            for part in export.parts:
                if part.state is ExportState.PACKAGING:
                    part.error = reason
                if not part.is_made:
                    part.state = ExportState.FAILED
            audit.write(session, SYSTEM, "export.failed", _subject(export), reason=reason)

    def _let_go(self) -> None:
        """Leaves what is done to whoever goes on with it."""
        with self._database.unit_of_work() as session:
            export = session.scalars(
                select(Export).where(Export.uid == self._uid).with_for_update(of=Export)
            ).one()
            if export.held_by == self._holder:
                export.held_by = None

    def _reason(self, error: Exception) -> str | None:
        """What to tell of it; None for a fault of the program."""
        needed = self._plan.estimated_bytes if self._plan is not None else 0
        full = None if isinstance(error, DomainError) else room_error(self._folder, error, needed)
        if full is not None:
            return full.message
        if isinstance(error, DomainError):
            return error.message
        if isinstance(error, OSError):
            log.error("export failed", export=str(self._uid), exc_info=error)
            return _("Paketet kunde inte skrivas: %(reason)s.", reason=error.strerror or error)
        return None

    @property
    def _planned(self) -> PartPlan:
        if self._plan is None:
            raise RuntimeError("no part in hand")
        return self._plan


def _sweep(database: Database, export_folder: Path) -> None:
    """Clears away what is left of packages whose export is not under way."""

    def is_wanted(package: uuid.UUID) -> bool:
        query = select(ExportPart.id).join(ExportPart.export)
        query = query.where(
            ExportPart.uid == package, ExportPart.state.in_(UNDER_WAY), Export.state.in_(UNDER_WAY)
        )
        return session.scalar(query) is not None

    with database.reading() as session:
        packaging_work.sweep(export_folder, is_wanted)


def _subject(export: Export) -> audit.Subject:
    label = f"{export.authority.code} {export.period_from} – {export.period_to}"
    return audit.Subject("export", export.uid, label, export.authority.code)
