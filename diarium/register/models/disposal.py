"""What was disposed of (*gallrat*): the fact that stays when the content is gone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, ClosedList, Identified, JsonDocument, now
from diarium.i18n import lazy_gettext as _l


class DisposalDepth(StrEnum):
    """How much of a case is disposed of. After `EVERYTHING` numbers, dates and class are left."""

    FILES = "files"
    EVERYTHING = "everything"


DEPTH_LABELS: Mapping[DisposalDepth, str] = {
    DisposalDepth.FILES: _l("Bara filerna"),
    DisposalDepth.EVERYTHING: _l("Allt utom nummer, datum och klass"),
}


class CaseDisposal(Identified, Base):
    """One disposal of a case: by which decision and rule, when, how much. Stays for ever.

    `rule`: the retention rule in words, as it read then. `certificate_uid`: the proposal whose certificate tells
    of it. `files`: how many files each record lost, by its running number.
    """

    __tablename__ = "case_disposal"
    __table_args__ = (UniqueConstraint("case_id", "depth"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    depth: Mapped[DisposalDepth] = mapped_column(ClosedList(DisposalDepth))
    rule: Mapped[str] = mapped_column(String(300))
    basis: Mapped[str] = mapped_column(Text, default="")
    decision: Mapped[str] = mapped_column(String(200))
    decided_on: Mapped[dt.date]
    decided_by_name: Mapped[str] = mapped_column(String(200))
    certificate: Mapped[str] = mapped_column(String(60))
    certificate_uid: Mapped[uuid.UUID] = mapped_column(Uuid)
    disposed_at: Mapped[dt.datetime] = mapped_column(default=now)
    record_count: Mapped[int]
    file_count: Mapped[int]
    files: Mapped[dict[str, int]] = mapped_column(JsonDocument)
