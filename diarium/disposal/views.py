"""What archivists see of disposal: what is due and what hinders it, proposals, what came of them.

Titles of marked cases are not told in these lists; whoever opens the case sees it, and that is noted there.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.classification.models import Classification
from diarium.disposal import due, obstacles, reckoning
from diarium.disposal.due import Wanted
from diarium.disposal.models import DisposalItem, DisposalProposal, ItemState, ProposalState
from diarium.disposal.obstacles import Obstacle, Question, Remark
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority, Case, DisposalDepth, Record
from diarium.register.vocabulary import Medium

PAGE = 100
_MOST_PAPER = 500


@dataclass(frozen=True, slots=True)
class DueRow:
    """A case of which the time is out. `title`: None where it is marked; `why`: how the day is reckoned."""

    uid: uuid.UUID
    number: str
    title: str | None
    class_text: str
    why: str
    due_on: dt.date | None
    obstacles: tuple[Obstacle, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class DuePage:
    """Cases by number; `next`: where the next page begins."""

    rows: tuple[DueRow, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal in a list, with the number of its cases by what became of them."""

    proposal: DisposalProposal
    counts: Counter[ItemState]

    @property
    def total(self) -> int:
        """All its cases."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A case of a proposal. `title`: None where it is marked or gone."""

    item: DisposalItem
    uid: uuid.UUID
    title: str | None
    class_text: str
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the cases of a proposal held together."""

    cases: int
    records: int
    files: int
    bytes: int
    paper: int


@dataclass(frozen=True, slots=True)
class PaperPlace:
    """A record whose original is on paper, and where it lies: to be destroyed for itself."""

    number: str
    place: str


def due_page(session: Session, actor: Actor, wanted: Wanted, depth: DisposalDepth, after: int | None) -> DuePage:
    """A page of what is due at an authority. Constant number of statements. Raises: NotAllowed."""
    actor.require(Permission.DISPOSE, wanted.authority)
    cases, following = due.page(session, wanted, after)
    _load_marks(session, cases)
    question = Question(wanted.ground, depth, wanted.day)
    barred = obstacles.obstacles_of(session, cases, question)
    remarks = obstacles.remarks_of(session, [case.id for case in cases])
    days = due.happened_days(session, cases)
    rows = []
    for case in cases:
        rule = due.rule_of(case)
        rows.append(
            DueRow(
                uid=case.uid,
                number=case.number_text,
                title=_title(case, remarks[case.id]),
                class_text=_class_text(case),
                why=reckoning.explained(rule, days[case.id]) if rule else "",
                due_on=reckoning.due_on(rule, days[case.id]) if rule else None,
                obstacles=barred[case.id],
                remarks=remarks[case.id],
            )
        )
    return DuePage(tuple(rows), following)


def proposals(
    session: Session, actor: Actor, before: int | None = None
) -> tuple[tuple[ProposalRow, ...], int | None]:
    """The proposals at the actor's authorities, the newest first, and where the next page begins."""
    query = (
        select(DisposalProposal).join(DisposalProposal.authority).options(joinedload(DisposalProposal.authority))
    )
    if not actor.is_system:
        query = query.where(Authority.code.in_(actor.authorities(Permission.DISPOSE)))
    if before is not None:
        query = query.where(DisposalProposal.id < before)
    found = session.scalars(query.order_by(DisposalProposal.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    counts = _counts(session, DisposalItem.proposal_id.in_([item.id for item in shown]))
    rows = tuple(ProposalRow(item, counts.get(item.id, Counter())) for item in shown)
    return rows, shown[-1].id if len(found) > PAGE else None


def row_of(session: Session, proposal: DisposalProposal) -> ProposalRow:
    """A proposal with the number of its cases by what became of them."""
    counts = _counts(session, DisposalItem.proposal_id == proposal.id)
    return ProposalRow(proposal, counts.get(proposal.id, Counter()))


def totals(session: Session, proposal: DisposalProposal, *states: ItemState) -> Totals:
    """What the proposal's cases held when it was made, all of them or those in one of the states."""
    query = select(
        func.count(),
        func.coalesce(func.sum(DisposalItem.record_count), 0),
        func.coalesce(func.sum(DisposalItem.file_count), 0),
        func.coalesce(func.sum(DisposalItem.byte_count), 0),
        func.coalesce(func.sum(DisposalItem.paper_count), 0),
    ).where(DisposalItem.proposal_id == proposal.id)
    if states:
        query = query.where(DisposalItem.state.in_(states))
    cases, records, files, size, paper = session.execute(query).one()
    return Totals(cases, int(records), int(files), int(size), int(paper))


def items(
    session: Session, proposal: DisposalProposal, after: int | None = None
) -> tuple[tuple[ItemRow, ...], int | None]:
    """The proposal's cases in the order of their numbers, and where the next page begins. Constant statements."""
    query = (
        select(DisposalItem)
        .where(DisposalItem.proposal_id == proposal.id)
        .options(joinedload(DisposalItem.case).joinedload(Case.classification))
    )
    if after is not None:
        query = query.where(DisposalItem.id > after)
    found = session.scalars(query.order_by(DisposalItem.id).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    cases = [item.case for item in shown]
    _load_marks(session, cases)
    remarks = obstacles.remarks_of(session, [case.id for case in cases])
    rows = tuple(
        ItemRow(
            item,
            item.case.uid,
            _title(item.case, remarks[item.case_id]) if item.state is not ItemState.DISPOSED else None,
            _class_text(item.case),
            remarks[item.case_id],
        )
        for item in shown
    )
    return rows, shown[-1].id if len(found) > PAGE else None


def paper_places(session: Session, proposal: DisposalProposal) -> tuple[PaperPlace, ...]:
    """Where the originals on paper lie, as long as the cases are not disposed of."""
    rows = session.execute(
        select(
            Case.number_text,
            Record.running_number,
            Record.physical_location,
            Case.physical_location.label("of_case"),
        )
        .join(DisposalItem, DisposalItem.case_id == Case.id)
        .join(Record, Record.case_id == Case.id)
        .where(DisposalItem.proposal_id == proposal.id, Record.medium != Medium.DIGITAL)
        .where(DisposalItem.state.in_((ItemState.PROPOSED, ItemState.APPROVED)))
        .order_by(DisposalItem.id, Record.running_number)
        .limit(_MOST_PAPER)
    )
    return tuple(
        PaperPlace(f"{row.number_text}-{row.running_number}", row.physical_location or row.of_case or "")
        for row in rows
    )


def disposed_numbers(session: Session, proposal: DisposalProposal) -> Sequence[DisposalItem]:
    """The cases that were disposed of, for the certificate."""
    return session.scalars(
        select(DisposalItem)
        .where(DisposalItem.proposal_id == proposal.id, DisposalItem.state == ItemState.DISPOSED)
        .order_by(DisposalItem.id)
    ).all()


def left_out(session: Session, proposal: DisposalProposal) -> Sequence[DisposalItem]:
    """The cases that were not, with the reason."""
    states = (ItemState.REJECTED, ItemState.HELD)
    return session.scalars(
        select(DisposalItem)
        .where(DisposalItem.proposal_id == proposal.id, DisposalItem.state.in_(states))
        .order_by(DisposalItem.id)
    ).all()


def is_certain(proposal: DisposalProposal) -> bool:
    """Whether there is a certificate: everything that was decided is done."""
    return proposal.state is ProposalState.DONE


def _counts(session: Session, condition: ColumnElement[bool]) -> dict[int, Counter[ItemState]]:
    rows = session.execute(
        select(DisposalItem.proposal_id, DisposalItem.state, func.count())
        .where(condition)
        .group_by(DisposalItem.proposal_id, DisposalItem.state)
    )
    found: dict[int, Counter[ItemState]] = {}
    for proposal_id, state, count in rows:
        found.setdefault(proposal_id, Counter())[state] = count
    return found


def _load_marks(session: Session, cases: Sequence[Case]) -> None:
    """Reads the markings of all of them in one statement."""
    ids = [case.id for case in cases]
    session.scalars(select(Case).where(Case.id.in_(ids)).options(selectinload(Case.restrictions))).all()


def _title(case: Case, remarks: Sequence[Remark]) -> str | None:
    hidden = {Remark.MARKED, Remark.PROTECTED} & set(remarks) or case.is_closed_circle
    return None if hidden else case.title


def _class_text(case: Case) -> str:
    found: Classification | None = case.classification
    return f"{found.code} {found.title}" if found else ""
