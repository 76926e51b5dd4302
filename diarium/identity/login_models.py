"""Sessions of the staff, and what they prove themselves with beside the password."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, PrimaryKey, now
from diarium.i18n import lazy_gettext as _l
from diarium.identity.models import User


class LoginWay(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 (no password, the name of a way)
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105
    PASSKEY = "passkey"
    PROVIDER = "provider"


LOGIN_WAY_LABELS: Mapping[LoginWay, str] = {
    LoginWay.PASSWORD: _l("Lösenord"),
    LoginWay.PASSWORD_AND_CODE: _l("Lösenord och engångskod"),
    LoginWay.PASSKEY: _l("Inloggningsnyckel"),
    LoginWay.PROVIDER: _l("Organisationens inloggning"),
}


class FactorKind(StrEnum):
    """What a second factor is."""

    CODE_APP = "code_app"
    PASSKEY = "passkey"


class LoginSession(Identified, Base):
    """One browser where somebody logged in. `epoch`: of the user then; a raised one ends all sessions.

    `seen_at` is some minutes coarse. `confirmed_at`: when they last proved who they are. `browser`: its name in
    words; with the address it is kept so that people know their own sessions, and erased after 90 days.
    """

    __tablename__ = "login_session"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    epoch: Mapped[int]
    way: Mapped[LoginWay] = mapped_column(ClosedList(LoginWay))
    browser: Mapped[str] = mapped_column(String(120))
    network_address: Mapped[str] = mapped_column(String(45))
    began_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    seen_at: Mapped[dt.datetime] = mapped_column(default=now)
    confirmed_at: Mapped[dt.datetime] = mapped_column(default=now)
    ended_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship()


class SecondFactor(Identified, Base):
    """An app that shows codes, or a passkey. It counts from when it was `confirmed_at`.

    `secret`: of a code app, encrypted. `credential_id`, `public_key`: of a passkey. `counter`: the last step of a
    code app that was taken, or the passkey's own count: neither may be used twice.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    kind: Mapped[FactorKind] = mapped_column(ClosedList(FactorKind))
    name: Mapped[str] = mapped_column(String(120))
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    credential_id: Mapped[str | None] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    counter: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    confirmed_at: Mapped[dt.datetime | None]
    used_at: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship()


class RecoveryCode(Base):
    """A code that stands in for a lost second factor, once. Only its hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[dt.datetime | None]
