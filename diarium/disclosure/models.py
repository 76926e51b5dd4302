"""Tables of this room: requests, what is asked for, reviews, decisions, what was given out.

Who asks is kept in the request alone, so that it can be erased in one place (see `erasing`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, PrimaryKey, now
from diarium.disclosure.vocabulary import (
    Channel,
    CloseReason,
    DecisionKind,
    DeliveryState,
    Means,
    RequestState,
    ReviewOutcome,
)
from diarium.files.models import Blob
from diarium.identity.models import User
from diarium.letterbox.letters import MAX_CONTACT, MAX_NAME, ContactWay
from diarium.register.models import Authority, Case, Document, Record

MAX_CITATION = 40


class DisclosureCounter(Base):
    """The last number given to a request of an authority in a year. Locked while a number is allotted."""

    __tablename__ = "disclosure_counter"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last_number: Mapped[int]


class DisclosureRequest(Identified, Base):
    """A request to see documents of one authority.

    `order_reference` and `letter_uid`: of the order in the open register that it came from; one order may become
    a request at each authority that it concerns. `due_on`: the working day on which it should be answered at the
    latest, as a first target. `contact` and `asker_name` are what the asker chose to tell, nothing for most;
    `erased_at`: when they and the message were erased. `version` tells two editors apart.
    """

    __tablename__ = "disclosure_request"
    __table_args__ = (
        UniqueConstraint("authority_id", "year", "number"),
        UniqueConstraint("authority_id", "letter_uid"),
        Index("ix_disclosure_request_queue", "authority_id", "state", "received_at", "id"),
        Index(None, "handler_id", "state"),
        Index(None, "closed_at"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    year: Mapped[int]
    number: Mapped[int]
    order_reference: Mapped[str | None] = mapped_column(String(40), index=True)
    letter_uid: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    channel: Mapped[Channel] = mapped_column(ClosedList(Channel))
    state: Mapped[RequestState] = mapped_column(ClosedList(RequestState), default=RequestState.NEW)
    received_at: Mapped[dt.datetime]
    due_on: Mapped[dt.date]
    contact_way: Mapped[ContactWay | None] = mapped_column(ClosedList(ContactWay))
    contact: Mapped[str | None] = mapped_column(String(MAX_CONTACT))
    asker_name: Mapped[str | None] = mapped_column(String(MAX_NAME))
    language: Mapped[str] = mapped_column(String(5), default="sv")
    message: Mapped[str | None] = mapped_column(Text)
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    waiting_for: Mapped[str | None] = mapped_column(Text)
    registered_at: Mapped[dt.datetime] = mapped_column(default=now)
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    registered_by_name: Mapped[str] = mapped_column(String(200))
    closed_at: Mapped[dt.datetime | None]
    closed_by_name: Mapped[str | None] = mapped_column(String(200))
    close_reason: Mapped[CloseReason | None] = mapped_column(ClosedList(CloseReason))
    close_note: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship()
    handler: Mapped[User | None] = relationship(foreign_keys=[handler_id])
    items: Mapped[list[RequestedItem]] = relationship(back_populates="request", order_by="RequestedItem.position")
    decisions: Mapped[list[DisclosureDecision]] = relationship(
        back_populates="request", order_by="DisclosureDecision.id"
    )
    deliveries: Mapped[list[DisclosureDelivery]] = relationship(
        back_populates="request", order_by="DisclosureDelivery.id"
    )

    @property
    def reference(self) -> str:
        """What staff and asker call it: "U KS 2026/17"; each authority has a series of its own."""
        return f"U {self.authority.code} {self.year}/{self.number}"


class RequestedItem(Identified, Base):
    """Something that is asked for: a record, a whole case, or what the asker could only describe.

    `withdrawn_at`: the asker no longer wants it, or it was entered by mistake.
    """

    __tablename__ = "disclosure_item"
    __table_args__ = (
        CheckConstraint(
            "record_id IS NOT NULL OR case_id IS NOT NULL OR description IS NOT NULL", name="names_something"
        ),
        Index(None, "request_id"),
        Index(None, "record_id"),
        Index(None, "case_id"),
    )

    request_id: Mapped[int] = mapped_column(ForeignKey("disclosure_request.id"))
    position: Mapped[int]
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    description: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[dt.datetime] = mapped_column(default=now)
    added_by_name: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[dt.datetime | None]

    request: Mapped[DisclosureRequest] = relationship(back_populates="items")
    record: Mapped[Record | None] = relationship()
    case: Mapped[Case | None] = relationship()
    reviews: Mapped[list[DisclosureReview]] = relationship(back_populates="item", order_by="DisclosureReview.id")

    @property
    def review(self) -> DisclosureReview | None:
        """The review that counts: the last one."""
        return self.reviews[-1] if self.reviews else None

    @property
    def is_wanted(self) -> bool:
        """Whether it still has to be answered."""
        return self.withdrawn_at is None


class DisclosureReview(Identified, Base):
    """One review of an item, never changed: another one is made instead.

    `document_ids`: the record's files when it was reviewed; those in `withheld_ids` are not given out.
    `citations`: provisions as they were cited; `terms`: what a reservation says. `knew_protected`: it was known
    then that the record is about somebody with protected identity.
    """

    __tablename__ = "disclosure_review"
    __table_args__ = (Index(None, "item_id"), Index(None, "record_id", "id"))

    item_id: Mapped[int] = mapped_column(ForeignKey("disclosure_item.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    outcome: Mapped[ReviewOutcome] = mapped_column(ClosedList(ReviewOutcome))
    citations: Mapped[list[str]] = mapped_column(JSON, default=list)
    reason: Mapped[str | None] = mapped_column(Text)
    terms: Mapped[str | None] = mapped_column(Text)
    document_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    withheld_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    knew_protected: Mapped[bool] = mapped_column(default=False)
    reviewed_at: Mapped[dt.datetime] = mapped_column(default=now)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    reviewed_by_name: Mapped[str] = mapped_column(String(200))

    item: Mapped[RequestedItem] = relationship(back_populates="reviews")
    record: Mapped[Record | None] = relationship()
    masked_copies: Mapped[list[MaskedCopy]] = relationship(back_populates="review", order_by="MaskedCopy.id")


class MaskedCopy(Identified, Base):
    """A copy of a document in which what is secret was masked outside diarium; the document itself is untouched.

    `findings`: kinds of what its text still seemed to hold when it was uploaded, confirmed by whoever uploaded it.
    """

    __tablename__ = "disclosure_masked_copy"
    __table_args__ = (Index(None, "review_id"), Index(None, "document_id"), Index(None, "sha256"))

    review_id: Mapped[int] = mapped_column(ForeignKey("disclosure_review.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    file_name: Mapped[str] = mapped_column(String(255))
    findings: Mapped[list[str]] = mapped_column(JSON, default=list)
    added_at: Mapped[dt.datetime] = mapped_column(default=now)
    added_by_name: Mapped[str] = mapped_column(String(200))

    review: Mapped[DisclosureReview] = relationship(back_populates="masked_copies")
    document: Mapped[Document | None] = relationship()
    blob: Mapped[Blob] = relationship(lazy="joined")


class DisclosureDecision(Identified, Base):
    """What the asker was told or the authority decided, with the text as it was given.

    `subjects`: what it is about, frozen: number, outcome and provisions of each. `told_on`: when it was sent or
    told; `receipt_on`: when the asker had it, from when the three weeks run (OSL 6 kap. 7 §, FL 44 §).
    """

    __tablename__ = "disclosure_decision"
    __table_args__ = (Index(None, "request_id"),)

    request_id: Mapped[int] = mapped_column(ForeignKey("disclosure_request.id"))
    kind: Mapped[DecisionKind] = mapped_column(ClosedList(DecisionKind))
    decided_on: Mapped[dt.date]
    decided_by: Mapped[str] = mapped_column(String(200))
    delegation_point: Mapped[str | None] = mapped_column(String(40))
    subjects: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    reasons: Mapped[str] = mapped_column(Text)
    instruction: Mapped[str] = mapped_column(Text)
    told_on: Mapped[dt.date | None]
    receipt_on: Mapped[dt.date | None]
    appealed_on: Mapped[dt.date | None]
    appeal_ended_on: Mapped[dt.date | None]
    appeal_outcome: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))

    request: Mapped[DisclosureRequest] = relationship(back_populates="decisions")


class DisclosureDelivery(Identified, Base):
    """Something that was given out, or an e-mail that is on its way. The address stands in the request alone.

    `fee` in whole kronor. `subject` and `body`: of an e-mail, erased with the contact details.
    """

    __tablename__ = "disclosure_delivery"
    __table_args__ = (Index(None, "request_id"), Index(None, "state", "next_try_at"))

    request_id: Mapped[int] = mapped_column(ForeignKey("disclosure_request.id"))
    means: Mapped[Means] = mapped_column(ClosedList(Means))
    state: Mapped[DeliveryState] = mapped_column(ClosedList(DeliveryState))
    delivered_on: Mapped[dt.date | None]
    pages: Mapped[int | None]
    fee: Mapped[int] = mapped_column(default=0)
    note: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(Text)
    sender_email: Mapped[str | None] = mapped_column(String(254))
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime | None]
    lease_until: Mapped[dt.datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))

    request: Mapped[DisclosureRequest] = relationship(back_populates="deliveries")
    parts: Mapped[list[DeliveredPart]] = relationship(back_populates="delivery", order_by="DeliveredPart.id")


class DeliveredPart(Base):
    """What a delivery held: an item, and of its files exactly this content, where it was a file."""

    __tablename__ = "disclosure_delivered_part"
    __table_args__ = (Index(None, "delivery_id"), Index(None, "item_id"))

    id: Mapped[PrimaryKey]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("disclosure_delivery.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("disclosure_item.id"))
    review_id: Mapped[int] = mapped_column(ForeignKey("disclosure_review.id"))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    file_name: Mapped[str | None] = mapped_column(String(255))

    delivery: Mapped[DisclosureDelivery] = relationship(back_populates="parts")
    item: Mapped[RequestedItem] = relationship()
    review: Mapped[DisclosureReview] = relationship()
    blob: Mapped[Blob | None] = relationship()
