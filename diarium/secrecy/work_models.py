"""What is done about markings: they are looked at anew, people are let in by name, cases are shown to others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.i18n import lazy_gettext as _l
from diarium.identity.models import User
from diarium.identity.permissions import Role
from diarium.secrecy.models import Restriction, Scope


class Occasion(StrEnum):
    """Why a marking is looked at anew."""

    REQUEST = "request"
    TIME_LIMIT = "time_limit"
    ROUTINE = "routine"


OCCASION_LABELS: Mapping[Occasion, str] = {
    Occasion.REQUEST: _l("Någon har begärt ut uppgiften"),
    Occasion.TIME_LIMIT: _l("Sekretesstiden löper ut eller har löpt ut"),
    Occasion.ROUTINE: _l("Återkommande genomgång"),
}


class Outcome(StrEnum):
    """What a review came to, for the marking: whether anything is handed out is another decision."""

    KEPT = "kept"
    NARROWED = "narrowed"
    LIFTED = "lifted"


OUTCOME_LABELS: Mapping[Outcome, str] = {
    Outcome.KEPT: _l("Markeringen står kvar"),
    Outcome.NARROWED: _l("Markeringen omfattar mindre"),
    Outcome.LIFTED: _l("Markeringen är hävd"),
}


class RestrictionReview(Identified, Base):
    """A marking was looked at anew. Rows are only ever added.

    `scope_before` and `scope_after`: what it covered and covers; `document_id`: the one file that it was narrowed
    to. `next_on`: the day when it is to be looked at the next time.
    """

    __tablename__ = "restriction_review"
    __table_args__ = (Index(None, "restriction_id"),)

    restriction_id: Mapped[int] = mapped_column(ForeignKey("restriction.id"))
    reviewed_on: Mapped[dt.date]
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_by_name: Mapped[str] = mapped_column(String(200))
    occasion: Mapped[Occasion] = mapped_column(ClosedList(Occasion))
    outcome: Mapped[Outcome] = mapped_column(ClosedList(Outcome))
    reason: Mapped[str] = mapped_column(Text)
    scope_before: Mapped[Scope] = mapped_column(ClosedList(Scope))
    scope_after: Mapped[Scope] = mapped_column(ClosedList(Scope))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    next_on: Mapped[dt.date | None]

    restriction: Mapped[Restriction] = relationship()


class AccessGrant(Identified, Base):
    """Somebody, or everybody with a role, is let into what is marked in one case or record. Ended, never deleted.

    A grant of a case holds for all its records but those that have a closed circle of their own. `until`: the last
    day. `authority_code`: whose case it is.
    """

    __tablename__ = "access_grant"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (record_id IS NULL)", name="one_target"),
        CheckConstraint("(user_id IS NULL) <> (role IS NULL)", name="one_grantee"),
        Index(None, "case_id"),
        Index(None, "record_id"),
        Index(None, "user_id"),
        Index(None, "authority_code", "role"),
    )

    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[Role | None] = mapped_column(ClosedList(Role))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[dt.date | None]
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))
    revoked_at: Mapped[dt.datetime | None]
    revoked_by_name: Mapped[str | None] = mapped_column(String(200))
    revoke_reason: Mapped[str | None] = mapped_column(Text)

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])

    def holds_on(self, day: dt.date) -> bool:
        """Whether the grant opens anything on `day`."""
        return self.revoked_at is None and (self.until is None or self.until >= day)


class CaseShare(Identified, Base):
    """A case is shown to another authority, which is otherwise an outsider (OSL 8 kap. 1–2 §§). Reading only.

    `with_marked`: also what is marked, on the `legal_ground` that lifts the secrecy between authorities (as OSL
    10 kap. 2 or 27 §). `until`: the last day. Ended, never deleted.
    """

    __tablename__ = "case_share"
    __table_args__ = (
        CheckConstraint("NOT with_marked OR legal_ground IS NOT NULL", name="ground"),
        Index(None, "case_id"),
        Index(None, "to_authority_code"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    to_authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"))
    with_marked: Mapped[bool] = mapped_column(default=False)
    legal_ground: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[dt.date | None]
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))
    revoked_at: Mapped[dt.datetime | None]
    revoked_by_name: Mapped[str | None] = mapped_column(String(200))
    revoke_reason: Mapped[str | None] = mapped_column(Text)

    def holds_on(self, day: dt.date) -> bool:
        """Whether the share opens anything on `day`."""
        return self.revoked_at is None and (self.until is None or self.until >= day)
