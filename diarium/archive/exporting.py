"""The life of an export: asked for, packaged, validated. The cases stay closed until they are delivered."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import __version__
from diarium.archive import conversion, loading, packaging, selection
from diarium.archive.errors import (
    ExportCancelled,
    ExportNotFound,
    ExportUnderWay,
    NothingToExport,
    PackagingStopped,
)
from diarium.archive.models import Export, ExportState
from diarium.archive.package_model import Contact, Delivery, PackageCase, PackageInfo
from diarium.archive.profiles.fgs2 import Fgs2
from diarium.archive.validation import ValidationReport, validate_package
from diarium.audit import service as audit
from diarium.changes import feed
from diarium.changes.models import Change
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.files.store import BlobStore
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Permission
from diarium.register import lookup
from diarium.register.vocabulary import CaseStatus

ENTITY_TYPE = "export"
REQUESTED = "export.requested"
_UNDER_WAY = (ExportState.REQUESTED, ExportState.PACKAGING)
_PROGRESS_SECONDS = 1.0
log = structlog.get_logger()


def request_export(
    session: Session, actor: Actor, authority_code: str, period_from: dt.date, period_to: dt.date
) -> Export:
    """Freezes the closed cases of the period as a new export and leaves it to the worker.

    Raises: NotAllowed, InvalidFact (no such authority), InvalidPeriod, NothingToExport, ExportUnderWay.
    """
    actor.require(Permission.EXPORT, authority_code.strip().upper())
    authority = lookup.authority(session, authority_code)
    selection.check_period(period_from, period_to)
    same = (Export.authority_id == authority.id, Export.period_from == period_from, Export.period_to == period_to)
    if session.scalar(select(Export.id).where(*same, Export.state.in_(_UNDER_WAY)).limit(1)) is not None:
        raise ExportUnderWay(_("Samma uttag är redan begärt och inte klart. Vänta tills det är färdigt."))
    export = Export(
        authority=authority,
        period_from=period_from,
        period_to=period_to,
        requested_by_id=actor.user_id,
        requested_by_name=actor.name,
    )
    session.add(export)
    session.flush()
    export.total = selection.freeze(session, export)
    if not export.total:
        raise NothingToExport(
            _("Inget avslutat ärende hos %(name)s ligger i perioden. Välj en annan period.", name=authority.name),
            field="period_from",
        )
    facts = {"period_from": period_from, "period_to": period_to, "cases": export.total}
    audit.write(session, actor, REQUESTED, _subject(export), after=facts)
    feed.publish(session, ENTITY_TYPE, export.uid, REQUESTED)
    return export


def cancel_export(session: Session, actor: Actor, export_uid: uuid.UUID) -> None:
    """Stops an export that is not finished; a packaging under way notices within a case or so.

    Raises: ExportNotFound, NotAllowed, ExportUnderWay (it is finished already).
    """
    export = _find(session, export_uid)
    actor.require(Permission.EXPORT, export.authority.code)
    if export.state not in _UNDER_WAY:
        raise ExportUnderWay(_("Uttaget är redan klart och kan inte avbrytas."))
    export.state, export.finished_at = ExportState.FAILED, now()
    export.error = _("Uttaget avbröts av %(name)s.", name=actor.name)
    audit.write(session, actor, "export.cancelled", _subject(export))


def run_export(
    database: Database,
    store: BlobStore,
    export_folder: Path,
    export_uid: uuid.UUID,
    *,
    profile: packaging.Profile | None = None,
    delivery: Delivery | None = None,
    on_case: Callable[[int, int], None] = lambda done, total: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Makes the package of an export, validates it and notes the outcome on the export.

    Nothing happens to one that is finished, or that another process is making. One that a crash left half made is
    begun anew. What goes wrong with the package ends in the export's state and `error`, not in an exception.

    `on_case`: told cases done and in all; `is_cancelled`: asked at each case and file.
    Raises: ExportNotFound.
    """
    export_folder.mkdir(parents=True, exist_ok=True)
    packaging.sweep(export_folder)
    with use_locale(SOURCE_LOCALE), packaging.only_one(export_folder, export_uid) as is_mine:
        if not is_mine:
            return
        claimed = _claim(database, export_uid, delivery or Delivery())
        if claimed is None:
            return
        export_id, info = claimed
        course = _Course(database, export_uid, on_case, is_cancelled)
        try:
            finished, report = _make(database, store, export_folder, profile or Fgs2(), info, export_id, course)
        except ExportCancelled as stopped:
            _fail(database, export_uid, stopped.message)
        except DomainError as error:
            _fail(database, export_uid, error.message)
        except OSError as error:
            log.exception("export failed", export=str(export_uid))
            _fail(
                database, export_uid, _("Paketet kunde inte skrivas: %(reason)s.", reason=error.strerror or error)
            )
        else:
            _finish(database, export_uid, finished, report)


@dataclass(frozen=True, slots=True)
class ExportConsumer:
    """Makes the packages that are asked for in the change feed."""

    database: Database
    store: BlobStore
    export_folder: Path
    delivery: Delivery | None = None
    name: str = "export"

    def handle(self, changes: Sequence[Change]) -> None:
        """Makes each requested package. A change may come twice: a finished export is left as it is."""
        for change in changes:
            if change.entity_type == ENTITY_TYPE and change.kind == REQUESTED:
                run_export(
                    self.database, self.store, self.export_folder, change.entity_uid, delivery=self.delivery
                )


