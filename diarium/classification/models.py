"""Classification schemes: classes, the record types that belong there, what is kept and what may be published."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified


class PublishingRule(StrEnum):
    """What of a class's cases the open register shows."""

    NOTHING = "nothing"
    NUMBER_ONLY = "number_only"
    METADATA = "metadata"
    METADATA_AND_FILES = "metadata_and_files"


class Retention(StrEnum):
    """Whether documents are kept for ever or disposed of (arkivlagen 1990:782 10 §)."""

    PRESERVE = "preserve"
    DISPOSE = "dispose"


class ClassificationScheme(Identified, Base):
    """One version of a scheme. A case keeps the version it was classified with."""

    __tablename__ = "classification_scheme"
    __table_args__ = (UniqueConstraint("name", "version"),)

    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    classes: Mapped[list[Classification]] = relationship(
        back_populates="scheme", order_by="Classification.sort_key"
    )


class RetentionRule(Identified, Base):
    """How long the documents of a class are kept, from which event, decided by what."""

    __tablename__ = "retention_rule"

    retention: Mapped[Retention] = mapped_column(ClosedList(Retention))
    years: Mapped[int | None]
    event: Mapped[str | None] = mapped_column(String(60))
    basis: Mapped[str] = mapped_column(Text, default="")


class Classification(Identified, Base):
    """A class of a scheme, such as 3.2.1.

    `publish_after_days`: working days from the registration until the web register shows the facts; None: as the
    authority has it.
    """

    __tablename__ = "classification"
    __table_args__ = (UniqueConstraint("scheme_id", "code"),)

    scheme_id: Mapped[int] = mapped_column(ForeignKey("classification_scheme.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("classification.id"))
    code: Mapped[str] = mapped_column(String(40))
    sort_key: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text, default="")
    publishing: Mapped[PublishingRule] = mapped_column(ClosedList(PublishingRule))
    publish_after_days: Mapped[int | None]
    retention_rule_id: Mapped[int | None] = mapped_column(ForeignKey("retention_rule.id"))

    scheme: Mapped[ClassificationScheme] = relationship(back_populates="classes")
    parent: Mapped[Classification | None] = relationship(remote_side="Classification.id")
    retention_rule: Mapped[RetentionRule | None] = relationship()
    record_types: Mapped[list[RecordType]] = relationship(
        secondary="classification_record_type", order_by="RecordType.name"
    )


class RecordType(Base):
    """A kind of record (*handlingstyp*): Ansökan, Beslut, Yttrande …"""

    __tablename__ = "record_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class ClassificationRecordType(Base):
    """Which record types are usual in a class."""

    __tablename__ = "classification_record_type"

    classification_id: Mapped[int] = mapped_column(ForeignKey("classification.id"), primary_key=True)
    record_type_id: Mapped[int] = mapped_column(ForeignKey("record_type.id"), primary_key=True)
