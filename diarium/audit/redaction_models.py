"""What was struck out of the sealed log, by which decision: signed, and only ever added to."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, now


class AuditRedaction(Base):
    """An event whose values are struck out: who, when and what kind of event are left.

    `digest`: of the event as it was, which its seal covers; `remaining`: of what is left of it. `signature`: the
    installation's over all of it, so that nobody else can strike out anything unnoticed.
    """

    __tablename__ = "audit_redaction"

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    remaining: Mapped[str] = mapped_column(String(64))
    decision: Mapped[str] = mapped_column(String(300))
    at: Mapped[dt.datetime] = mapped_column(default=now)
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(88))
