"""Senders, recipients and parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from diarium.db.base import Base, ClosedList, Identified
from diarium.db.swedish import SortKey, sort_key
from diarium.register import rules
from diarium.register.vocabulary import PartyKind, PartyRole

if TYPE_CHECKING:
    from diarium.register.models.case import Case
    from diarium.register.models.record import Record


class Party(Identified, Base):
    """Somebody's part in a case or in a record, with the contact details as they were given there.

    `is_protected`: protected identity (*skyddade personuppgifter*); only few see more than that there is one.
    """

    __tablename__ = "party"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (record_id IS NULL)", name="one_owner"),
        Index(None, "case_id"),
        Index(None, "record_id"),
        Index(None, "name_key"),
        Index(None, "email_key"),
        Index(None, "identity_number"),
    )

    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    role: Mapped[PartyRole] = mapped_column(ClosedList(PartyRole))
    kind: Mapped[PartyKind] = mapped_column(ClosedList(PartyKind))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(SortKey, default="")
    identity_number: Mapped[str | None] = mapped_column(String(20))
    organisation: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(300))
    postal_code: Mapped[str | None] = mapped_column(String(20))
    city: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    is_protected: Mapped[bool] = mapped_column(default=False)

    case: Mapped[Case | None] = relationship(back_populates="parties")
    record: Mapped[Record | None] = relationship(back_populates="parties")

    def check(self) -> None:
        """Raises: InvalidFact if the number does not fit the kind of party. Brings the keys up to date."""
        self.name_key = sort_key(self.name)
        self.email_key = self.email.casefold()[:254] if self.email else None
        self.identity_number = rules.identity_number(self.kind, self.identity_number)

    @validates("name")
    def _name(self, _key: str, value: str) -> str:
        return rules.title(value, "name")[:200]
