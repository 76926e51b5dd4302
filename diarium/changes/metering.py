"""Tells Prometheus how far behind the background work is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diarium import metrics
from diarium.changes.state import state
from diarium.db.engine import Database


@dataclass(frozen=True, slots=True)
class LagMeter:
    """A chore that reads the feed's state into the gauges."""

    database: Database
    consumers: Sequence[str]
    name: str = "meter"
    every: float = 15.0

    def run(self) -> int:
        """Reads it once."""
        with self.database.reading() as session:
            found = state(session, self.consumers, most=1)
        for lag in found.lags:
            metrics.WAITING.labels(lag.consumer).set(lag.waiting)
        metrics.PARKED.set(found.parked_count)
        return 0
