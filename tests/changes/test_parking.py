"""What a consumer could not handle is kept, tried again, and brought back by a person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update

from diarium.changes import feed, parking
from diarium.changes.models import Change, ParkedChange
from diarium.changes.worker import MAX_ATTEMPTS, Worker
from diarium.db.base import now
from diarium.db.engine import Database


@dataclass
class Picky:
    """Refuses one change as long as it is broken."""

    refuses: uuid.UUID
    is_broken: bool = True
    name: str = "kräsen"
    handled: list[uuid.UUID] = field(default_factory=list)

    def handle(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if self.is_broken and change.entity_uid == self.refuses:
                raise ValueError("can't be read")
            self.handled.append(change.entity_uid)


def _make_due(database: Database) -> None:
    with database.unit_of_work() as session:
        session.execute(update(ParkedChange).values(next_try_at=now()))


def test_poison_is_parked_given_up_and_replayed_while_the_rest_goes_on(database: Database) -> None:
    uids = [uuid.uuid4() for _number in range(5)]
    with database.unit_of_work() as session:
        for uid in uids:
            feed.publish(session, "case", uid, "case.changed")
            session.flush()
    consumer = Picky(uids[2])
    worker = Worker(database, [consumer])
    worker.drain()
    assert set(consumer.handled) == set(uids) - {uids[2]}
    for _attempt in range(MAX_ATTEMPTS):
        _make_due(database)
        worker.drain()
    with database.reading() as session:
        (found,) = parking.parked(session, consumer="kräsen")
        assert found.is_given_up
        assert found.change.entity_uid == uids[2]
        assert found.item.error == "ValueError: can't be read"
    consumer.is_broken = False
    _make_due(database)
    worker.drain()
    assert uids[2] not in consumer.handled, "what is given up waits for a person"
    with database.unit_of_work() as session:
        assert parking.replay(session, consumer="another") == 0
        assert parking.replay(session) == 1
    worker.drain()
    assert uids[2] in consumer.handled
    with database.reading() as session:
        assert parking.parked(session) == []


def test_what_is_discarded_is_gone_and_nothing_else(database: Database) -> None:
    with database.unit_of_work() as session:
        for _number in range(2):
            feed.publish(session, "case", uuid.uuid4(), "case.changed")
        session.flush()
        for change in session.scalars(select(Change)):
            session.add(ParkedChange(consumer="x", change_id=change.id, error="E: e"))
        session.flush()
        first, second = (row.item.id for row in parking.parked(session))
        assert parking.discard(session, ids=[first]) == 1
        assert [row.item.id for row in parking.parked(session)] == [second]
