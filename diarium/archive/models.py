"""Exports: what was chosen, how far it has come, what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, JsonDocument, now
from diarium.i18n import lazy_gettext as _l
from diarium.register.models import Authority, Case


class ExportState(StrEnum):
    """Where an export is in its life."""

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


class Export(Identified, Base):
    """One package to be: the closed cases of an authority in a period, frozen as `items` when it was asked for.

    `progress` counts finished cases; `package_name` is the file in the export folder; `report` the findings of the
    validation as JSON; `error` says in Swedish why it could not be made.
    """

    __tablename__ = "export"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    period_from: Mapped[dt.date]
    period_to: Mapped[dt.date]
    state: Mapped[ExportState] = mapped_column(ClosedList(ExportState), default=ExportState.REQUESTED)
    requested_at: Mapped[dt.datetime] = mapped_column(default=now)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_by_name: Mapped[str] = mapped_column(String(200))
    finished_at: Mapped[dt.datetime | None]
    total: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    package_name: Mapped[str | None] = mapped_column(String(200))
    package_sha256: Mapped[str | None] = mapped_column(String(64))
    package_size: Mapped[int | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    error: Mapped[str | None] = mapped_column(Text)

    authority: Mapped[Authority] = relationship()
    items: Mapped[list[ExportItem]] = relationship(back_populates="export", order_by="ExportItem.id")


class ExportItem(Base):
    """One case of an export."""

    __tablename__ = "export_item"
    __table_args__ = (UniqueConstraint("export_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("export.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)

    export: Mapped[Export] = relationship(back_populates="items")
    case: Mapped[Case] = relationship()
