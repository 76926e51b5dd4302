"""Tables of the open register: only what may be seen, in a metadata of their own.

Everything here is derived from the register, so there are no migrations: when `PROJECTION_VERSION` differs, the
tables are dropped, made again and filled again (see `database.ensure_projection` and `projector.Projector`).
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, MetaData, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from diarium.db.base import NAMING, BigId, ClosedList, PrimaryKey, UtcDateTime, now
from diarium.db.swedish import SortKey
from diarium.public.vocabulary import Visibility, Work

SCHEMA = "public_register"
PROJECTION_VERSION = 3


class PublicBase(DeclarativeBase):
    """All tables of the open register: schema `public_register` on PostgreSQL, a file of its own on SQLite."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 (read by SQLAlchemy)
        int: BigId,
        dt.datetime: UtcDateTime,
        list[dict[str, str | None]]: JSON,
    }


class PublicAuthority(PublicBase):
    """An authority whose register is open here."""

    __tablename__ = "authority"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class PublicCase(PublicBase):
    """What is shown of a case. `title` is None where it is left out; `visibility` says why.

    `parties`: {"role", "name"}, the name None for private persons. `revision` rises with each projection.
    `registered_count`: how many running numbers were given. `last_event_on`: the day of its newest record, or
    that on which it was opened. `published_at`: since when its facts are shown; where none are, the day.
    `due_on`: the next day on which something of it shall be shown that is not shown yet. `disposed_on`,
    `disposed_by`: when it, or only its files, were disposed of, and by which decision.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        UniqueConstraint("authority_code", "year", "number", "series_code"),
        Index(None, "year", "number"),
        Index(None, "title_key", "id"),
        Index(None, "last_event_on", "id"),
        Index(None, "published_at", "id"),
        Index(None, "due_on"),
        Index(None, "class_code"),
    )

    id: Mapped[PrimaryKey]
    uid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True)
    authority_code: Mapped[str] = mapped_column(String(10))
    authority_name: Mapped[str] = mapped_column(String(200))
    series_code: Mapped[str] = mapped_column(String(10))
    year: Mapped[int]
    number: Mapped[int]
    number_text: Mapped[str] = mapped_column(String(60), index=True)
    visibility: Mapped[Visibility] = mapped_column(ClosedList(Visibility))
    opened_on: Mapped[dt.date]
    closed_on: Mapped[dt.date | None]
    title: Mapped[str | None] = mapped_column(Text)
    title_key: Mapped[str] = mapped_column(SortKey)
    case_type: Mapped[str | None] = mapped_column(String(100))
    status: Mapped[str | None] = mapped_column(String(40))
    class_code: Mapped[str | None] = mapped_column(String(40))
    class_title: Mapped[str | None] = mapped_column(String(300))
    unit: Mapped[str | None] = mapped_column(String(200))
    parties: Mapped[list[dict[str, str | None]]]
    are_parties_omitted: Mapped[bool]
    registered_count: Mapped[int]
    last_event_on: Mapped[dt.date]
    published_at: Mapped[dt.datetime]
    due_on: Mapped[dt.date | None]
    disposed_on: Mapped[dt.date | None]
    disposed_by: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int] = mapped_column(BigInteger)

    records: Mapped[list[PublicRecord]] = relationship(
        back_populates="case", order_by="PublicRecord.running_number", cascade="all, delete-orphan"
    )


class PublicRecord(PublicBase):
    """What is shown of a record; the fields follow `PublicCase`. `direction` is "" while the record waits.

    `moved_to_uid`, `moved_to_number`: what a cancelled record has become in another case, if that is shown here.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("case_id", "running_number"),
        Index(None, "official_on", "authority_code"),
        Index(None, "title_key", "id"),
        Index(None, "published_at", "id"),
    )

    id: Mapped[PrimaryKey]
    uid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(f"{SCHEMA}.case_file.id", ondelete="CASCADE"))
    authority_code: Mapped[str] = mapped_column(String(10))
    running_number: Mapped[int]
    number_text: Mapped[str] = mapped_column(String(80))
    visibility: Mapped[Visibility] = mapped_column(ClosedList(Visibility))
    direction: Mapped[str] = mapped_column(String(40))
    official_on: Mapped[dt.date]
    title: Mapped[str | None] = mapped_column(Text)
    title_key: Mapped[str] = mapped_column(SortKey)
    record_type: Mapped[str | None] = mapped_column(String(100))
    parties: Mapped[list[dict[str, str | None]]]
    are_parties_omitted: Mapped[bool]
    moved_to_uid: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    moved_to_number: Mapped[str | None] = mapped_column(String(80))
    published_at: Mapped[dt.datetime]
    revision: Mapped[int] = mapped_column(BigInteger)

    case: Mapped[PublicCase] = relationship(back_populates="records")
    documents: Mapped[list[PublicDocument]] = relationship(
        back_populates="record", order_by="PublicDocument.place", cascade="all, delete-orphan"
    )


class PublicDocument(PublicBase):
    """A released file. `file_name` is made from the record's number; `size` in bytes; `text` may be found."""

    __tablename__ = "document"

    id: Mapped[PrimaryKey]
    uid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True)
    record_id: Mapped[int] = mapped_column(ForeignKey(f"{SCHEMA}.record.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, deferred=True)

    record: Mapped[PublicRecord] = relationship(back_populates="documents")


class PendingWork(PublicBase):
    """What has to follow a committed projection outside of this database, kept until it is done.

    Without it a crash between the commit and the index would leave there what is no longer to be seen.
    """

    __tablename__ = "pending_work"

    id: Mapped[PrimaryKey]
    work: Mapped[Work] = mapped_column(ClosedList(Work))
    key: Mapped[str] = mapped_column(String(80))


class ProjectionState(PublicBase):
    """One row. `revision` counts projections. While a rebuild runs, `rebuilt_to` is the register's key of the last
    case done and `rebuild_started_at_revision` tells old rows from new ones. `changed_at`: the last projection.
    """

    __tablename__ = "projection_state"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    version: Mapped[int]
    revision: Mapped[int] = mapped_column(BigInteger, default=0)
    is_filled: Mapped[bool] = mapped_column(default=False)
    rebuilt_to: Mapped[int | None]
    rebuild_started_at_revision: Mapped[int | None] = mapped_column(BigInteger)
    changed_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
