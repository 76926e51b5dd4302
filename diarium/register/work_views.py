"""Notes, deadlines, decisions and events of a case as an actor may see them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.audit.models import AuditEvent
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import following
from diarium.register.models import Case, CaseNote, Deadline, Decision, Party, Record
from diarium.register.views import (
    concerns_protected,
    may_review_readings,
    place_of,
    sight_of_case,
    sight_of_record,
)
from diarium.register.vocabulary import DeadlineKind, DeadlineState, DecisionKind, DecisionState
from diarium.secrecy import access
from diarium.secrecy.models import Restriction

# Whom somebody has let in, and why, is told only to those who see what is marked.
_OF_ACCESS = (".access_granted", ".access_revoked", ".circle_closed", ".circle_opened", ".shared", ".share_ended")


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note; `body` is None where it is hidden. `corrects`: the day and author of the note that it corrects."""

    uid: uuid.UUID
    body: str | None
    made_at: dt.datetime
    made_by: str
    corrects: tuple[dt.datetime, str] | None


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A watched day; `text` and `outcome` are None where they are hidden."""

    uid: uuid.UUID
    case_uid: uuid.UUID
    case_number: str
    kind: DeadlineKind
    due_on: dt.date
    text: str | None
    responsible: str | None
    responsible_username: str | None
    unit: str | None
    state: DeadlineState
    outcome: str | None
    made_at: dt.datetime
    made_by: str
    is_overdue: bool
    record: tuple[str, uuid.UUID] | None
    version: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision; `outcome` is None where it is hidden. `record`: number and identifier of what holds it."""

    uid: uuid.UUID
    case_uid: uuid.UUID
    case_number: str
    kind: DecisionKind
    decided_on: dt.date
    body: str
    paragraph: str | None
    delegation_point: str | None
    outcome: str | None
    is_final: bool
    state: DecisionState
    cancel_reason: str | None
    registered_at: dt.datetime
    registered_by: str
    record: tuple[str, uuid.UUID] | None
    version: int


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An audit event and how much of it may be told: free texts, and facts of parties.

    `struck_out_by`: the decision of disposal by which its values are gone.
    """

    event: AuditEvent
    shows_texts: bool
    shows_parties: bool
    struck_out_by: str | None = None


@dataclass(frozen=True, slots=True)
class CaseEyes:
    """What an actor may see in one case, found in a few queries however large it is.

    `protected`: identifiers of the parties of the case and its records that have protected identity, as text.
    `moved`: the case's records that were moved to another case; what hides them there hides them here.
    `places`: of the records that have a closed circle, or that the actor is let into by name.
    """

    actor: Actor
    case: Case
    sight: access.Sight
    sees_protected: bool
    protected: frozenset[str]
    protected_records: frozenset[uuid.UUID]
    is_case_protected: bool
    marks: Mapping[uuid.UUID, tuple[Restriction, ...]]
    moved: Mapping[uuid.UUID, Record]
    places: Mapping[uuid.UUID, access.Place]

    @property
    def needs_note(self) -> bool:
        """Whether looking at the case is noted: something of it is marked, or about a protected person."""
        return bool(self.marks or self.protected or any(mark.is_in_force for mark in self.case.restrictions))

    @property
    def sees_texts(self) -> bool:
        """Whether free texts of the case are shown: they may tell what the title and the parties tell."""
        return self.sight.title and self.sight.parties and (self.sees_protected or not self.protected)

    def sight_of(self, record_uid: uuid.UUID) -> access.Sight:
        """What is seen of a record of the case, as `views.sight_of_record` says."""
        if record_uid in self.moved:
            return sight_of_record(self.actor, self.moved[record_uid])
        marks = [*self.marks.get(record_uid, ()), *self.case.restrictions]
        place = self.places.get(record_uid) or place_of(self.case)
        seen = access.sight(self.actor, place, marks)
        protected = self.is_case_protected or record_uid in self.protected_records
        hides_files = protected and not self.sees_protected
        hidden_files = None if hides_files else seen.hidden_files
        return access.Sight(seen.title, seen.parties, seen.files and not hides_files, hidden_files)

    def note(self, note: CaseNote) -> NoteView:
        """The note; whoever wrote it sees it in any case. It is not shown to other authorities with the case."""
        own = note.made_by_id is not None and note.made_by_id == self.actor.user_id
        is_inside = self.actor.may(Permission.READ, self.case.authority.code)
        former = note.corrects
        return NoteView(
            uid=note.uid,
            body=note.body if own or (is_inside and self.sees_texts) else None,
            made_at=note.made_at,
            made_by=note.made_by_name,
            corrects=(former.made_at, former.made_by_name) if former else None,
        )

    def deadline(self, item: Deadline) -> DeadlineView:
        """The watched day; whoever watches it sees what it is about. Others also need sight of its record."""
        own = item.responsible_id is not None and item.responsible_id == self.actor.user_id
        shown = own or self._sees_text_with(item.record)
        return DeadlineView(
            uid=item.uid,
            case_uid=self.case.uid,
            case_number=self.case.number_text,
            kind=item.kind,
            due_on=item.due_on,
            text=item.text if shown else None,
            responsible=item.responsible.name if item.responsible else None,
            responsible_username=item.responsible.username if item.responsible else None,
            unit=item.unit.name if item.unit else None,
            state=item.state,
            outcome=item.outcome if shown else None,
            made_at=item.made_at,
            made_by=item.made_by_name,
            is_overdue=item.state is DeadlineState.OPEN and item.due_on < today(),
            record=self._number_of(item.record),
            version=item.version,
        )

    def decision(self, item: Decision) -> DecisionView:
        """The decision; what it says also needs sight of the record that holds it."""
        shown = self._sees_text_with(item.record)
        return DecisionView(
            uid=item.uid,
            case_uid=self.case.uid,
            case_number=self.case.number_text,
            kind=item.kind,
            decided_on=item.decided_on,
            body=item.body,
            paragraph=item.paragraph,
            delegation_point=item.delegation_point,
            outcome=item.outcome if shown else None,
            is_final=item.is_final,
            state=item.state,
            cancel_reason=item.cancel_reason if shown else None,
            registered_at=item.registered_at,
            registered_by=item.registered_by_name,
            record=self._number_of(item.record),
            version=item.version,
        )

    def event(self, event: AuditEvent) -> SeenEvent:
        """The event; former facts of a party that is protected now are hidden too."""
        if event.entity_type == "record":
            seen = self.sight_of(uuid.UUID(event.entity_uid))
            protected = self.is_case_protected or uuid.UUID(event.entity_uid) in self.protected_records
        else:
            seen, protected = self.sight, bool(self.protected)
        is_of_work = event.action.startswith(("case.decision_", "case.deadline_"))
        tells_who_sees = event.action.endswith(_OF_ACCESS)
        facts = {**(event.before or {}), **(event.after or {})}
        was_protected = any((side or {}).get("is_protected") for side in (event.before, event.after))
        is_about_protected = was_protected or str(facts.get("party", "")) in self.protected
        return SeenEvent(
            event=event,
            shows_texts=seen.everything
            and (self.sees_protected or not protected)
            and not (is_of_work and self._hides_a_record)
            and not (tells_who_sees and not self._needs_to_know(uuid.UUID(event.entity_uid))),
            shows_parties=seen.parties and (self.sees_protected or not is_about_protected),
        )

    def sees_readings_of(self, uid: uuid.UUID) -> bool:
        """Whether it is shown who has read the case or the record with this identifier."""
        if not may_review_readings(self.actor, self.case):
            return False
        of_closed = uid in self.places and self.places[uid].is_record_closed
        return not of_closed or self._needs_to_know(uid) or self.actor.may(*self._administer)

    def _needs_to_know(self, uid: uuid.UUID) -> bool:
        """Whether the actor sees what is marked in the case or the record with this identifier."""
        return access.needs_to_know(self.actor, self.places.get(uid) or place_of(self.case))

    @property
    def _administer(self) -> tuple[Permission, str]:
        return Permission.ADMINISTER, self.case.authority.code

    def _sees_text_with(self, record: Record | None) -> bool:
        """Whether a free text of the case is shown that is about `record`."""
        of_record = self.sight_of(record.uid) if record else self.sight
        return self.sees_texts and of_record.title and of_record.parties

    @property
    def _hides_a_record(self) -> bool:
        """Whether some record is hidden: a decision or deadline may have been tied to it at some time."""
        each = [self.sight_of(uid) for uid in self.marks.keys() | self.moved.keys()]
        return any(not (seen.title and seen.parties) for seen in each)

    def _number_of(self, record: Record | None) -> tuple[str, uuid.UUID] | None:
        return (record.number_text, record.uid) if record else None


def eyes(session: Session, actor: Actor, case: Case) -> CaseEyes:
    """What `actor` may see in `case`."""
    return eyes_of(session, actor, [case])[case.id]


def eyes_of(session: Session, actor: Actor, cases: Sequence[Case]) -> dict[int, CaseEyes]:
    """What `actor` may see in each of `cases`, by their `id`. Constant number of queries."""
    ids = [case.id for case in cases]
    own, people = _protected(session, ids)
    marks, moved, places = _marks(session, ids), _moved(session, ids), _places(session, actor, cases)
    found = {}
    for case in cases:
        gone = moved[case.id]
        theirs = {record.uid: tuple(m for m in following.marks_on(record) if m.is_in_force) for record in gone}
        marked = marks[case.id] | {uid: those for uid, those in theirs.items() if those}
        later = {record.uid for record in gone if concerns_protected(record)}
        found[case.id] = CaseEyes(
            actor=actor,
            case=case,
            sight=sight_of_case(actor, case),
            sees_protected=access.may_see_protected(actor, case.authority.code),
            protected=frozenset(own[case.id] | people[case.id].keys()),
            protected_records=frozenset(later.union(people[case.id].values())),
            is_case_protected=bool(own[case.id]),
            marks=marked,
            moved={record.uid: record for record in gone},
            places=places[case.id],
        )
    return found


def _protected(
    session: Session, ids: Sequence[int]
) -> tuple[defaultdict[int, set[str]], defaultdict[int, dict[str, uuid.UUID]]]:
    """Protected parties of the cases themselves, and those of their records with the record."""
    own: defaultdict[int, set[str]] = defaultdict(set)
    for uid, case_id in session.execute(
        select(Party.uid, Case.id)
        .join(Case, Case.id == Party.case_id)
        .where(Party.is_protected, Party.case_id.in_(ids))
    ):
        own[case_id].add(str(uid))
    people: defaultdict[int, dict[str, uuid.UUID]] = defaultdict(dict)
    for uid, case_id, record_uid in session.execute(
        select(Party.uid, Record.case_id, Record.uid)
        .join(Record, Record.id == Party.record_id)
        .where(Party.is_protected, Record.case_id.in_(ids))
    ):
        people[case_id][str(uid)] = record_uid
    return own, people


def _marks(session: Session, ids: Sequence[int]) -> defaultdict[int, dict[uuid.UUID, tuple[Restriction, ...]]]:
    rows = session.execute(
        select(Record.case_id, Record.uid, Restriction)
        .join(Restriction, Restriction.record_id == Record.id)
        .where(Record.case_id.in_(ids), Restriction.lifted_at.is_(None))
    )
    found: defaultdict[int, dict[uuid.UUID, tuple[Restriction, ...]]] = defaultdict(dict)
    for case_id, uid, mark in rows:
        found[case_id][uid] = (*found[case_id].get(uid, ()), mark)
    return found


def _places(
    session: Session, actor: Actor, cases: Sequence[Case]
) -> defaultdict[int, dict[uuid.UUID, access.Place]]:
    """The places of records of these cases that have a closed circle, or that `actor` is let into by name."""
    by_id = {case.id: place_of(case) for case in cases}
    theirs = Record.id.in_(sorted(access.let_in(actor).records))
    rows = session.execute(
        select(Record.case_id, Record.uid, Record.id, Record.is_closed_circle).where(
            Record.case_id.in_(list(by_id)), or_(Record.is_closed_circle, theirs)
        )
    )
    found: defaultdict[int, dict[uuid.UUID, access.Place]] = defaultdict(dict)
    for row in rows:
        found[row.case_id][row.uid] = replace(
            by_id[row.case_id], record_id=row.id, is_record_closed=row.is_closed_circle
        )
    return found


def _moved(session: Session, ids: Sequence[int]) -> defaultdict[int, list[Record]]:
    """The cases' records that were moved away, with what they became."""
    records = session.scalars(
        select(Record)
        .where(Record.case_id.in_(ids), Record.moved_to_id.is_not(None))
        .options(
            selectinload(Record.restrictions),
            selectinload(Record.parties),
            selectinload(Record.case).selectinload(Case.parties),
        )
    ).all()
    following.load(session, records)
    found: defaultdict[int, list[Record]] = defaultdict(list)
    for record in records:
        found[record.case_id].append(record)
    return found
