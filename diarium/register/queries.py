"""What staff find in the register: always through the eyes of an actor (see `views`)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.audit import service as audit
from diarium.classification.models import RecordType
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission
from diarium.register import following, journal, lookup, work_views
from diarium.register.models import Authority, Case, CaseRelation, Document, Record, Unit
from diarium.register.views import (
    CaseView,
    RecordView,
    case_view,
    concerns_protected,
    record_view,
    sight_of_case,
    sight_of_record,
)
from diarium.register.vocabulary import FINISHED, CaseStatus


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows."""

    authority: str | None = None
    status: CaseStatus | None = None
    responsible_id: int | None = None
    year: int | None = None
    open_only: bool = False


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
    if wanted.open_only:
        query = query.where(Case.status.not_in(FINISHED))
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
        .options(*_RECORD_LOADS, selectinload(Record.case).options(*_CASE_LOADS, selectinload(Case.parties)))
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


def needs_note(target: Case | Record) -> bool:
    """Whether looking at `target` is noted: it is marked, or about a protected person."""
    if isinstance(target, Case):
        marked = [*target.restrictions, *(r for record in target.records for r in following.marks_on(record))]
        parties = [*target.parties, *(p for record in target.records for p in record.parties)]
    else:
        return any(item.is_in_force for item in following.marks_on(target)) or concerns_protected(target)
    return any(item.is_in_force for item in marked) or any(party.is_protected for party in parties)


def note_reading(session: Session, actor: Actor, target: Case | Record) -> None:
    """Writes an audit event if the actor looked at something that is marked or about a protected person."""
    if not needs_note(target):
        return
    if isinstance(target, Case):
        audit.write(session, actor, "case.read", journal.case_subject(target))
    else:
        audit.write(session, actor, "record.read", journal.record_subject(target))


@dataclass(frozen=True, slots=True)
class Shown:
    """Something restricted whose content a list showed."""

    number: str
    uid: uuid.UUID


def restricted_shown(
    session: Session, actor: Actor, *, cases: Iterable[uuid.UUID] = (), records: Iterable[uuid.UUID] = ()
) -> tuple[Shown, ...]:
    """Those of a list's cases and records that are restricted and whose content the actor is shown all the same.

    Constant number of queries.
    """
    found_cases = _marked_cases(session, list(cases))
    found_records = _marked_records(session, list(records))
    following.load(session, found_records)
    seen = work_views.eyes_of(session, actor, found_cases) if found_cases else {}
    shown = [Shown(item.number_text, item.uid) for item in found_cases if _is_case_content_shown(seen[item.id])]
    shown += [item for item in (shown_record(actor, record) for record in found_records) if item is not None]
    return tuple(shown)


def shown_record(actor: Actor, record: Record) -> Shown | None:
    """The record, if it is restricted and a list shows the actor its content all the same.

    Lists show a record's title and parties, hits also words of its files. The files of a protected person's record
    may be hidden from somebody who sees what is marked.
    """
    if not needs_note(record):
        return None
    seen = sight_of_record(actor, record)
    marked = any(item.is_in_force for item in following.marks_on(record))
    is_shown = seen.everything or (marked and seen.title and seen.parties and concerns_protected(record))
    return Shown(record.number_text, record.uid) if is_shown else None


def _marked_cases(session: Session, uids: Sequence[uuid.UUID]) -> Sequence[Case]:
    if not uids:
        return ()
    loads = (selectinload(Case.authority), selectinload(Case.restrictions))
    return session.scalars(select(Case).where(Case.uid.in_(uids)).options(*loads).order_by(Case.id)).all()


def _marked_records(session: Session, uids: Sequence[uuid.UUID]) -> Sequence[Record]:
    """With what tells who may see them; their files don't."""
    if not uids:
        return ()
    loads = (selectinload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties))
    return session.scalars(
        select(Record)
        .where(Record.uid.in_(uids))
        .options(
            selectinload(Record.parties),
            selectinload(Record.restrictions),
            selectinload(Record.case).options(*loads),
        )
        .order_by(Record.id)
    ).all()


def _is_case_content_shown(seen: work_views.CaseEyes) -> bool:
    """Lists show a case's title, never its parties; but texts of its decisions and deadlines may tell of them."""
    marked = any(item.is_in_force for item in seen.case.restrictions)
    return (marked and seen.sight.everything) or (bool(seen.protected) and seen.sees_texts)


def document_for(session: Session, actor: Actor, uid: uuid.UUID) -> Document | None:
    """The document with `uid` if the actor may open it, else None."""
    document = session.scalar(select(Document).where(Document.uid == uid))
    if document is None:
        return None  # `sight` also refuses a case that the actor may not read at all
    return document if sight_of_record(actor, document.record).shows(document.id) else None


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
    authorities = session.scalars(
        select(Authority)
        .where(Authority.code.in_(codes), Authority.active_from <= today())
        .where(or_(Authority.active_to.is_(None), Authority.active_to >= today()))
        .order_by(Authority.name)
    ).all()
    units = session.scalars(
        select(Unit.name)
        .join(Unit.authority)
        .where(Authority.code.in_(codes), Unit.is_active)
        .distinct()
        .order_by(Unit.name)
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
        record_types=tuple(
            session.scalars(select(RecordType.name).where(RecordType.is_active).order_by(RecordType.name))
        ),
    )


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works at an authority: (user name, name) of officers, and names of units in use."""

    officers: tuple[tuple[str, str], ...]
    units: tuple[str, ...]


def staff_of(session: Session, code: str) -> Staff:
    """Whom a case or a deadline of the authority can be given to."""
    at_owner = select(Membership.user_id).where(Membership.authority_code == code)
    officers = session.execute(
        select(User.username, User.name)
        .where(User.is_active, User.id.in_(at_owner))
        .order_by(User.name_key, User.id)
    )
    units = session.scalars(
        select(Unit.name).join(Unit.authority).where(Authority.code == code, Unit.is_active).order_by(Unit.name)
    )
    return Staff(tuple((row.username, row.name) for row in officers), tuple(units))


def readable_authorities(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the authorities whose registers the actor reads."""
    codes = actor.authorities(Permission.READ)
    rows = session.execute(select(Authority.code, Authority.name).where(Authority.code.in_(codes)))
    return sorted(((code, name) for code, name in rows), key=lambda row: row[1])


__all__ = [
    "CaseFilter",
    "CasePage",
    "CaseView",
    "RecordView",
    "RegistrationChoices",
    "Shown",
    "Staff",
    "case_details",
    "case_page",
    "case_view",
    "document_for",
    "needs_note",
    "note_reading",
    "readable_authorities",
    "recent_records",
    "record_details",
    "record_view",
    "registration_choices",
    "restricted_shown",
    "shown_record",
    "sight_of_case",
    "sight_of_record",
    "staff_of",
]
