"""Turns rows of the register into the plain values of the package model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive.package_model import (
    PackageAuthority,
    PackageCase,
    PackageClass,
    PackageDeadline,
    PackageDecision,
    PackageDisposal,
    PackageDocument,
    PackageNote,
    PackageParty,
    PackageRecord,
    PackageRecordReference,
    PackageRelation,
    PackageRestriction,
    PackageScheme,
    PackageSeries,
    PackageUnit,
    PackageUser,
)
from diarium.classification.models import Classification, ClassificationScheme
from diarium.identity.models import User
from diarium.register.models import (
    Authority,
    Case,
    CaseNote,
    CaseRelation,
    Deadline,
    Decision,
    DiarySeries,
    Document,
    Party,
    Record,
    Unit,
)
from diarium.secrecy.models import Restriction

Users = Mapping[int, PackageUser]


@dataclass(slots=True)
class CaseRows:
    """What the tables hold about a case beside its own row; `incoming`: the references of other cases to it."""

    incoming: list[CaseRelation] = field(default_factory=list)
    notes: list[CaseNote] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def users_of(
    session: Session, cases: Iterable[Case], records: Iterable[Record], beside: Iterable[CaseRows] = ()
) -> dict[int, PackageUser]:
    """Everybody of the staff named in the given cases and records, by key, in one query."""
    keys: set[int | None] = set()
    for rows in beside:
        keys |= {note.made_by_id for note in rows.notes}
        keys |= {deadline.responsible_id for deadline in rows.deadlines}
        keys |= {decision.registered_by_id for decision in rows.decisions}
    for case in cases:
        keys |= {case.responsible_id, case.registered_by_id, *(mark.made_by_id for mark in case.restrictions)}
    for record in records:
        keys |= {record.registered_by_id, *(document.added_by_id for document in record.documents)}
        keys |= {mark.made_by_id for mark in record.restrictions}
    columns = select(User.id, User.uid, User.username, User.name, User.email)
    found = session.execute(columns.where(User.id.in_([key for key in keys if key is not None])))
    return {row.id: PackageUser(row.uid, row.username, row.name, row.email) for row in found}


def to_case(case: Case, records: Iterable[PackageRecord], users: Users, beside: CaseRows) -> PackageCase:
    """The case with what stands about it in other tables."""
    return PackageCase(
        uid=case.uid,
        number_text=case.number_text,
        year=case.year,
        number=case.number,
        series_code=case.series.code,
        foreign_number=case.foreign_number,
        title=case.title,
        public_title=case.public_title,
        case_type=case.case_type,
        status=case.status,
        initiative=case.initiative,
        opened_on=case.opened_on,
        decided_on=case.decided_on,
        closed_on=case.closed_on,
        closing_reason=case.closing_reason,
        cancel_reason=case.cancel_reason,
        responsible=_user(users, case.responsible_id),
        unit=to_unit(case.unit) if case.unit else None,
        classification=to_class(case.classification) if case.classification else None,
        physical_location=case.physical_location,
        note=case.note,
        record_count=case.record_count,
        registered_at=case.registered_at,
        registered_by=_user(users, case.registered_by_id),
        version=case.version,
        parties=tuple(_party(party) for party in case.parties),
        restrictions=tuple(_restriction(mark, users) for mark in case.restrictions),
        relations=tuple(_relation(r, r.to_case, is_outgoing=True) for r in _ordered(case.relations))
        + tuple(_relation(r, r.from_case, is_outgoing=False) for r in _ordered(beside.incoming)),
        notes=tuple(_note(note, users) for note in beside.notes),
        deadlines=tuple(_deadline(deadline, users) for deadline in beside.deadlines),
        decisions=tuple(_decision(decision, users) for decision in beside.decisions),
        records=records,
    )


def to_record(record: Record, case_number: str, users: Users) -> PackageRecord:
    """The record of the case with `case_number`."""
    return PackageRecord(
        uid=record.uid,
        number_text=f"{case_number}-{record.running_number}",
        running_number=record.running_number,
        direction=record.direction,
        title=record.title,
        public_title=record.public_title,
        record_type=record.record_type,
        official_on=record.official_on,
        received_at=record.received_at,
        document_date=record.document_date,
        medium=record.medium,
        physical_location=record.physical_location,
        status=record.status,
        cancel_reason=record.cancel_reason,
        moved_to=_reference(record.moved_to),
        note=record.note,
        registered_at=record.registered_at,
        registered_by=_user(users, record.registered_by_id),
        version=record.version,
        parties=tuple(_party(party) for party in record.parties),
        restrictions=tuple(_restriction(mark, users, record.documents) for mark in record.restrictions),
        documents=tuple(_document(document, users) for document in record.documents),
    )


def to_authority(row: Authority) -> PackageAuthority:
    """The authority."""
    return PackageAuthority(
        uid=row.uid,
        code=row.code,
        name=row.name,
        organisation_number=row.organisation_number,
        email=row.email,
        phone=row.phone,
        postal_address=row.postal_address,
        active_from=row.active_from,
        active_to=row.active_to,
    )


def to_series(row: DiarySeries) -> PackageSeries:
    """A number series."""
    return PackageSeries(
        uid=row.uid,
        code=row.code,
        name=row.name,
        number_format=row.number_format,
        restarts_yearly=row.restarts_yearly,
        is_restricted=row.is_restricted,
        is_active=row.is_active,
        opens_on=row.opens_on,
        closes_on=row.closes_on,
    )


def to_unit(row: Unit) -> PackageUnit:
    """A unit."""
    return PackageUnit(row.uid, row.name, row.is_active)


def to_scheme(row: ClassificationScheme) -> PackageScheme:
    """A scheme with its classes."""
    classes = tuple(to_class(item, scheme=row) for item in row.classes)
    return PackageScheme(row.uid, row.name, row.version, row.valid_from, row.valid_to, classes)


def to_class(row: Classification, *, scheme: ClassificationScheme | None = None) -> PackageClass:
    """A class with its retention rule."""
    rule = row.retention_rule
    return PackageClass(
        uid=row.uid,
        code=row.code,
        title=row.title,
        description=row.description,
        publishing=row.publishing,
        parent_code=row.parent.code if row.parent else None,
        disposal=PackageDisposal(rule.uid, rule.retention, rule.years, rule.event, rule.basis) if rule else None,
        record_types=tuple(kind.name for kind in row.record_types),
        scheme_uid=(scheme or row.scheme).uid,
    )


def _user(users: Users, key: int | None) -> PackageUser | None:
    return None if key is None else users[key]


def _ordered(relations: Iterable[CaseRelation]) -> list[CaseRelation]:
    return sorted(relations, key=lambda relation: relation.id)


def _relation(row: CaseRelation, other: Case, *, is_outgoing: bool) -> PackageRelation:
    return PackageRelation(row.kind, is_outgoing, other.uid, other.number_text, other.authority.code)


def _reference(record: Record | None) -> PackageRecordReference | None:
    return PackageRecordReference(record.uid, record.number_text) if record else None


def _note(row: CaseNote, users: Users) -> PackageNote:
    corrects = row.corrects.uid if row.corrects else None
    return PackageNote(row.uid, row.body, row.made_at, _user(users, row.made_by_id), row.made_by_name, corrects)


def _deadline(row: Deadline, users: Users) -> PackageDeadline:
    return PackageDeadline(
        uid=row.uid,
        kind=row.kind,
        due_on=row.due_on,
        text=row.text,
        responsible=_user(users, row.responsible_id),
        unit=to_unit(row.unit) if row.unit else None,
        record=_reference(row.record),
        state=row.state,
        outcome=row.outcome,
        made_at=row.made_at,
        made_by_name=row.made_by_name,
        settled_at=row.settled_at,
        settled_by_name=row.settled_by_name,
        version=row.version,
    )


def _decision(row: Decision, users: Users) -> PackageDecision:
    return PackageDecision(
        uid=row.uid,
        kind=row.kind,
        decided_on=row.decided_on,
        body=row.body,
        paragraph=row.paragraph,
        delegation_point=row.delegation_point,
        outcome=row.outcome,
        is_final=row.is_final,
        record=_reference(row.record),
        state=row.state,
        cancel_reason=row.cancel_reason,
        registered_at=row.registered_at,
        registered_by=_user(users, row.registered_by_id),
        registered_by_name=row.registered_by_name,
        version=row.version,
    )


def _party(row: Party) -> PackageParty:
    return PackageParty(
        uid=row.uid,
        role=row.role,
        kind=row.kind,
        name=row.name,
        identity_number=row.identity_number,
        organisation=row.organisation,
        address=row.address,
        postal_code=row.postal_code,
        city=row.city,
        country=row.country,
        email=row.email,
        phone=row.phone,
        is_protected=row.is_protected,
    )


def _restriction(row: Restriction, users: Users, documents: Iterable[Document] = ()) -> PackageRestriction:
    return PackageRestriction(
        uid=row.uid,
        scope=row.scope,
        document_uid=next((item.uid for item in documents if item.id == row.document_id), None),
        citation=row.provision.citation,
        subject=row.provision.subject,
        max_years=row.provision.max_years,
        made_on=row.made_on,
        made_at=row.made_at,
        authority_code=row.authority_code,
        made_by=_user(users, row.made_by_id),
        made_by_name=row.made_by_name,
        note=row.note,
        review_on=row.review_on,
        lifted_at=row.lifted_at,
        lifted_by_name=row.lifted_by_name,
        lift_reason=row.lift_reason,
    )


def _document(row: Document, users: Users) -> PackageDocument:
    blob = row.blob
    return PackageDocument(
        uid=row.uid,
        position=row.position,
        file_name=row.file_name,
        description=row.description,
        sha256=row.sha256,
        size=blob.size,
        stored_at=blob.stored_at,
        mime=blob.mime,
        puid=blob.puid,
        format_name=blob.format_name,
        format_version=blob.format_version,
        warnings=tuple(blob.warnings),
        examined_at=blob.examined_at,
        is_released=row.is_released,
        added_at=row.added_at,
        added_by=_user(users, row.added_by_id),
    )
