"""Base types of all tables: naming, time in UTC, closed lists, JSON."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, String, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite numbers rows by itself only for INTEGER keys.
BigId = BigInteger().with_variant(Integer, "sqlite")
JsonDocument = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment, kept in UTC. Refuses times without zone; SQLite gets its zone back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class ClosedList(TypeDecorator[StrEnum]):
    """An enum kept as its value in a string column: readable in the database, extended without a type change."""

    impl = String(40)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__(40)
        self.enum = enum

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)


def now() -> dt.datetime:
    """This moment in UTC."""
    return dt.datetime.now(dt.UTC)


class Base(DeclarativeBase):
    """All tables of the register (the public projection has a metadata of its own)."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {int: BigId, dt.datetime: UtcDateTime, dict[str, Any]: JsonDocument}  # noqa: RUF012 (read by SQLAlchemy)


PrimaryKey = Annotated[int, mapped_column(BigId, primary_key=True)]
Uid = Annotated[uuid.UUID, mapped_column(Uuid, unique=True, default=uuid.uuid4)]


class Identified:
    """Rows with an internal key and an identifier that may be shown and never changes."""

    id: Mapped[PrimaryKey]
    uid: Mapped[Uid]
