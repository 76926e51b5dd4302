"""Records (*handlingar*) and their documents (files)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, event, false
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship, validates

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.db.swedish import SortKey, sort_key
from diarium.files.models import Blob
from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.register import rules
from diarium.register.errors import InvalidFact
from diarium.register.models.case import Case
from diarium.register.models.party import Party
from diarium.register.models.publishing import FileReview, Withdrawal
from diarium.register.vocabulary import Direction, Medium, PartyRole, RecordStatus
from diarium.secrecy.models import Restriction


class Record(Identified, Base):
    """A registered record with the four facts of OSL 5 kap. 2 §: date, number, sender or recipient, matter.

    `official_on` is the day it was received, dispatched or drawn up, whichever its direction says;
    `received_at` the moment, where the channel tells; `document_date` what is printed on it.
    `moved_to`: the record that it became in another case, where it was registered in the wrong one; this one is
    then cancelled and keeps its number. `is_closed_circle`: as that of a case, for this record alone.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("case_id", "running_number"),
        Index(None, "official_on"),
        Index(None, "registered_at"),
        Index(None, "title_key", "id"),
        Index(None, "record_type", "official_on"),
        Index(None, "moved_to_id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    running_number: Mapped[int]
    direction: Mapped[Direction] = mapped_column(ClosedList(Direction))
    title: Mapped[str] = mapped_column(String(rules.MAX_TITLE))
    title_key: Mapped[str] = mapped_column(SortKey, default="")
    public_title: Mapped[str | None] = mapped_column(String(rules.MAX_TITLE))
    record_type: Mapped[str | None] = mapped_column(String(100))
    official_on: Mapped[dt.date]
    received_at: Mapped[dt.datetime | None]
    document_date: Mapped[dt.date | None]
    medium: Mapped[Medium] = mapped_column(ClosedList(Medium), default=Medium.DIGITAL)
    physical_location: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[RecordStatus] = mapped_column(ClosedList(RecordStatus), default=RecordStatus.REGISTERED)
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    moved_to_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    note: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[dt.datetime] = mapped_column(default=now)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)
    is_closed_circle: Mapped[bool] = mapped_column(default=False, server_default=false())

    case: Mapped[Case] = relationship(back_populates="records")
    registered_by: Mapped[User | None] = relationship()
    moved_to: Mapped[Record | None] = relationship(remote_side="Record.id")
    documents: Mapped[list[Document]] = relationship(back_populates="record", order_by="Document.position")
    parties: Mapped[list[Party]] = relationship(back_populates="record", order_by=Party.id)
    restrictions: Mapped[list[Restriction]] = relationship(order_by=Restriction.id)
    withdrawals: Mapped[list[Withdrawal]] = relationship(order_by=Withdrawal.id)

    @property
    def number_text(self) -> str:
        """The record's written number: "KS 2024/123-4"."""
        return f"{self.case.number_text}-{self.running_number}"

    @property
    def senders(self) -> list[Party]:
        """Who sent it."""
        return [party for party in self.parties if party.role is PartyRole.SENDER]

    @property
    def recipients(self) -> list[Party]:
        """Whom it was sent to."""
        return [party for party in self.parties if party.role is PartyRole.RECIPIENT]

    def check(self) -> None:
        """Raises: InvalidFact for dates that can't be. Brings the key for sorting up to date."""
        self.title_key = sort_key(self.title)
        rules.not_in_future(self.official_on, "official_on")
        if self.received_at is not None and self.received_at > now():
            raise InvalidFact(_("Tidpunkten för mottagandet ligger i framtiden."), field="received_at")
        if self.document_date is not None:
            rules.not_in_future(self.document_date, "document_date")

    @validates("title")
    def _title(self, _key: str, value: str) -> str:
        return rules.title(value)

    @validates("public_title")
    def _public_title(self, _key: str, value: str | None) -> str | None:
        return rules.title(value, "public_title") if value and value.strip() else None


class Document(Identified, Base):
    """A file of a record: position 1 is the main document, the rest are its attachments (*bilagor*).

    `is_released`: looked through and released for the open register.
    """

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("record_id", "position"), Index(None, "sha256"))

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"))
    position: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    is_released: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[dt.datetime] = mapped_column(default=now)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    record: Mapped[Record] = relationship(back_populates="documents")
    blob: Mapped[Blob] = relationship(lazy="joined")
    withdrawals: Mapped[list[Withdrawal]] = relationship(order_by=Withdrawal.id)
    review: Mapped[FileReview | None] = relationship(back_populates="document")


@event.listens_for(Case, "before_insert")
@event.listens_for(Case, "before_update")
@event.listens_for(Record, "before_insert")
@event.listens_for(Record, "before_update")
@event.listens_for(Party, "before_insert")
@event.listens_for(Party, "before_update")
def _check_before_writing(_mapper: Mapper[Base], _connection: Connection, target: Case | Record | Party) -> None:
    """No row reaches the database unchecked, whichever use case wrote it."""
    target.check()
