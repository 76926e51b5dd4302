"""The party register (*kontaktregister*): whom an authority often has to do with."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from diarium.db.base import Base, ClosedList, Identified, now
from diarium.db.swedish import SortKey
from diarium.register.models import Authority
from diarium.register.vocabulary import PartyKind

MATCH_LENGTH = 150
# Bytes count on both databases, so that a beginning is a range of the index.
_EmailKey = String(254).with_variant(String(254, collation="C"), "postgresql")
_NumberKey = String(20).with_variant(String(20, collation="C"), "postgresql")


class Contact(Identified, Base):
    """Somebody with the contact details that are used now. Records keep those that they were registered with.

    `match_key`: the name without what is written in many ways, and the postal code; `merged_into`: the contact
    that this one turned out to be; `is_protected`: protected identity, the details are emptied, and `name_key`,
    `email_key` and `match_key` hold digests of name, address and number (`matching.shield`).
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index(None, "authority_id", "name_key"),
        Index(None, "authority_id", "email_key"),
        Index(None, "authority_id", "identity_number"),
        Index(None, "authority_id", "match_key"),
    )

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"))
    kind: Mapped[PartyKind] = mapped_column(ClosedList(PartyKind))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(SortKey)
    match_key: Mapped[str | None] = mapped_column(String(MATCH_LENGTH))
    identity_number: Mapped[str | None] = mapped_column(_NumberKey)
    organisation: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(300))
    postal_code: Mapped[str | None] = mapped_column(String(20))
    city: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(_EmailKey)
    phone: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(String(500))
    is_protected: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    added_at: Mapped[dt.datetime] = mapped_column(default=now)

    authority: Mapped[Authority] = relationship(lazy="joined")
    merged_into: Mapped[Contact | None] = relationship(remote_side="Contact.id")


class ContactWord(Base):
    """A word of a contact's name or organisation: any word's beginning finds the contact."""

    __tablename__ = "contact_word"

    authority_id: Mapped[int] = mapped_column(ForeignKey("authority.id"), primary_key=True)
    word: Mapped[str] = mapped_column(SortKey, primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True, index=True)
