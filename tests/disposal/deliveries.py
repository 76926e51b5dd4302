"""Packages of a case that are on their way to an archive, or that it has confirmed."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_models import PackageDelivery
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.models import Export, ExportItem, ExportPart, ExportState
from diarium.register.models import Case
from diarium.register.vocabulary import CaseStatus


def deliver(session: Session, case: Case, *, confirmed: bool, is_test: bool = False) -> ExportPart:
    """A package of the case that is sent; where it is confirmed, the case is archived by it."""
    day = case.closed_on or case.opened_on
    export = Export(
        authority_id=case.authority_id,
        period_from=day,
        period_to=day,
        criteria={},
        state=ExportState.VALIDATED,
        requested_by_name="Arja Arkivarie",
    )
    export.parts = [ExportPart(number=1, state=ExportState.VALIDATED, package_name=f"{case.uid}.zip")]
    agreement = DeliveryAgreement(
        authority_id=case.authority_id,
        name=f"Överenskommelse {case.number_text}",
        number="1",
        receiver_name="Kommunarkivet",
        transport=TransportKind.DOWNLOAD,
        transport_settings={},
        changed_by_name="Arja Arkivarie",
    )
    session.add_all([export, agreement])
    session.flush()
    (part,) = export.parts
    session.add(ExportItem(export_id=export.id, case_id=case.id, part_id=part.id))
    session.add(
        PackageDelivery(
            authority_id=case.authority_id,
            agreement_id=agreement.id,
            part_id=part.id,
            number=1,
            state=DeliveryState.CONFIRMED if confirmed else DeliveryState.SENT,
            record_status=PackageStatus.TEST if is_test else PackageStatus.NEW,
            transport=TransportKind.DOWNLOAD,
            total_bytes=1,
            created_by_name="Arja Arkivarie",
        )
    )
    if confirmed:
        session.execute(update(Case).where(Case.id == case.id).values(status=CaseStatus.ARCHIVED))
    session.flush()
    for changed in (case, part):
        session.refresh(changed)
    return part
