"""Secrecy markings (*sekretessmarkering*, OSL 5 kap. 5 §) and the provisions that they name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.i18n import lazy_gettext as _l


class Scope(StrEnum):
    """What a marking covers. The number and the date are never hidden (OSL 5 kap. 2 §)."""

    WHOLE = "whole"
    TITLE = "title"
    PARTIES = "parties"
    FILES = "files"


SCOPE_LABELS: Mapping[Scope, str] = {
    Scope.WHOLE: _l("Hela handlingen"),
    Scope.TITLE: _l("Rubriken"),
    Scope.PARTIES: _l("Avsändare, mottagare och parter"),
    Scope.FILES: _l("Filerna"),
}


FILE_SCOPES = frozenset({Scope.WHOLE, Scope.FILES})


class Numbered(Protocol):
    """Anything with a number of its own; here the files of a record."""

    @property
    def id(self) -> int: ...


class Provision(Identified, Base):
    """A secrecy provision: data owned by the municipality's lawyer, with its source and time of validity."""

    __tablename__ = "provision"
    __table_args__ = (UniqueConstraint("law", "chapter", "paragraph"),)

    law: Mapped[str] = mapped_column(String(10))
    chapter: Mapped[str] = mapped_column(String(6))
    paragraph: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(400))
    harm_test: Mapped[str] = mapped_column(String(60), default="")
    max_years: Mapped[str] = mapped_column(String(60), default="")
    typical_use: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]

    @property
    def citation(self) -> str:
        """The provision as it is written in a marking: "OSL 26 kap. 1 §"."""
        return f"{self.law} {self.chapter} kap. {self.paragraph} §"

    @property
    def code(self) -> str:
        """Short form for typing: "26:1"."""
        return f"{self.chapter}:{self.paragraph.replace(' ', '')}"


class Restriction(Identified, Base):
    """One marking with one provision. Lifting it keeps the row: a marking is never deleted.

    `document_id`: the one file of the record that it covers; without it a marking of the files covers them all.
    """

    __tablename__ = "restriction"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (record_id IS NULL)", name="one_target"),
        CheckConstraint("document_id IS NULL OR (record_id IS NOT NULL AND scope = 'files')", name="one_file"),
        Index(None, "case_id"),
        Index(None, "record_id"),
        Index(None, "document_id"),
        Index(None, "review_on"),
    )

    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    scope: Mapped[Scope] = mapped_column(ClosedList(Scope))
    provision_id: Mapped[int] = mapped_column(ForeignKey("provision.id"))
    made_on: Mapped[dt.date]
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    authority_code: Mapped[str] = mapped_column(ForeignKey("authority.code"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_by_name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    review_on: Mapped[dt.date | None]
    lifted_at: Mapped[dt.datetime | None]
    lifted_by_name: Mapped[str | None] = mapped_column(String(200))
    lift_reason: Mapped[str | None] = mapped_column(Text)

    provision: Mapped[Provision] = relationship(lazy="joined")

    @property
    def is_in_force(self) -> bool:
        """Whether the marking still stands."""
        return self.lifted_at is None

    def covers(self, document: Numbered) -> bool:
        """Whether the marking, as long as it is in force, takes `document` of its record or case from view."""
        if self.scope not in FILE_SCOPES:
            return False
        return self.document_id is None or self.document_id == document.id
