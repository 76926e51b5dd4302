"""Whose turn it is to collect where, and how it went: kept in the database, so that two workers never meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.intake.models import Collecting, Mailbox, ScanFolder
from diarium.intake.taking_in import Outcome, Taken

Source = type[Mailbox] | type[ScanFolder]
# Longer than any single message or file takes; each one that is taken in prolongs it.
CLAIM = dt.timedelta(minutes=10)
_FIRST_DELAY = dt.timedelta(minutes=1)
_MOST_DELAY = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Report:
    """What one collecting did. `new` and `duplicates` became items; `known` were there already; `failed` are tried
    again. `error`: why it ended early, in Swedish. `has_more`: it stopped at its limit."""

    source: str
    fetched: int = 0
    new: int = 0
    duplicates: int = 0
    known: int = 0
    failed: int = 0
    error: str | None = None
    has_more: bool = False

    def with_taken(self, taken: Taken) -> Report:
        """The report with one more thing that was taken in."""
        counted = replace(self, fetched=self.fetched + 1)
        if taken.outcome is Outcome.NEW:
            return replace(counted, new=self.new + 1)
        if taken.outcome is Outcome.DUPLICATE:
            return replace(counted, duplicates=self.duplicates + 1)
        return replace(counted, known=self.known + 1)

    def with_failure(self) -> Report:
        """The report with one more thing that could not be taken in this time."""
        return replace(self, fetched=self.fetched + 1, failed=self.failed + 1)


def due(database: Database, kind: Source) -> Sequence[int]:
    """The keys of the active sources that may be tried now."""
    with database.reading() as session:
        query = select(kind.id).where(kind.is_active)
        return session.scalars(
            query.where(or_(kind.next_try_at.is_(None), kind.next_try_at <= now())).order_by(kind.id)
        ).all()


def active(database: Database, kind: Source) -> Sequence[int]:
    """The keys of all active sources, also of those that failed a moment ago."""
    with database.reading() as session:
        return session.scalars(select(kind.id).where(kind.is_active).order_by(kind.id)).all()


def claim(database: Database, kind: Source, key: int) -> bool:
    """Whether the caller may collect there now: nobody else does, and it is active."""
    free = or_(kind.claimed_until.is_(None), kind.claimed_until < now())
    with database.unit_of_work() as session:
        result = session.execute(
            update(kind).where(kind.id == key, kind.is_active, free).values(claimed_until=now() + CLAIM)
        )
        return isinstance(result, CursorResult) and result.rowcount == 1


def prolong(session: Session, kind: Source, key: int) -> None:
    """Keeps others away for some time more."""
    session.execute(update(kind).where(kind.id == key).values(claimed_until=now() + CLAIM))


def finish(database: Database, kind: Source, key: int, report: Report) -> None:
    """Gives the turn back, notes how it went and, after a failure, when to try again: later each time."""
    with database.unit_of_work() as session:
        source = cast(Mailbox | ScanFolder, session.get_one(kind, key, with_for_update=True))
        is_news = report.fetched > 0 or report.error != source.last_error
        source.claimed_until = None
        source.last_error = report.error
        if report.error is None:
            source.failures, source.next_try_at, source.last_collected_at = 0, None, now()
        else:
            source.failures += 1
            source.next_try_at = now() + min(_MOST_DELAY, _FIRST_DELAY * 2 ** min(source.failures - 1, 10))
        if is_news:
            session.add(_row(kind, key, report))


def _row(kind: Source, key: int, report: Report) -> Collecting:
    return Collecting(
        mailbox_id=key if kind is Mailbox else None,
        scan_folder_id=key if kind is ScanFolder else None,
        fetched=report.fetched,
        new=report.new,
        duplicates=report.duplicates,
        known=report.known,
        failed=report.failed,
        error=report.error,
    )
