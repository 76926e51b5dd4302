"""Users, their roles at each authority, and access tokens for programs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from diarium.db.base import Base, ClosedList, Identified, PrimaryKey, now
from diarium.db.swedish import SortKey, sort_key
from diarium.identity.permissions import Role


class User(Identified, Base):
    """A person of the staff. `session_epoch` is raised to end all sessions at once."""

    __tablename__ = "user_account"
    __table_args__ = (Index(None, "name_key", "id"),)

    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(SortKey, default="")
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", lazy="selectin")

    @validates("name")
    def _name(self, _key: str, value: str) -> str:
        self.name_key = sort_key(value)
        return value


class Membership(Base):
    """A role at one authority: each board is an authority of its own (OSL 8 kap. 1 §)."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "authority_code", "role", name="uq_membership_once"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"))
    role: Mapped[Role] = mapped_column(ClosedList(Role))

    user: Mapped[User] = relationship(back_populates="memberships")


class AccessToken(Identified, Base):
    """A program's key to the API. Only its SHA-256 is kept; it acts with its user's rights, within its scopes.

    `scopes`: as `scopes.written` writes them. `last_used_at` is some minutes coarse.
    """

    __tablename__ = "access_token"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    scopes: Mapped[str] = mapped_column(String(500), default="")
    last_used_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship()


class RepeatedCall(Base):
    """A call of the API that names itself (Idempotency-Key), kept so that its repetition changes nothing.

    `fingerprint`: of what was sent. `is_committed`: its effect is there, noted in the same transaction. `status`,
    `headers`, `body`: the answer, once it was given.
    """

    __tablename__ = "repeated_call"
    __table_args__ = (UniqueConstraint("token_id", "key"),)

    id: Mapped[PrimaryKey]
    token_id: Mapped[int] = mapped_column(ForeignKey("access_token.id"))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    is_committed: Mapped[bool] = mapped_column(default=False)
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None] = mapped_column(Text)