class _Course:
    """Follows the packaging: tells how far it is, and stops it when somebody wants that."""

    def __init__(
        self,
        database: Database,
        export_uid: uuid.UUID,
        on_case: Callable[[int, int], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self._database = database
        self._export_uid = export_uid
        self._on_case = on_case
        self._is_cancelled = is_cancelled
        self._last_written = 0.0

    def watch(self, cases: Iterator[PackageCase], total: int) -> Iterator[PackageCase]:
        """Hands the cases on. Raises: ExportCancelled; PackagingStopped for a case that is no longer closed."""
        for done, case in enumerate(cases, start=1):
            if case.status is not CaseStatus.CLOSED:
                raise PackagingStopped(
                    _(
                        "Ärende %(number)s är inte längre avslutat. Begär uttaget igen.",
                        number=case.number_text,
                    )
                )
            self.keep_going()
            yield case
            self._on_case(done, total)
            if done == total or time.monotonic() - self._last_written >= _PROGRESS_SECONDS:
                self._write(done)

    def keep_going(self) -> None:
        """Raises: ExportCancelled."""
        if self._is_cancelled():
            raise ExportCancelled(_("Uttaget avbröts innan paketet var klart. Begär det igen."))

    def _write(self, done: int) -> None:
        with self._database.unit_of_work() as session:
            export = _find(session, self._export_uid)
            if export.state is not ExportState.PACKAGING:
                raise ExportCancelled(export.error or _("Uttaget avbröts."))
            export.progress = done
        self._last_written = time.monotonic()


def _make(
    database: Database,
    store: BlobStore,
    export_folder: Path,
    profile: packaging.Profile,
    info: PackageInfo,
    export_id: int,
    course: _Course,
) -> tuple[packaging.FinishedPackage, ValidationReport]:
    with database.reading() as session:
        total = session.get_one(Export, export_id).total
        selection.require_open_circles(session, export_id)
    with packaging.work_folder(export_folder, info.uid) as work:
        cases = course.watch(loading.stream_cases(database, export_id), total)
        package = packaging.build(work, profile, info, store, cases, keep_going=course.keep_going)
        report = validate_package(package)
        with database.reading() as session:
            selection.require_open_circles(session, export_id)  # somebody may have closed one meanwhile
        target = export_folder / f"{package.name}.zip"
        return packaging.zip_package(package, target, info.created_at, keep_going=course.keep_going), report


def _claim(database: Database, export_uid: uuid.UUID, delivery: Delivery) -> tuple[int, PackageInfo] | None:
    """Takes the export in hand, unless it is finished. The package's time is fixed here."""
    with database.unit_of_work() as session:
        export = _find(session, export_uid)
        if export.state not in _UNDER_WAY:
            return None
        export.state, export.progress, export.error = ExportState.PACKAGING, 0, None
        return export.id, _package_info(session, export, delivery)


def _package_info(session: Session, export: Export, delivery: Delivery) -> PackageInfo:
    authority = loading.load_authority(session, export.authority_id)
    user = session.get(User, export.requested_by_id) if export.requested_by_id else None
    if delivery.contact is None and user is not None:
        contact = Contact(user.name, user.email or authority.email, authority.phone)
        delivery = delivery.with_contact(contact)
    return PackageInfo(
        uid=export.uid,
        authority=conversion.to_authority(authority),
        period_from=export.period_from,
        period_to=export.period_to,
        created_at=now().replace(microsecond=0),
        requested_by=export.requested_by_name,
        software=("diarium", __version__),
        series=tuple(conversion.to_series(series) for series in authority.series),
        units=tuple(conversion.to_unit(unit) for unit in authority.units),
        schemes=loading.load_schemes(session, export.id),
        delivery=delivery,
    )


def _finish(
    database: Database, export_uid: uuid.UUID, package: packaging.FinishedPackage, report: ValidationReport
) -> None:
    with database.unit_of_work() as session:
        export = _find(session, export_uid)
        export.state = ExportState.VALIDATED if report.is_valid else ExportState.INVALID
        export.finished_at, export.progress = now(), export.total
        export.package_name, export.package_sha256 = package.path.name, package.sha256
        export.package_size = package.size
        export.report = report.to_json()
        outcome = {
            "state": export.state,
            "package": package.path.name,
            "sha256": package.sha256,
            "size": package.size,
        }
        audit.write(session, SYSTEM, f"export.{export.state}", _subject(export), after=outcome)


def _fail(database: Database, export_uid: uuid.UUID, reason: str) -> None:
    with database.unit_of_work() as session:
        export = _find(session, export_uid)
        if export.state is ExportState.PACKAGING:  # else it was cancelled, and has its reason
            export.state, export.finished_at, export.error = ExportState.FAILED, now(), reason
            audit.write(session, SYSTEM, "export.failed", _subject(export), reason=reason)


def _find(session: Session, export_uid: uuid.UUID) -> Export:
    export = session.scalar(select(Export).where(Export.uid == export_uid).with_for_update())
    if export is None:
        raise ExportNotFound(_("Uttaget finns inte."))
    return export


def _subject(export: Export) -> audit.Subject:
    label = f"{export.authority.code} {export.period_from} – {export.period_to}"
    return audit.Subject(ENTITY_TYPE, export.uid, label, export.authority.code)
