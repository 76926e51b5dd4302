"""Cases (*ärenden*)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from diarium.classification.models import Classification
from diarium.db.base import Base, ClosedList, Identified, now
from diarium.db.swedish import SortKey, sort_key
from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.register import rules
from diarium.register.models.authority import Authority, DiarySeries, Unit
from diarium.register.models.disposal import CaseDisposal, DisposalDepth
from diarium.register.models.party import Party
from diarium.register.models.publishing import Withdrawal
from diarium.register.vocabulary import CaseStatus, Initiative, RelationKind
from diarium.secrecy.models import Restriction

if TYPE_CHECKING:
    from diarium.register.models.record import Record


class Case(Identified, Base):
    """One matter, from its beginning to its end. Its number is given once and never changes.

    `number_text` is the number as the series wrote it when it was given; `record_count` the last running number
    given to a record; `version` rises with each change and tells two editors apart. `is_closed_circle`: what is
    marked in it is seen only by its officer and by those who are let in by name (`secrecy.access`). `disposed`:
    how much of it is disposed of; `disposals` say when and by which decision.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("series_id", "year", "number"),
        UniqueConstraint("authority_id", "number_text"),
        Index(None, "authority_id", "status", "closed_on"),
        Index(None, "year", "number"),
        Index(None, "responsible_id", "status"),
        Index(None, "title_key", "id"),
        Index(None, "opened_on", "id"),
        Index(None, "closed_on", "id"),
        Index(None, "unit_id", "status"),
        Index(None, "responsible_id", "id"),
        Index(None, "classification_id"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    series_id: Mapped[int] = mapped_column(ForeignKey("diary_series.id"))
    year: Mapped[int]
    number: Mapped[int]
    number_text: Mapped[str] = mapped_column(String(60), index=True)
    foreign_number: Mapped[str | None] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(rules.MAX_TITLE))
    title_key: Mapped[str] = mapped_column(SortKey, default="")
    public_title: Mapped[str | None] = mapped_column(String(rules.MAX_TITLE))
    case_type: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[CaseStatus] = mapped_column(ClosedList(CaseStatus), default=CaseStatus.OPEN)
    initiative: Mapped[Initiative] = mapped_column(ClosedList(Initiative), default=Initiative.RECEIVED)
    opened_on: Mapped[dt.date]
    decided_on: Mapped[dt.date | None]
    closed_on: Mapped[dt.date | None]
    closing_reason: Mapped[str | None] = mapped_column(Text)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    classification_id: Mapped[int | None] = mapped_column(ForeignKey("classification.id"))
    physical_location: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    record_count: Mapped[int] = mapped_column(default=0)
    registered_at: Mapped[dt.datetime] = mapped_column(default=now)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)
    is_closed_circle: Mapped[bool] = mapped_column(default=False, server_default=false())
    disposed: Mapped[DisposalDepth | None] = mapped_column(ClosedList(DisposalDepth))

    authority: Mapped[Authority] = relationship()
    series: Mapped[DiarySeries] = relationship()
    unit: Mapped[Unit | None] = relationship()
    responsible: Mapped[User | None] = relationship(foreign_keys=[responsible_id])
    registered_by: Mapped[User | None] = relationship(foreign_keys=[registered_by_id])
    classification: Mapped[Classification | None] = relationship()
    records: Mapped[list[Record]] = relationship(back_populates="case", order_by="Record.running_number")
    parties: Mapped[list[Party]] = relationship(back_populates="case", order_by=Party.id)
    restrictions: Mapped[list[Restriction]] = relationship(order_by=Restriction.id)
    withdrawals: Mapped[list[Withdrawal]] = relationship(order_by=Withdrawal.id)
    disposals: Mapped[list[CaseDisposal]] = relationship(order_by=CaseDisposal.id)
    relations: Mapped[list[CaseRelation]] = relationship(foreign_keys="CaseRelation.from_case_id")

    def check(self) -> None:
        """Raises: InvalidFact for dates that can't be. Brings the key for sorting up to date."""
        self.title_key = sort_key(self.title)
        rules.not_in_future(self.opened_on, "opened_on")
        for field, day, message in (
            ("decided_on", self.decided_on, _("Ärendet kan inte vara beslutat innan det öppnades.")),
            ("closed_on", self.closed_on, _("Ärendet kan inte vara avslutat innan det öppnades.")),
        ):
            if day is not None:
                rules.not_in_future(day, field)
                rules.not_before(day, self.opened_on, message, field)

    @validates("title")
    def _title(self, _key: str, value: str) -> str:
        return rules.title(value)

    @validates("public_title")
    def _public_title(self, _key: str, value: str | None) -> str | None:
        return rules.title(value, "public_title") if value and value.strip() else None

    @validates("status")
    def _status(self, _key: str, value: CaseStatus) -> CaseStatus:
        old: CaseStatus | None = self.status
        return rules.step(old, value) if old is not None else value


class CaseRelation(Base):
    """A reference from one case to another; shown from both sides."""

    __tablename__ = "case_relation"
    __table_args__ = (UniqueConstraint("from_case_id", "to_case_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    from_case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    to_case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[RelationKind] = mapped_column(ClosedList(RelationKind))

    from_case: Mapped[Case] = relationship(foreign_keys=[from_case_id], overlaps="relations")
    to_case: Mapped[Case] = relationship(foreign_keys=[to_case_id])
