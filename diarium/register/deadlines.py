"""Watching days (*bevakning*): set, moved with a reason, done with an outcome, cancelled. A settled one stays."""

from __future__ import annotations

import calendar
import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.errors import NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import columns, journal, lookup, rules, work_views
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Case, Deadline, Record
from diarium.register.models.work import MAX_OUTCOME
from diarium.register.vocabulary import DEADLINE_KIND_LABELS, FINISHED, DeadlineKind, DeadlineState
from diarium.workdays import next_workday

_MOST_YEARS_AHEAD = 100


@dataclass(frozen=True, slots=True)
class DeadlineFacts:
    """A day to watch. `responsible` is a user name, `unit` a unit's name; without both, the case's officer."""

    due_on: dt.date
    text: str
    kind: DeadlineKind = DeadlineKind.OTHER
    responsible: str | None = None
    unit: str | None = None
    record_uid: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DeadlineSuggestion:
    """A day that is often watched, and why it is that day."""

    due_on: dt.date
    kind: DeadlineKind
    label: str


def add(session: Session, actor: Actor, case: Case, facts: DeadlineFacts) -> Deadline:
    """Watches a day in `case`. Raises: NotAllowed; InvalidFact with the field; StatusConflict if finished."""
    actor.require(Permission.REGISTER, case.authority.code)
    journal.lock(session, case)
    if case.status in FINISHED:
        raise StatusConflict(_("I ett avslutat ärende bevakas inget. Öppna ärendet igen om något återstår."))
    return watch(session, actor, case, facts)


def change(
    session: Session, actor: Actor, uid: uuid.UUID, facts: DeadlineFacts, reason: str, *, version: int
) -> Deadline:
    """Moves or hands over an open deadline that the actor saw in `version`.

    Raises: NotFound; NotAllowed; InvalidFact; EditConflict; StatusConflict if it is settled.
    """
    deadline = _open_one(session, actor, uid, version)
    case, reason = deadline.case, rules.required_reason(reason)
    before = _facts(deadline)
    deadline.due_on, deadline.text = _day(facts.due_on), _text(facts)
    deadline.kind = facts.kind
    deadline.responsible = lookup.officer(session, case.authority, facts.responsible)
    deadline.unit = lookup.unit(session, case.authority, facts.unit)
    _need_somebody(deadline)
    after = _facts(deadline)
    changed = {name for name in after if after[name] != before[name]}
    if changed:
        deadline.version += 1
        old = {name: before[name] for name in before if name in changed}
        new = {"deadline": deadline.uid, **{name: after[name] for name in after if name in changed}}
        journal.case_changed(session, actor, case, "case.deadline_changed", before=old, after=new, reason=reason)
    return deadline


def complete(session: Session, actor: Actor, uid: uuid.UUID, outcome: str, *, version: int) -> Deadline:
    """Ticks off a deadline with what came of it.

    Raises: NotFound; NotAllowed; InvalidFact; EditConflict; StatusConflict if it is settled.
    """
    deadline = _open_one(session, actor, uid, version)
    text = rules.long_text(
        outcome, MAX_OUTCOME, "outcome", _("Skriv vad bevakningen gav, till exempel ”Svar kom in”.")
    )
    settle(session, actor, deadline, DeadlineState.DONE, text)
    return deadline


def cancel(session: Session, actor: Actor, uid: uuid.UUID, reason: str, *, version: int) -> Deadline:
    """Stops watching, with a reason.

    Raises: NotFound; NotAllowed; InvalidFact; EditConflict; StatusConflict if it is settled.
    """
    deadline = _open_one(session, actor, uid, version)
    settle(session, actor, deadline, DeadlineState.CANCELLED, rules.required_reason(reason))
    return deadline


def watch(session: Session, actor: Actor, case: Case, facts: DeadlineFacts) -> Deadline:
    """Like `add`, for use cases that have asked for the permission and locked the case. Raises: InvalidFact."""
    deadline = Deadline(
        case=case,
        record=_record_in(session, case, facts.record_uid),
        kind=facts.kind,
        due_on=_day(facts.due_on),
        text=_text(facts),
        responsible=lookup.officer(session, case.authority, facts.responsible),
        unit=lookup.unit(session, case.authority, facts.unit),
        made_by_name=actor.name,
    )
    if deadline.responsible is None and deadline.unit is None:
        deadline.responsible, deadline.unit = case.responsible, case.unit
    if deadline.responsible is None and deadline.unit is None:
        deadline.responsible_id = actor.user_id
    _need_somebody(deadline)
    session.add(deadline)
    session.flush()
    after = {"deadline": deadline.uid, **_facts(deadline)}
    journal.case_changed(session, actor, case, "case.deadline_added", after=after)
    return deadline


def settle(session: Session, actor: Actor, deadline: Deadline, state: DeadlineState, outcome: str) -> None:
    """Ends an open deadline; for use cases that end it themselves and have asked for the permission."""
    deadline.state, deadline.outcome = state, outcome
    deadline.settled_at, deadline.settled_by_name = now(), actor.name
    deadline.version += 1
    verb = "deadline_done" if state is DeadlineState.DONE else "deadline_cancelled"
    after = {"deadline": deadline.uid, "due_on": deadline.due_on, "text": deadline.text, "outcome": outcome}
    journal.case_changed(session, actor, deadline.case, f"case.{verb}", after=after)


