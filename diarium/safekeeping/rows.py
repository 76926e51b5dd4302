"""The rows of the register, the same in every database: read at one moment, written into an empty one.

A table becomes chunks of lines, each line a row in JSON. Where a chunk ends follows from the keys of its rows, so
a table that has only grown has the same chunks as before but for the last ones.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.sql.elements import ColumnElement

from diarium.changes.models import Change, ConsumerPosition
from diarium.db.engine import Database
from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupFailed

_ENDS_EVERY = 512
_MOST_ROWS, _MOST_BYTES = 8192, 4 * 1024 * 1024
_AT_A_TIME = 1000
Value = str | int | float | bool | None


class Sort(StrEnum):
    """What a column holds, as it is written down."""

    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DAY = "day"
    UUID = "uuid"
    JSON = "json"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class TableForm:
    """A table's columns, in their order, and its key."""

    name: str
    columns: Mapping[str, Sort]
    key: tuple[str, ...]
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table as lines."""

    content: bytes
    rows: int


def form_of(table: Table) -> TableForm:
    """How a table is written down."""
    columns = {column.name: _sort_of(column.type) for column in table.columns}
    return TableForm(table.name, columns, tuple(column.name for column in table.primary_key), table.schema)


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """A connection that sees the database as it is at one moment, while others write."""
    if database.is_postgresql:
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        connecting = database.engine.execution_options(**options).connect()
    else:
        connecting = database.engine.connect()
    with connecting as connection, connection.begin():
        yield connection


def chunks(connection: Connection, form: TableForm) -> Iterator[Chunk]:
    """The rows of a table, by key."""
    lines: list[bytes] = []
    size = 0
    places = [list(form.columns).index(name) for name in form.key]
    for row in _rows(connection, form):
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        lines.append(line)
        size += len(line)
        key = repr([row[place] for place in places]).encode("utf-8", "surrogatepass")
        if zlib.crc32(key) % _ENDS_EVERY == 0 or len(lines) >= _MOST_ROWS or size >= _MOST_BYTES:
            yield Chunk(b"".join(lines), len(lines))
            lines, size = [], 0
    if lines:
        yield Chunk(b"".join(lines), len(lines))


def schema_of(connection: Connection, form: TableForm) -> str | None:
    """Where the table lies: SQLite has a file in the place of a schema."""
    return form.schema if connection.dialect.name == "postgresql" else None


def lines_of(content: bytes) -> Iterator[list[Value]]:
    """The rows of a chunk."""
    for line in content.splitlines():
        yield json.loads(line)


def load(connection: Connection, form: TableForm, rows: Iterator[list[Value]]) -> int:
    """Writes rows into a table; how many. Triggers that refuse changes let rows in."""
    is_postgresql = connection.dialect.name == "postgresql"
    target = sa.table(form.name, *(sa.column(name, _type(sort)) for name, sort in form.columns.items()),
                      schema=schema_of(connection, form))  # fmt: skip
    values = {name: _bound(name, sort, is_postgresql=is_postgresql) for name, sort in form.columns.items()}
    statement = sa.insert(target).values(values)
    readers = [(name, _READERS[sort]) for name, sort in form.columns.items()]
    count = 0
    batch: list[dict[str, object]] = []
    for row in rows:
        batch.append({f"v_{name}": None if value is None else read(value)
                      for (name, read), value in zip(readers, row, strict=True)})  # fmt: skip
        count += 1
        if len(batch) >= _AT_A_TIME:
            connection.execute(statement, batch)
            batch = []
    if batch:
        connection.execute(statement, batch)
    return count


def _rows(connection: Connection, form: TableForm) -> Iterator[list[Value]]:
    special = _SPECIAL.get(form.name)
    if special is not None and form.schema is None:
        yield from special(connection, form)
        return
    yield from _plain_rows(connection, form)


def _plain_rows(connection: Connection, form: TableForm) -> Iterator[list[Value]]:
    columns = {name: sa.column(name, _type(sort)) for name, sort in form.columns.items()}
    source = sa.table(form.name, *columns.values(), schema=schema_of(connection, form))
    wanted: list[ColumnElement[object]] = [
        sa.cast(column, sa.Text) if form.columns[name] is Sort.JSON else column for name, column in columns.items()
    ]
    writers = [_WRITERS[sort] for sort in form.columns.values()]
    query = sa.select(*wanted).select_from(source).order_by(*(columns[name] for name in form.key))
    for row in connection.execution_options(yield_per=_AT_A_TIME).execute(query):
        yield [None if value is None else write(value) for write, value in zip(writers, row, strict=True)]


def _feed(connection: Connection, form: TableForm) -> Iterator[list[Value]]:
    """Numbers of transactions belong to the cluster that gave them: everything in a backup has ended."""
    place = list(form.columns).index("transaction_id")
    for row in _plain_rows(connection, form):
        row[place] = 0
        yield row


def _positions(connection: Connection, form: TableForm) -> Iterator[list[Value]]:
    """Each consumer's place in the feed without numbers of transactions."""
    names = list(form.columns)
    for row in _plain_rows(connection, form):
        facts = dict(zip(names, row, strict=True))
        facts["change_id"] = plain_position(
            connection, int(facts["transaction_id"] or 0), int(facts["change_id"] or 0)
        )
        facts["transaction_id"] = 0
        yield [facts[name] for name in names]


