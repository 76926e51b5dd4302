"""Who has read this? The readings of what is marked or about protected persons, from the log of events.

Shown to those who look after the reading, never as a way around the marking: titles only where they may be seen.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from diarium.audit.models import AuditEvent
from diarium.errors import NotAllowed, NotFound
from diarium.i18n import STOCKHOLM, today
from diarium.i18n import gettext as _
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission
from diarium.register import following
from diarium.register.errors import CaseNotFound, InvalidFact, RecordNotFound
from diarium.register.models import Case, Record
from diarium.register.timeline import READINGS
from diarium.register.views import may_review_readings, sight_of_case, sight_of_record

PAGE_SIZE = 50
MOST_ROWS = 50_000
_MOST_RECORDS = 20_000
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings: by whom (a user's number), from and to which day, both with."""

    reader_id: int | None = None
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading. `number`: of what was read; `title`: where the asker may see it; `file_name`: likewise."""

    id: int
    at: dt.datetime
    reader: str
    action: str
    number: str
    uid: uuid.UUID
    title: str | None
    file_name: str | None


@dataclass(frozen=True, slots=True)
class ReadingPage:
    """Readings, the newest first; `older`: where the page after it begins, None on the last."""

    readings: tuple[Reading, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What was read: number, and title where the asker may see it."""

    uid: uuid.UUID
    number: str
    title: str | None
    subjects: tuple[uuid.UUID, ...]


def may_review(actor: Actor, target: Case | Record) -> bool:
    """Whether the actor may see who has read it: see `views.may_review_readings`."""
    return may_review_readings(actor, target)


def of_case(session: Session, actor: Actor, uid: uuid.UUID) -> Subject:
    """The case with those of its records whose readings the actor may see, for `page`.

    Constant number of statements. Raises: CaseNotFound, NotAllowed.
    """
    case = session.scalar(select(Case).where(Case.uid == uid))
    if case is None or not _may_know_of(actor, case.authority.code):
        raise CaseNotFound(_("Ärendet finns inte."))
    _require(actor, case)
    records = select(Record.uid).where(Record.case_id == case.id).order_by(Record.running_number.desc())
    closed = session.scalars(select(Record).where(Record.case_id == case.id, Record.is_closed_circle))
    kept = {record.uid for record in closed if not may_review(actor, record)}
    subjects = (case.uid, *(uid for uid in session.scalars(records.limit(_MOST_RECORDS)) if uid not in kept))
    return Subject(case.uid, case.number_text, _case_title(actor, case), subjects)


def of_record(session: Session, actor: Actor, uid: uuid.UUID) -> Subject:
    """The record, for `page`. Raises: RecordNotFound, NotAllowed."""
    record = session.scalar(select(Record).where(Record.uid == uid))
    if record is None or not _may_know_of(actor, record.case.authority.code):
        raise RecordNotFound(_("Handlingen finns inte."))
    _require(actor, record)
    return Subject(record.uid, record.number_text, _record_title(actor, record), (record.uid,))


def page(
    session: Session,
    actor: Actor,
    subject: Subject,
    wanted: Wanted,
    *,
    before: int | None = None,
    size: int = PAGE_SIZE,
) -> ReadingPage:
    """A page of who has read `subject`. Constant number of statements. Raises: InvalidFact for an odd period."""
    return _page(session, actor, _of_subject(subject, wanted), before, size)


def by_person(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    before: int | None = None,
    size: int = PAGE_SIZE,
) -> ReadingPage:
    """What a person has read at the authorities whose readings the actor looks after as administrator.

    Constant number of statements. Raises: NotAllowed; NotFound without such a person; InvalidFact.
    """
    return _page(session, actor, _of_person(session, actor, wanted), before, size)


def rows(session: Session, actor: Actor, subject: Subject, wanted: Wanted) -> Iterator[Sequence[Reading]]:
    """All readings of `subject`, a batch at a time, at most `MOST_ROWS`."""
    return _batches(session, actor, _of_subject(subject, wanted))


def rows_by_person(session: Session, actor: Actor, wanted: Wanted) -> Iterator[Sequence[Reading]]:
    """All readings by a person, like `by_person`, a batch at a time, at most `MOST_ROWS`."""
    return _batches(session, actor, _of_person(session, actor, wanted))


def readers_of(session: Session, subject: Subject) -> list[tuple[str, str]]:
    """(number, name) of the users who have read `subject`, for the filter. One statement."""
    found = (
        select(AuditEvent.actor_id, AuditEvent.actor_name)
        .where(AuditEvent.entity_uid.in_(_texts(subject)), AuditEvent.action.in_(READINGS))
        .where(AuditEvent.actor_id.is_not(None))
        .distinct()
    )
    names = {str(row.actor_id): row.actor_name for row in session.execute(found)}
    return sorted(names.items(), key=lambda item: (item[1], item[0]))


