"""Registers made once in each process of a test run; what a test begins with is a copy of one.

Migrating and hashing six passwords takes most of a second, a copy some milliseconds.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import make_url, text

from diarium.db import migrate
from diarium.db.engine import Database, open_database


def empty(url: str) -> None:
    """Puts a migrated, empty register at `url`: a SQLite file to be made, or an empty PostgreSQL database."""
    _copy(url, town=False)


def town(url: str) -> None:
    """Puts the small municipality of `tests.conftest` at `url`, like `empty`."""
    _copy(url, town=True)


def quick_templates(app: Flask) -> None:
    """Lets all applications of the process share their compiled templates."""
    app.jinja_env.bytecode_cache = _bytecode()


@cache
def _bytecode() -> FileSystemBytecodeCache:
    return FileSystemBytecodeCache(tempfile.mkdtemp(prefix="diarium-pattern-"))


def _copy(url: str, *, town: bool) -> None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        path = Path(address.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_file(town=town), path)
    else:
        _copy_database(address.render_as_string(hide_password=False), str(address.database), town=town)


@cache
def _file(*, town: bool) -> Path:
    path = Path(tempfile.mkdtemp(prefix="diarium-pattern-")) / "register.sqlite"
    _fill(f"sqlite:///{path}", town=town)
    return path


def _copy_database(url: str, name: str, *, town: bool) -> None:
    server = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    pattern = _database(server, town=town)
    run_on_server(server, f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE {pattern}")


@cache
def _database(server: str, *, town: bool) -> str:
    name = "pattern_town" if town else "pattern_empty"
    run_on_server(server, f"CREATE DATABASE {name}")
    _fill(make_url(server).set(database=name).render_as_string(hide_password=False), town=town)
    return name


def run_on_server(server: str, *statements: str) -> None:
    """Runs statements that no transaction may hold, as CREATE DATABASE."""
    admin = open_database(server)
    with admin.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.close()


def _fill(url: str, *, town: bool) -> None:
    database: Database = open_database(url)
    migrate.upgrade(database)
    if town:
        from tests.conftest import Municipality

        Municipality.build(database)
    database.close()
