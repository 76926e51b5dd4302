"""The worker: runs every consumer over the change feed until told to stop."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy import Select, select

from diarium import metrics
from diarium.changes import feed, turns
from diarium.changes.models import Change, ParkedChange
from diarium.db.base import now
from diarium.db.engine import Database

MAX_ATTEMPTS = 8
MOST_CHORE_DELAY = 600.0  # seconds
log = structlog.get_logger()


class Consumer(Protocol):
    """Derives something from the register. Must be idempotent: a change may come twice."""

    @property
    def name(self) -> str:
        """What the feed knows it by; never changes."""
        ...

    def handle(self, changes: Sequence[Change]) -> None:
        """Handles a batch, in feed order. Raises on failure: the batch is then tried change by change."""
        ...


class Chore(Protocol):
    """Something to be done every so often, whatever changed: fetching mail, looking into a folder."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    @property
    def every(self) -> float:
        """Seconds from one run to the next."""
        ...

    def run(self) -> int:
        """Does it; returns how many things were done. Raises on failure: it is tried again later and later."""
        ...


class LongChore(Protocol):
    """A chore that may take hours, in a thread of its own."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    @property
    def every(self) -> float:
        """Seconds from one run to the next."""
        ...

    def run(self, stop: threading.Event) -> int:
        """Does it, and ends soon when `stop` is set; returns how many things were done. Raises: as of a chore."""
        ...


@dataclass(slots=True)
class _Turn:
    """When a chore is due next (by the monotonic clock) and how often it has failed in a row."""

    due: float = 0.0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs `consumers` in the given order, each at its own place in the feed, and `chores` when they are due.

    `long_chores` keep nobody waiting: each has a thread of its own.
    Any number of workers may run on one register: a consumer and a chore are in the hands of one at a time.
    """

    database: Database
    consumers: Sequence[Consumer]
    chores: Sequence[Chore] = ()
    batch: int = 500
    long_chores: Sequence[LongChore] = ()
    _turns: dict[str, _Turn] = field(default_factory=dict)

    def drain(self) -> int:
        """Handles everything that waits, also what the consumers add themselves. Returns the number handled.

        Each chore is run once, due or not.
        """
        total = sum(self._run_chore(chore, chore.run) for chore in self.chores)
        never = threading.Event()
        total += sum(self._run_chore(chore, partial(chore.run, never)) for chore in self.long_chores)
        while True:
            handled = sum(self._step(consumer, wait=True) for consumer in self.consumers)
            if not handled:
                return total
            total += handled

    def run(self, stop: threading.Event, *, idle_seconds: float = 0.5) -> None:
        """Works until `stop` is set; looks for new changes every `idle_seconds`.

        Chores have a thread of their own: a mail server that does not answer must not keep what was marked secret
        in the open register.
        """
        aside = [threading.Thread(target=self._do_chores, args=(stop, idle_seconds), name="chores")]
        for chore in self.long_chores:
            long = (chore, stop, idle_seconds)
            aside.append(threading.Thread(target=self._do_long_chore, args=long, name=chore.name))
        for thread in aside:
            thread.start()
        try:
            while not stop.is_set():
                handled = sum(self._step(consumer) for consumer in self.consumers if not stop.is_set())
                if not handled:
                    stop.wait(idle_seconds)
        finally:
            stop.set()  # also where a consumer's own failure ends the worker
            for thread in aside:
                thread.join()

    def _do_chores(self, stop: threading.Event, idle_seconds: float) -> None:
        while not stop.is_set():
            for chore in self.chores:
                if not stop.is_set() and self._is_due(chore):
                    self._run_chore(chore, chore.run)
            stop.wait(idle_seconds)

    def _do_long_chore(self, chore: LongChore, stop: threading.Event, idle_seconds: float) -> None:
        while not stop.is_set():
            if self._is_due(chore):
                self._run_chore(chore, partial(chore.run, stop))
            stop.wait(idle_seconds)

    def _is_due(self, chore: Chore | LongChore) -> bool:
        return time.monotonic() >= self._turns.setdefault(chore.name, _Turn()).due

    def _run_chore(self, chore: Chore | LongChore, run: Callable[[], int]) -> int:
        with turns.turn(self.database, f"chore {chore.name}") as is_ours:
            return self._do(chore, run) if is_ours else self._leave(chore)

    def _leave(self, chore: Chore | LongChore) -> int:
        """Another worker does it just now."""
        self._turns.setdefault(chore.name, _Turn()).due = time.monotonic() + chore.every
        return 0

    def _do(self, chore: Chore | LongChore, run: Callable[[], int]) -> int:
        turn = self._turns.setdefault(chore.name, _Turn())
        begun = time.monotonic()
        try:
            done = run()
        except Exception:
            turn.failures += 1
            log.exception("chore failed, tried again later", chore=chore.name, failures=turn.failures)
            turn.due = time.monotonic() + min(MOST_CHORE_DELAY, chore.every * 2**turn.failures)
            metrics.CHORES.labels(chore.name, "failed").observe(time.monotonic() - begun)
            return 0
        metrics.CHORES.labels(chore.name, "done").observe(time.monotonic() - begun)
        turn.failures, turn.due = 0, time.monotonic() + chore.every
        return done

    def _step(self, consumer: Consumer, *, wait: bool = False) -> int:
        """Handles what waits for `consumer`, unless another worker has it in hand; with `wait`, after that one."""
        if not self._has_work(consumer):
            return 0
        with turns.turn(self.database, f"consumer {consumer.name}", wait=wait) as is_ours:
            return self._handle_next(consumer) if is_ours else 0

    def _has_work(self, consumer: Consumer) -> bool:
        with self.database.reading() as session:
            return bool(feed.pending(session, consumer.name, limit=1)) or (
                session.scalar(_due(consumer).limit(1)) is not None
            )

    def _handle_next(self, consumer: Consumer) -> int:
        handled = self._retry_parked(consumer)
        with self.database.reading() as session:
            changes = feed.pending(session, consumer.name, limit=self.batch)
        if not changes:
            return handled
        self._handle_or_park(consumer, changes)
        with self.database.unit_of_work() as session:
            feed.advance(session, consumer.name, changes[-1])
        metrics.HANDLED.labels(consumer.name, "handled").inc(len(changes))
        return handled + len(changes)

    def _handle_or_park(self, consumer: Consumer, changes: Sequence[Change]) -> None:
        try:
            consumer.handle(changes)
        except Exception:
            log.exception("consumer failed on a batch, going one by one", consumer=consumer.name)
            for change in changes:
                self._handle_alone(consumer, change)

    def _handle_alone(self, consumer: Consumer, change: Change) -> None:
        try:
            consumer.handle([change])
        except Exception as error:
            log.exception("change parked", consumer=consumer.name, change=change.id)
            metrics.HANDLED.labels(consumer.name, "parked").inc()
            with self.database.unit_of_work() as session:
                session.add(
                    ParkedChange(
                        consumer=consumer.name,
                        change_id=change.id,
                        error=f"{type(error).__name__}: {error}"[:2000],
                        next_try_at=now() + _delay(1),
                    )
                )

    def _retry_parked(self, consumer: Consumer) -> int:
        with self.database.reading() as session:
            parked = session.scalars(_due(consumer).limit(self.batch)).all()
        for item in parked:
            self._retry(consumer, item.id, item.change_id)
        metrics.HANDLED.labels(consumer.name, "retried").inc(len(parked))
        return len(parked)

    def _retry(self, consumer: Consumer, parked_id: int, change_id: int) -> None:
        with self.database.reading() as session:
            change = session.get_one(Change, change_id)
        failure: Exception | None = None
        try:
            consumer.handle([change])
        except Exception as error:
            log.exception("parked change failed again", consumer=consumer.name, change=change_id)
            failure = error
        with self.database.unit_of_work() as session:
            item = session.get(ParkedChange, parked_id)
            if item is None:
                return  # another worker was faster
            if failure is None:
                session.delete(item)
                return
            item.attempts += 1
            item.error = f"{type(failure).__name__}: {failure}"[:2000]
            item.next_try_at = now() + _delay(item.attempts)


def _due(consumer: Consumer) -> Select[ParkedChange]:
    """What was parked for `consumer` and is to be tried again now."""
    return (
        select(ParkedChange)
        .where(ParkedChange.consumer == consumer.name, ParkedChange.next_try_at <= now())
        .where(ParkedChange.attempts < MAX_ATTEMPTS)
        .order_by(ParkedChange.id)
    )


def _delay(attempts: int) -> dt.timedelta:
    """Back-off: 10 s, 20 s, 40 s … up to about 20 minutes."""
    return dt.timedelta(seconds=5 * 2**attempts)
