"""What staff decide about the open register: what is taken from the web, and files that need a look first."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, JsonDocument, now

if TYPE_CHECKING:
    from diarium.register.models.record import Document

MAX_PUBLISH_DELAY = 60
"""So many working days can pass at most between registering and publishing."""


class ReviewState(StrEnum):
    """What has been decided about a released file whose text holds what is seldom to be published."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


class Withdrawal(Identified, Base):
    """A case, record or file that was taken from the web register. Ending it keeps the row.

    It says nothing of secrecy: what is not shown on the web may still have to be given out.
    """

    __tablename__ = "web_withdrawal"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN case_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN record_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_target",
        ),
        Index(None, "case_id"),
        Index(None, "record_id"),
        Index(None, "document_id"),
    )

    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[dt.datetime | None]
    ended_by_name: Mapped[str | None] = mapped_column(String(200))
    end_reason: Mapped[str | None] = mapped_column(Text)

    @property
    def is_in_force(self) -> bool:
        """Whether its target is still kept from the web."""
        return self.ended_at is None


class FileReview(Identified, Base):
    """A released file in which something was found that somebody must look at before it is published.

    `findings`: what its text holds now (see `public.findings`). `approved`: what it held when it was approved; a
    finding that comes later, such as the name of a new party, asks for another look.
    """

    __tablename__ = "file_review"
    __table_args__ = (Index(None, "state", "id"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    findings: Mapped[list[str]] = mapped_column(JsonDocument)
    found_at: Mapped[dt.datetime] = mapped_column(default=now)
    state: Mapped[ReviewState] = mapped_column(ClosedList(ReviewState), default=ReviewState.WAITING)
    approved: Mapped[list[str]] = mapped_column(JsonDocument, default=list)
    decided_at: Mapped[dt.datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_by_name: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(Text)

    document: Mapped[Document] = relationship(back_populates="review")

    @property
    def facts(self) -> dict[str, object]:
        """What a decision is made on: who decides has seen this and nothing else."""
        return {"sha256": self.sha256, "findings": sorted(self.findings), "state": self.state}
