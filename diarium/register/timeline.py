"""The time line of a case: records, decisions, deadlines, notes and events in the order of their entry.

Each kind is read from its own table up to the page's size and merged: the number of queries does not depend on how
much there is. A page goes on where the one before it ended (its cursor), not at a number.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from diarium.audit import redacting
from diarium.audit.models import AuditEvent
from diarium.i18n import lazy_gettext as _l
from diarium.identity.models import User
from diarium.register.models import CaseNote, Deadline, Decision, Record
from diarium.register.views import RecordView, record_view
from diarium.register.work_views import CaseEyes, DeadlineView, DecisionView, NoteView, SeenEvent


class EntryKind(StrEnum):
    """What an entry of the time line is."""

    RECORD = "record"
    DECISION = "decision"
    DEADLINE = "deadline"
    NOTE = "note"
    EVENT = "event"
    READING = "reading"


ENTRY_LABELS: Mapping[EntryKind, str] = {
    EntryKind.RECORD: _l("Handlingar"),
    EntryKind.DECISION: _l("Beslut"),
    EntryKind.DEADLINE: _l("Bevakningar"),
    EntryKind.NOTE: _l("Anteckningar"),
    EntryKind.EVENT: _l("Händelser"),
    EntryKind.READING: _l("Läsningar"),
}
READINGS: Final = frozenset({"case.read", "record.read", "record.file_opened"})
"""Kept apart from what was done: on a marked case they are the many."""

# Their entry tells it already.
_TOLD_ELSEWHERE: Final = frozenset(
    {
        "record.registered",
        "case.note_added",
        "case.note_corrected",
        "case.deadline_added",
        "case.decision_recorded",
    }
)
PAGE_SIZE = 100
_MOST_OF_A_SHEET = 20_000
_MOST_RECORDS_OF_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: what its kind says is filled, the rest is None."""

    kind: EntryKind
    at: dt.datetime
    key: int
    record: RecordView | None = None
    decision: DecisionView | None = None
    deadline: DeadlineView | None = None
    note: NoteView | None = None
    event: SeenEvent | None = None

    @property
    def place(self) -> tuple[dt.datetime, int, int]:
        """Where it stands among the others."""
        return (self.at, _RANKS[self.kind], self.key)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Entries, newest first; `older` is the cursor of the page after it, None on the last."""

    entries: tuple[Entry, ...]
    older: str | None


def page(
    session: Session,
    eyes: CaseEyes,
    *,
    kind: EntryKind | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> TimelinePage:
    """A page of the time line, of one kind or of all but the readings. An odd cursor means the first page."""
    after = _read_cursor(cursor)
    kinds = [kind] if kind else [item for item in EntryKind if item is not EntryKind.READING]
    found = [entry for item in kinds for entry in _SOURCES[item](session, eyes, after, size + 1)]
    found.sort(key=lambda entry: entry.place, reverse=True)
    shown = found[:size]
    return TimelinePage(tuple(shown), _cursor(shown[-1]) if len(found) > size else None)


def whole(session: Session, eyes: CaseEyes) -> tuple[Entry, ...]:
    """Every entry of the case but the readings, the oldest first: what the register sheet holds."""
    kinds = [item for item in EntryKind if item is not EntryKind.READING]
    found = [entry for item in kinds for entry in _SOURCES[item](session, eyes, None, _MOST_OF_A_SHEET)]
    return tuple(sorted(found, key=lambda entry: entry.place))


_Cursor = tuple[dt.datetime, int, int]
_RANKS: Final = {kind: rank for rank, kind in enumerate(reversed(EntryKind))}


def _records(session: Session, eyes: CaseEyes, after: _Cursor | None, limit: int) -> Sequence[Entry]:
    query = select(Record).where(Record.case_id == eyes.case.id)
    query = _part(query, EntryKind.RECORD, Record.registered_at, Record.id, after, limit).options(
        selectinload(Record.parties), selectinload(Record.documents), selectinload(Record.restrictions)
    )
    return [
        Entry(EntryKind.RECORD, record.registered_at, record.id, record=record_view(eyes.actor, record))
        for record in session.scalars(query)
    ]


def _decisions(session: Session, eyes: CaseEyes, after: _Cursor | None, limit: int) -> Sequence[Entry]:
    query = select(Decision).where(Decision.case_id == eyes.case.id).options(joinedload(Decision.record))
    query = _part(query, EntryKind.DECISION, Decision.registered_at, Decision.id, after, limit)
    return [
        Entry(EntryKind.DECISION, item.registered_at, item.id, decision=eyes.decision(item))
        for item in session.scalars(query)
    ]


def _deadlines(session: Session, eyes: CaseEyes, after: _Cursor | None, limit: int) -> Sequence[Entry]:
    query = select(Deadline).where(Deadline.case_id == eyes.case.id).options(*DEADLINE_LOADS)
    query = _part(query, EntryKind.DEADLINE, Deadline.made_at, Deadline.id, after, limit)
    return [
        Entry(EntryKind.DEADLINE, item.made_at, item.id, deadline=eyes.deadline(item))
        for item in session.scalars(query)
    ]


def _notes(session: Session, eyes: CaseEyes, after: _Cursor | None, limit: int) -> Sequence[Entry]:
    query = select(CaseNote).where(CaseNote.case_id == eyes.case.id).options(joinedload(CaseNote.corrects))
    query = _part(query, EntryKind.NOTE, CaseNote.made_at, CaseNote.id, after, limit)
    return [Entry(EntryKind.NOTE, item.made_at, item.id, note=eyes.note(item)) for item in session.scalars(query)]


def _events(session: Session, eyes: CaseEyes, after: _Cursor | None, limit: int) -> Sequence[Entry]:
    known = AuditEvent.action.not_in(READINGS | _TOLD_ELSEWHERE)
    return _of_log(session, eyes, after, limit, EntryKind.EVENT, known)


def _readings(session: Session, eyes: CaseEyes, after: _Cursor | None, limit: int) -> Sequence[Entry]:
    return _of_log(session, eyes, after, limit, EntryKind.READING, AuditEvent.action.in_(READINGS))


def _of_log(
    session: Session,
    eyes: CaseEyes,
    after: _Cursor | None,
    limit: int,
    kind: EntryKind,
    wanted: ColumnElement[bool],
) -> Sequence[Entry]:
    uids = select(Record.uid).where(Record.case_id == eyes.case.id).order_by(Record.running_number.desc())
    subjects: list[uuid.UUID] = [eyes.case.uid, *session.scalars(uids.limit(_MOST_RECORDS_OF_EVENTS))]
    if kind is EntryKind.READING:
        subjects = [uid for uid in subjects if eyes.sees_readings_of(uid)]
    query = select(AuditEvent).where(AuditEvent.entity_uid.in_([str(uid) for uid in subjects]), wanted)
    query = _part(query, kind, AuditEvent.at, AuditEvent.id, after, limit)
    events = session.scalars(query).all()
    gone = redacting.redactions_of(session, [event.id for event in events]) if eyes.case.disposed else {}
    return [
        Entry(kind, event.at, event.id, event=replace(eyes.event(event), struck_out_by=gone.get(event.id)))
        for event in events
    ]


_Source = Callable[[Session, CaseEyes, _Cursor | None, int], Sequence[Entry]]
_SOURCES: Final[Mapping[EntryKind, _Source]] = {
    EntryKind.RECORD: _records,
    EntryKind.DECISION: _decisions,
    EntryKind.DEADLINE: _deadlines,
    EntryKind.NOTE: _notes,
    EntryKind.EVENT: _events,
    EntryKind.READING: _readings,
}
DEADLINE_LOADS: Final = (
    joinedload(Deadline.responsible).lazyload(User.memberships),
    joinedload(Deadline.unit),
    joinedload(Deadline.record),
)


def _part(
    query: Select[Any],
    kind: EntryKind,
    moment: InstrumentedAttribute[dt.datetime],
    key: InstrumentedAttribute[int],
    after: _Cursor | None,
    limit: int,
) -> Select[Any]:
    """The newest `limit` rows that stand after the cursor."""
    if after is not None:
        at, rank, last = after
        own = _RANKS[kind]
        if own == rank:
            query = query.where(or_(moment < at, and_(moment == at, key < last)))
        else:
            query = query.where(moment <= at if own < rank else moment < at)
    return query.order_by(moment.desc(), key.desc()).limit(limit)


def _cursor(entry: Entry) -> str:
    at, rank, key = entry.place
    return f"{at.astimezone(dt.UTC).isoformat()}~{rank}~{key}"


def _read_cursor(text: str | None) -> _Cursor | None:
    at, _first, rest = (text or "").partition("~")
    rank, _second, key = rest.partition("~")
    try:
        moment, place, last = dt.datetime.fromisoformat(at), int(rank), int(key)
    except ValueError:
        return None
    if moment.tzinfo is None or not 0 <= place < len(_RANKS) or not 0 <= last < 2**63:
        return None
    return (moment, place, last)
