"""What is being brought up to date right now: a difference there is no fault."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from diarium.changes.models import Change, ConsumerPosition, ParkedChange
from diarium.db.engine import Database
from diarium.register import spreading

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a consumer stood when a check began."""

    consumer: str
    transaction_id: int
    change_id: int


@dataclass(frozen=True, slots=True)
class Moving:
    """Cases and records that changed since, or wait. `is_everything`: so many that nothing can be said."""

    uids: frozenset[uuid.UUID]
    is_everything: bool

    def __contains__(self, uid: object) -> bool:
        return self.is_everything or uid in self.uids


def mark(database: Database, consumer: str) -> Mark:
    """Notes where the consumer stands now."""
    with database.reading() as session:
        position = session.get(ConsumerPosition, consumer)
    return Mark(consumer, position.transaction_id, position.change_id) if position else Mark(consumer, 0, 0)


def since(database: Database, begun: Mark) -> Moving:
    """What the consumer had to do then or has had to do since, and what is parked for it."""
    with database.reading() as session:
        after = tuple_(Change.transaction_id, Change.id) > tuple_(begun.transaction_id, begun.change_id)
        uids = set(session.scalars(select(Change.entity_uid).where(after).distinct().limit(_MOST + 1)))
        waiting = (
            select(Change.entity_uid)
            .join(ParkedChange, ParkedChange.change_id == Change.id)
            .where(ParkedChange.consumer.in_((begun.consumer, spreading.CONSUMER)))
        )
        uids |= set(session.scalars(waiting))
        return Moving(frozenset(uids), len(uids) > _MOST or _is_spreading(session))


def _is_spreading(session: Session) -> bool:
    """Whether a changed class or authority has still to be told of for each of its cases."""
    position = session.get(ConsumerPosition, spreading.CONSUMER)
    seen = (position.transaction_id, position.change_id) if position else (0, 0)
    waiting = select(Change.id).where(
        tuple_(Change.transaction_id, Change.id) > tuple_(*seen), Change.entity_type.not_in(("case", "record"))
    )
    return session.scalar(waiting.limit(1)) is not None
