"""How far the background work has come, for those who run the system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.changes import feed
from diarium.changes.feed import Lag
from diarium.changes.models import ParkedChange


@dataclass(frozen=True, slots=True)
class State:
    """What waits for each consumer, and what could not be done: the newest of it, and how much it is."""

    lags: tuple[Lag, ...]
    parked: Sequence[ParkedChange]
    parked_count: int


def state(session: Session, consumers: Sequence[str], *, most: int = 50) -> State:
    """The state of the background work of `consumers`."""
    return State(
        lags=tuple(feed.lag(session, name) for name in consumers),
        parked=session.scalars(select(ParkedChange).order_by(ParkedChange.id.desc()).limit(most)).all(),
        parked_count=session.scalar(select(func.count()).select_from(ParkedChange)) or 0,
    )
