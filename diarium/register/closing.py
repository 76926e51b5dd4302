"""The life of a case after it was opened: assigned, decided, put on hold, closed, opened again, cancelled.

`version`, where a step takes it, is the case's as the actor saw it; None asks for no check.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import deadlines, grant_rows, journal, lookup, rules
from diarium.register.completeness import Missing, Shortcoming, Spot, check
from diarium.register.deadlines import DeadlineFacts
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, Record
from diarium.register.rules import required_reason
from diarium.register.views import require_insight
from diarium.register.vocabulary import FINISHED, CaseStatus, DeadlineKind, DeadlineState, RecordStatus


def assign(
    session: Session,
    actor: Actor,
    case: Case,
    username: str | None,
    unit: str | None,
    *,
    version: int | None = None,
) -> None:
    """Hands the case to an officer and a unit. Raises: NotAllowed, InvalidFact, EditConflict, StatusConflict."""
    actor.require(Permission.CORRECT, case.authority.code)
    journal.lock(session, case)
    require_insight(actor, case)  # the officer of a case sees what is marked in it
    journal.check_version(case.version, version)
    if case.status in FINISHED:
        raise StatusConflict(_("Ett avslutat ärende kan inte få ny handläggare."))
    before = {"responsible": _username(case), "unit": case.unit.name if case.unit else None}
    officer = lookup.officer(session, case.authority, username)
    is_another = (officer.id if officer else None) != case.responsible_id
    if is_another:
        grant_rows.require_insight_within(session, actor, [case])
    case.responsible = officer
    case.unit = lookup.unit(session, case.authority, unit)
    if case.status is CaseStatus.OPEN and case.responsible is not None:
        case.status = CaseStatus.IN_PROGRESS
    after = {"responsible": _username(case), "unit": case.unit.name if case.unit else None}
    if after == before:
        return
    case.version += 1
    if is_another:
        session.flush()
        grant_rows.require_somebody_within(session, case)
    journal.case_changed(session, actor, case, "case.assigned", before=before, after=after)


def decide(session: Session, actor: Actor, case: Case, day: dt.date) -> None:
    """Notes that the case was decided on `day`, without what was decided (see `decisions`).

    Raises: NotAllowed, InvalidFact, StatusConflict.
    """
    require_closer(actor, case)
    journal.lock(session, case)
    before = {"status": case.status, "decided_on": case.decided_on}
    case.status, case.decided_on = CaseStatus.DECIDED, rules.not_in_future(day, "decided_on")
    case.version += 1
    after = {"status": case.status, "decided_on": day}
    journal.case_changed(session, actor, case, "case.decided", before=before, after=after)


def pause(
    session: Session,
    actor: Actor,
    case: Case,
    look_again_on: dt.date,
    reason: str,
    *,
    version: int | None = None,
) -> None:
    """Puts the case on hold (*vilande*) until a day, which is watched.

    Raises: NotAllowed; InvalidFact for a past day or no reason; EditConflict; StatusConflict.
    """
    require_closer(actor, case)
    reason = required_reason(reason)
    journal.lock(session, case)
    journal.check_version(case.version, version)
    if case.status is CaseStatus.ON_HOLD:
        raise StatusConflict(_("Ärendet är redan vilande."))
    before = {"status": case.status}
    case.status = CaseStatus.ON_HOLD
    case.version += 1
    journal.case_changed(
        session, actor, case, "case.paused", before=before, after={"status": case.status}, reason=reason
    )
    facts = DeadlineFacts(look_again_on, _("Ta upp ärendet igen"), DeadlineKind.ON_HOLD)
    deadlines.watch(session, actor, case, facts)


def resume(session: Session, actor: Actor, case: Case, *, version: int | None = None) -> None:
    """Takes up a case that was on hold; its day is no longer watched.

    Raises: NotAllowed, EditConflict, StatusConflict.
    """
    require_closer(actor, case)
    journal.lock(session, case)
    journal.check_version(case.version, version)
    if case.status is not CaseStatus.ON_HOLD:
        raise StatusConflict(_("Ärendet är inte vilande."))
    case.status = CaseStatus.IN_PROGRESS
    case.version += 1
    journal.case_changed(
        session,
        actor,
        case,
        "case.resumed",
        before={"status": CaseStatus.ON_HOLD},
        after={"status": case.status},
    )
    done, outcome = DeadlineState.DONE, _("Ärendet togs upp igen.")
    deadlines.settle_open(session, actor, case, done, outcome, kind=DeadlineKind.ON_HOLD)


def close(
    session: Session,
    actor: Actor,
    case: Case,
    *,
    day: dt.date | None = None,
    reason: str = "",
    version: int | None = None,
) -> None:
    """Closes the case on `day` (today if not given).

    Raises: NotAllowed; EditConflict; StatusConflict where the check finds something that must be mended first;
    InvalidFact for a day before the case's last record.
    """
    require_closer(actor, case)
    journal.lock(session, case)
    journal.check_version(case.version, version)
    rules.step(case.status, CaseStatus.CLOSED)
    blocking = [item.message for item in check(case) if item.is_blocking]
    if blocking:
        raise StatusConflict(_("Ärendet kan inte avslutas än. %(what)s", what=" ".join(blocking)))
    day = rules.not_in_future(day or today(), "closed_on")
    last = session.scalar(select(func.max(Record.official_on)).where(Record.case_id == case.id)) or day
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


def reopen(session: Session, actor: Actor, case: Case, reason: str, *, version: int | None = None) -> None:
    """Opens a closed case again; it keeps its number.

    Raises: NotAllowed, InvalidFact, EditConflict, StatusConflict.
    """
    require_closer(actor, case)
    journal.lock(session, case)
    journal.check_version(case.version, version)
    reason = required_reason(reason)
    if case.status is not CaseStatus.CLOSED:
        raise StatusConflict(_("Bara ett avslutat ärende kan öppnas igen."))
    before = {"status": case.status, "closed_on": case.closed_on}
    case.status, case.closed_on, case.closing_reason = CaseStatus.IN_PROGRESS, None, None
    case.version += 1
    after = {"status": case.status, "closed_on": None}
    journal.case_changed(session, actor, case, "case.reopened", before=before, after=after, reason=reason)


def cancel_case(session: Session, actor: Actor, case: Case, reason: str, *, version: int | None = None) -> None:
    """Cancels a case (*makulerar*): number and reason stay; what was watched in it no longer is.

    Raises: NotAllowed, InvalidFact, EditConflict, StatusConflict.
    """
    actor.require(Permission.CANCEL, case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, case)
    journal.check_version(case.version, version)
    before = {"status": case.status}
    case.status, case.cancel_reason = CaseStatus.CANCELLED, reason
    case.version += 1
    after = {"status": case.status}
    journal.case_changed(session, actor, case, "case.cancelled", before=before, after=after, reason=reason)
    deadlines.settle_open(session, actor, case, DeadlineState.CANCELLED, _("Ärendet makulerades."))


def cancel_record(
    session: Session, actor: Actor, record: Record, reason: str, *, version: int | None = None
) -> None:
    """Cancels a record: number and reason stay. Raises: NotAllowed, InvalidFact, EditConflict, StatusConflict."""
    actor.require(Permission.CANCEL, record.case.authority.code)
    reason = required_reason(reason)
    journal.lock(session, record)
    journal.check_version(record.version, version)
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


def require_closer(actor: Actor, case: Case) -> None:
    """Registrars close and decide; so does the officer who is responsible for the case. Raises: NotAllowed."""
    if actor.user_id is None or actor.user_id != case.responsible_id:
        actor.require(Permission.CLOSE, case.authority.code)
    else:
        actor.require(Permission.READ, case.authority.code)


def _username(case: Case) -> str | None:
    return case.responsible.username if case.responsible else None


__all__ = [
    "Missing",
    "Shortcoming",
    "Spot",
    "assign",
    "cancel_case",
    "cancel_record",
    "check",
    "close",
    "decide",
    "pause",
    "reopen",
    "require_closer",
    "required_reason",
    "resume",
]
