"""A case and a record as an actor may see them: plain values, in which nothing hidden can be reached.

Number, date, direction and type are shown to everybody who reads the authority; title, parties and files only
where `secrecy.access.sight` lets them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import following
from diarium.register.models import Case, DisposalDepth, Document, Party, Record
from diarium.register.vocabulary import (
    RELATION_LABELS,
    CaseStatus,
    Direction,
    Medium,
    PartyKind,
    PartyRole,
    RecordStatus,
)
from diarium.secrecy import access
from diarium.secrecy.models import Restriction


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party as the actor may see it; `name` is None where it is hidden."""

    uid: uuid.UUID
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
    """A marking, in force or lifted. `file_name`: of the one file that it covers, where the actor sees that."""

    uid: uuid.UUID
    citation: str
    subject: str
    scope: str
    made_on: dt.date
    made_by: str
    note: str | None
    is_in_force: bool
    review_on: dt.date | None = None
    is_of_one_file: bool = False
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class DisposalView:
    """A disposal of a case: how much, when, by which decision of which day; `certificate` tells the rest."""

    depth: DisposalDepth
    disposed_at: dt.datetime
    decision: str
    decided_on: dt.date
    certificate: str


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
    is_closed_circle: bool = False
    disposed: DisposalDepth | None = None
    disposals: tuple[DisposalView, ...] = ()


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
    responsible_id: int | None = None
    is_closed_circle: bool = False
    disposed: DisposalDepth | None = None
    disposals: tuple[DisposalView, ...] = ()


def place_of(target: Case | Record) -> access.Place:
    """Where it lies, as far as it decides who needs to know what is marked in it."""
    case = target if isinstance(target, Case) else target.case
    record = target if isinstance(target, Record) else None
    return access.Place(
        authority=case.authority.code,
        case_id=case.id,
        officer_id=case.responsible_id,
        record_id=record.id if record is not None else None,
        is_case_closed=bool(case.is_closed_circle),
        is_record_closed=record is not None and bool(record.is_closed_circle),
    )


def sight_of(actor: Actor, target: Case | Record) -> access.Sight:
    """What the actor may see of a case itself, or of a record."""
    return sight_of_case(actor, target) if isinstance(target, Case) else sight_of_record(actor, target)


def require_insight(actor: Actor, target: Case | Record) -> None:
    """For changes that need to know what is changed, or that would let somebody in.

    Raises: NotAllowed where `target` has a closed circle that the actor is not in. Elsewhere whoever may change
    the register sees what they change.
    """
    place = place_of(target)
    if place.is_closed and not access.needs_to_know(actor, place):
        raise NotAllowed(
            _("Ärendet eller handlingen har begränsad krets. Bara den som ingår i kretsen kan göra detta.")
        )


def may_review_readings(actor: Actor, target: Case | Record) -> bool:
    """Whether the actor may see who has read it: who looks after readings, and within the office needs to know."""
    place = place_of(target)
    if not actor.may(Permission.REVIEW_READINGS, place.authority):
        return False
    runs_the_system = actor.may(Permission.ADMINISTER, place.authority)
    return runs_the_system or access.needs_to_know(actor, place)


def sight_of_case(actor: Actor, case: Case) -> access.Sight:
    """What the actor may see of the case itself."""
    return access.sight(actor, place_of(case), case.restrictions)


def sight_of_record(actor: Actor, record: Record) -> access.Sight:
    """What the actor may see of the record: its own markings and its case's count, and those of what it became.

    Where a party has protected identity, the files may tell their address: only the few see them.
    """
    own, *later = [_sight_alone(actor, item) for item in following.chain(record)]
    sees_protected = access.may_see_protected(actor, record.case.authority.code)
    may_see_files = all(seen.files for seen in later) and (sees_protected or not concerns_protected(record))
    return access.Sight(
        title=own.title and all(seen.title for seen in later),
        parties=own.parties
        and all(seen.parties for seen in later)
        and (sees_protected or not following.was_protected_later(record)),
        files=own.files and may_see_files,
        hidden_files=own.hidden_files if may_see_files else None,
    )


