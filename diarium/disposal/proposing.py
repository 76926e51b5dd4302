"""An archivist proposes what is to be disposed of: a frozen list, from which nothing falls out unseen."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from diarium import texts
from diarium.audit import service as audit
from diarium.classification.models import Classification
from diarium.disposal import due, obstacles, reckoning
from diarium.disposal.due import Wanted
from diarium.disposal.errors import DisposalConflict, DisposalNotFound, InvalidDisposal
from diarium.disposal.freezing import freeze
from diarium.disposal.models import (
    DisposalCounter,
    DisposalItem,
    DisposalProposal,
    Ground,
    ItemState,
    ProposalState,
)
from diarium.disposal.obstacles import Obstacle, Question
from diarium.i18n import SOURCE_LOCALE, today, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup, rules
from diarium.register.models import Authority, Case, DisposalDepth

MOST_CASES = 10_000
_BATCH = 500
_MAX_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of asking for a proposal. `left_out`: cases by what stood in their way."""

    proposal: DisposalProposal
    count: int
    left_out: Counter[Obstacle]


@dataclass(slots=True)
class _Chosen:
    cases: list[Case] = field(default_factory=list)
    left_out: Counter[Obstacle] = field(default_factory=Counter)


def propose(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    depth: DisposalDepth,
    *,
    note: str = "",
    case_uids: Sequence[uuid.UUID] | None = None,
) -> Proposed:
    """Freezes the cases of `wanted` in which nothing stands in the way, or those of them that are named.

    Nothing happens to them until somebody else has decided. Raises: NotAllowed; InvalidText at "note";
    InvalidDisposal where no case is left, or more than `MOST_CASES`.
    """
    owner = lookup.authority(session, wanted.authority)
    actor.require(Permission.DISPOSE, owner.code)
    remark = texts.lines(note, _MAX_NOTE, "note") or None
    # Numbers are drawn under a lock: of two proposals for the same cases the later one sees the first.
    number = _next_number(session, owner)
    question = Question(wanted.ground, depth, wanted.day)
    chosen = _choose(session, wanted, question, case_uids)
    if not chosen.cases:
        raise InvalidDisposal(
            _("Inget ärende i urvalet kan gallras nu. Listan säger vad som hindrar."), field="cases"
        )
    made = DisposalProposal(
        authority=owner,
        year=today().year,
        number=number,
        ground=wanted.ground,
        depth=depth,
        note=remark,
        proposed_by_id=actor.user_id,
        proposed_by_name=actor.name,
    )
    session.add(made)
    session.flush()
    with use_locale(SOURCE_LOCALE):
        _freeze(session, made, chosen.cases)
    after = {"cases": len(chosen.cases), "depth": depth, "ground": wanted.ground}
    audit.write(session, actor, "disposal.proposed", subject_of(made), after=after, reason=remark)
    return Proposed(made, len(chosen.cases), chosen.left_out)


def withdraw(session: Session, actor: Actor, uid: uuid.UUID, reason: str) -> None:
    """Takes back a proposal that is not decided yet.

    Raises: DisposalNotFound, NotAllowed, InvalidFact at "reason", DisposalConflict.
    """
    proposal = locked(session, actor, uid)
    reason = rules.required_reason(reason)
    require_undecided(proposal)
    end(session, actor, proposal, ProposalState.WITHDRAWN, "disposal.withdrawn", reason)


def locked(session: Session, actor: Actor, uid: uuid.UUID) -> DisposalProposal:
    """The proposal, locked until the transaction ends. Raises: DisposalNotFound."""
    found = by_uid(session, actor, uid)
    session.refresh(found, with_for_update=True)
    return found


def by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> DisposalProposal:
    """The proposal with `uid`. Raises: DisposalNotFound also for one that the actor has no part in."""
    found = session.scalar(select(DisposalProposal).where(DisposalProposal.uid == uid))
    if found is None or not actor.may(Permission.DISPOSE, found.authority.code):
        raise DisposalNotFound(_("Gallringsförslaget finns inte."))
    return found


