"""Where a case comes from that was not opened here."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, JsonDocument, now
from diarium.register.models.case import Case
from diarium.register.vocabulary import CaseStatus


class CaseOrigin(Base):
    """A case that was taken over from an archive package.

    `package_id`: the package's own identifier; `creator`: whose archives it was; `system`: the system that it was
    kept in; `fingerprint`: of everything that the package said of the case. `status`: it had there.
    `is_read_only`: it is kept as it came. `loose_references`: to cases and records that are not here (yet), as
    `loose_references` writes them; `loose_count`: how many they are. `earlier`: where it came from before that.
    """

    __tablename__ = "case_origin"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    import_uid: Mapped[uuid.UUID] = mapped_column(index=True)
    package_id: Mapped[str] = mapped_column(String(255))
    creator: Mapped[str] = mapped_column(String(200))
    system: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[CaseStatus] = mapped_column(ClosedList(CaseStatus))
    is_read_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    loose_references: Mapped[list[Any]] = mapped_column(JsonDocument, default=list)
    loose_count: Mapped[int] = mapped_column(default=0, index=True)
    earlier: Mapped[list[Any]] = mapped_column(JsonDocument, default=list)
    taken_over_at: Mapped[dt.datetime] = mapped_column(default=now)
    taken_over_by_name: Mapped[str] = mapped_column(String(200))

    case: Mapped[Case] = relationship()
