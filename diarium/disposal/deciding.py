"""Somebody else decides a proposal: by the authority's decision, case by case, for ever."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import service as audit
from diarium.db.base import now
from diarium.disposal import proposing
from diarium.disposal.errors import DisposalNotFound, FourEyes, InvalidDisposal
from diarium.disposal.models import MAX_DECISION, DisposalItem, DisposalProposal, ItemState, ProposalState
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.register import journal, rules

MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided. `decision`: the authority's own, as it is cited ("KS 2026-11-20 § 45").

    `confirmed`: the number of cases, as somebody typed it to show that they know how many go.
    """

    decision: str
    decided_on: dt.date
    confirmed: str


def approve(
    session: Session, actor: Actor, uid: uuid.UUID, ruling: Ruling, *, version: int, four_eyes: bool = True
) -> DisposalProposal:
    """Decides that what was not left out of the proposal is disposed of. The worker does it then.

    Raises: DisposalNotFound; FourEyes where the proposer decides and `four_eyes` forbids it; EditConflict;
    DisposalConflict; InvalidDisposal and InvalidText with the field's name.
    """
    proposal = proposing.locked(session, actor, uid)
    proposing.require_undecided(proposal)
    journal.check_version(proposal.version, version)
    _require_another(proposal, actor, four_eyes=four_eyes)
    missing = _("Skriv gallringsbeslutets nummer, som KS 2026-11-20 § 45.")
    decision = texts.required_line(ruling.decision, MAX_DECISION, "decision", missing)
    if not dt.date(1900, 1, 1) <= ruling.decided_on <= today():
        raise InvalidDisposal(_("Beslutets dag ska vara i dag eller tidigare."), field="decided_on")
    count = proposing.count_items(session, proposal, ItemState.PROPOSED)
    if not count:
        raise InvalidDisposal(_("Alla ärenden är undantagna. Avslå förslaget i stället."), field="confirmed")
    if ruling.confirmed.strip() != str(count):
        message = _("Skriv antalet ärenden som ska gallras: %(count)s. Det går inte att ångra.", count=count)
        raise InvalidDisposal(message, field="confirmed")
    session.execute(
        update(DisposalItem)
        .where(DisposalItem.proposal_id == proposal.id, DisposalItem.state == ItemState.PROPOSED)
        .values(state=ItemState.APPROVED)
        .execution_options(synchronize_session=False)
    )
    proposal.state, proposal.decision, proposal.decided_on = (
        ProposalState.EXECUTING,
        decision,
        ruling.decided_on,
    )
    proposal.decided_at, proposal.decided_by_id, proposal.decided_by_name = now(), actor.user_id, actor.name
    proposal.version += 1
    after = {"decision": decision, "decided_on": ruling.decided_on, "cases": count}
    audit.write(session, actor, "disposal.decided", proposing.subject_of(proposal), after=after)
    return proposal


def decline(
    session: Session, actor: Actor, uid: uuid.UUID, reason: str, *, version: int, four_eyes: bool = True
) -> None:
    """Decides that nothing of the proposal is disposed of.

    Raises: as `approve`; InvalidFact at "reason".
    """
    proposal = proposing.locked(session, actor, uid)
    proposing.require_undecided(proposal)
    journal.check_version(proposal.version, version)
    _require_another(proposal, actor, four_eyes=four_eyes)
    reason = rules.required_reason(reason)
    proposal.decided_at, proposal.decided_by_id, proposal.decided_by_name = now(), actor.user_id, actor.name
    proposing.end(session, actor, proposal, ProposalState.DECLINED, "disposal.declined", reason)


def _require_another(proposal: DisposalProposal, actor: Actor, *, four_eyes: bool) -> None:
    is_same = actor.user_id == proposal.proposed_by_id
    if four_eyes and is_same:
        raise FourEyes(_("Den som har lagt förslaget kan inte också besluta. En annan arkivarie ska göra det."))


def reject(session: Session, actor: Actor, uid: uuid.UUID, item_id: int, reason: str, *, version: int) -> None:
    """Leaves one case out before the decision: it stays, and can be proposed again.

    Raises: DisposalNotFound, EditConflict, DisposalConflict, InvalidText at "reason".
    """
    proposal = proposing.locked(session, actor, uid)
    proposing.require_undecided(proposal)
    journal.check_version(proposal.version, version)
    item = session.scalar(
        select(DisposalItem).where(DisposalItem.id == item_id, DisposalItem.proposal_id == proposal.id)
    )
    if item is None or item.state is not ItemState.PROPOSED:
        raise DisposalNotFound(_("Ärendet ingår inte i förslaget."))
    missing = _("Skriv varför %(number)s undantas.", number=item.number_text)
    item.reason = texts.required_line(reason, MAX_REASON, "reason", missing)
    item.state, item.digest = ItemState.REJECTED, None
    proposal.version += 1
    after = {"case": item.number_text}
    audit.write(
        session, actor, "disposal.case_left_out", proposing.subject_of(proposal), after=after, reason=reason
    )
