"""Passwords: what they must be like, and how they are kept and compared."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from diarium.i18n import gettext as _
from diarium.identity.errors import InvalidUser

MIN_LENGTH = 10
MAX_LENGTH = 1000  # the login form takes no more
_hasher = PasswordHasher()
# Compared against when the user is unknown, so that an answer takes the same time either way.
_NOBODY = _hasher.hash(secrets.token_hex(16))


def hashed(password: str) -> str:
    """The hash that is kept of a new password. Raises: InvalidUser if it is too short or too long."""
    if len(password) < MIN_LENGTH:
        raise InvalidUser(_("Lösenordet måste ha minst %(least)s tecken.", least=MIN_LENGTH), field="password")
    if len(password) > MAX_LENGTH:
        raise InvalidUser(_("Lösenordet får ha högst %(most)s tecken.", most=MAX_LENGTH), field="password")
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed; nothing matches where no hash is kept, in the same time."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
