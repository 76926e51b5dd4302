"""What people do with deliveries: lay up, approve, stop, withdraw, repeat, ask for another package.

The sending itself is the worker's: `delivery_sending`. The receiver's answers: `receipts`.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.archive import agreements, exporting
from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_errors import DeliveryConflict, InvalidDelivery
from diarium.archive.delivery_lookup import find, go, locked, note, require_protected
from diarium.archive.delivery_models import PackageDelivery
from diarium.archive.delivery_states import LIVE, DeliveryState, DeliveryStep
from diarium.archive.errors import ExportNotFound
from diarium.archive.models import Export, ExportPart, ExportState
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import rules

REPEATABLE = (
    DeliveryState.SENT,
    DeliveryState.RECEIVED,
    DeliveryState.REJECTED,
    DeliveryState.FAILED,
    DeliveryState.WITHDRAWN,
)
WITHDRAWABLE = (
    DeliveryState.DRAFT,
    DeliveryState.READY,
    DeliveryState.SENT,
    DeliveryState.RECEIVED,
    DeliveryState.REJECTED,
    DeliveryState.FAILED,
)


def create(session: Session, actor: Actor, part_uid: uuid.UUID, agreement_uid: uuid.UUID) -> PackageDelivery:
    """Lays up a delivery of a finished package under an agreement, as a draft.

    One of a replacing package is linked to the delivery of what it replaces.
    Raises: ExportNotFound; AgreementNotFound; InvalidDelivery at `agreement`; DeliveryConflict.
    """
    part = package(session, actor, part_uid)
    agreement = agreements.find(session, actor, agreement_uid)
    session.refresh(agreement, with_for_update=True)  # its deliveries are numbered one by one
    require_fit(part, agreement)
    _require_no_other(session, part, agreement, None)
    return _add(session, actor, part, agreement, _replaced(session, part, agreement))


def approve(
    session: Session, actor: Actor, uid: uuid.UUID, export_folder: Path, *, version: int | None = None
) -> PackageDelivery:
    """Leaves the delivery to the worker, which checks the package's checksum and sends it, or lets it be fetched.

    Raises: DeliveryNotFound, DeliveryConflict; InvalidDelivery if agreement or file does not fit any more.
    """
    delivery = locked(session, actor, uid, version)
    session.refresh(delivery.agreement, with_for_update=True)  # of two deliveries of a package one is approved
    require_fit(delivery.part, delivery.agreement)
    _require_file(delivery.part, export_folder)
    _require_no_other(session, delivery.part, delivery.agreement, delivery)
    go(session, actor, delivery, DeliveryStep.APPROVED, DeliveryState.READY)
    if delivery.transport is not delivery.agreement.transport:
        delivery.transport = delivery.agreement.transport
        delivery.sent_bytes, delivery.transfer_token, delivery.has_leftover = 0, None, False
    delivery.attempts, delivery.last_error, delivery.checked_at = 0, None, None
    delivery.next_try_at, delivery.lease_until = now(), None
    return delivery


def stop(session: Session, actor: Actor, uid: uuid.UUID, *, version: int | None = None) -> PackageDelivery:
    """Stops the sending; what lies at the receiver stays, and the next sending goes on there.

    Raises: DeliveryNotFound, DeliveryConflict.
    """
    delivery = locked(session, actor, uid, version)
    go(session, actor, delivery, DeliveryStep.STOPPED, DeliveryState.DRAFT)
    delivery.next_try_at = delivery.lease_until = None
    return delivery


def withdraw(
    session: Session, actor: Actor, uid: uuid.UUID, reason: str, *, version: int | None = None
) -> PackageDelivery:
    """Says that the delivery will not be, or does not count. Half a package is removed from the receiver.

    Raises: DeliveryNotFound, DeliveryConflict; InvalidFact at `reason`.
    """
    reason = rules.required_reason(reason)
    delivery = locked(session, actor, uid, version)
    go(session, actor, delivery, DeliveryStep.WITHDRAWN, DeliveryState.WITHDRAWN, text=reason)
    delivery.lease_until = None
    delivery.next_try_at = now() if delivery.has_leftover else None
    return delivery


def repeat(session: Session, actor: Actor, uid: uuid.UUID, *, version: int | None = None) -> PackageDelivery:
    """Lays up another delivery of the same package, for when it was lost on the way or at the receiver.

    It stands for the earlier one once it is confirmed.
    Raises: DeliveryNotFound, DeliveryConflict, InvalidDelivery.
    """
    earlier = locked(session, actor, uid, version)
    if earlier.state not in REPEATABLE:
        raise DeliveryConflict(_("Bara en leverans som är sänd, avvisad, misslyckad eller återkallad görs om."))
    session.refresh(earlier.agreement, with_for_update=True)
    require_fit(earlier.part, earlier.agreement)
    _require_no_other(session, earlier.part, earlier.agreement, earlier)
    added = _add(session, actor, earlier.part, earlier.agreement, earlier)
    note(session, actor, earlier, DeliveryStep.REPEATED, text=added.reference, facts={"by": added.uid})
    return added


def ask_for_package(
    session: Session, actor: Actor, uid: uuid.UUID, status: PackageStatus, *, version: int | None = None
) -> Export:
    """Asks for a new package of the same cases: one that replaces what was rejected, or a real one after a test.

    Raises: DeliveryNotFound, DeliveryConflict; what `exporting.repeat_export` raises.
    """
    delivery = locked(session, actor, uid, version)
    if status not in possible_packages(delivery):
        raise DeliveryConflict(_("Ett sådant paket kan inte begäras i det här läget. Läs sidan igen."))
    export = exporting.repeat_export(session, actor, delivery.part.export.uid, record_status=status)
    note(session, actor, delivery, DeliveryStep.REPLACEMENT_ASKED, text=status.value, facts={"export": export.uid})
    return export


def possible_packages(delivery: PackageDelivery) -> tuple[PackageStatus, ...]:
    """What `ask_for_package` can be asked for now. What was a test never replaces anything."""
    answered = (DeliveryState.CONFIRMED, DeliveryState.REJECTED)
    if delivery.state not in answered:
        return ()
    if delivery.record_status is not PackageStatus.TEST:
        return (PackageStatus.REPLACEMENT,)
    if delivery.state is DeliveryState.CONFIRMED:
        return (PackageStatus.NEW,)
    return (PackageStatus.TEST,)


def fetch(session: Session, actor: Actor, uid: uuid.UUID, export_folder: Path) -> Path:
    """The package's file, for whoever carries it to the receiver; the first time the delivery counts as sent.

    Raises: DeliveryNotFound; NotAllowed for protected identities; DeliveryConflict; InvalidDelivery (file gone).
    """
    delivery = locked(session, actor, uid, None)
    require_protected(actor, delivery)
    is_out = delivery.state in (DeliveryState.DRAFT, DeliveryState.FAILED, DeliveryState.WITHDRAWN)
    if delivery.transport is not TransportKind.DOWNLOAD or delivery.checked_at is None or is_out:
        raise DeliveryConflict(_("Paketet kan inte hämtas förrän leveransen är godkänd och kontrollerad."))
    path = _require_file(delivery.part, export_folder)
    if delivery.state is DeliveryState.READY:
        require_fit(delivery.part, delivery.agreement)
        go(session, actor, delivery, DeliveryStep.FETCHED, DeliveryState.SENT)
        delivery.sent_at, delivery.sent_bytes = now(), delivery.total_bytes
        delivery.next_try_at = None
    else:
        note(session, actor, delivery, DeliveryStep.FETCHED)
    return path


def package(session: Session, actor: Actor, part_uid: uuid.UUID) -> ExportPart:
    """The package of an export that the actor exports for. Raises: ExportNotFound."""
    query = select(ExportPart).where(ExportPart.uid == part_uid)
    part = session.scalar(query.options(selectinload(ExportPart.export).selectinload(Export.authority)))
    if part is None or not actor.may(Permission.EXPORT, part.export.authority.code):
        raise ExportNotFound(_("Paketet finns inte."))
    return part


def require_fit(part: ExportPart, agreement: DeliveryAgreement) -> None:
    """Raises: InvalidDelivery at `agreement` if the package is not what the agreement says, and says why."""
    for why in misfits(part, agreement):
        raise InvalidDelivery(why, field="agreement")


def misfits(part: ExportPart, agreement: DeliveryAgreement) -> list[str]:
    """Why the package can't be delivered under the agreement; empty if it can."""
    export, limits = part.export, agreements.limits_of(agreement)
    found = []
    if part.state is not ExportState.VALIDATED:
        found.append(_("Bara ett paket som är klart och godkänt i kontrollen kan levereras."))
    if export.authority_id != agreement.authority_id:
        found.append(_("Överenskommelsen gäller en annan myndighet än paketet."))
    if not agreement.is_active:
        found.append(_("Överenskommelsen är avslutad."))
    if export.profile is not agreement.profile:
        found.append(_("Paketet har en annan profil än den som överenskommelsen säger. Gör ett uttag med den "
                       "profilen."))  # fmt: skip
    if export.agreement_id not in (None, agreement.id):
        found.append(_("Paketet är gjort för en annan överenskommelse, vars nummer står i det."))
    if limits.max_bytes is not None and (part.package_size or 0) > limits.max_bytes:
        found.append(_("Paketet är större än överenskommelsen tillåter. Dela upp uttaget i flera paket."))
    if limits.max_files is not None and part.file_count > limits.max_files:
        found.append(_("Paketet har fler filer än överenskommelsen tillåter. Dela upp uttaget i flera paket."))
    return found


