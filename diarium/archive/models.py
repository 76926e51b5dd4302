"""Exports: what was chosen, the packages that it becomes, how far they have come, what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.archive.criteria import PackageLimits, PackageStatus
from diarium.archive.profiles.codes import ProfileCode
from diarium.db.base import Base, ClosedList, Identified, JsonDocument, now
from diarium.i18n import lazy_gettext as _l
from diarium.register.models import Authority, Case


class ExportState(StrEnum):
    """Where an export, or one package of it, is in its life."""

    REQUESTED = "requested"
    PACKAGING = "packaging"
    VALIDATED = "validated"
    INVALID = "invalid"
    FAILED = "failed"


EXPORT_STATE_LABELS: Mapping[ExportState, str] = {
    ExportState.REQUESTED: _l("Väntar"),
    ExportState.PACKAGING: _l("Paketeras"),
    ExportState.VALIDATED: _l("Klar och godkänd i kontrollen"),
    ExportState.INVALID: _l("Kontrollen fann fel"),
    ExportState.FAILED: _l("Avbruten"),
}
UNDER_WAY = (ExportState.REQUESTED, ExportState.PACKAGING)
MADE = (ExportState.VALIDATED, ExportState.INVALID)


class Export(Identified, Base):
    """Closed cases of an authority, frozen as `items` when it was asked for, that become one package or more.

    `criteria`: what they were chosen by besides authority and period; the `max_` columns: what one package may
    hold. `progress` counts finished cases; `error` says in Swedish why it could not be made. `held_by`: the
    run of a process that makes it; another one that takes it over writes its own name there.
    """

    __tablename__ = "export"
    __table_args__ = (Index(None, "state"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    period_from: Mapped[dt.date]
    period_to: Mapped[dt.date]
    criteria: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_agreement.id"))
    profile: Mapped[ProfileCode] = mapped_column(ClosedList(ProfileCode), default=ProfileCode.FGS2)
    record_status: Mapped[PackageStatus] = mapped_column(ClosedList(PackageStatus), default=PackageStatus.NEW)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("export.id"))
    max_bytes: Mapped[int | None]
    max_files: Mapped[int | None]
    max_cases: Mapped[int | None]
    state: Mapped[ExportState] = mapped_column(ClosedList(ExportState), default=ExportState.REQUESTED)
    requested_at: Mapped[dt.datetime] = mapped_column(default=now)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_by_name: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    total: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    files_per_second: Mapped[int | None]
    bytes_per_second: Mapped[int | None]
    held_by: Mapped[str | None] = mapped_column(String(200))
    error: Mapped[str | None] = mapped_column(Text)

    authority: Mapped[Authority] = relationship()
    replaces: Mapped[Export | None] = relationship(remote_side="Export.id")
    parts: Mapped[list[ExportPart]] = relationship(back_populates="export", order_by="ExportPart.number")
    items: Mapped[list[ExportItem]] = relationship(back_populates="export", order_by="ExportItem.id")

    @property
    def limits(self) -> PackageLimits:
        """What one package may hold."""
        return PackageLimits(self.max_bytes, self.max_files, self.max_cases)


class ExportPart(Identified, Base):
    """One package of an export; `uid` is the package's own identifier.

    `case_count`, `file_count` and `byte_count`: what it holds of the register; `progress`, `files_done`,
    `bytes_done`, `bytes_checked`: how far its making and its reading back have come. `created_at`: the moment that
    stands in the package, kept when the making is taken up again. `package_name`: its file in the export folder;
    `package_size` in bytes; `report`: the findings of the validation as JSON.
    """

    __tablename__ = "export_part"
    __table_args__ = (UniqueConstraint("export_id", "number"),)

    export_id: Mapped[int] = mapped_column(ForeignKey("export.id"))
    number: Mapped[int]
    state: Mapped[ExportState] = mapped_column(ClosedList(ExportState), default=ExportState.REQUESTED)
    case_count: Mapped[int] = mapped_column(default=0)
    file_count: Mapped[int] = mapped_column(default=0)
    byte_count: Mapped[int] = mapped_column(default=0)
    has_protected: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[int] = mapped_column(default=0)
    files_done: Mapped[int] = mapped_column(default=0)
    bytes_done: Mapped[int] = mapped_column(default=0)
    bytes_checked: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    package_name: Mapped[str | None] = mapped_column(String(200))
    package_sha256: Mapped[str | None] = mapped_column(String(64))
    package_size: Mapped[int | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    error: Mapped[str | None] = mapped_column(Text)

    export: Mapped[Export] = relationship(back_populates="parts")

    @property
    def is_made(self) -> bool:
        """Whether its package lies whole in the export folder, approved or not."""
        return self.state in MADE


class ExportItem(Base):
    """One case of an export, and the package that it goes in."""

    __tablename__ = "export_item"
    __table_args__ = (UniqueConstraint("export_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("export.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("export_part.id"), index=True)

    export: Mapped[Export] = relationship(back_populates="items")
    part: Mapped[ExportPart | None] = relationship()
    case: Mapped[Case] = relationship()
