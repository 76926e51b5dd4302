"""The sealed chain over the events: what a seal is, and how its digest and signature are reckoned.

A seal covers the events of some moments, in order. Its digest is taken over the digests of its events and over
that of the seal before it, and it is signed. So no event can be changed, taken out, put in or moved without a seal
that no longer fits, and no seal can be made anew without the key.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from diarium.audit.models import AuditEvent
from diarium.db.base import Base

FIRST_PREVIOUS = "0" * 64
_PURPOSE = b"diarium audit seal 1\n"
_STRIKING_OUT = b"diarium audit redaction 1\n"


class AuditSeal(Base):
    """One link of the chain. `key_id` names the key that signed; digests are SHA-256 in hexadecimal digits."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[str] = mapped_column(String(64))
    event_count: Mapped[int]
    last_event_id: Mapped[int]
    sealed_at: Mapped[dt.datetime]
    digest: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(88))


class SealedEvent(Base):
    """An event's place in its seal, with its digest. Its own table: events are never touched again."""

    __tablename__ = "audit_sealed_event"
    __table_args__ = (Index(None, "seal_number", "position", unique=True),)

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True, autoincrement=False)
    seal_number: Mapped[int] = mapped_column(ForeignKey("audit_seal.number"))
    position: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class SealKey:
    """The private key of an installation."""

    private: Ed25519PrivateKey

    @classmethod
    def from_text(cls, text: str) -> SealKey:
        """The key of 32 bytes in base64. Raises: ValueError if it is none."""
        return cls(Ed25519PrivateKey.from_private_bytes(base64.b64decode(text.strip(), validate=True)))

    @classmethod
    def new_text(cls) -> str:
        """A new key as `from_text` takes it."""
        return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode("ascii")

    @property
    def public(self) -> Ed25519PublicKey:
        """What checks its signatures; may be given to anybody."""
        return self.private.public_key()

    def sign(self, digest: str) -> str:
        """The signature of a seal's digest."""
        return base64.b64encode(self.private.sign(_PURPOSE + digest.encode("ascii"))).decode("ascii")

    def sign_redaction(self, digest: str) -> str:
        """The signature of a redaction's digest: never that of a seal."""
        return base64.b64encode(self.private.sign(_STRIKING_OUT + digest.encode("ascii"))).decode("ascii")


def key_id(public: Ed25519PublicKey) -> str:
    """A short name of a public key."""
    return hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def is_signed(public: Ed25519PublicKey, digest: str, signature: str) -> bool:
    """Whether `signature` is that of a seal's `digest` by the key."""
    return _is_signed(public, _PURPOSE + digest.encode("utf-8"), signature)


def is_redaction_signed(public: Ed25519PublicKey, digest: str, signature: str) -> bool:
    """Whether `signature` is that of a redaction's `digest` by the key."""
    return _is_signed(public, _STRIKING_OUT + digest.encode("utf-8"), signature)


def _is_signed(public: Ed25519PublicKey, content: bytes, signature: str) -> bool:
    try:
        public.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def event_digest(event: AuditEvent) -> str:
    """The digest of everything that an event says."""
    facts = {column.key: getattr(event, column.key) for column in AuditEvent.__table__.columns}
    if event.salt is None:
        del facts["salt"]  # sealed before there was any
    return _digest(facts | {"at": _moment(event.at)})


def seal_digest(number: int, previous: str, sealed_at: dt.datetime, events: Sequence[tuple[int, str]]) -> str:
    """The digest of a seal; `events`: (id, digest) in their order."""
    return _digest(
        {
            "number": number,
            "previous": previous,
            "sealed_at": _moment(sealed_at),
            "events": [list(item) for item in events],
        }
    )


def redaction_digest(event_id: int, digest: str, remaining: str, decision: str, at: dt.datetime) -> str:
    """The digest of a redaction: which event, as it was and as it is left, by which decision, when."""
    return _digest(
        {"event": event_id, "digest": digest, "remaining": remaining, "decision": decision, "at": _moment(at)}
    )


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
