"""Notices: what subscriptions found, for the user to see on the start page."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from diarium.db.base import now
from diarium.identity.permissions import Actor
from diarium.lists.models import Notice, SavedList

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`count` new rows in the saved list `list_uid` since `created_at` or earlier."""

    list_uid: uuid.UUID
    list_name: str
    count: int
    created_at: dt.datetime


def unread(session: Session, actor: Actor) -> tuple[NoticeView, ...]:
    """The actor's unread notices, newest first."""
    rows = session.scalars(
        select(Notice)
        .where(Notice.user_id == (actor.user_id or -1), Notice.read_at.is_(None))
        .options(selectinload(Notice.saved_list))
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(NoticeView(row.saved_list.uid, row.saved_list.name, row.count, row.created_at) for row in rows)


def unread_count(session: Session, actor: Actor) -> int:
    """How many saved lists have news for the actor."""
    query = select(func.count()).where(Notice.user_id == (actor.user_id or -1), Notice.read_at.is_(None))
    return session.scalar(query) or 0


def mark_read(session: Session, actor: Actor, list_uid: uuid.UUID | None = None) -> None:
    """Marks the actor's notices as read: those of one saved list, or all."""
    query = update(Notice).where(Notice.user_id == (actor.user_id or -1), Notice.read_at.is_(None))
    if list_uid is not None:
        query = query.where(Notice.saved_list_id.in_(select(SavedList.id).where(SavedList.uid == list_uid)))
    session.execute(query.values(read_at=now()))
