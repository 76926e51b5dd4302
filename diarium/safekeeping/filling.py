"""What each database needs so that rows can be put into it in any order, just as they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from diarium.db.engine import Database, open_database
from diarium.safekeeping import rows


class Opened:
    """A database that is closed at the end, all its files whole."""

    def __init__(self, url: str) -> None:
        self._database = open_database(url)

    def __enter__(self) -> Database:
        return self._database

    def __exit__(self, *_error: object) -> None:
        self._database.close()


class ReferencesOff:
    """Takes PostgreSQL's references away while rows come in any order, and checks them afterwards."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: list[tuple[str, str, str]] = []

    def __enter__(self) -> None:
        if self._connection.dialect.name != "postgresql":
            return
        query = (
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
        self._known = [(row[0], row[1], row[2]) for row in self._connection.execute(sa.text(query))]
        for table, name, _definition in self._known:
            self._connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is None:
            for table, name, definition in self._known:
                self._connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


class DoorOpen:
    """Lets rows into PostgreSQL's letterbox as they were: its guard would give them another moment."""

    def __init__(self, connection: Connection, form: rows.TableForm) -> None:
        self._connection = connection if connection.dialect.name == "postgresql" else None
        self._table = f"{form.schema}.{form.name}"

    def __enter__(self) -> None:
        if self._connection is not None:
            self._connection.exec_driver_sql(f"ALTER TABLE {self._table} DISABLE TRIGGER guard")

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if self._connection is not None and kind is None:
            self._connection.exec_driver_sql(f"ALTER TABLE {self._table} ENABLE TRIGGER guard")


def move_sequences(connection: Connection, forms: Iterable[rows.TableForm], counted: Mapping[str, int]) -> None:
    """Keys go on after the highest, and after the last that was ever given: `counted`, by table."""
    for form in forms:
        if "id" not in form.columns:
            continue
        sequence = connection.scalar(
            sa.text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{form.name}"'}
        )
        if sequence is None:
            continue
        highest = connection.scalar(sa.select(sa.func.max(sa.column("id"))).select_from(sa.table(form.name))) or 0
        last = max(int(highest), counted.get(form.name, 0))
        if last:
            connection.execute(sa.text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
