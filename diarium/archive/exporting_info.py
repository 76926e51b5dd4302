"""What stands in a package about itself: from the export, its agreement and its authority."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium import __version__
from diarium.archive import agreements, conversion, loading
from diarium.archive.agreement_models import DeliveryAgreement
from diarium.archive.criteria import EXPORTABLE
from diarium.archive.models import Export, ExportPart
from diarium.archive.package_model import Contact, Delivery, PackageInfo
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.selection_splitting import estimated_bytes
from diarium.db.base import now
from diarium.identity.models import User
from diarium.register.vocabulary import CaseStatus


@dataclass(frozen=True, slots=True)
class PartPlan:
    """A package about to be made. `estimated_bytes`: how large it becomes, on the safe side."""

    export_id: int
    part_id: int
    uid: uuid.UUID
    number: int
    profile: ProfileCode
    info: PackageInfo
    allowed: frozenset[CaseStatus]
    estimated_bytes: int


def plan_of(session: Session, export: Export, part: ExportPart, delivery: Delivery | None) -> PartPlan:
    """The plan of a part. Its moment is fixed the first time, so that whoever goes on makes the same package.

    `delivery`: what was agreed on, instead of what the export's agreement says.
    """
    if part.created_at is None:
        part.created_at = now().replace(microsecond=0)
    found = delivery if delivery is not None else _agreed(session, export)
    statuses = export.criteria.get("statuses") or [CaseStatus.CLOSED.value]
    return PartPlan(
        export_id=export.id,
        part_id=part.id,
        uid=part.uid,
        number=part.number,
        profile=export.profile,
        info=_info(session, export, part, _completed(session, export, part, found)),
        allowed=frozenset(EXPORTABLE) & {CaseStatus(text) for text in statuses},
        estimated_bytes=estimated_bytes(part.case_count, part.file_count, part.byte_count),
    )


def _agreed(session: Session, export: Export) -> Delivery:
    if export.agreement_id is None:
        return Delivery()
    return agreements.delivery_of(session, session.get_one(DeliveryAgreement, export.agreement_id))


def _completed(session: Session, export: Export, part: ExportPart, delivery: Delivery) -> Delivery:
    """What the agreement does not say: whom to ask, what the package is, which one it replaces."""
    count = session.scalar(select(func.count()).select_from(ExportPart).where(ExportPart.export_id == export.id))
    user = session.get(User, export.requested_by_id) if export.requested_by_id else None
    if delivery.contact is None and user is not None:
        authority = export.authority
        delivery = delivery.with_contact(Contact(user.name, user.email or authority.email, authority.phone))
    return replace(
        delivery,
        status=export.record_status.value if export.record_status != "NEW" else delivery.status,
        replaces=_replaced(session, export, part) or delivery.replaces,
        package_number=part.number,
        package_count=count or 1,
    )


def _replaced(session: Session, export: Export, part: ExportPart) -> str | None:
    """The identifier of the earlier package with the same cases: the name of its folder."""
    if export.replaces_id is None:
        return None
    name = session.scalar(
        select(ExportPart.package_name).where(
            ExportPart.export_id == export.replaces_id, ExportPart.number == part.number
        )
    )
    return name.removesuffix(".zip") if name else None


def _info(session: Session, export: Export, part: ExportPart, delivery: Delivery) -> PackageInfo:
    authority = loading.load_authority(session, export.authority_id)
    return PackageInfo(
        uid=part.uid,
        authority=conversion.to_authority(authority),
        period_from=export.period_from,
        period_to=export.period_to,
        created_at=part.created_at or now(),
        requested_by=export.requested_by_name,
        software=("diarium", __version__),
        series=tuple(conversion.to_series(series) for series in authority.series),
        units=tuple(conversion.to_unit(unit) for unit in authority.units),
        schemes=loading.load_schemes(session, export.id, part.id),
        delivery=delivery,
    )
