"""Tables of what helps the registrar: what was learned, drafts, templates, bulk registrations."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, Identified, JsonDocument, now
from diarium.db.swedish import SortKey
from diarium.register.models import Authority

CLUE_LENGTH = 130
VALUE_LENGTH = 200


class UsageCount(Base):
    """How often `value` stood in `field` of registrations with `clue`: derived, see `learning`."""

    __tablename__ = "usage_count"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    clue: Mapped[str] = mapped_column(String(CLUE_LENGTH), primary_key=True)
    field: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(VALUE_LENGTH), primary_key=True)
    count: Mapped[int]
    last_used_on: Mapped[dt.date]


class UsageSource(Base):
    """What a record is counted for now, so that a change is counted once however often it comes."""

    __tablename__ = "usage_source"

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True, autoincrement=False)
    counted: Mapped[dict[str, Any]]


class Draft(Identified, Base):
    """A registration that somebody has begun. Working material of its owner, no official document.

    `is_spent`: it was registered; nothing but the key is left, so that what is saved late is known.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index(None, "updated_at"))

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str] = mapped_column(String(100))
    form: Mapped[dict[str, Any]]
    files: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument)
    item_uid: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)
    is_spent: Mapped[bool] = mapped_column(default=False)


class RegistrationTemplate(Identified, Base):
    """What the form is filled with for a matter that comes again and again."""

    __tablename__ = "registration_template"
    __table_args__ = (Index(None, "authority_id", "name_key"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    name: Mapped[str] = mapped_column(String(120))
    name_key: Mapped[str] = mapped_column(SortKey)
    form: Mapped[dict[str, Any]]
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship(lazy="joined")


class BulkBatch(Identified, Base):
    """One bulk registration: `uid` comes from the page, so that the page sent twice is one batch."""

    __tablename__ = "bulk_batch"

    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class BulkRow(Base):
    """A row of a batch that became a record."""

    __tablename__ = "bulk_row"

    batch_id: Mapped[int] = mapped_column(ForeignKey("bulk_batch.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
