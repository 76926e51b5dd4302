"""Packages that are taken over: what was chosen, how far it has come, what came of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.archive.profiles.codes import ProfileCode
from diarium.db.base import Base, ClosedList, Identified, JsonDocument, now
from diarium.i18n import lazy_gettext as _l
from diarium.register.models import Authority


class ImportMode(StrEnum):
    """What the cases of a package become: cases like all others, or an archive that nobody changes."""

    REGISTER = "register"
    READ_ONLY = "read_only"


class ImportState(StrEnum):
    """Where an import is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


IMPORT_MODE_LABELS: Mapping[ImportMode, str] = {
    ImportMode.REGISTER: _l("Till diariet"),
    ImportMode.READ_ONLY: _l("Som läsarkiv"),
}
IMPORT_STATE_LABELS: Mapping[ImportState, str] = {
    ImportState.WAITING: _l("Väntar"),
    ImportState.RUNNING: _l("Tas över"),
    ImportState.DONE: _l("Klart"),
    ImportState.FAILED: _l("Avbrutet"),
}


class PackageImport(Identified, Base):
    """One package that somebody has decided to take over.

    `received_uid`: the package among the received ones, which are removed after a time; `source`: else its place.
    `package_id`: the identifier in the package; `choices`: what was decided beside the mode, as
    `importing.choices` writes it. `progress` counts the cases seen to, of `total`. `counts`: what was made, was
    there already, was left out; `conflicts`: why, case by case. `error` says in Swedish why it was stopped.
    """

    __tablename__ = "package_import"
    __table_args__ = (Index(None, "state", "id"), Index(None, "received_uid"), Index(None, "package_id"))

    received_uid: Mapped[uuid.UUID | None]
    source: Mapped[str] = mapped_column(String(500))
    package_id: Mapped[str] = mapped_column(String(255))
    profile: Mapped[ProfileCode] = mapped_column(ClosedList(ProfileCode))
    mode: Mapped[ImportMode] = mapped_column(ClosedList(ImportMode))
    authority_id: Mapped[int | None] = mapped_column(ForeignKey("authority.id"))
    choices: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    state: Mapped[ImportState] = mapped_column(ClosedList(ImportState), default=ImportState.WAITING)
    total: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    conflicts: Mapped[list[Any]] = mapped_column(JsonDocument, default=list)
    error: Mapped[str | None] = mapped_column(Text)
    requested_at: Mapped[dt.datetime] = mapped_column(default=now)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    requested_by_name: Mapped[str] = mapped_column(String(200))
    finished_at: Mapped[dt.datetime | None]

    authority: Mapped[Authority | None] = relationship()
