"""What the worker does every so often."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from diarium.changes.worker import Worker
from diarium.db.engine import Database


@dataclass
class Counting:
    """Counts its runs; stops the worker at the third; fails as often as told."""

    stop: threading.Event
    failures: int = 0
    name: str = "räknar"
    every: float = 0.001
    runs: list[str] = field(default_factory=list)

    def run(self) -> int:
        if self.failures:
            self.failures -= 1
            self.runs.append("failed")
            raise OSError("the server is away")
        self.runs.append("done")
        if len(self.runs) >= 3:
            self.stop.set()
        return 1


def test_a_chore_is_run_again_and_again_also_after_it_failed(sqlite_database: Database) -> None:
    stop = threading.Event()
    chore = Counting(stop, failures=1)
    Worker(sqlite_database, [], [chore]).run(stop, idle_seconds=0.001)
    assert chore.runs == ["failed", "done", "done"]


def test_draining_runs_each_chore_once(sqlite_database: Database) -> None:
    chore = Counting(threading.Event())
    assert Worker(sqlite_database, [], [chore]).drain() == 1
    assert chore.runs == ["done"]


@dataclass
class Lasting:
    """Takes until it is told to end, and notes whether the other chore came by meanwhile."""

    beside: Counting
    name: str = "länge"
    every: float = 0.001
    ended: bool = False

    def run(self, stop: threading.Event) -> int:
        stop.wait(60)
        self.ended = stop.is_set()
        return len(self.beside.runs)


def test_a_long_chore_keeps_nobody_waiting_and_ends_when_it_is_told(sqlite_database: Database) -> None:
    stop = threading.Event()
    chore = Counting(stop)
    lasting = Lasting(chore)
    Worker(sqlite_database, [], [chore], long_chores=[lasting]).run(stop, idle_seconds=0.001)
    assert chore.runs == ["done", "done", "done"]
    assert lasting.ended
