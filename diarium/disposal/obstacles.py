"""What stands in the way of disposing of a case, and what should be known before it is decided.

Asked for a page, for a whole proposal, and once more for each case under its lock when its turn comes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased

from diarium.archive import delivery_states
from diarium.archive.delivery_models import PackageDelivery
from diarium.archive.models import UNDER_WAY, Export, ExportItem
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import MessageState
from diarium.disclosure import holding
from diarium.disposal import due, reckoning
from diarium.disposal.models import OPEN_STATES, DisposalItem, DisposalProposal, Ground, ItemState, LegalHold
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import today
from diarium.register.models import Case, CaseRelation, Deadline, DisposalDepth, Party, Record
from diarium.register.vocabulary import FINISHED, CaseStatus, DeadlineState, Medium
from diarium.secrecy.models import Restriction


class Obstacle(StrEnum):
    """Why a case can't be disposed of now."""

    DISPOSED = "disposed"
    OPEN = "open"
    NO_RULE = "no_rule"
    PRESERVED = "preserved"
    UNKNOWN_DAY = "unknown_day"
    NOT_YET = "not_yet"
    NOT_DELIVERED = "not_delivered"
    HELD = "held"
    REQUESTED = "requested"
    WATCHED = "watched"
    CLOSED_CIRCLE = "closed_circle"
    PACKAGED = "packaged"
    LETTER = "letter"
    PROPOSED = "proposed"


class Remark(StrEnum):
    """What should be known; it stops nothing."""

    REFERRED = "referred"
    MOVED = "moved"
    PAPER = "paper"
    MARKED = "marked"
    PROTECTED = "protected"


