"""Publishing to and reading from the change feed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from diarium.changes.models import Change, ConsumerPosition
from diarium.db.base import now


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is behind: number of changes not yet handled."""

    consumer: str
    waiting: int


def publish(session: Session, entity_type: str, entity_uid: uuid.UUID, kind: str) -> None:
    """Adds one outbox row to the running transaction."""
    session.add(Change(entity_type=entity_type, entity_uid=entity_uid, kind=kind))


def pending(session: Session, consumer: str, *, limit: int = 200) -> Sequence[Change]:
    """The next changes for `consumer`, in an order in which none can appear later before one already given.

    On PostgreSQL a row drawn earlier may commit later, so only rows of transactions that are older than every
    transaction still running are given (`pg_snapshot_xmin`), ordered by transaction and row.
    """
    position = session.get(ConsumerPosition, consumer)
    seen = (position.transaction_id, position.change_id) if position else (0, 0)
    query = (
        select(Change)
        .where(tuple_(Change.transaction_id, Change.id) > tuple_(*seen))
        .order_by(Change.transaction_id, Change.id)
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        query = query.where(Change.transaction_id < text("pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
    return session.scalars(query).all()


def advance(session: Session, consumer: str, last: Change) -> None:
    """Notes that `consumer` has handled everything up to `last`."""
    position = session.get(ConsumerPosition, consumer)
    if position is None:
        position = ConsumerPosition(consumer=consumer, transaction_id=0, change_id=0)
        session.add(position)
    if (position.transaction_id, position.change_id) >= (last.transaction_id, last.id):
        return  # never backwards: another worker, or a rebuild, was further
    position.transaction_id, position.change_id = last.transaction_id, last.id
    position.moved_at = now()


def settled_end(session: Session) -> Change | None:
    """The last change that is settled now, nothing if there is none: where a rebuild from the register begins."""
    query = select(Change).order_by(Change.transaction_id.desc(), Change.id.desc()).limit(1)
    if session.get_bind().dialect.name == "postgresql":
        query = query.where(Change.transaction_id < text("pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
    return session.scalar(query)


def lag(session: Session, consumer: str) -> Lag:
    """How many changes wait for `consumer`."""
    position = session.get(ConsumerPosition, consumer)
    seen = (position.transaction_id, position.change_id) if position else (0, 0)
    waiting = session.scalar(
        select(func.count()).select_from(Change).where(tuple_(Change.transaction_id, Change.id) > tuple_(*seen))
    )
    return Lag(consumer, waiting or 0)
