"""Changes that a consumer could not handle: seen, tried once more, or given up by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from diarium.changes.models import Change, ParkedChange
from diarium.changes.worker import MAX_ATTEMPTS
from diarium.db.base import now


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked change with what it is about. `is_given_up`: tried as often as the worker does by itself."""

    item: ParkedChange
    change: Change

    @property
    def is_given_up(self) -> bool:
        """Whether only a person brings it back."""
        return self.item.attempts >= MAX_ATTEMPTS


def parked(session: Session, *, consumer: str | None = None, most: int = 200) -> Sequence[Parked]:
    """The newest parked changes, of one consumer or of all."""
    query = select(ParkedChange, Change).join(Change, Change.id == ParkedChange.change_id)
    if consumer is not None:
        query = query.where(ParkedChange.consumer == consumer)
    rows = session.execute(query.order_by(ParkedChange.id.desc()).limit(most))
    return [Parked(item, change) for item, change in rows]


def replay(session: Session, *, consumer: str | None = None, ids: Sequence[int] = ()) -> int:
    """Has the worker try parked changes again at once, also those given up. Returns how many.

    `consumer`, `ids`: only those; all if neither is given.
    """
    wanted = update(ParkedChange).where(ParkedChange.id.in_(_chosen(consumer, ids)))
    count = _count(session, consumer, ids)
    session.execute(wanted.values(attempts=1, next_try_at=now()))
    return count


def discard(session: Session, *, ids: Sequence[int]) -> int:
    """Gives parked changes up for good: what they are about stays as the consumer left it."""
    count = _count(session, None, ids)
    session.execute(delete(ParkedChange).where(ParkedChange.id.in_(ids)))
    return count


def _count(session: Session, consumer: str | None, ids: Sequence[int]) -> int:
    query = select(func.count()).select_from(ParkedChange).where(ParkedChange.id.in_(_chosen(consumer, ids)))
    return session.scalar(query) or 0


def _chosen(consumer: str | None, ids: Sequence[int]) -> Select[int]:
    query = select(ParkedChange.id)
    if consumer is not None:
        query = query.where(ParkedChange.consumer == consumer)
    return query.where(ParkedChange.id.in_(ids)) if ids else query
