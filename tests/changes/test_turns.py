"""Among any number of workers, one has a consumer or a chore in hand."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from diarium.changes import feed, turns
from diarium.changes.models import Change
from diarium.changes.worker import Worker
from diarium.db.engine import Database

_HOLD = """
import sys
from diarium.changes import turns
from diarium.db.engine import open_database
with turns.turn(open_database(sys.argv[1]), "reading") as is_ours:
    print(is_ours, flush=True)
    sys.stdin.read()
"""


@dataclass
class Meeting:
    """A consumer that lets the other worker try while it works, and notes how many are inside at a time."""

    waits: threading.Event
    inside: list[int]
    name: str = "mäter"
    handled: list[uuid.UUID] = field(default_factory=list)

    def handle(self, changes: Sequence[Change]) -> None:
        self.inside.append(+1)
        assert sum(self.inside) == 1
        self.waits.wait(timeout=0.05)
        self.handled += [change.entity_uid for change in changes]
        self.inside.append(-1)


def test_a_turn_is_one_process_s_and_ends_with_it_however_it_ends(database: Database) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with turns.turn(database, "reading") as is_ours:
            assert not is_ours
        with turns.turn(database, "something else") as is_ours:
            assert is_ours
    finally:
        other.kill()
        other.communicate()
    with turns.turn(database, "reading", wait=True) as is_ours:
        assert is_ours


def test_workers_side_by_side_handle_each_change_once_and_in_order(database: Database) -> None:
    uids = [uuid.uuid4() for _number in range(60)]
    for uid in uids:
        with database.unit_of_work() as session:
            feed.publish(session, "case", uid, "case.changed")
    stop, inside = threading.Event(), list[int]()
    consumers = [Meeting(stop, inside) for _number in range(3)]
    workers = [
        threading.Thread(
            target=Worker(database, [consumer], batch=7).run, args=(stop,), kwargs={"idle_seconds": 0.01}
        )
        for consumer in consumers
    ]
    for worker in workers:
        worker.start()
    Worker(database, [Meeting(stop, inside)], batch=7).drain()
    stop.set()
    for worker in workers:
        worker.join()
    with database.reading() as session:
        assert feed.lag(session, "mäter").waiting == 0
    taken = [uid for consumer in consumers for uid in consumer.handled]
    assert len(taken) == len(set(taken))
    for consumer in consumers:
        assert consumer.handled == [uid for uid in uids if uid in consumer.handled]
