"""Watches the statements of a database: times them, logs the slow ones, ends those that take too long."""

from __future__ import annotations

import sqlite3
import time
from typing import Final

import structlog
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from diarium import metrics
from diarium.db.engine import Database

_MOST_TEXT: Final = 2000
_BEGUN: Final = "diarium_begun"
# Steps of SQLite's machine between two looks at the clock: about a hundredth of a second.
_STEPS: Final = 100_000
_QUERY_CANCELED: Final = "57014"
log = structlog.get_logger()


def time_statements(database: Database, slow_seconds: float) -> None:
    """Times every statement, and logs those that take longer: text, but no values: they may be secret."""

    @event.listens_for(database.engine, "before_cursor_execute")
    def begin(
        connection: Connection,
        _cursor: DBAPICursor,
        _text: str,
        _values: object,
        _ctx: ExecutionContext,
        _many: bool,
    ) -> None:
        connection.info[_BEGUN] = time.monotonic()

    @event.listens_for(database.engine, "after_cursor_execute")
    def end(
        connection: Connection,
        _cursor: DBAPICursor,
        text: str,
        _values: object,
        _ctx: ExecutionContext,
        _many: bool,
    ) -> None:
        seconds = time.monotonic() - connection.info[_BEGUN]
        metrics.QUERIES.observe(seconds)
        if seconds > slow_seconds:
            metrics.SLOW_QUERIES.inc()
            log.warning("slow statement", seconds=round(seconds, 3), statement=text[:_MOST_TEXT])


def end_statements_after(database: Database, seconds: int) -> None:
    """Ends every statement that takes longer, so that no hard question holds the site; see `took_too_long`."""
    if database.is_postgresql:
        _let_server_end(database, seconds)
    else:
        _look_at_the_clock(database, seconds)


def took_too_long(error: DBAPIError) -> bool:
    """Whether the statement was ended by `end_statements_after`."""
    return getattr(error.orig, "sqlstate", None) == _QUERY_CANCELED or (
        isinstance(error.orig, sqlite3.OperationalError) and str(error.orig) == "interrupted"
    )


def _let_server_end(database: Database, seconds: int) -> None:
    @event.listens_for(database.engine, "connect")
    def limit(connection: object, _entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(f"SET statement_timeout = '{seconds}s'")
        connection.commit()  # type: ignore[attr-defined]


def _look_at_the_clock(database: Database, seconds: int) -> None:
    @event.listens_for(database.engine, "before_cursor_execute")
    def begin(
        connection: Connection,
        _cursor: DBAPICursor,
        _text: str,
        _values: object,
        _ctx: ExecutionContext,
        _many: bool,
    ) -> None:
        line = connection.connection.driver_connection
        if isinstance(line, sqlite3.Connection):
            until = time.monotonic() + seconds
            line.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
