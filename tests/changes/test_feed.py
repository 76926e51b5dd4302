"""The change feed loses nothing, also where transactions commit in another order than they began."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from diarium.changes import feed
from diarium.changes.models import Change, ParkedChange
from diarium.changes.worker import Worker
from diarium.db.engine import Database


class Collector:
    """A consumer that keeps what it was given, and fails on chosen entities."""

    name = "collector"

    def __init__(self, bad: set[uuid.UUID] | None = None) -> None:
        self.seen: list[uuid.UUID] = []
        self.bad = bad or set()

    def handle(self, changes: Sequence[Change]) -> None:
        if any(change.entity_uid in self.bad for change in changes):
            raise ValueError("poison")
        self.seen.extend(change.entity_uid for change in changes)


def publish(database: Database, *uids: uuid.UUID) -> None:
    with database.unit_of_work() as session:
        for uid in uids:
            feed.publish(session, "case", uid, "test")


def test_consumer_sees_every_change_once_and_in_order(database: Database) -> None:
    uids = [uuid.uuid4() for _ in range(25)]
    publish(database, *uids)
    collector = Collector()
    worker = Worker(database, [collector], batch=10)
    assert worker.drain() == 25
    assert collector.seen == uids
    assert worker.drain() == 0


@pytest.mark.postgresql
def test_change_that_commits_late_is_not_lost(postgresql_url: str) -> None:
    from diarium.db import migrate
    from diarium.db.engine import open_database

    database = open_database(postgresql_url)
    migrate.upgrade(database)
    early, late = uuid.uuid4(), uuid.uuid4()
    collector = Collector()
    worker = Worker(database, [collector])
    with database.unit_of_work() as slow:
        feed.publish(slow, "case", late, "test")
        slow.flush()
        publish(database, early)  # drawn later, committed first
        worker.drain()
        assert collector.seen == []
    worker.drain()
    assert collector.seen == [late, early]
    database.close()


def test_concurrent_writers_lose_no_change(database: Database) -> None:
    collector = Collector()
    worker = Worker(database, [collector], batch=7)
    stop = threading.Event()
    reader = threading.Thread(target=worker.run, args=(stop,), kwargs={"idle_seconds": 0.01})
    reader.start()
    written: list[uuid.UUID] = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(15):
            uids = [uuid.uuid4() for _ in range(chance.randint(1, 3))]
            publish(database, *uids)
            written.extend(uids)

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    worker.drain()
    assert sorted(collector.seen) == sorted(written)


def test_poison_change_is_parked_and_the_rest_goes_on(database: Database) -> None:
    good, bad, after = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    publish(database, good, bad, after)
    collector = Collector(bad={bad})
    Worker(database, [collector]).drain()
    assert collector.seen == [good, after]
    with database.reading() as session:
        parked = session.scalars(select(ParkedChange)).one()
        assert "poison" in parked.error
        assert feed.lag(session, "collector").waiting == 0


def test_parked_change_is_handled_when_its_time_comes(database: Database) -> None:
    bad = uuid.uuid4()
    publish(database, bad)
    collector = Collector(bad={bad})
    worker = Worker(database, [collector])
    worker.drain()
    collector.bad.clear()
    with database.unit_of_work() as session:
        parked = session.scalars(select(ParkedChange)).one()
        parked.next_try_at = parked.parked_at
    worker.drain()
    assert collector.seen == [bad]
    with database.reading() as session:
        assert session.scalars(select(ParkedChange)).all() == []
