"""The life of an export: asked for, stopped, taken up again, repeated. The cases stay closed until delivered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import agreements, selection
from diarium.archive.criteria import EXPORTABLE, Criteria, PackageLimits, PackageStatus
from diarium.archive.errors import ExportNotFound, ExportUnderWay, InvalidCriteria, NothingToExport
from diarium.archive.exporting_run import run_export
from diarium.archive.models import UNDER_WAY, Export, ExportPart, ExportState
from diarium.archive.profiles.codes import ProfileCode
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup
from diarium.register.models import Authority

ENTITY_TYPE = "export"

__all__ = ["cancel_export", "continue_export", "repeat_export", "request_export", "run_export"]


@dataclass(frozen=True, slots=True)
class _Form:
    """What the packages of an export are to be."""

    profile: ProfileCode
    agreement_id: int | None
    limits: PackageLimits
    status: PackageStatus
    replaces: Export | None = None


def request_export(
    session: Session,
    actor: Actor,
    criteria: Criteria,
    *,
    profile: ProfileCode = ProfileCode.FGS2,
    agreement_uid: uuid.UUID | None = None,
    record_status: str = PackageStatus.NEW,
    limits: PackageLimits | None = None,
) -> Export:
    """Freezes the cases that fit `criteria` as a new export and leaves it to the worker.

    With an agreement, its profile and facts are used, and its limits too where they are stricter than `limits`.
    Raises: NotAllowed, InvalidFact (no such authority), InvalidPeriod, InvalidCriteria, AgreementNotFound,
    NothingToExport, ExportUnderWay.
    """
    actor.require(Permission.EXPORT, criteria.authority_code.strip().upper())
    authority = lookup.authority(session, criteria.authority_code)
    criteria = replace(criteria, authority_code=authority.code)
    selection.check(session, criteria)
    form = _form(session, actor, authority, profile, agreement_uid, record_status, limits or PackageLimits())
    _require_none_under_way(session, authority, criteria, form)
    export = _new(session, actor, authority, criteria, form)
    export.total = selection.freeze(session, export, criteria)
    if not export.total:
        raise NothingToExport(
            _("Inget ärende hos %(name)s passar urvalet. Välj en annan period eller färre villkor.",
              name=authority.name),
            field="period_from",
        )  # fmt: skip
    _note(session, actor, "export.requested", export)
    return export


def repeat_export(session: Session, actor: Actor, export_uid: uuid.UUID, *, record_status: str) -> Export:
    """The same frozen cases once more: a test that becomes real, or a replacement of what was delivered before.

    Profile, agreement and limits are those of the earlier export; an agreement is read as it is now.
    Raises: ExportNotFound, NotAllowed, InvalidCriteria, NothingToExport, ExportUnderWay.
    """
    earlier = find_locked(session, actor, export_uid)
    if earlier.state in UNDER_WAY:
        raise ExportUnderWay(_("Uttaget är inte klart än. Vänta, eller avbryt det, innan du gör om det."))
    status = _status(record_status)
    gone = selection.disposed_of(session, earlier)
    if gone and status is PackageStatus.REPLACEMENT:
        # The archive would lose what only it still has.
        raise InvalidCriteria(f"{gone}: {_('Ärendet är redan gallrat.')}", field="record_status")
    criteria = replace(criteria_of(earlier), statuses=EXPORTABLE)
    replaces = earlier if status in (PackageStatus.REPLACEMENT, PackageStatus.SUPPLEMENT) else None
    form = _Form(earlier.profile, earlier.agreement_id, earlier.limits, status, replaces)
    _require_none_under_way(session, earlier.authority, criteria, form)
    export = _new(session, actor, earlier.authority, criteria, form)
    export.total = selection.freeze_again(session, export, earlier)
    if not export.total:
        raise NothingToExport(_("Ärendet är redan gallrat."), field="record_status")
    _note(session, actor, "export.repeated", export, {"earlier": earlier.uid})
    return export


def cancel_export(session: Session, actor: Actor, export_uid: uuid.UUID) -> None:
    """Stops an export that is not finished; a packaging under way notices within a second or so.

    Packages that are finished stay; the rest can be made with `continue_export`.
    Raises: ExportNotFound, NotAllowed, ExportUnderWay (it is finished already).
    """
    export = find_locked(session, actor, export_uid)
    if export.state not in UNDER_WAY:
        raise ExportUnderWay(_("Uttaget är redan klart och kan inte avbrytas."))
    export.state, export.finished_at = ExportState.FAILED, now()
    export.error = _("Uttaget avbröts av %(name)s.", name=actor.name)
    for part in export.parts:
        if not part.is_made:
            part.state = ExportState.FAILED
    audit.write(session, actor, "export.cancelled", subject_of(export))


def continue_export(session: Session, actor: Actor, export_uid: uuid.UUID) -> Export:
    """Has the packages made that are missing since the export was stopped; each case is checked again.

    Raises: ExportNotFound, NotAllowed, ExportUnderWay (nothing is missing).
    """
    export = find_locked(session, actor, export_uid)
    if export.state is not ExportState.FAILED:
        raise ExportUnderWay(_("Uttaget är inte avbrutet. Det finns inget att fortsätta med."))
    export.state, export.error, export.finished_at = ExportState.REQUESTED, None, None
    for part in export.parts:
        if not part.is_made:
            renew(part)
    audit.write(session, actor, "export.continued", subject_of(export))
    return export


def find_locked(session: Session, actor: Actor, export_uid: uuid.UUID) -> Export:
    """The export, locked for a change. Raises: ExportNotFound, NotAllowed."""
    export = session.scalar(select(Export).where(Export.uid == export_uid).with_for_update(of=Export))
    if export is None:
        raise ExportNotFound(_("Uttaget finns inte."))
    actor.require(Permission.EXPORT, export.authority.code)
    return export


def criteria_of(export: Export) -> Criteria:
    """What the cases of `export` were chosen by."""
    return Criteria.from_json(export.criteria, export.authority.code, export.period_from, export.period_to)


def subject_of(export: Export) -> audit.Subject:
    """The export in the log of events."""
    label = f"{export.authority.code} {export.period_from} – {export.period_to}"
    return audit.Subject(ENTITY_TYPE, export.uid, label, export.authority.code)


def renew(part: ExportPart) -> None:
    """As if it had not been begun."""
    part.state, part.error, part.created_at, part.finished_at = ExportState.REQUESTED, None, None, None
    part.progress = part.files_done = part.bytes_done = part.bytes_checked = 0


def _form(
    session: Session,
    actor: Actor,
    authority: Authority,
    profile: ProfileCode,
    agreement_uid: uuid.UUID | None,
    record_status: str,
    limits: PackageLimits,
) -> _Form:
    limits.check()
    status = _status(record_status)
    if agreement_uid is None:
        return _Form(profile, None, limits, status)
    agreement = agreements.find(session, actor, agreement_uid)
    if agreement.authority_id != authority.id:
        raise InvalidCriteria(
            _("Överenskommelsen gäller en annan myndighet. Välj en av %(name)s egna.", name=authority.name),
            field="agreement",
        )
    if not agreement.is_active:
        raise InvalidCriteria(_("Överenskommelsen gäller inte längre. Välj en annan."), field="agreement")
    return _Form(agreement.profile, agreement.id, limits.narrowed(agreements.limits_of(agreement)), status)


def _status(text: str) -> PackageStatus:
    try:
        return PackageStatus(text)
    except ValueError:
        raise InvalidCriteria(_("Välj vad leveransen är ur listan."), field="record_status") from None


def _require_none_under_way(session: Session, authority: Authority, criteria: Criteria, form: _Form) -> None:
    # Of two who ask at the same time, the second waits here and then sees the first one's export.
    session.execute(select(Authority.id).where(Authority.id == authority.id).with_for_update())
    same = session.scalars(
        select(Export).where(
            Export.authority_id == authority.id,
            Export.period_from == criteria.period_from,
            Export.period_to == criteria.period_to,
            Export.record_status == form.status,
            Export.state.in_(UNDER_WAY),
        )
    )
    if any(export.criteria == criteria.to_json() for export in same):
        raise ExportUnderWay(_("Samma uttag är redan begärt och inte klart. Vänta tills det är färdigt."))


def _new(session: Session, actor: Actor, authority: Authority, criteria: Criteria, form: _Form) -> Export:
    export = Export(
        authority=authority,
        period_from=criteria.period_from,
        period_to=criteria.period_to,
        criteria=criteria.to_json(),
        agreement_id=form.agreement_id,
        profile=form.profile,
        record_status=form.status,
        replaces=form.replaces,
        max_bytes=form.limits.max_bytes,
        max_files=form.limits.max_files,
        max_cases=form.limits.max_cases,
        requested_by_id=actor.user_id,
        requested_by_name=actor.name,
    )
    session.add(export)
    session.flush()
    return export


def _note(
    session: Session, actor: Actor, action: str, export: Export, more: Mapping[str, object] | None = None
) -> None:
    facts = {
        "period_from": export.period_from,
        "period_to": export.period_to,
        "cases": export.total,
        "profile": export.profile,
        "record_status": export.record_status,
        **export.criteria,
        **(more or {}),
    }
    audit.write(session, actor, action, subject_of(export), after=facts)