def _add(
    session: Session,
    actor: Actor,
    part: ExportPart,
    agreement: DeliveryAgreement,
    replaces: PackageDelivery | None,
) -> PackageDelivery:
    agreement.sent_count += 1
    delivery = PackageDelivery(
        authority=part.export.authority,
        agreement=agreement,
        part=part,
        replaces=replaces,
        number=agreement.sent_count,
        state=DeliveryState.DRAFT,
        record_status=part.export.record_status,
        transport=agreement.transport,
        total_bytes=part.package_size or 0,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        events=[],
    )
    session.add(delivery)
    session.flush()
    facts = {"package": part.uid, "agreement": agreement.uid, "record_status": delivery.record_status}
    note(session, actor, delivery, DeliveryStep.CREATED, facts=facts)
    return delivery


def _require_no_other(
    session: Session, part: ExportPart, agreement: DeliveryAgreement, own: PackageDelivery | None
) -> None:
    query = select(PackageDelivery).where(
        PackageDelivery.part_id == part.id,
        PackageDelivery.agreement_id == agreement.id,
        PackageDelivery.state.in_((*LIVE, DeliveryState.CONFIRMED)),
    )
    if own is not None:
        query = query.where(PackageDelivery.id != own.id)
        if own.replaces_id is not None:
            is_accepted = PackageDelivery.state == DeliveryState.CONFIRMED
            query = query.where(or_(PackageDelivery.id != own.replaces_id, is_accepted))
    other = session.scalar(query.limit(1))
    if other is not None and other.state is DeliveryState.CONFIRMED:
        raise DeliveryConflict(
            _("Paketet är redan levererat och godkänt: %(reference)s. Återkalla den här leveransen om den är "
              "upplagd.", reference=other.reference)
        )  # fmt: skip
    if other is not None:
        raise DeliveryConflict(
            _("Paketet levereras redan under överenskommelsen: %(reference)s. Gör om eller återkalla den.",
              reference=other.reference)
        )  # fmt: skip