def people(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(number, name) of those who have a role where the actor is administrator. One statement."""
    codes = actor.authorities(Permission.ADMINISTER)
    members = select(Membership.user_id).where(Membership.authority_code.in_(codes))
    rows = session.execute(
        select(User.id, User.name, User.username).where(User.id.in_(members)).order_by(User.name_key, User.id)
    )
    return [(str(row.id), f"{row.name} ({row.username})") for row in rows]


def _may_know_of(actor: Actor, code: str) -> bool:
    return actor.may(Permission.READ, code) or actor.may(Permission.ADMINISTER, code)


def _require(actor: Actor, target: Case | Record) -> None:
    if not may_review(actor, target):
        raise NotAllowed(_("Bara administratörer, och registratorer som får se det markerade, ser läsningarna."))


def _texts(subject: Subject) -> list[str]:
    return [str(uid) for uid in subject.subjects]


def _of_subject(subject: Subject, wanted: Wanted) -> Select[AuditEvent]:
    query = _readings(wanted).where(AuditEvent.entity_uid.in_(_texts(subject)))
    return query.where(AuditEvent.actor_id == wanted.reader_id) if wanted.reader_id is not None else query


def _of_person(session: Session, actor: Actor, wanted: Wanted) -> Select[AuditEvent]:
    codes = actor.authorities(Permission.ADMINISTER) & actor.authorities(Permission.REVIEW_READINGS)
    if not codes:
        raise NotAllowed(_("Bara en administratör ser vad en person har läst."))
    known = select(User.id).where(
        User.id == wanted.reader_id,
        User.id.in_(select(Membership.user_id).where(Membership.authority_code.in_(codes))),
    )
    if wanted.reader_id is None or session.scalar(known) is None:
        raise NotFound(_("Välj en person."), field="reader")
    query = _readings(wanted).where(AuditEvent.actor_id == wanted.reader_id)
    return query.where(AuditEvent.authority_code.in_(codes))


def _readings(wanted: Wanted) -> Select[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.action.in_(READINGS))
    if wanted.first and wanted.last and wanted.last < wanted.first:
        raise InvalidFact(_("Sista dagen ligger före den första."), field="last")
    if wanted.first:
        query = query.where(AuditEvent.at >= _midnight(wanted.first))
    if wanted.last:
        query = query.where(AuditEvent.at < _midnight(min(wanted.last, today()) + dt.timedelta(days=1)))
    return query


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), STOCKHOLM)


def _page(session: Session, actor: Actor, query: Select[AuditEvent], before: int | None, size: int) -> ReadingPage:
    if before is not None:
        query = query.where(AuditEvent.id < before)
    events = session.scalars(query.order_by(AuditEvent.id.desc()).limit(size + 1)).all()
    shown = _shown(session, actor, events[:size])
    return ReadingPage(shown, shown[-1].id if len(events) > size else None)


def _batches(session: Session, actor: Actor, query: Select[AuditEvent]) -> Iterator[Sequence[Reading]]:
    before: int | None = None
    for _round in range(MOST_ROWS // _BATCH):
        found = _page(session, actor, query, before, _BATCH)
        yield found.readings
        session.expunge_all()
        before = found.older
        if before is None:
            return


def _shown(session: Session, actor: Actor, events: Sequence[AuditEvent]) -> tuple[Reading, ...]:
    """The events with the titles that the actor may see, in a constant number of statements."""
    titles, files = _titles(session, actor, events)
    return tuple(
        Reading(
            id=event.id,
            at=event.at,
            reader=event.actor_name,
            action=event.action,
            number=event.entity_label,
            uid=uuid.UUID(event.entity_uid),
            title=titles.get(event.entity_uid),
            file_name=str((event.after or {}).get("file_name") or "") or None
            if event.entity_uid in files
            else None,
        )
        for event in events
    )


def _titles(
    session: Session, actor: Actor, events: Sequence[AuditEvent]
) -> tuple[dict[str, str | None], frozenset[str]]:
    cases = {uuid.UUID(event.entity_uid) for event in events if event.entity_type == "case"}
    records = {uuid.UUID(event.entity_uid) for event in events if event.entity_type == "record"}
    titles: dict[str, str | None] = {}
    loads = (selectinload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties))
    for case in session.scalars(select(Case).where(Case.uid.in_(cases)).options(*loads)):
        titles[str(case.uid)] = _case_title(actor, case)
    found = session.scalars(
        select(Record)
        .where(Record.uid.in_(records))
        .options(
            selectinload(Record.restrictions),
            selectinload(Record.parties),
            selectinload(Record.case).options(*loads),
        )
    ).all()
    following.load(session, found)
    files = set()
    for record in found:
        titles[str(record.uid)] = _record_title(actor, record)
        if sight_of_record(actor, record).everything:
            files.add(str(record.uid))
    return titles, frozenset(files)


def _case_title(actor: Actor, case: Case) -> str | None:
    return case.title if sight_of_case(actor, case).title else None


def _record_title(actor: Actor, record: Record) -> str | None:
    return record.title if sight_of_record(actor, record).title else None
