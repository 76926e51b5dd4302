"""Engines for SQLite and PostgreSQL, and the unit of work."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 30_000
POOL_SIZE = 5


@dataclass(frozen=True, slots=True)
class Database:
    """One database with two doors: `unit_of_work` to change it, `reading` to look.

    On SQLite a unit of work takes the write lock at once (`BEGIN IMMEDIATE`), so that two writers queue instead
    of one failing half-way; a reading session never blocks them.
    """

    engine: Engine
    writers: sessionmaker[Session]
    readers: sessionmaker[Session]

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """All or nothing: commits when the block ends, rolls back when it raises."""
        with self.writers() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; whatever it holds is thrown away at the end."""
        with self.readers() as session:
            yield session

    @property
    def is_postgresql(self) -> bool:
        """Whether the engine is PostgreSQL (else SQLite)."""
        return self.engine.dialect.name == "postgresql"

    def close(self) -> None:
        """Gives all connections back."""
        self.engine.dispose()


def open_database(url: str, *, read_only: bool = False, pool_size: int = POOL_SIZE) -> Database:
    """Opens `url` (SQLAlchemy form). `read_only` opens SQLite's file without any right to write.

    `pool_size`: connections to PostgreSQL that are kept open; at a rush there may be twice as many.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        engine = _sqlite(address.database or "", read_only=read_only)
    else:
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=pool_size,
            max_overflow=pool_size,
            hide_parameters=True,  # values may be secret, errors are logged
            connect_args={"options": "-c timezone=UTC"},
        )
    writing = engine.execution_options(diarium_writes=True)
    return Database(
        engine=engine,
        writers=sessionmaker(writing, expire_on_commit=False),
        readers=sessionmaker(engine, expire_on_commit=False, autoflush=False),
    )


def _sqlite(path: str, *, read_only: bool) -> Engine:
    if read_only:
        source = f"file:{Path(path).as_posix()}?mode=ro&uri=true"
        engine = create_engine(
            f"sqlite:///{source}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
        )
    else:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True
        )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the BEGIN below is ours
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA secure_delete=ON")  # what is disposed of is overwritten
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("diarium_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
