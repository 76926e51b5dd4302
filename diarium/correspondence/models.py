"""Tables of this room: letter templates, dispatches and their recipients."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.correspondence.vocabulary import LetterKind, Means, MessageState, RecipientState
from diarium.db.base import Base, ClosedList, Identified, now
from diarium.register.models import Authority, Case, Record

MAX_SUBJECT = 200
MAX_BODY = 20_000


class LetterTemplate(Identified, Base):
    """A letter of an authority that is written again and again; its texts hold placeholders (see `placeholders`).

    `shipped_key` names the starter that it was made from, so that starters are added once. `version` rises with
    each change and tells two editors apart.
    """

    __tablename__ = "letter_template"
    __table_args__ = (UniqueConstraint("authority_id", "name"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[LetterKind] = mapped_column(ClosedList(LetterKind))
    name: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(MAX_SUBJECT))
    body: Mapped[str] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    shipped_key: Mapped[str | None] = mapped_column(String(40))
    changed_at: Mapped[dt.datetime] = mapped_column(default=now)
    changed_by_name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship()


class OutgoingMessage(Identified, Base):
    """One dispatch of a record: an e-mail on its way or gone, or a dispatch by other means noted by hand.

    `content_sha256`: the message exactly as it is sent, in the blob store; `attachment_names`: what was
    attached, as it was called. `lease_until`: until when the worker that has taken it may be busy with it.
    `answer`: the server's word on the content; those on each recipient stand with them. `secrecy_reason`: why
    something marked was sent all the same. `dispatched_on`: the law day on which it left. `is_settled`: it failed,
    and somebody has seen to it in another way.
    """

    __tablename__ = "outgoing_message"
    __table_args__ = (
        Index(None, "state", "next_try_at"),
        Index("ix_outgoing_message_listing", "authority_id", "state", "id"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), index=True)
    means: Mapped[Means] = mapped_column(ClosedList(Means))
    state: Mapped[MessageState] = mapped_column(ClosedList(MessageState))
    kind: Mapped[LetterKind] = mapped_column(ClosedList(LetterKind), default=LetterKind.OTHER)
    message_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    sender_email: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str | None] = mapped_column(String(MAX_SUBJECT))
    content_sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    attachment_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    secrecy_reason: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime | None]
    give_up_at: Mapped[dt.datetime | None]
    lease_until: Mapped[dt.datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    is_settled: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str | None] = mapped_column(Text)
    dispatched_on: Mapped[dt.date | None]
    sent_at: Mapped[dt.datetime | None]
    queued_at: Mapped[dt.datetime] = mapped_column(default=now)
    queued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    queued_by_name: Mapped[str] = mapped_column(String(200))

    authority: Mapped[Authority] = relationship()
    case: Mapped[Case] = relationship()
    record: Mapped[Record] = relationship()
    recipients: Mapped[list[OutgoingRecipient]] = relationship(
        back_populates="message", order_by="OutgoingRecipient.id"
    )


class OutgoingRecipient(Identified, Base):
    """Somebody whom a dispatch goes to, and what the mail servers have said of it.

    `answer`: the words of our own server; `report`: what came back later (a delivery status notification).
    """

    __tablename__ = "outgoing_recipient"

    message_id: Mapped[int] = mapped_column(ForeignKey("outgoing_message.id"), index=True)
    name: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(254))
    is_protected: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RecipientState] = mapped_column(ClosedList(RecipientState), default=RecipientState.WAITING)
    answer: Mapped[str | None] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[dt.datetime | None]

    message: Mapped[OutgoingMessage] = relationship(back_populates="recipients")
