"""The migrations, up and down, on both databases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, Uuid, inspect, text

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


def test_a_register_with_content_keeps_it_all_ways(any_database_url: str) -> None:
    """From the first form, which is in use, to the newest and back: rows point at each other all over."""
    database = open_database(any_database_url)
    migrate.upgrade(database, "0001")
    with database.unit_of_work() as session:
        _fill_first_form(session.connection())
    for _round in range(2):
        migrate.upgrade(database)
        with database.reading() as session:
            assert session.execute(text("SELECT title_key FROM record")).scalars().all() == ["}l"]
            assert session.execute(text("SELECT name_key, email_key FROM party")).all() == [("{sa", "å@ex.se")]
            assert session.execute(text("SELECT record_id FROM document")).scalars().all() == [1]
        migrate.downgrade(database, "0001")
    with database.reading() as session:
        assert session.execute(text("SELECT title FROM record")).scalars().all() == ["Öl"]
        assert session.execute(text("SELECT count(*) FROM document")).scalar_one() == 1
    database.close()


def _fill_first_form(connection: Connection) -> None:
    known = MetaData()
    known.reflect(connection)
    rows: list[tuple[str, dict[str, object]]] = [
        ("authority", {"id": 1, "code": "KS"}),
        ("diary_series", {"id": 1, "authority_id": 1, "code": "KS"}),
        ("case_file", {"id": 1, "authority_id": 1, "series_id": 1}),
        ("record", {"id": 1, "case_id": 1, "title": "Öl"}),
        ("blob", {"sha256": "a" * 64}),
        ("document", {"id": 1, "record_id": 1, "sha256": "a" * 64}),
        ("party", {"id": 1, "record_id": 1, "name": "ÅSA", "email": "Å@Ex.se"}),
    ]
    for name, facts in rows:
        table = known.tables[name]
        connection.execute(
            table.insert().values(
                {
                    column.name: facts.get(column.name, None if column.nullable else _any_value(column))
                    for column in table.columns
                }
            )
        )


def _any_value(column: Column[Any]) -> object:
    if column.name == "uid":
        return uuid.uuid4() if isinstance(column.type, Uuid) else uuid.uuid4().hex
    kind = column.type.python_type
    values = {bool: True, int: 1, str: "x", dt.date: dt.date(2024, 1, 1), dt.datetime: dt.datetime(2024, 1, 1)}
    return values.get(kind, [])


def _same_kind(_context, _inspected, _column, database_type, model_type):  # type: ignore[no-untyped-def]
    """Our own types look like what they are in the database; the rest is compared as usual."""
    return False if isinstance(model_type, ClosedList | UtcDateTime) else None
