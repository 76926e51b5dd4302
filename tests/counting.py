"""Counts the SQL statements of a block: pages need the same number however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


class Statements(list[str]):
    """The statements that were sent, in order."""


@contextmanager
def statements_of(engine: Engine) -> Iterator[Statements]:
    """The statements that `engine` sends within the block."""
    sent = Statements()

    def note(_connection, _cursor, statement, _parameters, _context, _many):  # type: ignore[no-untyped-def]
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
