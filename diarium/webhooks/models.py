"""Webhooks and what was, or is to be, delivered to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.webhooks.vocabulary import DeliveryState, EventKind


class Webhook(Identified, Base):
    """An address that is told of some kinds of events at one authority.

    Its secret is not kept: it is made from the installation's key and `salt` (see `signing`).
    """

    __tablename__ = "webhook"

    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(500))
    kinds: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(64))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_by_name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def event_kinds(self) -> tuple[EventKind, ...]:
        """The kinds of events that it is told of."""
        chosen = self.kinds.split()
        return tuple(kind for kind in EventKind if kind.value in chosen)


class WebhookDelivery(Identified, Base):
    """One event to be told to one webhook. `facts`: identifiers, numbers and kinds, no more.

    `next_try_at`: not before; while it is being sent, when the next may take it should the sender be gone.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "change_id"),
        Index(None, "state", "next_try_at"),
    )

    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    change_id: Mapped[int | None] = mapped_column(ForeignKey("change.id"))
    kind: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]]
    occurred_at: Mapped[dt.datetime]
    state: Mapped[DeliveryState] = mapped_column(ClosedList(DeliveryState), default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_tried_at: Mapped[dt.datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(300))
    delivered_at: Mapped[dt.datetime | None]

    webhook: Mapped[Webhook] = relationship()