def _sight_alone(actor: Actor, record: Record) -> access.Sight:
    return access.sight(actor, place_of(record), [*record.restrictions, *record.case.restrictions])


def concerns_protected(record: Record) -> bool:
    """Whether somebody with protected identity is a party of the record, of its case, or of what it became."""
    parties = (party for item in following.chain(record) for party in (*item.parties, *item.case.parties))
    return any(party.is_protected for party in parties)


def case_view(actor: Actor, case: Case, *, whole: bool = False, with_parties: bool = False) -> CaseView:
    """`case` through the eyes of `actor`, on demand with its parties, or `whole` with all that belongs to it."""
    seen = sight_of_case(actor, case)
    protected = access.may_see_protected(actor, case.authority.code)
    shows_parties = whole or with_parties
    # A remark may tell of a protected person; without the parties nobody knows whether there is one.
    tells_all = shows_parties and (protected or not any(party.is_protected for party in case.parties))
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
        note=case.note if tells_all and seen.everything else None,
        version=case.version,
        is_restricted=any(item.is_in_force for item in case.restrictions),
        parties=tuple(_party_view(p, seen.parties, protected) for p in case.parties) if shows_parties else (),
        restrictions=tuple(_restriction_view(item, seen) for item in case.restrictions),
        records=tuple(record_view(actor, record) for record in case.records) if whole else (),
        related=_related(case) if whole else (),
        responsible_id=case.responsible_id,
        is_closed_circle=bool(case.is_closed_circle),
        disposed=case.disposed,
        disposals=_disposals(case) if shows_parties else (),
    )


def _disposals(case: Case) -> tuple[DisposalView, ...]:
    if case.disposed is None:
        return ()
    return tuple(
        DisposalView(item.depth, item.disposed_at, item.decision, item.decided_on, item.certificate)
        for item in case.disposals
    )


def _related(case: Case) -> tuple[str, ...]:
    """Numbers alone: a tie must not tell what the other case is about."""
    return tuple(f"{RELATION_LABELS[item.kind]} {item.to_case.number_text}" for item in case.relations)


def record_view(actor: Actor, record: Record, *, with_documents: bool = True) -> RecordView:
    """`record` through the eyes of `actor`; lists leave its files unread, they only count them."""
    seen = sight_of_record(actor, record)
    documents = record.documents if with_documents else ()
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
        documents=tuple(_document_view(item) for item in documents if seen.shows(item.id)),
        restrictions=tuple(_restriction_view(item, seen, documents) for item in record.restrictions),
        files_hidden=any(not seen.shows(item.id) for item in documents),
        case_number=record.case.number_text,
        authority_name=record.case.authority.name,
        is_closed_circle=bool(record.is_closed_circle),
        disposed=record.case.disposed,
        disposals=_disposals(record.case) if with_documents else (),
    )


def _party_view(party: Party, visible: bool, may_see_protected: bool) -> PartyView:
    shown = visible and (may_see_protected or not party.is_protected)
    lines = [party.address, " ".join(part for part in (party.postal_code, party.city) if part), party.country]
    return PartyView(
        uid=party.uid,
        role=party.role,
        kind=party.kind,
        name=party.name if shown else None,
        identity_number=party.identity_number if shown else None,
        address=", ".join(line for line in lines if line) if shown else None,
        email=party.email if shown else None,
        phone=party.phone if shown else None,
        is_protected=party.is_protected and may_see_protected,
    )


def _restriction_view(
    restriction: Restriction, seen: access.Sight, documents: Sequence[Document] = ()
) -> RestrictionView:
    file = next((item for item in documents if item.id == restriction.document_id), None)
    return RestrictionView(
        uid=restriction.uid,
        citation=restriction.provision.citation,
        subject=restriction.provision.subject,
        scope=restriction.scope,
        made_on=restriction.made_on,
        made_by=restriction.made_by_name,
        note=restriction.note if seen.everything else None,
        is_in_force=restriction.is_in_force,
        review_on=restriction.review_on,
        is_of_one_file=restriction.document_id is not None,
        file_name=file.file_name if file is not None and seen.shows(file.id) else None,
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
