"""How many follow: numbers only, nobody needs to see who."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class FollowFigures:
    """How many subscriptions there are, and how many of them are not confirmed yet."""

    total: int
    unconfirmed: int


def figures(session: Session) -> FollowFigures:
    """The figures now."""
    row = session.execute(
        select(func.count(), func.count().filter(Subscription.confirmed_at.is_(None))).select_from(Subscription)
    ).one()
    return FollowFigures(int(row[0]), int(row[1]))
