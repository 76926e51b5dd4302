"""Turns rows of the register into the plain values of the package model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import conversion_parts as parts
from diarium.archive.conversion_parts import Users
from diarium.archive.package_model import (
    PackageAuthority,
    PackageCase,
    PackageClass,
    PackageDisposal,
    PackageRecord,
    PackageRelation,
    PackageRestriction,
    PackageScheme,
    PackageSeries,
    PackageUnit,
    PackageUser,
)
from diarium.classification.models import Classification, ClassificationScheme
from diarium.correspondence.models import OutgoingMessage
from diarium.files.models import Blob
from diarium.identity.models import User
from diarium.register.loose_references import LooseReference, Tie
from diarium.register.models import (
    Authority,
    Case,
    CaseNote,
    CaseOrigin,
    CaseRelation,
    Deadline,
    Decision,
    DiarySeries,
    Document,
    Record,
    Unit,
)
from diarium.register.models.disposal import CaseDisposal
from diarium.secrecy.models import Restriction
from diarium.secrecy.work_models import CaseShare, RestrictionReview

Reviews = dict[int, list[RestrictionReview]]
"""Reviews by the key of the marking."""


@dataclass(slots=True)
class CaseRows:
    """What the tables hold about a case beside its own row; `incoming`: the references of other cases to it.

    `loose`: references of a taken-over case to what is not in this register.
    """

    incoming: list[CaseRelation] = field(default_factory=list)
    notes: list[CaseNote] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    shares: list[CaseShare] = field(default_factory=list)
    disposals: list[CaseDisposal] = field(default_factory=list)
    origin: CaseOrigin | None = None
    loose: Sequence[LooseReference] = ()
    reviews: Reviews = field(default_factory=dict)


@dataclass(slots=True)
class RecordRows:
    """What the tables hold about a record beside its own row.

    `former`: what it was in another case; `messages`: the dispatched messages that are none of its files. `loose`:
    where it moved from or to, if that is not in this register.
    """

    former: Record | None = None
    loose: Sequence[LooseReference] = ()
    dispatches: list[OutgoingMessage] = field(default_factory=list)
    messages: dict[str, Blob] = field(default_factory=dict)
    reviews: Reviews = field(default_factory=dict)


def users_of(
    session: Session,
    cases: Iterable[Case],
    records: Iterable[Record],
    beside_cases: Iterable[CaseRows] = (),
    beside_records: Iterable[RecordRows] = (),
) -> dict[int, PackageUser]:
    """Everybody of the staff named in the given cases and records, by key, in one query."""
    keys: set[int | None] = set()
    for rows in beside_cases:
        keys |= {note.made_by_id for note in rows.notes}
        keys |= {deadline.responsible_id for deadline in rows.deadlines}
        keys |= {decision.registered_by_id for decision in rows.decisions}
        keys |= {share.made_by_id for share in rows.shares} | _reviewers(rows.reviews)
    for case in cases:
        keys |= {case.responsible_id, case.registered_by_id} | _markers(case)
    for record in records:
        keys |= {record.registered_by_id} | _markers(record)
        for document in record.documents:
            keys |= {document.added_by_id, *(item.made_by_id for item in document.withdrawals)}
    for found in beside_records:
        keys |= {message.queued_by_id for message in found.dispatches} | _reviewers(found.reviews)
    columns = select(User.id, User.uid, User.username, User.name, User.email)
    people = session.execute(columns.where(User.id.in_([key for key in keys if key is not None])))
    return {row.id: PackageUser(row.uid, row.username, row.name, row.email) for row in people}


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
        responsible=parts.user(users, case.responsible_id),
        unit=parts.unit(case.unit) if case.unit else None,
        classification=to_class(case.classification) if case.classification else None,
        physical_location=case.physical_location,
        note=case.note,
        record_count=case.record_count,
        registered_at=case.registered_at,
        registered_by=parts.user(users, case.registered_by_id),
        version=case.version,
        parties=tuple(parts.party(party) for party in case.parties),
        restrictions=tuple(_restrictions(case.restrictions, users, beside.reviews)),
        relations=tuple(_relation(r, r.to_case, is_outgoing=True) for r in _ordered(case.relations))
        + tuple(_relation(r, r.from_case, is_outgoing=False) for r in _ordered(beside.incoming))
        + tuple(parts.loose_relation(item) for item in beside.loose if item.tie is Tie.RELATION),
        notes=tuple(parts.note(note, users) for note in beside.notes),
        deadlines=tuple(parts.deadline(deadline, users) for deadline in beside.deadlines),
        decisions=tuple(parts.decision(decision, users) for decision in beside.decisions),
        records=records,
        shares=tuple(parts.share(share, users) for share in beside.shares),
        withdrawals=tuple(parts.withdrawal(item, users) for item in case.withdrawals),
        disposals=tuple(parts.case_disposal(item) for item in beside.disposals),
        origin=parts.origin(beside.origin) if beside.origin else None,
    )


def to_record(record: Record, case_number: str, users: Users, beside: RecordRows) -> PackageRecord:
    """The record of the case with `case_number`, with what stands about it in other tables."""
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
        moved_to=parts.reference(record.moved_to) or parts.loose_record(beside.loose, Tie.MOVED_TO),
        moved_from=parts.reference(beside.former) or parts.loose_record(beside.loose, Tie.MOVED_FROM),
        note=record.note,
        registered_at=record.registered_at,
        registered_by=parts.user(users, record.registered_by_id),
        version=record.version,
        parties=tuple(parts.party(party) for party in record.parties),
        restrictions=tuple(_restrictions(record.restrictions, users, beside.reviews, record.documents)),
        documents=tuple(parts.document(document, users) for document in record.documents),
        dispatches=tuple(
            parts.dispatch(message, users, beside.messages.get(message.content_sha256 or ""))
            for message in beside.dispatches
        ),
        withdrawals=tuple(parts.withdrawal(item, users) for item in record.withdrawals),
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
    return parts.unit(row)


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


def _ordered(relations: Iterable[CaseRelation]) -> list[CaseRelation]:
    return sorted(relations, key=lambda relation: relation.id)


def _relation(row: CaseRelation, other: Case, *, is_outgoing: bool) -> PackageRelation:
    return PackageRelation(row.kind, is_outgoing, other.uid, other.number_text, other.authority.code)


def _restrictions(
    rows: Iterable[Restriction], users: Users, reviews: Reviews, documents: Iterable[Document] = ()
) -> Iterator[PackageRestriction]:
    return (parts.restriction(row, users, reviews.get(row.id, ()), documents) for row in rows)


def _markers(item: Case | Record) -> set[int | None]:
    """Who marked it or took it from the web."""
    return {mark.made_by_id for mark in item.restrictions} | {taken.made_by_id for taken in item.withdrawals}


def _reviewers(reviews: Reviews) -> set[int | None]:
    return {review.reviewed_by_id for found in reviews.values() for review in found}
