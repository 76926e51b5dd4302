"""A case for its page and for print: facts, parties, ties, what is open, and its time line, in a few queries."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.classification.models import Classification, Retention
from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission
from diarium.register import deadlines, decisions, notes, timeline
from diarium.register.errors import CaseNotFound
from diarium.register.models import Case, Deadline, Decision, Record
from diarium.register.relating import RelatedCase, related_to
from diarium.register.timeline import Entry, EntryKind, TimelinePage
from diarium.register.views import CaseView, case_view
from diarium.register.vocabulary import DeadlineState, DecisionState, Direction, Medium, RecordStatus
from diarium.register.work_views import CaseEyes, DeadlineView, DecisionView, NoteView, eyes
from diarium.secrecy import access

_MOST_OPEN = 50
_MOST_RECORDS = 200


@dataclass(frozen=True, slots=True)
class CaseHead:
    """What stands above a case's time line. `deadlines` are the first of `open_total` open ones."""

    view: CaseView
    retention: tuple[Retention, int | None] | None
    related: tuple[RelatedCase, ...]
    deadlines: tuple[DeadlineView, ...]
    open_total: int
    decisions: tuple[DecisionView, ...]
    sees_everything: bool
    needs_note: bool


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with a page of its time line."""

    head: CaseHead
    timeline: TimelinePage


@dataclass(frozen=True, slots=True)
class RegisterSheet:
    """A case with every entry, the oldest first (*dagboksblad*). `is_partly_hidden`: the actor sees not all."""

    head: CaseHead
    entries: tuple[Entry, ...]
    is_partly_hidden: bool


def case_page(
    session: Session, actor: Actor, uid: uuid.UUID, *, kind: EntryKind | None = None, cursor: str | None = None
) -> CasePage:
    """The case with the newest entries of its time line. Constant number of queries. Raises: CaseNotFound."""
    return page_of(session, actor, load(session, actor, uid), kind=kind, cursor=cursor)


def page_of(
    session: Session, actor: Actor, case: Case, *, kind: EntryKind | None = None, cursor: str | None = None
) -> CasePage:
    """Like `case_page`, of a case that `load` has given."""
    seen = eyes(session, actor, case)
    return CasePage(_head(session, seen), timeline.page(session, seen, kind=kind, cursor=cursor))


def register_sheet(session: Session, actor: Actor, uid: uuid.UUID) -> RegisterSheet:
    """The case with all its entries. Constant number of queries. Raises: CaseNotFound."""
    seen = eyes(session, actor, load(session, actor, uid, also_shared=True))
    entries = timeline.whole(session, seen)
    hidden = not seen.sight.everything or not seen.sees_texts or any(_is_hidden(entry) for entry in entries)
    return RegisterSheet(_head(session, seen), entries, hidden)


@dataclass(frozen=True, slots=True)
class CaseFront:
    """A case as the pages of its steps show it. `needs_note`: looking at it is noted."""

    view: CaseView
    needs_note: bool


def front(session: Session, actor: Actor, case: Case) -> CaseFront:
    """The case without its time line, for a page of one of its steps. Constant number of queries."""
    seen = eyes(session, actor, case)
    return CaseFront(case_view(actor, case, with_parties=True), seen.needs_note)


def deadline_view(session: Session, actor: Actor, uid: uuid.UUID) -> tuple[CaseFront, DeadlineView]:
    """A watched day with its case. Raises: NotFound also where the actor may not read it."""
    item = deadlines.by_uid(session, actor, uid)
    seen = eyes(session, actor, load(session, actor, item.case.uid))
    return front(session, actor, item.case), seen.deadline(item)


def decision_view(session: Session, actor: Actor, uid: uuid.UUID) -> tuple[CaseFront, DecisionView]:
    """A decision with its case. Raises: NotFound also where the actor may not read it."""
    item = decisions.by_uid(session, actor, uid)
    seen = eyes(session, actor, load(session, actor, item.case.uid))
    return front(session, actor, item.case), seen.decision(item)


def note_view(session: Session, actor: Actor, uid: uuid.UUID) -> tuple[CaseFront, NoteView]:
    """A note with its case. Raises: NotFound also where the actor may not read it."""
    item = notes.by_uid(session, actor, uid)
    seen = eyes(session, actor, load(session, actor, item.case.uid))
    return front(session, actor, item.case), seen.note(item)


def records_of(session: Session, case: Case) -> list[tuple[uuid.UUID, int]]:
    """(identifier, running number) of the case's records that are not cancelled, the newest first, at most 200."""
    query = select(Record.uid, Record.running_number).where(
        Record.case_id == case.id, Record.status == RecordStatus.REGISTERED
    )
    rows = session.execute(query.order_by(Record.running_number.desc()).limit(_MOST_RECORDS))
    return [(row.uid, row.running_number) for row in rows]


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """What a label says of a record: nothing that is ever hidden."""

    uid: uuid.UUID
    number: str
    direction: Direction
    official_on: dt.date


