"""Tokens in the links of e-mails: 128 bits, made from a key that only the staff side has; kept as hashes alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from enum import StrEnum

_BYTES = 16


class Purpose(StrEnum):
    """What a token is good for."""

    CONFIRM = "confirm"
    UNFOLLOW = "unfollow"


@dataclass(frozen=True, slots=True)
class TokenMaker:
    """Makes the same token for the same subscription each time, so that links in older e-mails stay good."""

    key: bytes = field(repr=False)

    def token(self, subscription: uuid.UUID, purpose: Purpose) -> str:
        """The token, 22 characters that an address may hold."""
        digest = hmac.new(self.key, f"{purpose}:{subscription}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_BYTES]).decode("ascii").rstrip("=")


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
