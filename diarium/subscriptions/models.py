"""Those who follow the open register by e-mail. Nothing is kept beyond what sending takes."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, Identified
from diarium.i18n import STOCKHOLM, local_date
from diarium.letterbox.letters import MAX_EMAIL, FollowTarget

HASH_LENGTH = 64


class Subscription(Identified, Base):
    """An address that follows a case or a search of the open register.

    `target`: as JSON, see `target_of`; `target_key` tells two targets apart. `token_hash`: of the token in every
    e-mail, by which it ends; `confirm_hash`: of the one in the question whether it is wanted. Until that is
    answered (`confirmed_at`) nothing else is sent, and at `expires_at` the address is erased. `asked_at`,
    `ask_count`: when that question went last, and how often. `seen_to`: what was published from then on is news.
    `checked_at`: when news were last looked for; `next_try_at`: not before then; `failures`: e-mails in a row that
    did not arrive.
    """

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("email", "target_key"), Index(None, "confirmed_at", "next_try_at"))

    email: Mapped[str] = mapped_column(String(MAX_EMAIL))
    target_key: Mapped[str] = mapped_column(String(HASH_LENGTH))
    target: Mapped[dict[str, Any]]
    language: Mapped[str] = mapped_column(String(5))
    token_hash: Mapped[str] = mapped_column(String(HASH_LENGTH), unique=True)
    confirm_hash: Mapped[str | None] = mapped_column(String(HASH_LENGTH), unique=True)
    created_at: Mapped[dt.datetime]
    asked_at: Mapped[dt.datetime | None]
    ask_count: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    confirmed_at: Mapped[dt.datetime | None]
    seen_to: Mapped[dt.datetime]
    checked_at: Mapped[dt.datetime | None]
    next_try_at: Mapped[dt.datetime | None]
    failures: Mapped[int] = mapped_column(default=0)


def beginning_of_day(moment: dt.datetime) -> dt.datetime:
    """When the day began in Sweden. News are told of by whole days, and of what shows no facts the open register
    tells no hour.
    """
    return dt.datetime.combine(local_date(moment), dt.time(), STOCKHOLM)


def written(target: FollowTarget) -> dict[str, Any]:
    """A target as it is kept."""
    if target.case_uid is not None:
        return {"case": str(target.case_uid)}
    return {
        "query": target.query or "",
        "filters": {name: sorted(values) for name, values in sorted(target.filters.items()) if values},
        "from": target.date_from.isoformat() if target.date_from else None,
        "to": target.date_to.isoformat() if target.date_to else None,
    }


def target_of(kept: dict[str, Any]) -> FollowTarget:
    """The target that was kept."""
    if "case" in kept:
        return FollowTarget(case_uid=uuid.UUID(kept["case"]))
    return FollowTarget(
        query=kept["query"],
        filters={name: tuple(values) for name, values in kept["filters"].items()},
        date_from=_day(kept["from"]),
        date_to=_day(kept["to"]),
    )


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
