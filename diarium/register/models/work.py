"""What is done in a case: deadlines to watch, notes of what happened, decisions."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.identity.models import User
from diarium.register.models.authority import Unit
from diarium.register.models.case import Case
from diarium.register.models.record import Record
from diarium.register.vocabulary import DeadlineKind, DeadlineState, DecisionKind, DecisionState

MAX_DEADLINE_TEXT = 300
MAX_NOTE = 20_000
MAX_OUTCOME = 4000


class Deadline(Identified, Base):
    """A day to watch (*bevakning*) in a case, by a person, a unit or both. A settled one stays, with outcome."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index(None, "case_id"),
        Index(None, "state", "due_on"),
        Index(None, "responsible_id", "state", "due_on"),
        Index(None, "unit_id", "state", "due_on"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    kind: Mapped[DeadlineKind] = mapped_column(ClosedList(DeadlineKind), default=DeadlineKind.OTHER)
    due_on: Mapped[dt.date]
    text: Mapped[str] = mapped_column(String(MAX_DEADLINE_TEXT))
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    state: Mapped[DeadlineState] = mapped_column(ClosedList(DeadlineState), default=DeadlineState.OPEN)
    outcome: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_name: Mapped[str] = mapped_column(String(200))
    settled_at: Mapped[dt.datetime | None]
    settled_by_name: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship()
    record: Mapped[Record | None] = relationship()
    responsible: Mapped[User | None] = relationship()
    unit: Mapped[Unit | None] = relationship()


class CaseNote(Identified, Base):
    """A note in a case's file (*tjänsteanteckning*, FL 27 §), never changed: a correction is another note."""

    __tablename__ = "case_note"
    __table_args__ = (Index(None, "case_id", "made_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("case_note.id"))

    case: Mapped[Case] = relationship()
    corrects: Mapped[CaseNote | None] = relationship(remote_side="CaseNote.id")


class Decision(Identified, Base):
    """A decision in a case: by a board (`paragraph` of its minutes) or by somebody it has empowered.

    `is_final`: the case is decided by it. A cancelled one stays, with its reason.
    """

    __tablename__ = "decision"
    __table_args__ = (Index(None, "case_id"), Index(None, "decided_on"))

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    kind: Mapped[DecisionKind] = mapped_column(ClosedList(DecisionKind))
    decided_on: Mapped[dt.date]
    body: Mapped[str] = mapped_column(String(200))
    paragraph: Mapped[str | None] = mapped_column(String(40))
    delegation_point: Mapped[str | None] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(Text)
    is_final: Mapped[bool] = mapped_column(default=False)
    state: Mapped[DecisionState] = mapped_column(ClosedList(DecisionState), default=DecisionState.REGISTERED)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[dt.datetime] = mapped_column(default=now)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    registered_by_name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship()
    record: Mapped[Record | None] = relationship()
