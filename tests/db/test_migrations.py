"""The migrations, up and down, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from diarium.db import migrate
from diarium.db.base import ClosedList, UtcDateTime
from diarium.db.engine import open_database
from diarium.tables import metadata


def test_migrations_go_up_down_and_up_again(any_database_url: str) -> None:
    database = open_database(any_database_url)
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    assert migrate.is_current(database)
    migrate.downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    migrate.upgrade(database)
    assert migrate.is_current(database)
    database.close()


def test_migrated_database_is_what_the_models_say(any_database_url: str) -> None:
    database = open_database(any_database_url)
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": _same_kind})
        assert compare_metadata(context, metadata) == []
    database.close()


def _same_kind(_context, _inspected, _column, database_type, model_type):  # type: ignore[no-untyped-def]
    """Our own types look like what they are in the database; the rest is compared as usual."""
    return False if isinstance(model_type, ClosedList | UtcDateTime) else None
