"""Dispatches as an actor may see them: of a case, of a record, as a list, one with all that is known of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.correspondence.errors import MessageNotFound
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.steering import CAN_SETTLE
from diarium.correspondence.views import DispatchView, RecipientView, view_of
from diarium.correspondence.vocabulary import MessageState
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority, Case, Record
from diarium.register.views import sight_of_record

MOST_ROWS = 100
MOST_OF_A_CASE = 200


class Box(StrEnum):
    """The dispatches of a list."""

    ALL = "all"
    WAITING = "waiting"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


BOX_LABELS: Mapping[Box, str] = {
    Box.ALL: _l("Alla"),
    Box.WAITING: _l("Väntar"),
    Box.FAILED: _l("Kunde inte skickas"),
    Box.UNCERTAIN: _l("Oklara"),
}


@dataclass(frozen=True, slots=True)
class DispatchCounts:
    """What waits, and what somebody has to see to."""

    waiting: int
    failed: int
    uncertain: int


@dataclass(frozen=True, slots=True)
class DispatchPage:
    """A page of dispatches, the newest first; `next_cursor` leads to the older ones."""

    rows: tuple[DispatchView, ...]
    next_cursor: str | None


def counts(session: Session, actor: Actor) -> DispatchCounts:
    """How many dispatches wait and need a person, at the authorities where the actor registers. One query."""
    codes = actor.authorities(Permission.REGISTER)
    if not codes:
        return DispatchCounts(0, 0, 0)
    query = (
        select(OutgoingMessage.state, func.count())
        .join(Authority, Authority.id == OutgoingMessage.authority_id)
        .where(Authority.code.in_(codes), or_(*(_IN_BOX[box] for box in _COUNTED)))
        .group_by(OutgoingMessage.state)
    )
    found: dict[MessageState, int] = {state: number for state, number in session.execute(query)}  # noqa: C416
    return DispatchCounts(
        waiting=found.get(MessageState.QUEUED, 0) + found.get(MessageState.SENDING, 0),
        failed=found.get(MessageState.FAILED, 0) + found.get(MessageState.PARTLY_SENT, 0),
        uncertain=found.get(MessageState.UNCERTAIN, 0),
    )


def page(
    session: Session, actor: Actor, box: Box = Box.ALL, *, cursor: str | None = None, size: int = 50
) -> DispatchPage:
    """A page of the dispatches of the authorities that the actor reads. Constant number of queries."""
    query = _loaded().join(Authority, Authority.id == OutgoingMessage.authority_id)
    query = query.where(Authority.code.in_(actor.authorities(Permission.READ)))
    if box in _IN_BOX:
        query = query.where(_IN_BOX[box])
    if cursor is not None and cursor.isascii() and cursor.isdigit() and len(cursor) <= 18:
        query = query.where(OutgoingMessage.id < int(cursor))
    size = max(1, min(size, MOST_ROWS))
    found = session.scalars(query.order_by(OutgoingMessage.id.desc()).limit(size + 1)).all()
    more = str(found[size - 1].id) if len(found) > size else None
    return DispatchPage(tuple(view_of(actor, message) for message in found[:size]), more)


def dispatches_of(session: Session, actor: Actor, case: Case) -> tuple[DispatchView, ...]:
    """The dispatches of the case's records, the newest first, also from before a record was moved here.

    Constant number of queries. The caller has asked whether the actor reads the authority.
    """
    here = select(Record.id).where(Record.case_id == case.id)
    moved_here = select(Record.id).where(Record.moved_to_id.in_(here))
    query = _loaded().where(or_(OutgoingMessage.case_id == case.id, OutgoingMessage.record_id.in_(moved_here)))
    found = session.scalars(query.order_by(OutgoingMessage.id.desc()).limit(MOST_OF_A_CASE))
    return tuple(view_of(actor, message) for message in found)


def dispatches_of_record(session: Session, actor: Actor, record: Record) -> tuple[DispatchView, ...]:
    """The dispatches of one record, the newest first. Like `dispatches_of`."""
    moved_here = select(Record.id).where(Record.moved_to_id == record.id)
    query = _loaded().where(or_(OutgoingMessage.record_id == record.id, OutgoingMessage.record_id.in_(moved_here)))
    found = session.scalars(query.order_by(OutgoingMessage.id.desc()).limit(MOST_OF_A_CASE))
    return tuple(view_of(actor, message) for message in found)


def details(session: Session, actor: Actor, uid: uuid.UUID) -> DispatchView:
    """One dispatch. Raises: MessageNotFound."""
    return view_of(actor, _find(session, actor, uid))


def record_of(session: Session, actor: Actor, uid: uuid.UUID) -> Record:
    """The record that was dispatched. Raises: MessageNotFound."""
    return _find(session, actor, uid).record


def content_of(session: Session, actor: Actor, uid: uuid.UUID) -> str | None:
    """The checksum of the message as it was sent, if there is one and the actor may read it.

    Raises: MessageNotFound.
    """
    message = _find(session, actor, uid)
    seen = sight_of_record(actor, message.record)
    return message.content_sha256 if seen.everything else None


_COUNTED = (Box.WAITING, Box.FAILED, Box.UNCERTAIN)
_IN_BOX: Mapping[Box, ColumnElement[bool]] = {
    Box.WAITING: OutgoingMessage.state.in_((MessageState.QUEUED, MessageState.SENDING)),
    Box.FAILED: OutgoingMessage.state.in_(CAN_SETTLE) & ~OutgoingMessage.is_settled,
    Box.UNCERTAIN: OutgoingMessage.state == MessageState.UNCERTAIN,
}


def _find(session: Session, actor: Actor, uid: uuid.UUID) -> OutgoingMessage:
    message = session.scalar(_loaded().where(OutgoingMessage.uid == uid))
    if message is None or not actor.may(Permission.READ, message.authority.code):
        raise MessageNotFound(_("Utskicket finns inte."))
    return message


def _loaded() -> Select[OutgoingMessage]:
    return select(OutgoingMessage).options(
        selectinload(OutgoingMessage.authority),
        selectinload(OutgoingMessage.recipients),
        selectinload(OutgoingMessage.record).options(
            selectinload(Record.parties),
            selectinload(Record.restrictions),
            selectinload(Record.case).options(
                selectinload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties)
            ),
        ),
    )


__all__ = [
    "BOX_LABELS",
    "Box",
    "DispatchCounts",
    "DispatchPage",
    "DispatchView",
    "RecipientView",
    "content_of",
    "counts",
    "details",
    "dispatches_of",
    "dispatches_of_record",
    "page",
    "record_of",
]
