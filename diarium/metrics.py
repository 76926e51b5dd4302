"""What is counted and timed, for Prometheus. Labels name parts of the program: never a title or a person."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, start_http_server

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

ANSWERS: Final = Histogram(
    "diarium_http_seconds",
    "Time from a request to its answer",
    ("endpoint", "method", "status"),
    buckets=_SECONDS,
)
QUERIES: Final = Histogram("diarium_database_seconds", "Time of a database statement", buckets=_SECONDS)
SLOW_QUERIES: Final = Counter("diarium_slow_statements", "Database statements slower than the limit for the log")
HANDLED: Final = Counter(
    "diarium_changes", "Changes of the feed by what became of them: handled, parked, retried", ("consumer", "fate")
)
WAITING: Final = Gauge("diarium_changes_waiting", "Changes that a consumer has not handled yet", ("consumer",))
PARKED: Final = Gauge("diarium_changes_parked", "Changes that could not be handled and wait for another try")
CHORES: Final = Histogram(
    "diarium_chore_seconds", "Time of a chore of the worker", ("chore", "outcome"), buckets=_SECONDS
)


def serve(host: str, port: int) -> None:
    """Answers Prometheus on an address of its own, in a thread, until the process ends.

    Raises: OSError where the port can't be had.
    """
    start_http_server(port, addr=host)
