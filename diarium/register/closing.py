"""The life of a case after it was opened: assigned, decided, closed, opened again, cancelled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup, rules
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Case, Record
from diarium.register.vocabulary import FINISHED, CaseStatus, Medium, RecordStatus


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """Something that should be in order before a case is closed. `is_blocking`: it must be."""

    message: str
    is_blocking: bool


def check(case: Case) -> tuple[Shortcoming, ...]:
    """What is missing before `case` can be closed."""
    records = [record for record in case.records if record.status is RecordStatus.REGISTERED]
    found = []
    if not records:
        found.append(Shortcoming(_("Ärendet har ingen registrerad handling."), is_blocking=True))
    if case.classification is None:
        found.append(
            Shortcoming(
                _("Ärendet är inte klassificerat, så det går inte att veta vad som ska bevaras."),
                is_blocking=True,
            )
        )
    bare = [r for r in records if not r.documents and r.medium is Medium.DIGITAL]
    if bare:
        numbers = ", ".join(record.number_text for record in bare)
        found.append(
            Shortcoming(
                ngettext(
                    "%(num)s digital handling saknar fil: %(numbers)s.",
                    "%(num)s digitala handlingar saknar fil: %(numbers)s.",
                    len(bare),
                    numbers=numbers,
                ),
                is_blocking=False,
            )
        )
    return tuple(found)


def assign(session: Session, actor: Actor, case: Case, username: str | None, unit: str | None) -> None:
    """Hands the case to an officer and a unit. Raises: NotAllowed, InvalidFact, StatusConflict."""
    actor.require(Permission.CORRECT, case.authority.code)
    journal.lock(session, case)
    if case.status in FINISHED:
        raise StatusConflict(_("Ett avslutat ärende kan inte få ny handläggare."))
    before = {"responsible": _username(case), "unit": case.unit.name if case.unit else None}
    case.responsible = lookup.officer(session, case.authority, username)
    case.unit = lookup.unit(session, case.authority, unit)
    if case.status is CaseStatus.OPEN and case.responsible is not None:
        case.status = CaseStatus.IN_PROGRESS
    after = {"responsible": _username(case), "unit": case.unit.name if case.unit else None}
    if after == before:
        return
    case.version += 1
    journal.case_changed(session, actor, case, "case.assigned", before=before, after=after)


def decide(session: Session, actor: Actor, case: Case, day: dt.date) -> None:
    """Notes that the case was decided on `day`. Raises: NotAllowed, InvalidFact, StatusConflict."""
    _may_close(actor, case)
    journal.lock(session, case)
    before = {"status": case.status, "decided_on": case.decided_on}
    case.status, case.decided_on = CaseStatus.DECIDED, rules.not_in_future(day, "decided_on")
    case.version += 1
    after = {"status": case.status, "decided_on": day}
    journal.case_changed(session, actor, case, "case.decided", before=before, after=after)


def close(session: Session, actor: Actor, case: Case, *, day: dt.date | None = None, reason: str = "") -> None:
    """Closes the case on `day` (today if not given).

    Raises: NotAllowed; StatusConflict where the check finds something that must be mended first; InvalidFact for a
    day before the case's last record.
    """
    _may_close(actor, case)
    journal.lock(session, case)
    rules.step(case.status, CaseStatus.CLOSED)
    blocking = [item.message for item in check(case) if item.is_blocking]
    if blocking:
        raise StatusConflict(_("Ärendet kan inte avslutas än. %(what)s", what=" ".join(blocking)))
    day = rules.not_in_future(day or today(), "closed_on")
    last = max(record.official_on for record in case.records)
    rules.not_before(
        day,
        last,
        _("Ärendet kan inte avslutas före sin sista handling (%(day)s).", day=last.isoformat()),
        "closed_on",
    )
    before = {"status": case.status, "closed_on": case.closed_on}
    case.status, case.closed_on = CaseStatus.CLOSED, day
    case.closing_reason = rules.clean_text(reason) or None
    case.version += 1
    after = {"status": case.status, "closed_on": day}
    journal.case_changed(session, actor, case, "case.closed", before=before, after=after, reason=reason or None)


def reopen(session: Session, actor: Actor, case: Case, reason: str) -> None:
    """Opens a closed case again; it keeps its number. Raises: NotAllowed, InvalidFact, StatusConflict."""
    _may_close(actor, case)
    journal.lock(session, case)
    reason = required_reason(reason)
    if case.status is not CaseStatus.CLOSED:
        raise StatusConflict(_("Bara ett avslutat ärende kan öppnas igen."))
    before = {"status": case.status, "closed_on": case.closed_on}
    case.status, case.closed_on, case.closing_reason = CaseStatus.IN_PROGRESS, None, None
    case.version += 1
    after = {"status": case.status, "closed_on": None}
    journal.case_changed(session, actor, case, "case.reopened", before=before, after=after, reason=reason)


def cancel_case(session: Session, actor: Actor, case: Case, reason: str) -> None:
    """Cancels a case (*makulerar*): number and reason stay. Raises: NotAllowed, InvalidFact, StatusConflict."""
    actor.require(Permission.CANCEL, case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, case)
    before = {"status": case.status}
    case.status, case.cancel_reason = CaseStatus.CANCELLED, reason
    case.version += 1
    after = {"status": case.status}
    journal.case_changed(session, actor, case, "case.cancelled", before=before, after=after, reason=reason)


def cancel_record(session: Session, actor: Actor, record: Record, reason: str) -> None:
    """Cancels a record: number and reason stay. Raises: NotAllowed, InvalidFact, StatusConflict."""
    actor.require(Permission.CANCEL, record.case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, record)
    if record.status is RecordStatus.CANCELLED:
        raise StatusConflict(_("Handlingen är redan makulerad."))
    if record.case.status is CaseStatus.ARCHIVED:
        raise StatusConflict(_("Ärendet är arkiverat och kan inte ändras."))
    record.status, record.cancel_reason = RecordStatus.CANCELLED, reason
    record.version += 1
    journal.record_changed(
        session,
        actor,
        record,
        "record.cancelled",
        before={"status": RecordStatus.REGISTERED},
        after={"status": RecordStatus.CANCELLED},
        reason=reason,
    )


def required_reason(text: str) -> str:
    """A reason that says something. Raises: InvalidFact."""
    reason = rules.clean_text(text)
    if len(reason) < 3:
        raise InvalidFact(_("Skriv varför. Skälet syns i ärendets historik."), field="reason")
    return reason


def _may_close(actor: Actor, case: Case) -> None:
    """Registrars close; so does the officer who is responsible for the case."""
    if actor.user_id is None or actor.user_id != case.responsible_id:
        actor.require(Permission.CLOSE, case.authority.code)
    else:
        actor.require(Permission.READ, case.authority.code)


def _username(case: Case) -> str | None:
    return case.responsible.username if case.responsible else None
