"""Packages that were taken in to be looked at: checked, read, perhaps taken over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, ClosedList, Identified, JsonDocument, now
from diarium.i18n import lazy_gettext as _l


class ReceivedState(StrEnum):
    """How far the check of a package has come. `FAILED`: it could not be carried through; `error` says why."""

    WAITING = "waiting"
    CHECKING = "checking"
    CHECKED = "checked"
    FAILED = "failed"


RECEIVED_STATE_LABELS: Mapping[ReceivedState, str] = {
    ReceivedState.WAITING: _l("Väntar på kontroll"),
    ReceivedState.CHECKING: _l("Kontrolleras"),
    ReceivedState.CHECKED: _l("Kontrollerat"),
    ReceivedState.FAILED: _l("Kontrollen avbröts"),
}


class ReceivedWay(StrEnum):
    """How a package came."""

    UPLOAD = "upload"
    FOLDER = "folder"
    API = "api"


RECEIVED_WAY_LABELS: Mapping[ReceivedWay, str] = {
    ReceivedWay.UPLOAD: _l("Uppladdat"),
    ReceivedWay.FOLDER: _l("Mapp på servern"),
    ReceivedWay.API: _l("API"),
}


class ReceivedPackage(Identified, Base):
    """One package from anywhere, with the report of its check.

    Its bytes lie in a folder of the export folder named by `uid`; one that came as a folder on the server stays
    where it is, at `source_path`. `size` in bytes; `progress` of `total` bytes have been read by the check.
    `is_valid` and the counts repeat what is in `report`, for lists.
    """

    __tablename__ = "received_package"

    name: Mapped[str] = mapped_column(String(255))
    way: Mapped[ReceivedWay] = mapped_column(ClosedList(ReceivedWay))
    source_path: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(default=0)
    state: Mapped[ReceivedState] = mapped_column(
        ClosedList(ReceivedState), default=ReceivedState.WAITING, index=True
    )
    progress: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    profile: Mapped[str | None] = mapped_column(String(200))
    is_valid: Mapped[bool | None]
    errors: Mapped[int | None]
    warnings: Mapped[int | None]
    infos: Mapped[int | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument, deferred=True)
    error: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[dt.datetime] = mapped_column(default=now)
    received_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    received_by_name: Mapped[str] = mapped_column(String(200))
    checked_at: Mapped[dt.datetime | None]
    kept_until: Mapped[dt.datetime] = mapped_column(index=True)
