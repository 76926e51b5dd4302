"""Tables of this room: where things come from, and what waits to be registered."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, PrimaryKey, now
from diarium.files.models import Blob
from diarium.identity.models import User
from diarium.intake.vocabulary import Channel, FileKind, ItemState, Security, SetAsideReason
from diarium.register import rules
from diarium.register.models import Authority, Record
from diarium.register.vocabulary import PartyKind

MAX_MESSAGE_ID = 500


class _Collected:
    """What a mailbox and a scan folder have in common: how the latest collecting went, and who is at it.

    `failures`: in a row, the last of them explained in Swedish by `last_error`; `next_try_at`: not before that.
    `claimed_until`: another process collects there until then, at the latest.
    """

    is_active: Mapped[bool] = mapped_column(default=True)
    last_collected_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime | None]
    claimed_until: Mapped[dt.datetime | None]


class Mailbox(Identified, _Collected, Base):
    """A folder on a mail server from which messages are collected for one authority.

    `password_variable`: name of the environment variable that holds the password; the password itself is not kept.
    `last_uid`: every message up to it, in the numbering that `uid_validity` names, has been collected, but for
    `failed_uids`: number → how often it was tried.
    """

    __tablename__ = "mailbox"
    __table_args__ = (UniqueConstraint("host", "port", "username", "folder"), Index(None, "authority_id"))

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    host: Mapped[str] = mapped_column(String(253))
    port: Mapped[int]
    security: Mapped[Security] = mapped_column(ClosedList(Security))
    username: Mapped[str] = mapped_column(String(254))
    password_variable: Mapped[str] = mapped_column(String(100))
    folder: Mapped[str] = mapped_column(String(200))
    uid_validity: Mapped[int | None]
    last_uid: Mapped[int] = mapped_column(default=0)
    failed_uids: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)

    authority: Mapped[Authority] = relationship()

    @property
    def name(self) -> str:
        """What staff call it."""
        return f"{self.username}/{self.folder}"


class ScanFolder(Identified, _Collected, Base):
    """A folder into which scanners or other programs put files for one authority."""

    __tablename__ = "scan_folder"
    __table_args__ = (Index(None, "authority_id"),)

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    path: Mapped[str] = mapped_column(String(1000), unique=True)

    authority: Mapped[Authority] = relationship()

    @property
    def name(self) -> str:
        """What staff call it."""
        return self.path


class Collecting(Base):
    """What one collecting brought: kept where it brought anything, or failed for another reason than before."""

    __tablename__ = "intake_collecting"
    __table_args__ = (Index(None, "mailbox_id", "id"), Index(None, "scan_folder_id", "id"))

    id: Mapped[PrimaryKey]
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id"))
    scan_folder_id: Mapped[int | None] = mapped_column(ForeignKey("scan_folder.id"))
    at: Mapped[dt.datetime] = mapped_column(default=now)
    fetched: Mapped[int]
    new: Mapped[int]
    duplicates: Mapped[int]
    known: Mapped[int]
    failed: Mapped[int]
    error: Mapped[str | None] = mapped_column(Text)


class IntakeItem(Identified, Base):
    """Something that came in and is to be registered, or has been settled in another way.

    `official_on`: the law day on which it came in; `deadline_on`: when it should be registered at the latest.
    `reference_key`: what its source calls it; the same one twice is the same thing. `content_hash`: of what came.
    `remarks`: in Swedish, what is odd or wrong with it. `duplicate_of`: the first that was the same.
    `record`: what it became; `merged_into`: the item that took over its files; `split_from`: where it comes from.
    """

    __tablename__ = "intake_item"
    __table_args__ = (
        UniqueConstraint("authority_id", "reference_key"),
        Index(None, "authority_id", "state", "deadline_on", "received_at", "id"),
        Index(None, "assigned_to_id", "state"),
        Index(None, "message_id"),
        Index(None, "content_hash"),
        Index(None, "sender_email_key"),
        Index(None, "record_id"),
        Index(None, "duplicate_of_id"),
        Index(None, "merged_into_id"),
        Index(None, "split_from_id"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    channel: Mapped[Channel] = mapped_column(ClosedList(Channel))
    state: Mapped[ItemState] = mapped_column(ClosedList(ItemState), default=ItemState.NEW)
    mailbox_id: Mapped[int | None] = mapped_column(ForeignKey("mailbox.id"))
    scan_folder_id: Mapped[int | None] = mapped_column(ForeignKey("scan_folder.id"))
    reference_key: Mapped[str | None] = mapped_column(String(300))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[dt.datetime]
    official_on: Mapped[dt.date]
    deadline_on: Mapped[dt.date]
    stored_at: Mapped[dt.datetime] = mapped_column(default=now)
    subject: Mapped[str] = mapped_column(String(rules.MAX_TITLE), default="")
    sender_name: Mapped[str | None] = mapped_column(String(200))
    sender_email: Mapped[str | None] = mapped_column(String(254))
    sender_email_key: Mapped[str | None] = mapped_column(String(254))
    sender_kind: Mapped[PartyKind | None] = mapped_column(ClosedList(PartyKind))
    record_type: Mapped[str | None] = mapped_column(String(100))
    case_number: Mapped[str | None] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[str | None] = mapped_column(String(MAX_MESSAGE_ID))
    in_reply_to: Mapped[str | None] = mapped_column(String(MAX_MESSAGE_ID))
    references: Mapped[list[str]] = mapped_column("message_references", JSON, default=list)
    remarks: Mapped[list[str]] = mapped_column(JSON, default=list)
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("intake_item.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("intake_item.id"))
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("intake_item.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"))
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    set_aside_reason: Mapped[SetAsideReason | None] = mapped_column(ClosedList(SetAsideReason))
    settled_note: Mapped[str | None] = mapped_column(Text)
    settled_at: Mapped[dt.datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)

    authority: Mapped[Authority] = relationship()
    assigned_to: Mapped[User | None] = relationship(foreign_keys=[assigned_to_id])
    settled_by: Mapped[User | None] = relationship(foreign_keys=[settled_by_id])
    record: Mapped[Record | None] = relationship()
    duplicate_of: Mapped[IntakeItem | None] = relationship(
        foreign_keys=[duplicate_of_id], remote_side="IntakeItem.id"
    )
    merged_into: Mapped[IntakeItem | None] = relationship(
        foreign_keys=[merged_into_id], remote_side="IntakeItem.id"
    )
    split_from: Mapped[IntakeItem | None] = relationship(foreign_keys=[split_from_id], remote_side="IntakeItem.id")
    files: Mapped[list[IntakeFile]] = relationship(
        foreign_keys="IntakeFile.item_id", back_populates="item", order_by="IntakeFile.position"
    )


class IntakeFile(Identified, Base):
    """A file of an item. `from_item`: the item that it was taken over from when two were merged."""

    __tablename__ = "intake_file"
    __table_args__ = (UniqueConstraint("item_id", "position"), Index(None, "sha256"), Index(None, "from_item_id"))

    item_id: Mapped[int] = mapped_column(ForeignKey("intake_item.id"))
    from_item_id: Mapped[int | None] = mapped_column(ForeignKey("intake_item.id"))
    position: Mapped[int]
    kind: Mapped[FileKind] = mapped_column(ClosedList(FileKind))
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))

    item: Mapped[IntakeItem] = relationship(foreign_keys=[item_id], back_populates="files")
    blob: Mapped[Blob] = relationship(lazy="joined")

    @property
    def size(self) -> int:
        """The content's size in bytes."""
        return self.blob.size
