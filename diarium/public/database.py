"""Opening the database of the open register and making its tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, event, inspect, make_url, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateSchema

from diarium.db.engine import BUSY_TIMEOUT_MS, Database, open_database
from diarium.i18n import gettext as _
from diarium.public.errors import ForeignDatabase
from diarium.public.models import PROJECTION_VERSION, SCHEMA, ProjectionState, PublicBase

READING_ROLE = "diarium_public"
_STATE_ID = 1
_PATIENCE_MS = 2_000


def open_public_database(url: str, *, read_only: bool = False) -> Database:
    """Opens `url`: a SQLite file of its own, or a PostgreSQL database with the schema `public_register`.

    The site opens it `read_only`; on PostgreSQL it logs in with a role that may do no more (`diarium_public`).
    """
    opened = open_database(url, read_only=read_only)
    if opened.is_postgresql:
        return opened
    if not read_only:
        # What is withdrawn shall be gone from the file's free pages too.
        event.listen(opened.engine, "connect", _overwrite_deleted)
    else:
        _follow_file(opened.engine, make_url(url).database or "")
    engine = opened.engine.execution_options(schema_translate_map={SCHEMA: None})
    return Database(
        engine=engine,
        writers=sessionmaker(engine.execution_options(diarium_writes=True), expire_on_commit=False),
        readers=sessionmaker(engine, expire_on_commit=False, autoflush=False),
    )


def ensure_projection(database: Database) -> bool:
    """Makes the tables if they are missing or of another version; whether they still have to be filled.

    Raises: ForeignDatabase if the SQLite file belongs to something else, such as the register.
    """
    with database.writers() as session, session.begin():
        connection = session.connection()
        if database.is_postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('diarium.public'))"))
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
        if _version(session, connection) != PROJECTION_VERSION:
            _make_tables(session, connection)
        if database.is_postgresql:
            _let_the_site_read(connection)
        return not session.get_one(ProjectionState, _STATE_ID).is_filled


def lock_state(session: Session) -> ProjectionState:
    """The state, locked: whoever projects queues here before reading the register.

    An older reading can so never overwrite a newer one.
    """
    query = select(ProjectionState).where(ProjectionState.id == _STATE_ID)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def empty_log(database: Database) -> bool:
    """On SQLite: empties the write-ahead log, which still holds what was just withdrawn.

    False if somebody reads from it right now: to be done later. On PostgreSQL old row versions can't be read by
    anybody, and vacuum removes them.
    """
    if database.is_postgresql:
        return True
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = cursor.fetchone()
        is_busy = row is None or bool(row[0])
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()
    finally:
        connection.close()
    return not is_busy


def _follow_file(engine: Engine, path: str) -> None:
    """Opens the file anew once another has been put in its place, as `snapshots` does."""

    def identity() -> tuple[int, int]:
        found = Path(path).stat()
        return found.st_dev, found.st_ino

    @event.listens_for(engine, "connect")
    def remember(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = identity()

    @event.listens_for(engine, "checkout")
    def compare(_connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info.get("file") != identity():
            raise DisconnectionError


def _version(session: Session, connection: Connection) -> int | None:
    schema = SCHEMA if connection.dialect.name == "postgresql" else None
    if not inspect(connection).has_table(ProjectionState.__tablename__, schema=schema):
        return None
    return session.scalar(select(ProjectionState.version))


def _make_tables(session: Session, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Whatever an older version had: the schema is ours alone.
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
        connection.execute(CreateSchema(SCHEMA))
    else:
        tables = inspect(connection).get_table_names()
        if tables and ProjectionState.__tablename__ not in tables:
            raise ForeignDatabase(
                _("Databasen för det öppna diariet innehåller redan något annat. Ange en egen fil i "
                  "DIARIUM_PUBLIC_DATABASE_URL.")
            )  # fmt: skip
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for name in tables:
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
    PublicBase.metadata.create_all(connection, checkfirst=False)
    session.add(ProjectionState(id=_STATE_ID, version=PROJECTION_VERSION))
    session.flush()


def _let_the_site_read(connection: Connection) -> None:
    known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": READING_ROLE})
    if known:
        connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {READING_ROLE}"))
        connection.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {READING_ROLE}"))


def _overwrite_deleted(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
