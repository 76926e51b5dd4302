"""The change feed: what changed in the register, for those who derive something from it."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, PrimaryKey, now


class Change(Base):
    """One outbox row, written in the transaction that made the change.

    `transaction_id` is PostgreSQL's own number of the writing transaction (the migration sets its default), 0 on
    SQLite, where writers queue and `id` is the commit order.
    """

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_order", "transaction_id", "id"),)

    id: Mapped[PrimaryKey]
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default="0")
    at: Mapped[dt.datetime] = mapped_column(default=now)
    entity_type: Mapped[str] = mapped_column(String(40))
    entity_uid: Mapped[uuid.UUID] = mapped_column(Uuid)
    kind: Mapped[str] = mapped_column(String(60))


class ConsumerPosition(Base):
    """How far a consumer has come: everything up to and including this place is done."""

    __tablename__ = "consumer_position"

    consumer: Mapped[str] = mapped_column(String(40), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(BigInteger, default=0)
    change_id: Mapped[int] = mapped_column(BigInteger, default=0)
    moved_at: Mapped[dt.datetime] = mapped_column(default=now)


class ParkedChange(Base):
    """A change that a consumer could not handle: kept for another try, so that the feed goes on."""

    __tablename__ = "parked_change"

    id: Mapped[PrimaryKey]
    consumer: Mapped[str] = mapped_column(String(40), index=True)
    change_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("change.id"))
    attempts: Mapped[int] = mapped_column(default=1)
    error: Mapped[str] = mapped_column(Text)
    parked_at: Mapped[dt.datetime] = mapped_column(default=now)
    next_try_at: Mapped[dt.datetime] = mapped_column(default=now)