OBSTACLE_LABELS: Mapping[Obstacle, str] = {
    Obstacle.DISPOSED: _l("Ärendet är redan gallrat."),
    Obstacle.OPEN: _l("Ärendet är inte avslutat."),
    Obstacle.NO_RULE: _l("Klassen saknar bevarande- eller gallringsregel."),
    Obstacle.PRESERVED: _l("Handlingarna bevaras. Egna kopior får gallras först efter bekräftad leverans."),
    Obstacle.UNKNOWN_DAY: _l("Dagen som fristen räknas från är inte antecknad."),
    Obstacle.NOT_YET: _l("Fristen har inte gått ut."),
    Obstacle.NOT_DELIVERED: _l("Ingen mottagare har bekräftat att ärendet är levererat."),
    Obstacle.HELD: _l("Gallringsstopp gäller."),
    Obstacle.REQUESTED: _l("Någon har begärt att få se handlingarna, eller kan ännu överklaga ett avslag."),
    Obstacle.WATCHED: _l("En bevakning är öppen i ärendet."),
    Obstacle.CLOSED_CIRCLE: _l("Ärendet eller en handling har begränsad krets."),
    Obstacle.PACKAGED: _l("Ärendet ingår i ett uttag eller en leverans som pågår."),
    Obstacle.LETTER: _l("Ett utskick i ärendet är på väg eller oklart."),
    Obstacle.PROPOSED: _l("Ärendet ingår i ett annat gallringsförslag."),
}
REMARK_LABELS: Mapping[Remark, str] = {
    Remark.REFERRED: _l("Ett pågående ärende hänvisar hit."),
    Remark.MOVED: _l("Handlingar har flyttats hit eller härifrån."),
    Remark.PAPER: _l("Det finns original på papper, som ska förstöras för sig."),
    Remark.MARKED: _l("Något i ärendet är sekretessmarkerat."),
    Remark.PROTECTED: _l("En part har skyddade personuppgifter."),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: on which ground, how deep, on which day; `proposal_id`: the one that it belongs to."""

    ground: Ground = Ground.DUE
    depth: DisposalDepth = DisposalDepth.EVERYTHING
    day: dt.date | None = None
    proposal_id: int | None = None


def obstacles_of(session: Session, cases: Sequence[Case], question: Question) -> dict[int, tuple[Obstacle, ...]]:
    """By case id, what stands in its way. A constant number of statements, whatever the number of cases."""
    ids = [case.id for case in cases]
    found = {case.id: list(_of_rule(case, day, question)) for case, day in _with_days(session, cases)}
    for obstacle, held in _held(session, ids, question):
        for case_id in held:
            found[case_id].append(obstacle)
    if question.ground is Ground.DELIVERED:
        archived = Case.status == CaseStatus.ARCHIVED  # what is opened again is not as it was delivered
        delivered = set(session.scalars(select(Case.id).where(Case.id.in_(ids), archived, due.is_delivered())))
        for case_id in set(ids) - delivered:
            found[case_id].append(Obstacle.NOT_DELIVERED)
    return {case_id: tuple(sorted(kinds, key=list(Obstacle).index)) for case_id, kinds in found.items()}


def remarks_of(session: Session, case_ids: Collection[int]) -> dict[int, tuple[Remark, ...]]:
    """By case id, what should be known of it. A constant number of statements."""
    found: dict[int, list[Remark]] = {case_id: [] for case_id in case_ids}
    for remark, condition in _REMARKS.items():
        for case_id in session.scalars(select(Case.id).where(Case.id.in_(case_ids), condition)):
            found[case_id].append(remark)
    return {case_id: tuple(kinds) for case_id, kinds in found.items()}


def _with_days(session: Session, cases: Sequence[Case]) -> Iterator[tuple[Case, dt.date | None]]:
    days = due.happened_days(session, cases)
    yield from ((case, days[case.id]) for case in cases)


def _of_rule(case: Case, happened_on: dt.date | None, question: Question) -> Iterator[Obstacle]:
    is_gone = case.disposed is DisposalDepth.EVERYTHING or case.disposed is question.depth
    if is_gone:
        yield Obstacle.DISPOSED
    if case.status not in due.ENDED:
        yield Obstacle.OPEN
    if question.ground is Ground.DELIVERED:
        return
    rule = due.rule_of(case)
    if rule is None:
        yield Obstacle.NO_RULE
    elif not reckoning.is_disposing(rule):
        yield Obstacle.PRESERVED
    else:
        first = reckoning.due_on(rule, happened_on)
        if first is None:
            yield Obstacle.UNKNOWN_DAY
        elif first > (question.day or today()):
            yield Obstacle.NOT_YET


def _held(session: Session, ids: Sequence[int], question: Question) -> Iterator[tuple[Obstacle, Iterable[int]]]:
    day = question.day or today()
    in_force = LegalHold.ended_at.is_(None) & or_(LegalHold.until.is_(None), LegalHold.until >= day)
    yield Obstacle.HELD, _these(session, select(LegalHold.case_id).where(LegalHold.case_id.in_(ids), in_force))
    yield Obstacle.REQUESTED, holding.held_cases(session, ids)
    is_open = Deadline.state == DeadlineState.OPEN
    yield Obstacle.WATCHED, _these(session, select(Deadline.case_id).where(Deadline.case_id.in_(ids), is_open))
    closed = or_(
        Case.is_closed_circle, exists().where(Record.case_id == Case.id, Record.is_closed_circle).correlate(Case)
    )
    yield Obstacle.CLOSED_CIRCLE, _these(session, select(Case.id).where(Case.id.in_(ids), closed))
    yield Obstacle.PACKAGED, _these(session, _packaged(ids))
    unsettled = OutgoingMessage.state.in_((MessageState.QUEUED, MessageState.SENDING, MessageState.UNCERTAIN))
    letters = select(OutgoingMessage.case_id).where(OutgoingMessage.case_id.in_(ids), unsettled)
    yield Obstacle.LETTER, _these(session, letters)
    waits = DisposalItem.state.in_((ItemState.PROPOSED, ItemState.APPROVED))
    others = (
        select(DisposalItem.case_id)
        .join(DisposalProposal)
        .where(DisposalItem.case_id.in_(ids), waits, DisposalProposal.state.in_(OPEN_STATES))
        .where(DisposalItem.proposal_id != (question.proposal_id or 0))
    )
    yield Obstacle.PROPOSED, _these(session, others)


def _packaged(ids: Sequence[int]) -> Select[int]:
    """Cases of exports that are being made, or of packages on their way."""
    making = exists().where(Export.id == ExportItem.export_id, Export.state.in_(UNDER_WAY))
    on_its_way = exists().where(
        PackageDelivery.part_id == ExportItem.part_id, PackageDelivery.state.in_(_ON_ITS_WAY)
    )
    return select(ExportItem.case_id).where(
        ExportItem.case_id.in_(ids), or_(making.correlate(ExportItem), on_its_way.correlate(ExportItem))
    )


_ON_ITS_WAY = (*delivery_states.LIVE, delivery_states.DeliveryState.FAILED)
"""Also what could not be sent, until it is sent once more or withdrawn: its package is needed."""


def _these(session: Session, query: Select[int]) -> set[int]:
    return set(session.scalars(query.distinct()))


def _moved() -> ColumnElement[bool]:
    other = aliased(Record)
    gone = exists().where(Record.case_id == Case.id, Record.moved_to_id.is_not(None))
    came = exists().where(Record.case_id == Case.id, other.moved_to_id == Record.id)
    return or_(gone.correlate(Case), came.correlate(Case))


def _referred() -> ColumnElement[bool]:
    other = aliased(Case)
    lives = other.status.not_in(FINISHED) & other.disposed.is_(None)
    to_it = exists().where(CaseRelation.to_case_id == Case.id, other.id == CaseRelation.from_case_id, lives)
    from_it = exists().where(CaseRelation.from_case_id == Case.id, other.id == CaseRelation.to_case_id, lives)
    return or_(to_it.correlate(Case), from_it.correlate(Case))


def _of_case_or_record(
    table: type[Restriction] | type[Party], condition: ColumnElement[bool]
) -> ColumnElement[bool]:
    own = exists().where(table.case_id == Case.id, condition).correlate(Case)
    of_record = exists().where(Record.case_id == Case.id, table.record_id == Record.id, condition).correlate(Case)
    return or_(own, of_record)


_REMARKS: Mapping[Remark, ColumnElement[bool]] = {
    Remark.REFERRED: _referred(),
    Remark.MOVED: _moved(),
    Remark.PAPER: exists().where(Record.case_id == Case.id, Record.medium != Medium.DIGITAL).correlate(Case),
    Remark.MARKED: _of_case_or_record(Restriction, Restriction.lifted_at.is_(None)),
    Remark.PROTECTED: _of_case_or_record(Party, Party.is_protected.is_(True)),
}
