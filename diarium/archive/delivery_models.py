"""Deliveries of packages, what happened to each, and the receivers' answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.archive.agreement_models import DeliveryAgreement, TransportKind
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_states import DeliveryState, DeliveryStep
from diarium.archive.models import ExportPart
from diarium.db.base import Base, ClosedList, Identified, JsonDocument, now
from diarium.i18n import lazy_gettext as _l
from diarium.register.models import Authority


class PackageDelivery(Identified, Base):
    """One package on its way to one receiver. `number`: running within its agreement (leveransnummer).

    `replaces_id`: the delivery that this one stands for once it is confirmed. `sent_bytes`: how much of
    `total_bytes` lies with the receiver; `transfer_token`: what the transport goes on with; `has_leftover`: half a
    package lies there. `lease_until`: until when the worker that has taken it may be busy with it. `proof`: how it
    was seen that all of it arrived; `remote_place` where. `archives_cases`: what the archivist decided when it was
    confirmed; `archived_count`, `left_count`: cases that became archived, and that were not closed any more.
    `version` rises with each step of a person and tells two of them apart.
    """

    __tablename__ = "package_delivery"
    __table_args__ = (
        UniqueConstraint("agreement_id", "number"),
        Index(None, "state", "next_try_at"),
        Index("ix_package_delivery_listing", "authority_id", "state", "id"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("delivery_agreement.id"))
    part_id: Mapped[int] = mapped_column(ForeignKey("export_part.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("package_delivery.id"), index=True)
    number: Mapped[int]
    state: Mapped[DeliveryState] = mapped_column(ClosedList(DeliveryState), default=DeliveryState.DRAFT)
    record_status: Mapped[PackageStatus] = mapped_column(ClosedList(PackageStatus))
    transport: Mapped[TransportKind] = mapped_column(ClosedList(TransportKind))
    total_bytes: Mapped[int]
    sent_bytes: Mapped[int] = mapped_column(default=0)
    transfer_token: Mapped[str | None] = mapped_column(Text)
    has_leftover: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime | None]
    lease_until: Mapped[dt.datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    proof: Mapped[str | None] = mapped_column(String(40))
    remote_place: Mapped[str | None] = mapped_column(Text)
    checked_at: Mapped[dt.datetime | None]
    begun_at: Mapped[dt.datetime | None]
    sent_at: Mapped[dt.datetime | None]
    answered_at: Mapped[dt.datetime | None]
    archives_cases: Mapped[bool] = mapped_column(default=False)
    archived_count: Mapped[int] = mapped_column(default=0)
    left_count: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_by_name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship()
    agreement: Mapped[DeliveryAgreement] = relationship()
    part: Mapped[ExportPart] = relationship()
    replaces: Mapped[PackageDelivery | None] = relationship(remote_side="PackageDelivery.id")
    events: Mapped[list[DeliveryEvent]] = relationship(back_populates="delivery", order_by="DeliveryEvent.id")
    receipts: Mapped[list[PackageReceipt]] = relationship(back_populates="delivery", order_by="PackageReceipt.id")

    @property
    def reference(self) -> str:
        """How people know it: the agreement's number and its own."""
        return f"{self.agreement.number}-{self.number}"


class DeliveryEvent(Base):
    """One step in the life of a delivery; never changed. `state`: the one that it led to."""

    __tablename__ = "package_delivery_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("package_delivery.id"), index=True)
    step: Mapped[DeliveryStep] = mapped_column(ClosedList(DeliveryStep))
    state: Mapped[DeliveryState] = mapped_column(ClosedList(DeliveryState))
    happened_at: Mapped[dt.datetime] = mapped_column(default=now)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)

    delivery: Mapped[PackageDelivery] = relationship(back_populates="events")


class ReceiptOutcome(StrEnum):
    """What the receiver says of a package."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


OUTCOME_LABELS: Mapping[ReceiptOutcome, str] = {
    ReceiptOutcome.RECEIVED: _l("Mottaget, inte prövat än"),
    ReceiptOutcome.ACCEPTED: _l("Godkänt"),
    ReceiptOutcome.REJECTED: _l("Avvisat"),
}


class ReceiptState(StrEnum):
    """Whether a person has seen to a receipt."""

    WAITING = "waiting"
    ENTERED = "entered"
    DISMISSED = "dismissed"


class PackageReceipt(Identified, Base):
    """An answer (kvittens) of a receiver: written in by hand, dropped on a page or found in the return folder.

    `delivery_id` is empty while nobody knows which delivery it is about. `found`: what was read in the file, as
    JSON; what counts stands in the other columns once a person has confirmed it. `remote_mark`: tells a returned
    file that was fetched already from a new one.
    """

    __tablename__ = "package_receipt"
    __table_args__ = (
        UniqueConstraint("agreement_id", "remote_mark"),
        Index(None, "agreement_id", "state"),
    )

    agreement_id: Mapped[int] = mapped_column(ForeignKey("delivery_agreement.id"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("package_delivery.id"), index=True)
    state: Mapped[ReceiptState] = mapped_column(ClosedList(ReceiptState))
    outcome: Mapped[ReceiptOutcome | None] = mapped_column(ClosedList(ReceiptOutcome))
    receiver_reference: Mapped[str | None] = mapped_column(String(200))
    receipt_on: Mapped[dt.date | None]
    remark: Mapped[str | None] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(String(255))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    found: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    remote_mark: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[dt.datetime] = mapped_column(default=now)
    settled_at: Mapped[dt.datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    settled_by_name: Mapped[str | None] = mapped_column(String(200))

    agreement: Mapped[DeliveryAgreement] = relationship()
    delivery: Mapped[PackageDelivery | None] = relationship(back_populates="receipts")
