"""Tables of this room: lists that somebody saved, and what their subscriptions found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.i18n import lazy_gettext as _l
from diarium.identity.models import User
from diarium.register.models import Authority

SEARCH = "sok"
"""The target of a saved search; every other target is the name of a list."""


class Subscription(StrEnum):
    """How often the owner is told of new rows."""

    NONE = "none"
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


SUBSCRIPTION_LABELS: Mapping[Subscription, str] = {
    Subscription.NONE: _l("Bevakas inte"),
    Subscription.AT_ONCE: _l("Genast"),
    Subscription.DAILY: _l("En gång om dagen"),
    Subscription.WEEKLY: _l("En gång i veckan"),
}


class SavedList(Identified, Base):
    """A list with its filters and order, or a search, that somebody wants to find again.

    `parameters`: as the address has them, each with its values. `shared_with`: an authority whose readers see
    it too. `seen`: keys of the rows at the last check, and how many there were in all; nothing before the first.
    `by_email`: whether the owner gets e-mail besides the notice on the start page.
    """

    __tablename__ = "saved_list"
    __table_args__ = (
        UniqueConstraint("owner_id", "name"),
        Index(None, "shared_with_id"),
        Index(None, "subscription", "last_checked"),
    )

    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(120))
    target: Mapped[str] = mapped_column(String(40))
    parameters: Mapped[dict[str, Any]]
    sort: Mapped[str | None] = mapped_column(String(60))
    shared_with_id: Mapped[int | None] = mapped_column(ForeignKey("authority.id"))
    subscription: Mapped[Subscription] = mapped_column(ClosedList(Subscription), default=Subscription.NONE)
    by_email: Mapped[bool] = mapped_column(default=False)
    last_checked: Mapped[dt.datetime | None]
    seen: Mapped[dict[str, Any] | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[User] = relationship()
    shared_with: Mapped[Authority | None] = relationship()


class Notice(Identified, Base):
    """New rows of a saved list. Unread, it grows with what comes; `emailed_at`: when its owner was written to."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "user_id", "read_at"), Index(None, "saved_list_id"))

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    saved_list_id: Mapped[int] = mapped_column(ForeignKey("saved_list.id"))
    count: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    read_at: Mapped[dt.datetime | None]
    emailed_at: Mapped[dt.datetime | None]

    saved_list: Mapped[SavedList] = relationship()