def paper_records(session: Session, case: Case) -> tuple[PaperRecord, ...]:
    """The case's records that exist on paper and are not cancelled, at most 200."""
    query = select(Record).where(
        Record.case_id == case.id,
        Record.status == RecordStatus.REGISTERED,
        Record.medium.in_((Medium.PAPER, Medium.BOTH)),
    )
    return tuple(
        paper_record(row) for row in session.scalars(query.order_by(Record.running_number).limit(_MOST_RECORDS))
    )


def paper_record(record: Record) -> PaperRecord:
    """The record as its label has it."""
    return PaperRecord(record.uid, record.number_text, record.direction, record.official_on)


def head_of(session: Session, actor: Actor, uid: uuid.UUID) -> CaseHead:
    """The case without its time line. Constant number of queries. Raises: CaseNotFound."""
    return _head(session, eyes(session, actor, load(session, actor, uid)))


def load(session: Session, actor: Actor, uid: uuid.UUID, *, also_shared: bool = False) -> Case:
    """The case with what its head needs. Raises: CaseNotFound also where the actor may not read it.

    `also_shared`: for a page that only shows; what another authority shows to the actor's is found too.
    """
    case = session.scalars(
        select(Case)
        .where(Case.uid == uid)
        .options(
            joinedload(Case.authority),
            joinedload(Case.responsible).lazyload(User.memberships),
            joinedload(Case.unit),
            joinedload(Case.classification).joinedload(Classification.retention_rule),
            selectinload(Case.restrictions),
            selectinload(Case.parties),
        )
    ).one_or_none()
    if case is None or not _may_load(actor, case, also_shared=also_shared):
        raise CaseNotFound(_("Ärendet finns inte."))
    return case


def _may_load(actor: Actor, case: Case, *, also_shared: bool) -> bool:
    if also_shared:
        return access.may_read(actor, case.authority.code, case.id)
    return actor.may(Permission.READ, case.authority.code)


def _head(session: Session, seen: CaseEyes) -> CaseHead:
    case = seen.case
    of_case = (Deadline.case_id == case.id, Deadline.state == DeadlineState.OPEN)
    rows = session.execute(
        select(Deadline, func.count().over())
        .where(*of_case)
        .options(*timeline.DEADLINE_LOADS)
        .order_by(Deadline.due_on, Deadline.id)
        .limit(_MOST_OPEN)
    ).all()
    decided = session.scalars(
        select(Decision)
        .where(Decision.case_id == case.id, Decision.state == DecisionState.REGISTERED)
        .options(joinedload(Decision.record))
        .order_by(Decision.decided_on.desc(), Decision.id.desc())
        .limit(_MOST_OPEN)
    )
    rule = case.classification.retention_rule if case.classification else None
    return CaseHead(
        view=case_view(seen.actor, case, with_parties=True),
        retention=(rule.retention, rule.years) if rule else None,
        related=related_to(session, seen.actor, case),
        deadlines=tuple(seen.deadline(row[0]) for row in rows),
        open_total=rows[0][1] if rows else 0,
        decisions=tuple(seen.decision(item) for item in decided),
        sees_everything=seen.sight.everything,
        needs_note=seen.needs_note,
    )


def _is_hidden(entry: Entry) -> bool:
    record, decision = entry.record, entry.decision
    if record is not None:
        return record.title is None or record.files_hidden or any(party.name is None for party in record.parties)
    return decision is not None and decision.outcome is None
