"""Decisions of a case: entered, corrected with the former value kept, cancelled with a reason."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.errors import NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import columns, journal, rules, work_views
from diarium.register.closing import require_closer
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Case, Decision, Record
from diarium.register.models.work import MAX_OUTCOME
from diarium.register.vocabulary import FINISHED, CaseStatus, DecisionKind, DecisionState


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """A decision. `body` is the board, committee or person that decided; `paragraph` as "§ 14" or "14".

    `is_final`: it decides the case. `record_uid`: the record of the case that holds it.
    """

    kind: DecisionKind
    decided_on: dt.date
    body: str
    outcome: str
    paragraph: str | None = None
    delegation_point: str | None = None
    is_final: bool = False
    record_uid: uuid.UUID | None = None


def record_decision(
    session: Session, actor: Actor, case: Case, facts: DecisionFacts, *, version: int | None = None
) -> Decision:
    """Enters a decision; a final one makes the case decided. `version`: the case's, as the actor saw it.

    Raises: NotAllowed; InvalidFact with the field's name; EditConflict; StatusConflict if the case is finished.
    """
    require_closer(actor, case)
    journal.lock(session, case)
    journal.check_version(case.version, version)
    if case.status in FINISHED:
        raise StatusConflict(_("Ärendet är avslutat. Öppna det igen för att skriva in ett beslut."))
    values = _checked(session, case, facts)
    decision = Decision(case=case, registered_by_id=actor.user_id, registered_by_name=actor.name, **values)
    session.add(decision)
    session.flush()
    before = _case_facts(case)
    _follow(session, case, touched=decision.is_final)
    now_so = _case_facts(case)
    changed = {name: value for name, value in before.items() if value != now_so[name]}
    after = {"decision": decision.uid, **_told(decision), **now_so}
    _note(session, actor, case, "decision_recorded", changed, after, None)
    return decision


def correct_decision(
    session: Session, actor: Actor, uid: uuid.UUID, facts: DecisionFacts, reason: str, *, version: int
) -> Decision:
    """Corrects a decision that the actor saw in `version`; the event keeps what stood before.

    Raises: NotFound; NotAllowed; InvalidFact; EditConflict; StatusConflict if archived or the entry is cancelled.
    """
    decision = _changeable(session, actor, uid, version)
    reason = rules.required_reason(reason)
    case, was_final = decision.case, decision.is_final
    before = {**_told(decision), **_case_facts(case)}
    for name, value in _checked(session, case, facts).items():
        setattr(decision, name, value)
    session.flush()
    _follow(session, case, touched=was_final or decision.is_final)
    after = {**_told(decision), **_case_facts(case)}
    if after == before:
        return decision
    decision.version += 1
    changed = {name for name in after if after[name] != before[name]}
    _note(
        session,
        actor,
        case,
        "decision_corrected",
        {name: before[name] for name in before if name in changed},
        {"decision": decision.uid, **{name: after[name] for name in after if name in changed}},
        reason,
    )
    return decision


def cancel_decision(session: Session, actor: Actor, uid: uuid.UUID, reason: str, *, version: int) -> Decision:
    """Cancels the entry of a decision; it stays, struck, with the reason.

    Raises: NotFound; NotAllowed; InvalidFact; EditConflict; StatusConflict if archived or cancelled before.
    """
    decision = _changeable(session, actor, uid, version)
    reason = rules.required_reason(reason)
    before = {"decision_state": decision.state, **_case_facts(decision.case)}
    decision.state, decision.cancel_reason = DecisionState.CANCELLED, reason
    decision.version += 1
    session.flush()
    _follow(session, decision.case, touched=decision.is_final)
    after = {"decision": decision.uid, "decision_state": decision.state, **_case_facts(decision.case)}
    _note(session, actor, decision.case, "decision_cancelled", before, after, reason)
    return decision


def by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> Decision:
    """The decision with `uid`. Raises: NotFound also where the actor may not read the case's authority."""
    decision = session.scalar(select(Decision).where(Decision.uid == uid))
    if decision is None or not actor.may(Permission.READ, decision.case.authority.code):
        raise NotFound(_("Beslutet finns inte."))
    return decision


