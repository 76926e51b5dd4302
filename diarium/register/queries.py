"""What staff see of the register: always through the eyes of an actor.

Number, date, direction and type are shown to everybody who reads the authority; title, parties and files only where
`secrecy.access.sight` lets them. Views hold plain values, so that nothing hidden can be reached from a template.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from diarium.audit import service as audit
from diarium.audit.models import AuditEvent
from diarium.classification.models import RecordType
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup
from diarium.register.models import Authority, Case, CaseRelation, Document, Party, Record, Unit
from diarium.register.vocabulary import CaseStatus, Direction, Medium, PartyKind, PartyRole, RecordStatus
from diarium.secrecy import access
from diarium.secrecy.models import Restriction


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party as the actor may see it; `name` is None where it is hidden."""

    role: PartyRole
    kind: PartyKind
    name: str | None
    identity_number: str | None
    address: str | None
    email: str | None
    phone: str | None
    is_protected: bool


@dataclass(frozen=True, slots=True)
class RestrictionView:
    """A marking, in force or lifted."""

    uid: uuid.UUID
    citation: str
    subject: str
    scope: str
    made_on: dt.date
    made_by: str
    note: str | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A file of a record."""

    uid: uuid.UUID
    file_name: str
    size: int
    format_name: str | None
    is_released: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as the actor may see it; `title` is None where it is hidden."""

    uid: uuid.UUID
    case_uid: uuid.UUID
    number: str
    running_number: int
    direction: Direction
    official_on: dt.date
    registered_at: dt.datetime
    title: str | None
    public_title: str | None
    record_type: str | None
    status: RecordStatus
    cancel_reason: str | None
    medium: Medium
    physical_location: str | None
    document_date: dt.date | None
    note: str | None
    version: int
    parties: tuple[PartyView, ...]
    documents: tuple[DocumentView, ...]
    restrictions: tuple[RestrictionView, ...]
    files_hidden: bool
    case_number: str
    authority_name: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as the actor may see it; `title` is None where it is hidden."""

    uid: uuid.UUID
    number: str
    authority_code: str
    authority_name: str
    title: str | None
    public_title: str | None
    status: CaseStatus
    case_type: str | None
    opened_on: dt.date
    decided_on: dt.date | None
    closed_on: dt.date | None
    cancel_reason: str | None
    responsible: str | None
    responsible_username: str | None
    unit: str | None
    classification: str | None
    classification_code: str | None
    physical_location: str | None
    note: str | None
    version: int
    is_restricted: bool
    parties: tuple[PartyView, ...] = ()
    restrictions: tuple[RestrictionView, ...] = ()
    records: tuple[RecordView, ...] = ()
    related: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows."""

    authority: str | None = None
    status: CaseStatus | None = None
    responsible_id: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list of cases."""

    cases: tuple[CaseView, ...]
    total: int
    page: int
    pages: int


def case_page(session: Session, actor: Actor, wanted: CaseFilter, *, page: int = 1, size: int = 50) -> CasePage:
    """A page of the cases that the actor may know of, newest first. Constant number of queries."""
    query = _readable_cases(actor)
    if wanted.authority:
        query = query.where(Authority.code == wanted.authority)
    if wanted.status:
        query = query.where(Case.status == wanted.status)
    if wanted.responsible_id:
        query = query.where(Case.responsible_id == wanted.responsible_id)
    if wanted.year:
        query = query.where(Case.year == wanted.year)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages)
    rows = session.scalars(
        query.options(*_CASE_LOADS)
        .order_by(Case.year.desc(), Case.number.desc(), Case.id.desc())
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    return CasePage(tuple(case_view(actor, case) for case in rows), total, page, pages)


def recent_records(session: Session, actor: Actor, *, limit: int = 20) -> tuple[RecordView, ...]:
    """The records registered last that the actor may know of."""
    query = (
        select(Record)
        .join(Record.case)
        .join(Case.authority)
        .where(Authority.code.in_(actor.authorities(Permission.READ)))
        .options(*_RECORD_LOADS, selectinload(Record.case).options(*_CASE_LOADS))
        .order_by(Record.id.desc())
        .limit(limit)
    )
    return tuple(record_view(actor, record) for record in session.scalars(query))


def case_details(session: Session, actor: Actor, uid: uuid.UUID) -> CaseView:
    """A case with its records, parties, markings and relations. Constant number of queries.

    Raises: CaseNotFound.
    """
    case = lookup.case_by_uid(session, actor, uid)
    case = session.scalars(
        select(Case)
        .where(Case.id == case.id)
        .options(
            *_CASE_LOADS,
            selectinload(Case.parties),
            selectinload(Case.relations).selectinload(CaseRelation.to_case),
            selectinload(Case.records).options(*_RECORD_LOADS),
        )
        .execution_options(populate_existing=True)
    ).one()
    return case_view(actor, case, whole=True)


def record_details(session: Session, actor: Actor, uid: uuid.UUID) -> RecordView:
    """A record with its parties, files and markings. Raises: RecordNotFound."""
    return record_view(actor, lookup.record_by_uid(session, actor, uid))


def note_reading(session: Session, actor: Actor, target: Case | Record) -> None:
    """Writes an audit event if the actor looked at something that is marked or about a protected person."""
    if isinstance(target, Case):
        marked = [*target.restrictions, *(r for record in target.records for r in record.restrictions)]
        parties = [*target.parties, *(p for record in target.records for p in record.parties)]
        subject, action = journal.case_subject(target), "case.read"
    else:
        marked = [*target.restrictions, *target.case.restrictions]
        parties = list(target.parties)
        subject, action = journal.record_subject(target), "record.read"
    if any(item.is_in_force for item in marked) or any(party.is_protected for party in parties):
        audit.write(session, actor, action, subject)


def document_for(session: Session, actor: Actor, uid: uuid.UUID) -> Document | None:
    """The document with `uid` if the actor may open it, else None."""
    document = session.scalar(select(Document).where(Document.uid == uid))
    if document is None or not actor.may(Permission.READ, document.record.case.authority.code):
        return None
    return document if sight_of_record(actor, document.record).files else None


def history(session: Session, case: Case) -> Sequence[AuditEvent]:
    """Everything that happened to a case and its records, newest first."""
    return audit.history(session, [case.uid, *(record.uid for record in case.records)])


def sight_of_case(actor: Actor, case: Case) -> access.Sight:
    """What the actor may see of the case itself."""
    return access.sight(actor, case.authority.code, case.responsible_id, case.restrictions)


def sight_of_record(actor: Actor, record: Record) -> access.Sight:
    """What the actor may see of the record: its own markings and its case's count.

    Where a party has protected identity, the files may tell their address: only the few see them.
    """
    case = record.case
    marks: Iterable[Restriction] = [*record.restrictions, *case.restrictions]
    seen = access.sight(actor, case.authority.code, case.responsible_id, marks)
    if any(party.is_protected for party in record.parties):
        return replace(seen, files=seen.files and access.may_see_protected(actor, case.authority.code))
    return seen


def case_view(actor: Actor, case: Case, *, whole: bool = False) -> CaseView:
    """`case` through the eyes of `actor`; with `whole`, also what belongs to it."""
    seen = sight_of_case(actor, case)
    protected = access.may_see_protected(actor, case.authority.code)
    return CaseView(
        uid=case.uid,
        number=case.number_text,
        authority_code=case.authority.code,
        authority_name=case.authority.name,
        title=case.title if seen.title else None,
        public_title=case.public_title,
        status=case.status,
        case_type=case.case_type,
        opened_on=case.opened_on,
        decided_on=case.decided_on,
        closed_on=case.closed_on,
        cancel_reason=case.cancel_reason if seen.title else None,
        responsible=case.responsible.name if case.responsible else None,
        responsible_username=case.responsible.username if case.responsible else None,
        unit=case.unit.name if case.unit else None,
        classification=f"{case.classification.code} {case.classification.title}" if case.classification else None,
        classification_code=case.classification.code if case.classification else None,
        physical_location=case.physical_location,
        note=case.note if seen.everything else None,
        version=case.version,
        is_restricted=any(item.is_in_force for item in case.restrictions),
        parties=tuple(_party_view(p, seen.parties, protected) for p in case.parties) if whole else (),
        restrictions=tuple(_restriction_view(r) for r in case.restrictions),
        records=tuple(record_view(actor, record) for record in case.records) if whole else (),
        related=tuple(relation.to_case.number_text for relation in case.relations) if whole else (),
    )


def record_view(actor: Actor, record: Record) -> RecordView:
    """`record` through the eyes of `actor`."""
    seen = sight_of_record(actor, record)
    protected = access.may_see_protected(actor, record.case.authority.code)
    return RecordView(
        uid=record.uid,
        case_uid=record.case.uid,
        number=record.number_text,
        running_number=record.running_number,
        direction=record.direction,
        official_on=record.official_on,
        registered_at=record.registered_at,
        title=record.title if seen.title else None,
        public_title=record.public_title,
        record_type=record.record_type,
        status=record.status,
        cancel_reason=record.cancel_reason if seen.title else None,
        medium=record.medium,
        physical_location=record.physical_location,
        document_date=record.document_date,
        note=record.note if seen.everything else None,
        version=record.version,
        parties=tuple(_party_view(party, seen.parties, protected) for party in record.parties),
        documents=tuple(_document_view(item) for item in record.documents) if seen.files else (),
        restrictions=tuple(_restriction_view(item) for item in record.restrictions),
        files_hidden=not seen.files and bool(record.documents),
        case_number=record.case.number_text,
        authority_name=record.case.authority.name,
    )


_CASE_LOADS = (
    selectinload(Case.authority),
    selectinload(Case.responsible),
    selectinload(Case.unit),
    selectinload(Case.classification),
    selectinload(Case.restrictions),
)
_RECORD_LOADS = (
    selectinload(Record.parties),
    selectinload(Record.documents),
    selectinload(Record.restrictions),
)


def _readable_cases(actor: Actor) -> Select[Case]:
    query = select(Case).join(Case.authority)
    if actor.is_system:
        return query
    return query.where(Authority.code.in_(actor.authorities(Permission.READ)))


def _party_view(party: Party, visible: bool, may_see_protected: bool) -> PartyView:
    shown = visible and (may_see_protected or not party.is_protected)
    lines = [party.address, " ".join(part for part in (party.postal_code, party.city) if part), party.country]
    return PartyView(
        role=party.role,
        kind=party.kind,
        name=party.name if shown else None,
        identity_number=party.identity_number if shown else None,
        address=", ".join(line for line in lines if line) if shown else None,
        email=party.email if shown else None,
        phone=party.phone if shown else None,
        is_protected=party.is_protected and may_see_protected,
    )


def _restriction_view(restriction: Restriction) -> RestrictionView:
    return RestrictionView(
        uid=restriction.uid,
        citation=restriction.provision.citation,
        subject=restriction.provision.subject,
        scope=restriction.scope,
        made_on=restriction.made_on,
        made_by=restriction.made_by_name,
        note=restriction.note,
        is_in_force=restriction.is_in_force,
    )


def _document_view(document: Document) -> DocumentView:
    return DocumentView(
        uid=document.uid,
        file_name=document.file_name,
        size=document.blob.size,
        format_name=document.blob.format_name,
        is_released=document.is_released,
        warnings=tuple(document.blob.warnings),
    )


@dataclass(frozen=True, slots=True)
class RegistrationChoices:
    """What the registration form offers: (value, label) pairs."""

    authorities: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    officers: tuple[tuple[str, str], ...]
    record_types: tuple[str, ...]


def registration_choices(session: Session, actor: Actor) -> RegistrationChoices:
    """What the actor may choose when registering. Constant number of queries."""
    codes = actor.authorities(Permission.REGISTER)
    authorities = session.scalars(select(Authority).where(Authority.code.in_(codes)).order_by(Authority.name)).all()
    units = session.scalars(
        select(Unit.name).join(Unit.authority).where(Authority.code.in_(codes)).distinct().order_by(Unit.name)
    ).all()
    officers = session.scalars(
        select(User)
        .where(User.is_active, User.id.in_(select(Membership.user_id).where(Membership.authority_code.in_(codes))))
        .order_by(User.name)
    ).all()
    return RegistrationChoices(
        authorities=tuple((item.code, f"{item.name} ({item.code})") for item in authorities),
        units=tuple(units),
        officers=tuple((item.username, item.name) for item in officers),
        record_types=tuple(session.scalars(select(RecordType.name).order_by(RecordType.name))),
    )


def readable_authorities(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the authorities whose registers the actor reads."""
    codes = actor.authorities(Permission.READ)
    rows = session.execute(select(Authority.code, Authority.name).where(Authority.code.in_(codes)))
    return sorted(((code, name) for code, name in rows), key=lambda row: row[1])
