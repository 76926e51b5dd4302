"""Who did, saw, changed or exported what. Rows are only ever added; triggers refuse the rest."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, PrimaryKey, now


class AuditEvent(Base):
    """One event. Names are kept as they were: an event must read the same when a user is gone.

    `salt`: so that nobody finds struck out values by guessing and comparing digests; older events have none.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "entity_uid", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "entity_type", "id"),
    )

    id: Mapped[PrimaryKey]
    at: Mapped[dt.datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    authority_code: Mapped[str | None] = mapped_column(String(10))
    entity_type: Mapped[str] = mapped_column(String(40))
    entity_uid: Mapped[str] = mapped_column(String(36))
    entity_label: Mapped[str] = mapped_column(String(300))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(64))
    salt: Mapped[str | None] = mapped_column(String(32), default=lambda: secrets.token_hex(16))