def plain_position(connection: Connection, transaction_id: int, change_id: int) -> int:
    """The highest change up to which a consumer that stands there has seen every one.

    What it may have seen beyond that it gets once more, which does no harm.
    """
    here = sa.tuple_(Change.transaction_id, Change.id) <= sa.tuple_(
        sa.literal(transaction_id), sa.literal(change_id)
    )
    first_unseen = connection.scalar(
        sa.select(sa.func.min(Change.id)).where(sa.not_(sa.and_(Change.id <= change_id, here)))
    )
    if first_unseen is not None:
        return int(first_unseen) - 1
    return int(connection.scalar(sa.select(sa.func.max(Change.id))) or 0)


_SPECIAL: Mapping[str, Callable[[Connection, TableForm], Iterator[list[Value]]]] = {
    Change.__tablename__: _feed,
    ConsumerPosition.__tablename__: _positions,
}


def _sort_of(kind: sa.types.TypeEngine[Any]) -> Sort:
    plain = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
    for known, sort in _SORTS:
        if isinstance(plain, known):
            return sort
    raise BackupFailed(_("Kolumntypen %(kind)s kan inte säkerhetskopieras.", kind=repr(kind)))


_SORTS: tuple[tuple[type[sa.types.TypeEngine[Any]], Sort], ...] = (
    (sa.Boolean, Sort.BOOLEAN),
    (sa.Integer, Sort.INTEGER),
    (sa.Uuid, Sort.UUID),
    (sa.JSON, Sort.JSON),
    (sa.DateTime, Sort.MOMENT),
    (sa.Date, Sort.DAY),
    (sa.LargeBinary, Sort.BYTES),
    (sa.String, Sort.TEXT),
)


def _type(sort: Sort) -> sa.types.TypeEngine[Any]:
    kinds: Mapping[Sort, sa.types.TypeEngine[Any]] = {
        Sort.INTEGER: sa.BigInteger(),
        Sort.TEXT: sa.Text(),
        Sort.BOOLEAN: sa.Boolean(),
        Sort.MOMENT: sa.DateTime(timezone=True),
        Sort.DAY: sa.Date(),
        Sort.UUID: sa.Uuid(),
        Sort.JSON: sa.Text(),
        Sort.BYTES: sa.LargeBinary(),
    }
    return kinds[sort]


def _bound(name: str, sort: Sort, *, is_postgresql: bool) -> ColumnElement[object]:
    value: ColumnElement[object] = sa.bindparam(f"v_{name}", type_=_type(sort))
    return sa.cast(value, sa.JSON) if sort is Sort.JSON and is_postgresql else value


def _moment(value: dt.datetime) -> str:
    plain = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="microseconds")


_WRITERS: Mapping[Sort, Callable[[object], Value]] = {
    Sort.INTEGER: lambda value: int(value),  # type: ignore[call-overload]
    Sort.TEXT: str,
    Sort.BOOLEAN: bool,
    Sort.MOMENT: _moment,  # type: ignore[dict-item]
    Sort.DAY: lambda value: value.isoformat(),  # type: ignore[attr-defined]
    Sort.UUID: lambda value: value.hex,  # type: ignore[attr-defined]
    Sort.JSON: str,
    Sort.BYTES: lambda value: base64.b64encode(value).decode("ascii"),  # type: ignore[arg-type]
}
_READERS: Mapping[Sort, Callable[[Value], object]] = {
    Sort.INTEGER: lambda value: value,
    Sort.TEXT: lambda value: value,
    Sort.BOOLEAN: lambda value: value,
    Sort.MOMENT: lambda value: dt.datetime.fromisoformat(str(value)).replace(tzinfo=dt.UTC),
    Sort.DAY: lambda value: dt.date.fromisoformat(str(value)),
    Sort.UUID: lambda value: uuid.UUID(str(value)),
    Sort.JSON: lambda value: value,
    Sort.BYTES: lambda value: base64.b64decode(str(value)),
}
