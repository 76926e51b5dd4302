"""Delivery agreements: what an authority and a receiving archive have agreed on, kept once and used each time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.archive.profiles.codes import ProfileCode
from diarium.db.base import Base, ClosedList, Identified, now
from diarium.i18n import lazy_gettext as _l
from diarium.register.models import Authority


class TransportKind(StrEnum):
    """How packages travel."""

    DOWNLOAD = "download"
    FOLDER = "folder"
    SFTP = "sftp"
    S3 = "s3"


TRANSPORT_LABELS: Mapping[TransportKind, str] = {
    TransportKind.DOWNLOAD: _l("Hämtas av arkivarien"),
    TransportKind.FOLDER: _l("Mapp"),
    TransportKind.SFTP: _l("SFTP"),
    TransportKind.S3: _l("S3"),
}


class DeliveryAgreement(Identified, Base):
    """One agreement (leveransöverenskommelse) of an authority with a receiver.

    `number`: of the agreement; `previous_numbers` those that it follows. `*_code`: with its kind before it, as
    `ORG:212000-0142`. `transport_settings`: see `transport.settings`; never a secret, only the name of one.
    `archives_cases`: whether the cases of a package become archived when the receiver has accepted it.
    `sent_count` numbers its deliveries. `version` rises with each change and tells two editors apart.
    """

    __tablename__ = "delivery_agreement"
    __table_args__ = (
        UniqueConstraint("authority_id", "name"),
        Index(None, "is_active", "transport"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    name: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(80))
    previous_numbers: Mapped[list[str]] = mapped_column(JSON, default=list)
    reference_code: Mapped[str | None] = mapped_column(String(80))
    previous_reference_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    receiver_name: Mapped[str] = mapped_column(String(200))
    receiver_code: Mapped[str | None] = mapped_column(String(80))
    profile: Mapped[ProfileCode] = mapped_column(ClosedList(ProfileCode), default=ProfileCode.FGS2)
    archival_name: Mapped[str | None] = mapped_column(String(200))
    information_class: Mapped[str | None] = mapped_column(String(80))
    creator_name: Mapped[str | None] = mapped_column(String(200))
    creator_code: Mapped[str | None] = mapped_column(String(80))
    editor_name: Mapped[str | None] = mapped_column(String(200))
    editor_code: Mapped[str | None] = mapped_column(String(80))
    contact_name: Mapped[str | None] = mapped_column(String(200))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(60))
    max_package_bytes: Mapped[int | None]
    max_package_files: Mapped[int | None]
    transport: Mapped[TransportKind] = mapped_column(ClosedList(TransportKind), default=TransportKind.DOWNLOAD)
    transport_settings: Mapped[dict[str, Any]]
    archives_cases: Mapped[bool] = mapped_column(default=True)
    note: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool] = mapped_column(default=True)
    sent_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    changed_at: Mapped[dt.datetime] = mapped_column(default=now)
    changed_by_name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship()