def open_of(session: Session, case: Case) -> list[Deadline]:
    """The case's open deadlines, the first due first."""
    query = select(Deadline).where(Deadline.case_id == case.id, Deadline.state == DeadlineState.OPEN)
    return list(session.scalars(query.order_by(Deadline.due_on, Deadline.id)))


def settle_open(
    session: Session,
    actor: Actor,
    case: Case,
    state: DeadlineState,
    outcome: str,
    *,
    kind: DeadlineKind | None = None,
) -> None:
    """Ends the open deadlines of a case, on demand of one kind; for use cases that have asked for the permission.

    One that somebody else ends at the same moment is waited for, and then keeps the outcome that it got.
    """
    session.flush()
    query = select(Deadline).where(Deadline.case_id == case.id, Deadline.state == DeadlineState.OPEN)
    if kind is not None:
        query = query.where(Deadline.kind == kind)
    locked = query.order_by(Deadline.id).with_for_update(of=Deadline)
    for deadline in session.scalars(locked.execution_options(populate_existing=True)).all():
        settle(session, actor, deadline, state, outcome)


def by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> Deadline:
    """The deadline with `uid`. Raises: NotFound also where the actor may not read the case's authority."""
    deadline = session.scalar(select(Deadline).where(Deadline.uid == uid))
    if deadline is None or not actor.may(Permission.READ, deadline.case.authority.code):
        raise NotFound(_("Bevakningen finns inte."))
    return deadline


def suggestions(case: Case) -> tuple[DeadlineSuggestion, ...]:
    """Days that are often watched in a case, none of them past.

    Source: FL 12 § (who has waited six months may ask for a decision), FL 44 § and KL 13 kap. 5 § (three weeks to
    appeal, from when the party got the decision or the approved minutes were announced), lag 1930:173 (a last day
    on a day of rest is moved to the next working day).
    """
    day = today()
    found = [
        DeadlineSuggestion(day + dt.timedelta(weeks=2), DeadlineKind.ANSWER, _("om två veckor")),
        DeadlineSuggestion(months_after(day, 1), DeadlineKind.ANSWER, _("om en månad")),
    ]
    half_year = months_after(case.opened_on, 6)
    if case.decided_on is None and half_year > day:
        label = _("sex månader från ärendets början (förvaltningslagen 12 §)")
        found.append(DeadlineSuggestion(half_year, DeadlineKind.DELAY, label))
    if case.decided_on is not None:
        last = _not_a_day_of_rest(case.decided_on + dt.timedelta(weeks=3))
        if last >= day:
            label = _(
                "tidigast tre veckor från beslutet; överklagandetiden räknas från delgivningen eller från "
                "anslaget om justerat protokoll"
            )
            found.append(DeadlineSuggestion(last, DeadlineKind.APPEAL, label))
    return tuple(found)


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day some months later, or the month's last where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _open_one(session: Session, actor: Actor, uid: uuid.UUID, version: int) -> Deadline:
    deadline = by_uid(session, actor, uid)
    actor.require(Permission.REGISTER, deadline.case.authority.code)
    session.flush()
    session.refresh(deadline, with_for_update=True)
    if work_views.eyes(session, actor, deadline.case).deadline(deadline).text is None:
        raise NotAllowed(_("Bara den som får se vad bevakningen gäller kan ändra den."))
    journal.check_version(deadline.version, version)
    if deadline.state is not DeadlineState.OPEN:
        raise StatusConflict(_("Bevakningen är redan avslutad."))
    return deadline


def _record_in(session: Session, case: Case, uid: uuid.UUID | None) -> Record | None:
    if uid is None:
        return None
    record = session.scalar(select(Record).where(Record.uid == uid, Record.case_id == case.id))
    if record is None:
        raise InvalidFact(_("Handlingen finns inte i ärendet."), field="record")
    return record


def _day(day: dt.date) -> dt.date:
    if day < today():
        raise InvalidFact(
            _("Dagen %(day)s har redan varit. Ange i dag eller en senare dag.", day=day.isoformat()),
            field="due_on",
        )
    if day.year > today().year + _MOST_YEARS_AHEAD:
        raise InvalidFact(_("Dagen %(day)s ligger för långt fram.", day=day.isoformat()), field="due_on")
    return day


def _text(facts: DeadlineFacts) -> str:
    text = columns.text(Deadline, "text", facts.text)
    return text or str(DEADLINE_KIND_LABELS[facts.kind])


def _need_somebody(deadline: Deadline) -> None:
    somebody = (deadline.responsible, deadline.responsible_id, deadline.unit)
    if all(item is None for item in somebody):
        raise InvalidFact(_("Välj vem eller vilken enhet som bevakar."), field="responsible")


def _facts(deadline: Deadline) -> Mapping[str, object]:
    return {
        "due_on": deadline.due_on,
        "text": deadline.text,
        "kind": deadline.kind,
        "watched_by": deadline.responsible.username if deadline.responsible else None,
        "watched_by_unit": deadline.unit.name if deadline.unit else None,
    }


def _not_a_day_of_rest(day: dt.date) -> dt.date:
    return next_workday(day - dt.timedelta(days=1))