def written_paragraph(text: str | None) -> str | None:
    """A paragraph as minutes write it: "14" and "§14" become "§ 14"."""
    bare = re.sub(r"^§+\s*|\s*§+$", "", " ".join((text or "").split()))
    return f"§ {bare}" if bare else None


def _changeable(session: Session, actor: Actor, uid: uuid.UUID, version: int) -> Decision:
    decision = by_uid(session, actor, uid)
    require_closer(actor, decision.case)
    journal.lock(session, decision.case)
    session.refresh(decision, with_for_update=True)
    if work_views.eyes(session, actor, decision.case).decision(decision).outcome is None:
        raise NotAllowed(_("Bara den som får se vad som beslutades kan ändra beslutet."))
    journal.check_version(decision.version, version)
    if decision.case.status in (CaseStatus.ARCHIVED, CaseStatus.CANCELLED):
        raise StatusConflict(_("Ärendet är arkiverat eller makulerat och kan inte ändras."))
    if decision.state is DecisionState.CANCELLED:
        raise StatusConflict(_("Beslutet är redan makulerat."))
    return decision


def _checked(session: Session, case: Case, facts: DecisionFacts) -> dict[str, object]:
    day = rules.not_in_future(facts.decided_on, "decided_on")
    rules.not_before(day, case.opened_on, _("Beslutet kan inte vara fattat innan ärendet öppnades."), "decided_on")
    body = columns.text(Decision, "body", facts.body)
    if body is None:
        raise InvalidFact(_("Skriv vem som har beslutat: nämnden, utskottet eller delegaten."), field="body")
    missing = _("Skriv vad som beslutades.")
    by_board = facts.kind is DecisionKind.BOARD
    return {
        "kind": facts.kind,
        "decided_on": day,
        "body": body,
        "paragraph": columns.text(Decision, "paragraph", written_paragraph(facts.paragraph)),
        "delegation_point": None
        if by_board
        else columns.text(Decision, "delegation_point", facts.delegation_point),
        "outcome": rules.long_text(facts.outcome, MAX_OUTCOME, "outcome", missing),
        "is_final": facts.is_final,
        "record": _record_in(session, case, facts.record_uid),
    }


def _record_in(session: Session, case: Case, uid: uuid.UUID | None) -> Record | None:
    if uid is None:
        return None
    record = session.scalar(select(Record).where(Record.uid == uid, Record.case_id == case.id))
    if record is None:
        raise InvalidFact(_("Handlingen finns inte i ärendet."), field="record")
    return record


def _follow(session: Session, case: Case, *, touched: bool) -> None:
    """The case is decided on the day of its last final decision, and no longer when the only one is cancelled."""
    if not touched:
        return
    last = session.scalar(
        select(Decision.decided_on)
        .where(Decision.case_id == case.id, Decision.is_final, Decision.state == DecisionState.REGISTERED)
        .order_by(Decision.decided_on.desc())
        .limit(1)
    )
    case.decided_on = last
    if last is not None and case.status not in FINISHED:
        case.status = CaseStatus.DECIDED
    elif last is None and case.status is CaseStatus.DECIDED:
        case.status = CaseStatus.IN_PROGRESS
    case.version += 1


def _told(decision: Decision) -> dict[str, object]:
    return {
        "decision_kind": decision.kind,
        "decision_day": decision.decided_on,
        "body": decision.body,
        "paragraph": decision.paragraph,
        "delegation_point": decision.delegation_point,
        "outcome": decision.outcome,
        "is_final": decision.is_final,
        "record": decision.record.number_text if decision.record else None,
    }


def _case_facts(case: Case) -> dict[str, object]:
    return {"status": case.status, "decided_on": case.decided_on}


def _note(
    session: Session,
    actor: Actor,
    case: Case,
    verb: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    reason: str | None,
) -> None:
    journal.case_changed(session, actor, case, f"case.{verb}", before=before, after=after, reason=reason)
