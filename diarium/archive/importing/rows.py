"""Turns values of the package model into new rows of the register: the way back from `conversion`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from diarium.archive.importing import rows_beside
from diarium.archive.importing.fingerprints import fingerprint
from diarium.archive.package_model import (
    PackageCase,
    PackageCaseDisposal,
    PackageClass,
    PackageDocument,
    PackageOrigin,
    PackageParty,
    PackageRecord,
    PackageRestriction,
    PackageUnit,
    PackageUser,
    PackageWithdrawal,
)
from diarium.classification.models import Classification
from diarium.register.loose_references import LooseReference, Tie
from diarium.register.models import (
    Authority,
    Case,
    CaseDisposal,
    DiarySeries,
    DisposalDepth,
    Document,
    Party,
    Record,
    Unit,
    Withdrawal,
)
from diarium.register.taking_over import TakenCase, TakenMark, TakenReview
from diarium.register.vocabulary import CaseStatus
from diarium.secrecy.models import Provision, Restriction
from diarium.secrecy.work_models import RestrictionReview


class Rests(Protocol):
    """What a case rests on here, by what the package calls it."""

    @property
    def authority(self) -> Authority: ...
    def series(self, code: str) -> DiarySeries: ...
    def unit(self, item: PackageUnit | None) -> Unit | None: ...
    def classification(self, item: PackageClass | None) -> Classification | None: ...
    def user(self, item: PackageUser | None) -> int | None: ...
    def provision(self, mark: PackageRestriction) -> Provision: ...
    def authority_code(self, code: str) -> str: ...
    def content(self, item: PackageDocument) -> str: ...
    def keeps_shares(self) -> bool: ...


def taken_case(
    item: PackageCase, rests: Rests, *, number: int | None = None, is_read_only: bool = False
) -> TakenCase:
    """The case as new rows; one that nobody is to change is archived.

    `number`: given here, where the package has none that can be told.
    """
    records = list(item.records)
    status = CaseStatus.ARCHIVED if is_read_only else item.status
    case = _case(item, rests, number, status)
    rows = {record.uid: _record(record, case, rests) for record in records}
    files = {row.uid: row for record in case.records for row in record.documents}
    marks = [_mark(mark, rests, files) for mark in item.restrictions]
    for record in records:
        marks += [_mark(mark, rests, files, rows[record.uid]) for mark in record.restrictions]
    return TakenCase(
        case=case,
        status=item.status,
        fingerprint=fingerprint(item),
        marks=marks,
        notes=rows_beside.notes(item.notes, case, rests),
        deadlines=rows_beside.deadlines(item.deadlines, case, rows, rests),
        decisions=rows_beside.decisions(item.decisions, case, rows, rests),
        shares=rows_beside.shares(item.shares, rests),
        references=[*_relations(item), *_moves(records)],
        earlier=_earlier(item.origin),
    )


def _case(item: PackageCase, rests: Rests, number: int | None, status: CaseStatus) -> Case:
    return Case(
        uid=item.uid,
        authority=rests.authority,
        series=rests.series(item.series_code),
        year=item.year,
        number=item.number if number is None else number,
        number_text=item.number_text,
        foreign_number=item.foreign_number,
        title=item.title,
        public_title=item.public_title,
        case_type=item.case_type,
        status=status,
        initiative=item.initiative,
        opened_on=item.opened_on,
        decided_on=item.decided_on,
        closed_on=item.closed_on,
        closing_reason=item.closing_reason,
        cancel_reason=item.cancel_reason,
        responsible_id=rests.user(item.responsible),
        unit=rests.unit(item.unit),
        classification=rests.classification(item.classification),
        physical_location=item.physical_location,
        note=item.note,
        record_count=item.record_count,
        registered_at=item.registered_at,
        registered_by_id=rests.user(item.registered_by),
        version=item.version,
        parties=[_party(party) for party in item.parties],
        withdrawals=_withdrawals(item.withdrawals, rests),
        disposed=_deepest(item.disposals),
        disposals=[_disposal(disposal) for disposal in item.disposals],
    )


def _record(item: PackageRecord, case: Case, rests: Rests) -> Record:
    return Record(
        uid=item.uid,
        case=case,
        running_number=item.running_number,
        direction=item.direction,
        title=item.title,
        public_title=item.public_title,
        record_type=item.record_type,
        official_on=item.official_on,
        received_at=item.received_at,
        document_date=item.document_date,
        medium=item.medium,
        physical_location=item.physical_location,
        status=item.status,
        cancel_reason=item.cancel_reason,
        note=item.note,
        registered_at=item.registered_at,
        registered_by_id=rests.user(item.registered_by),
        version=item.version,
        parties=[_party(party) for party in item.parties],
        documents=[_document(document, rests) for document in item.documents],
        withdrawals=_withdrawals(item.withdrawals, rests),
    )


def _document(item: PackageDocument, rests: Rests) -> Document:
    return Document(
        uid=item.uid,
        position=item.position,
        file_name=item.file_name,
        description=item.description,
        sha256=rests.content(item),
        is_released=item.is_released,
        added_at=item.added_at,
        added_by_id=rests.user(item.added_by),
        withdrawals=_withdrawals(item.withdrawals, rests),
    )


def _party(item: PackageParty) -> Party:
    return Party(
        uid=item.uid,
        role=item.role,
        kind=item.kind,
        name=item.name,
        identity_number=item.identity_number,
        organisation=item.organisation,
        address=item.address,
        postal_code=item.postal_code,
        city=item.city,
        country=item.country,
        email=item.email,
        phone=item.phone,
        is_protected=item.is_protected,
    )


def _withdrawals(items: Iterable[PackageWithdrawal], rests: Rests) -> list[Withdrawal]:
    return [
        Withdrawal(
            uid=item.uid,
            reason=item.reason,
            made_at=item.made_at,
            made_by_id=rests.user(item.made_by),
            made_by_name=item.made_by_name,
            ended_at=item.ended_at,
            ended_by_name=item.ended_by_name,
            end_reason=item.end_reason,
        )
        for item in items
    ]


def _deepest(items: Iterable[PackageCaseDisposal]) -> DisposalDepth | None:
    """How much of the case is gone: everything, if it was disposed of in two steps."""
    depths = {item.depth for item in items}
    return next((depth for depth in (DisposalDepth.EVERYTHING, DisposalDepth.FILES) if depth in depths), None)


def _disposal(item: PackageCaseDisposal) -> CaseDisposal:
    return CaseDisposal(
        uid=item.uid,
        depth=item.depth,
        rule=item.rule,
        basis=item.basis,
        decision=item.decision,
        decided_on=item.decided_on,
        decided_by_name=item.decided_by_name,
        certificate=item.certificate,
        certificate_uid=item.certificate_uid,
        disposed_at=item.disposed_at,
        record_count=item.record_count,
        file_count=item.file_count,
        files={str(number): count for number, count in item.files},
    )


def _earlier(origin: PackageOrigin | None) -> list[dict[str, str]]:
    if origin is None:
        return []
    return [
        {
            "package_id": origin.package_id,
            "creator": origin.creator,
            "system": origin.system,
            "taken_over_at": origin.taken_over_at.isoformat(),
            "taken_over_by_name": origin.taken_over_by_name,
        }
    ]


def _mark(
    item: PackageRestriction,
    rests: Rests,
    files: Mapping[uuid.UUID, Document],
    record: Record | None = None,
) -> TakenMark:
    row = Restriction(
        uid=item.uid,
        scope=item.scope,
        provision=rests.provision(item),
        made_on=item.made_on,
        made_at=item.made_at,
        authority_code=rests.authority_code(item.authority_code),
        made_by_id=rests.user(item.made_by),
        made_by_name=item.made_by_name,
        note=item.note,
        review_on=item.review_on,
        lifted_at=item.lifted_at,
        lifted_by_name=item.lifted_by_name,
        lift_reason=item.lift_reason,
    )
    document = files.get(item.document_uid) if item.document_uid else None
    return TakenMark(row, record, document, tuple(_reviews(item, rests, files)))


def _reviews(item: PackageRestriction, rests: Rests, files: Mapping[uuid.UUID, Document]) -> Iterable[TakenReview]:
    for review in item.reviews:
        row = RestrictionReview(
            uid=review.uid,
            reviewed_on=review.reviewed_on,
            made_at=review.made_at,
            reviewed_by_id=rests.user(review.reviewed_by),
            reviewed_by_name=review.reviewed_by_name,
            occasion=review.occasion,
            outcome=review.outcome,
            reason=review.reason,
            scope_before=review.scope_before,
            scope_after=review.scope_after,
            next_on=review.next_on,
        )
        yield TakenReview(row, files.get(review.document_uid) if review.document_uid else None)


def _relations(item: PackageCase) -> list[LooseReference]:
    return [
        LooseReference(
            tie=Tie.RELATION,
            other_uid=relation.other_uid,
            other_number=relation.other_number,
            kind=relation.kind,
            is_outgoing=relation.is_outgoing,
            authority=relation.other_authority,
        )
        for relation in item.relations
    ]


def _moves(records: Sequence[PackageRecord]) -> list[LooseReference]:
    return [
        LooseReference(tie, other.uid, other.number_text, record_uid=record.uid)
        for record in records
        for tie, other in ((Tie.MOVED_TO, record.moved_to), (Tie.MOVED_FROM, record.moved_from))
        if other is not None
    ]
