"""Lists for those who look after the web register: files to look at, and what has been taken from the web."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.audit.revision import fingerprint
from diarium.identity.permissions import Actor, Permission
from diarium.register import following
from diarium.register.models import Authority, Case, Document, FileReview, Record, ReviewState, Withdrawal
from diarium.register.views import concerns_protected, sight_of_case, sight_of_record

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A released file to look at. `file_name`, `seen`: None for who may not open it; `names`: they may be told."""

    uid: uuid.UUID
    record_uid: uuid.UUID
    document_uid: uuid.UUID
    number: str
    file_name: str | None
    findings: frozenset[str]
    names: bool
    state: ReviewState
    found_at: dt.datetime
    decided_by: str | None
    reason: str | None
    seen: str | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Reviews, oldest first; `after`: the key to go on with, None at the end."""

    rows: tuple[ReviewRow, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """Something that is kept from the web. `record_uid` None: a whole case; `is_file`: one file of the record."""

    case_uid: uuid.UUID
    record_uid: uuid.UUID | None
    is_file: bool
    number: str
    made_at: dt.datetime
    made_by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class WithdrawalPage:
    """Withdrawals in force, newest first; `after`: the key to go on with, None at the end."""

    rows: tuple[WithdrawalRow, ...]
    after: int | None


def waiting_count(session: Session, actor: Actor) -> int:
    """How many released files wait to be looked at by the actor. One statement."""
    query = _of_actor(select(func.count()).select_from(FileReview), actor)
    return session.scalar(query.where(FileReview.state == ReviewState.WAITING)) or 0


def reviews(
    session: Session, actor: Actor, *, state: ReviewState = ReviewState.WAITING, after: int = 0
) -> ReviewPage:
    """A page of files in `state`. Constant number of statements."""
    query = _of_actor(select(FileReview), actor).where(FileReview.state == state, FileReview.id > after)
    loads = joinedload(FileReview.document).joinedload(Document.record).options(*_OF_RECORD)
    found = session.scalars(query.options(loads).order_by(FileReview.id).limit(PAGE_SIZE + 1)).unique().all()
    following.load(session, [review.document.record for review in found])
    rows = tuple(_review_row(actor, review) for review in found[:PAGE_SIZE])
    return ReviewPage(rows, found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None)


def withdrawals(session: Session, actor: Actor, *, before: int | None = None) -> WithdrawalPage:
    """A page of what is kept from the web at the actor's authorities. Constant number of statements.

    The reason may tell what is kept back: of what is marked only the number is told.
    """
    record_id = func.coalesce(Withdrawal.record_id, Document.record_id)
    query = (
        select(Withdrawal, Case.id, Record.id)
        .outerjoin(Document, Document.id == Withdrawal.document_id)
        .outerjoin(Record, Record.id == record_id)
        .join(Case, Case.id == func.coalesce(Withdrawal.case_id, Record.case_id))
        .join(Authority, Authority.id == Case.authority_id)
        .where(Withdrawal.ended_at.is_(None), Authority.code.in_(actor.authorities(Permission.CORRECT)))
        .order_by(Withdrawal.id.desc())
    )
    if before is not None:
        query = query.where(Withdrawal.id < before)
    found = session.execute(query.limit(PAGE_SIZE + 1)).all()
    shown = found[:PAGE_SIZE]
    cases = _cases(session, {case for _item, case, _record in shown})
    records = _records(session, {record for _item, _case, record in shown if record is not None})
    rows = tuple(
        _withdrawal_row(actor, item, cases[case], records[record] if record is not None else None)
        for item, case, record in shown
    )
    return WithdrawalPage(rows, found[PAGE_SIZE - 1][0].id if len(found) > PAGE_SIZE else None)


def _cases(session: Session, ids: set[int]) -> dict[int, Case]:
    query = select(Case).where(Case.id.in_(ids)).options(*_OF_CASE)
    return {case.id: case for case in session.scalars(query)}


def _records(session: Session, ids: set[int]) -> dict[int, Record]:
    records = {
        record.id: record
        for record in session.scalars(select(Record).where(Record.id.in_(ids)).options(*_OF_RECORD))
    }
    following.load(session, records.values())
    return records


_OF_CASE = (joinedload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties))
_OF_RECORD = (
    selectinload(Record.restrictions),
    selectinload(Record.parties),
    joinedload(Record.case).options(*_OF_CASE),
)
_Query = TypeVar("_Query", bound="Select[*tuple[object, ...]]")


def _of_actor(query: _Query, actor: Actor) -> _Query:
    return (
        query.join(FileReview.document)
        .join(Document.record)
        .join(Record.case)
        .join(Case.authority)
        .where(Authority.code.in_(actor.authorities(Permission.CORRECT)))
    )


def _review_row(actor: Actor, review: FileReview) -> ReviewRow:
    document = review.document
    record = document.record
    sight = sight_of_record(actor, record)
    opens = sight.shows(document.id)
    return ReviewRow(
        uid=review.uid,
        record_uid=record.uid,
        document_uid=document.uid,
        number=record.number_text,
        file_name=document.file_name if opens else None,
        findings=frozenset(review.findings),
        names=opens and sight.parties and not concerns_protected(record),
        state=review.state,
        found_at=review.found_at,
        decided_by=review.decided_by_name,
        reason=review.reason if opens else None,
        seen=fingerprint(review.facts) if opens else None,
    )


def _withdrawal_row(actor: Actor, item: Withdrawal, case: Case, record: Record | None) -> WithdrawalRow:
    sight = sight_of_record(actor, record) if record is not None else sight_of_case(actor, case)
    return WithdrawalRow(
        case_uid=case.uid,
        record_uid=record.uid if record is not None else None,
        is_file=item.document_id is not None,
        number=record.number_text if record is not None else case.number_text,
        made_at=item.made_at,
        made_by=item.made_by_name,
        reason=item.reason if sight.everything else None,
    )