def _replaced(session: Session, part: ExportPart, agreement: DeliveryAgreement) -> PackageDelivery | None:
    """The newest delivery of the package that this one replaces."""
    if part.export.replaces_id is None or part.export.record_status is not PackageStatus.REPLACEMENT:
        return None
    return session.scalar(
        select(PackageDelivery)
        .join(PackageDelivery.part)
        .where(
            ExportPart.export_id == part.export.replaces_id,
            ExportPart.number == part.number,
            PackageDelivery.agreement_id == agreement.id,
            PackageDelivery.state != DeliveryState.WITHDRAWN,
        )
        .order_by(PackageDelivery.id.desc())
        .limit(1)
    )


def _require_file(part: ExportPart, export_folder: Path) -> Path:
    path = export_folder / (part.package_name or "")
    if part.package_name is None or not path.is_file() or path.stat().st_size != part.package_size:
        raise InvalidDelivery(
            _("Paketet %(name)s finns inte helt kvar på disken. Gör uttaget igen.", name=part.package_name or "")
        )
    return path


__all__ = [
    "REPEATABLE",
    "WITHDRAWABLE",
    "approve",
    "ask_for_package",
    "create",
    "fetch",
    "find",
    "misfits",
    "package",
    "possible_packages",
    "repeat",
    "require_fit",
    "stop",
    "withdraw",
]