def require_undecided(proposal: DisposalProposal) -> None:
    """Raises: DisposalConflict once it is decided or taken back."""
    if proposal.state is not ProposalState.PROPOSED:
        raise DisposalConflict(_("Förslaget är redan beslutat eller återkallat."))


def end(
    session: Session, actor: Actor, proposal: DisposalProposal, state: ProposalState, action: str, reason: str
) -> None:
    """Ends a proposal of which nothing comes: its cases are free again."""
    proposal.state, proposal.end_reason = state, reason
    proposal.version += 1
    session.execute(
        update(DisposalItem)
        .where(DisposalItem.proposal_id == proposal.id, DisposalItem.state == ItemState.PROPOSED)
        .values(state=ItemState.REJECTED, digest=None)
        .execution_options(synchronize_session=False)
    )
    audit.write(session, actor, action, subject_of(proposal), reason=reason)


def subject_of(proposal: DisposalProposal) -> audit.Subject:
    """The proposal as audit events name it."""
    return audit.Subject("disposal", proposal.uid, proposal.number_text, proposal.authority.code)


def _choose(
    session: Session, wanted: Wanted, question: Question, case_uids: Sequence[uuid.UUID] | None
) -> _Chosen:
    found = _Chosen()
    for batch in _batches(session, wanted, case_uids):
        barred = obstacles.obstacles_of(session, batch, question)
        for case in batch:
            if barred[case.id]:
                found.left_out[barred[case.id][0]] += 1
            else:
                found.cases.append(case)
        if len(found.cases) > MOST_CASES:
            message = _("Urvalet har fler än %(most)s ärenden. Välj en klass eller ett år.", most=MOST_CASES)
            raise InvalidDisposal(message, field="cases")
    return found


def _batches(session: Session, wanted: Wanted, case_uids: Sequence[uuid.UUID] | None) -> Iterator[Sequence[Case]]:
    loads = joinedload(Case.classification).joinedload(Classification.retention_rule)
    query = due.candidates(session, wanted).options(loads, joinedload(Case.authority))
    if case_uids is not None:
        for start in range(0, len(case_uids), _BATCH):
            yield session.scalars(query.where(Case.uid.in_(case_uids[start : start + _BATCH]))).unique().all()
        return
    last = 0
    while batch := session.scalars(query.where(Case.id > last).limit(_BATCH)).unique().all():
        yield batch
        last = batch[-1].id


def _freeze(session: Session, proposal: DisposalProposal, cases: Sequence[Case]) -> None:
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        frozen = freeze(session, [case.id for case in batch])
        days = due.happened_days(session, batch)
        rows = []
        for case in batch:
            rule, held = due.rule_of(case), frozen[case.id]
            is_due = proposal.ground is Ground.DUE and rule is not None
            rows.append(
                {
                    "proposal_id": proposal.id,
                    "case_id": case.id,
                    "number_text": case.number_text,
                    "state": ItemState.PROPOSED,
                    "digest": held.digest,
                    "rule": reckoning.in_words(rule) if rule else "",
                    "basis": rule.basis if rule else "",
                    "due_on": reckoning.due_on(rule, days[case.id]) if is_due and rule else None,
                    "record_count": held.record_count,
                    "file_count": held.file_count,
                    "byte_count": held.byte_count,
                    "paper_count": held.paper_count,
                }
            )
        session.execute(insert(DisposalItem), rows)


def _next_number(session: Session, owner: Authority) -> int:
    """Counted up in the transaction of the proposal: what is rolled back leaves no gap."""
    year = today().year
    dialect = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(
        dialect(DisposalCounter).values(authority_id=owner.id, year=year, last_number=0).on_conflict_do_nothing()
    )
    counter = session.scalars(
        select(DisposalCounter)
        .where(DisposalCounter.authority_id == owner.id, DisposalCounter.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    counter.last_number += 1
    return counter.last_number


def count_items(session: Session, proposal: DisposalProposal, state: ItemState) -> int:
    """How many cases of the proposal are in a state."""
    query = select(func.count()).select_from(DisposalItem)
    return session.scalar(query.where(DisposalItem.proposal_id == proposal.id, DisposalItem.state == state)) or 0
