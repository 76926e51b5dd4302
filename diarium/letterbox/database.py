"""Opening the letterbox's database and making its table."""

from __future__ import annotations

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateSchema

from diarium.db.engine import BUSY_TIMEOUT_MS, Database, open_database
from diarium.i18n import gettext as _
from diarium.letterbox.errors import LetterboxClosed
from diarium.letterbox.models import SCHEMA, LetterboxBase, WaitingRow

DROPPING_ROLE = "diarium_public"
MOST_OF_A_KIND = 1000
FULL = "letterbox full"
"""What the database says when no more letters of a kind are taken."""
_PATIENCE_MS = 2_000


def open_letterbox_database(url: str) -> Database:
    """Opens `url`: a SQLite file of its own, or a PostgreSQL database with the schema `letterbox`."""
    opened = open_database(url)
    if opened.is_postgresql:
        return opened
    event.listen(opened.engine, "connect", _overwrite_deleted)
    engine = opened.engine.execution_options(schema_translate_map={SCHEMA: None})
    return Database(
        engine=engine,
        writers=sessionmaker(engine.execution_options(diarium_writes=True), expire_on_commit=False),
        readers=sessionmaker(engine, expire_on_commit=False, autoflush=False),
    )


def ensure_letterbox(database: Database) -> None:
    """Makes the table if it is missing; on PostgreSQL also what the public role may do: put in, nothing else.

    Raises: LetterboxClosed if the SQLite file belongs to something else, such as the register.
    """
    with database.unit_of_work() as session:
        connection = session.connection()
        if database.is_postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('diarium.letterbox'))"))
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
        elif set(inspect(connection).get_table_names()) - {WaitingRow.__tablename__}:
            raise LetterboxClosed(
                _(
                    "Databasen för brevlådan innehåller redan något annat. Ange en egen fil i "
                    "DIARIUM_LETTERBOX_URL."
                )
            )
        LetterboxBase.metadata.create_all(connection)
        if database.is_postgresql:
            _guard_the_door(connection)


def empty_log(database: Database) -> bool:
    """On SQLite: empties the write-ahead log, which still holds the letters that were taken.

    False if somebody uses it right now: to be done later.
    """
    if database.is_postgresql:
        return True  # old row versions can't be read by anybody, and vacuum removes them
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()
    finally:
        connection.close()
    return row is not None and not row[0]


def _guard_the_door(connection: Connection) -> None:
    """The role can't look into the box, so that a trigger counts what waits; and it can't say when it came."""
    connection.execute(text(_GUARD))
    connection.execute(text(f"DROP TRIGGER IF EXISTS guard ON {SCHEMA}.letter"))
    connection.execute(
        text(
            f"CREATE TRIGGER guard BEFORE INSERT ON {SCHEMA}.letter FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.guard()"
        )
    )
    known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": DROPPING_ROLE})
    if known:
        connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {DROPPING_ROLE}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {DROPPING_ROLE}"))
        connection.execute(text(f"GRANT INSERT ON {SCHEMA}.letter TO {DROPPING_ROLE}"))


_GUARD = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM {SCHEMA}.letter WHERE kind = NEW.kind) >= {MOST_OF_A_KIND} THEN
    RAISE EXCEPTION '{FULL}';
  END IF;
  NEW.placed_at := now();
  NEW.attempts := 0;
  NEW.not_before := NULL;
  NEW.is_unreadable := false;
  RETURN NEW;
END $$
"""  # noqa: S608 (names and numbers of ours)


def _overwrite_deleted(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
