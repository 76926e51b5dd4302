"""Brings a database to the newest form, or back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from diarium.db.engine import Database


class BrokenReferences(Exception):
    """A migration lost rows that others point at; it is rolled back."""


_ADVISORY_LOCK = 0x6469617269756D  # "diarium": two processes that start at once migrate one after the other


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrates up to `revision` in one transaction."""
    _run(database, lambda config: command.upgrade(config, revision))


def upgrade_on(connection: Connection, revision: str) -> None:
    """Migrates an empty PostgreSQL database up to `revision` in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def knows(revision: str) -> bool:
    """Whether this version of the program has the migration."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def downgrade(database: Database, revision: str) -> None:
    """Migrates down to `revision` ("base" for nothing) in one transaction."""
    _run(database, lambda config: command.downgrade(config, revision))


def is_current(database: Database) -> bool:
    """Whether the database has every migration of this version of the program."""
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def _run(database: Database, step: Callable[[Config], None]) -> None:
    engine = database.engine.execution_options(diarium_writes=True)
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        if database.is_postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        config = _config()
        config.attributes["connection"] = connection
        step(config)
        if not database.is_postgresql and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
            raise BrokenReferences(f"rows that point at nothing after the migration: {broken[:5]}")


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by making the table anew: for a moment what points at its rows points at nothing.

    The switch works outside a transaction only; before the transaction ends all references are checked.
    """
    raw = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
