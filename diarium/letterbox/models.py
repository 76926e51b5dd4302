"""The letterbox's only table, in a metadata of its own: its database may be written by the public process."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, MetaData, String, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from diarium.db.base import NAMING, BigId, ClosedList, UtcDateTime
from diarium.letterbox.letters import LetterKind

SCHEMA = "letterbox"


class LetterboxBase(DeclarativeBase):
    """The letterbox: schema `letterbox` on PostgreSQL, a file of its own on SQLite."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMING)
    type_annotation_map = {int: BigId, dt.datetime: UtcDateTime}  # noqa: RUF012 (read by SQLAlchemy)


class WaitingRow(LetterboxBase):
    """A letter that waits. `content`: JSON, see `wire`.

    `attempts`: how often the worker could not do what it asks; before `not_before` it is not tried again.
    `is_unreadable`: it is no letter, whoever wrote it; kept to be looked at.
    """

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("length(content) <= 60000", name="content"),
        Index(None, "kind", "is_unreadable"),
        Index(None, "placed_at"),
    )

    uid: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[LetterKind] = mapped_column(ClosedList(LetterKind))
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    placed_at: Mapped[dt.datetime]
    content: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[dt.datetime | None]
    is_unreadable: Mapped[bool] = mapped_column(default=False)
