"""What is known of each file content. The bytes lie in the blob store under the same checksum."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from diarium.db.base import Base, now


class Blob(Base):
    """One content, named by its SHA-256 (64 hexadecimal digits). `size` in bytes."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[dt.datetime] = mapped_column(default=now)
    mime: Mapped[str | None] = mapped_column(String(200))
    puid: Mapped[str | None] = mapped_column(String(20))
    format_name: Mapped[str | None] = mapped_column(String(200))
    format_version: Mapped[str | None] = mapped_column(String(60))
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    examined_at: Mapped[dt.datetime | None]


class BlobText(Base):
    """The text found in a content; `note` says in Swedish why there is none or not all."""

    __tablename__ = "blob_text"

    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    is_truncated: Mapped[bool] = mapped_column(default=False)
    page_count: Mapped[int | None]
    extracted_at: Mapped[dt.datetime] = mapped_column(default=now)
