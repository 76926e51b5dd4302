"""Subscriptions: the worker looks into saved lists as their owners would, and tells them what is new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.i18n import STOCKHOLM, today
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.lists import catalogue, paging, saving
from diarium.lists.mailing import Mailer, Mailing
from diarium.lists.models import SEARCH, Notice, SavedList, Subscription
from diarium.secrecy import grants

EVERY_SECONDS = 60.0
MOST_KEYS = 1000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Found:
    """What a saved list holds now: keys of its newest rows, at most `MOST_KEYS`; where known, how many in all."""

    keys: tuple[str, ...]
    total: int | None = None


class Searcher(Protocol):
    """Answers saved searches; lists know no index."""

    def __call__(self, session: Session, actor: Actor, parameters: Mapping[str, Sequence[str]]) -> Found:
        """What the search finds now for the actor. Raises: DomainError if it can't be answered."""
        ...


@dataclass(frozen=True, slots=True)
class SubscriptionChore:
    """Checks the subscriptions that are due. `mailer`: None where none is sent; `address`: of the start page."""

    database: Database
    searcher: Searcher | None = None
    mailer: Mailer | None = None
    address: str = ""

    @property
    def name(self) -> str:
        """What the log calls it."""
        return "subscriptions"

    @property
    def every(self) -> float:
        """Seconds from one run to the next."""
        return EVERY_SECONDS

    def run(self) -> int:
        """Checks what is due, then writes e-mail where it is wanted. Returns the number of new notices."""
        with self.database.reading() as session:
            due = session.scalars(
                select(SavedList.id)
                .join(SavedList.owner)
                .where(User.is_active, SavedList.subscription != Subscription.NONE, _is_due())
                .order_by(SavedList.id)
            ).all()
        told = sum(self._check(saved_id) for saved_id in due)
        if self.mailer is not None:
            Mailing(self.database, self.mailer, self.address).send()
        return told

    def _check(self, saved_id: int) -> bool:
        with self.database.reading() as session:
            saved = session.get(SavedList, saved_id)
            if saved is None:
                return False
            try:
                found = self._look(session, grants.actor_of(session, saved.owner), saved)
            except DomainError as error:
                # A list that the owner no longer has, a unit that is gone: nothing to tell, others go on.
                log.info("subscription skipped", saved_list=saved_id, why=type(error).__name__)
                found = None
        with self.database.unit_of_work() as session:
            return _note(session, saved_id, found)

    def _look(self, session: Session, actor: Actor, saved: SavedList) -> Found | None:
        if saved.target == SEARCH:
            return self.searcher(session, actor, saved.parameters) if self.searcher else None
        definition = catalogue.find(actor, saved.target)
        criteria = saving.criteria_of(saved.parameters, saved.target)
        ids = paging.newest_ids(session, actor, definition, criteria, most=MOST_KEYS)
        return Found(tuple(str(key) for key in ids))


def new_rows(before: Found, after: Found) -> int:
    """How many rows of `after` are new since `before`.

    A list of which only the newest rows are known may show older ones when newer ones leave it; where keys are
    numbers, such are told apart by lying below the oldest that was known.
    """
    known = set(before.keys)
    fresh = [key for key in after.keys if key not in known]
    if len(before.keys) >= MOST_KEYS and all(key.isdigit() for key in before.keys):
        oldest = min(int(key) for key in before.keys)
        fresh = [key for key in fresh if int(key) > oldest]
    by_total = after.total - before.total if after.total is not None and before.total is not None else 0
    return max(len(fresh), by_total)


def _is_due() -> ColumnElement[bool]:
    """At once: always. Daily, weekly: not yet today, not yet since Monday."""
    start = dt.datetime.combine(today(), dt.time(), STOCKHOLM)
    monday = start - dt.timedelta(days=start.weekday())
    never, last = SavedList.last_checked.is_(None), SavedList.last_checked
    return or_(
        never,
        SavedList.subscription == Subscription.AT_ONCE,
        (SavedList.subscription == Subscription.DAILY) & (last < start),
        (SavedList.subscription == Subscription.WEEKLY) & (last < monday),
    )


def _note(session: Session, saved_id: int, found: Found | None) -> bool:
    saved = session.scalar(select(SavedList).where(SavedList.id == saved_id).with_for_update())
    if saved is None or saved.subscription is Subscription.NONE:
        return False  # removed or ended meanwhile
    before = Found(tuple(saved.seen["keys"]), saved.seen["total"]) if saved.seen else None
    count = new_rows(before, found) if before is not None and found is not None else 0
    saved.last_checked = now()
    if found is not None and found != before:
        saved.seen = {"keys": list(found.keys), "total": found.total}
    if count:
        _tell(session, saved, count)
    return count > 0


def _tell(session: Session, saved: SavedList, count: int) -> None:
    """One unread notice a list: it grows instead of having company."""
    notice = session.scalar(
        select(Notice).where(Notice.saved_list_id == saved.id, Notice.read_at.is_(None)).with_for_update()
    )
    if notice is None:
        session.add(Notice(user_id=saved.owner_id, saved_list_id=saved.id, count=count))
    else:
        notice.count, notice.created_at = notice.count + count, now()
