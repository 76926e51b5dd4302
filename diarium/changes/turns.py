"""Takes turns among processes: what one worker has in hand, no other begins.

Without turns, a slow worker could write what it read before a change after a quicker one wrote what came of it.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import text

from diarium.db.engine import Database

# The first half of PostgreSQL's key: the locks of others' programs in the same database have another.
_NAMESPACE: Final = 0x64696172


@contextmanager
def turn(database: Database, name: str, *, wait: bool = False) -> Iterator[bool]:
    """Whether it is this process's turn at `name`, among all that share the database; with `wait`, it becomes so.

    The turn ends with the block, and with the process however that ends: on PostgreSQL it is a lock of the
    session (so no pooler may hand sessions from one transaction to another), on SQLite one on a file beside it.
    """
    if database.is_postgresql:
        with _session_lock(database, name, wait=wait) as is_ours:
            yield is_ours
    else:
        with _file_lock(database, name, wait=wait) as is_ours:
            yield is_ours


@contextmanager
def _session_lock(database: Database, name: str, *, wait: bool) -> Iterator[bool]:
    key = {"space": _NAMESPACE, "name": name}
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if wait:
            connection.execute(text("SELECT pg_advisory_lock(:space, hashtext(:name))"), key)
            is_ours = True
        else:
            asked = text("SELECT pg_try_advisory_lock(:space, hashtext(:name))")
            is_ours = bool(connection.scalar(asked, key))
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(text("SELECT pg_advisory_unlock(:space, hashtext(:name))"), key)


@contextmanager
def _file_lock(database: Database, name: str, *, wait: bool) -> Iterator[bool]:
    register = Path(database.engine.url.database or "")
    plain = re.sub(r"[^a-z0-9@-]+", "-", name.lower())
    with register.with_name(f".{register.name}.{plain}.turn").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
