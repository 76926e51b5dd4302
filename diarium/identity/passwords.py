"""Passwords: what they must be like, and how they are kept and compared."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from diarium.i18n import gettext as _
from diarium.identity.errors import InvalidUser

MIN_LENGTH = 10
MAX_LENGTH = 1000  # the login form takes no more
_JUDGED = 72  # characters; judging takes longer the more there are
_LEAST_GUESSES = 10**8
# What people here begin a password with; the library's lists know English.
_COMMON_HERE = (
    "lösenord losenord hemligt hemlig hemligheten välkommen valkommen sommar sommaren vinter vintern våren hösten "
    "januari februari mars april maj juni juli augusti september oktober november december måndag tisdag onsdag "
    "torsdag fredag lördag söndag sverige stockholm göteborg malmö kommun kommunen diarium diariet registrator "
    "handläggare arkivarie administratör jultomten midsommar semester fotboll hockey älskling blomma solsken"
)
_hasher = PasswordHasher()
# Compared against when the user is unknown, so that an answer takes the same time either way.
_NOBODY = _hasher.hash(secrets.token_hex(16))


def hashed(password: str, *, about: Sequence[str] = ()) -> str:
    """The hash that is kept of a new password.

    `about`: the user's own names: a password made of them is no secret.
    Raises: InvalidUser if it is too short, too long, or among the first that anybody would try.
    """
    if len(password) < MIN_LENGTH:
        raise InvalidUser(_("Lösenordet måste ha minst %(least)s tecken.", least=MIN_LENGTH), field="password")
    if len(password) > MAX_LENGTH:
        raise InvalidUser(_("Lösenordet får ha högst %(most)s tecken.", most=MAX_LENGTH), field="password")
    if _is_easily_guessed(password, about):
        raise InvalidUser(
            _(
                "Lösenordet är för lätt att gissa: det liknar vanliga lösenord eller ditt eget namn. "
                "Ta några ord som inte hör ihop."
            ),
            field="password",
        )
    return _hasher.hash(password)


def _is_easily_guessed(password: str, about: Sequence[str]) -> bool:
    """Whether it falls to a list of leaked passwords, names, words, dates and keyboard rows."""
    from zxcvbn import zxcvbn  # its lists take a while to load, and few processes need them

    found = zxcvbn(password[:_JUDGED], user_inputs=[*(text for text in about if text), *_COMMON_HERE.split()])
    return int(found["guesses"]) < _LEAST_GUESSES


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one that was hashed; nothing matches where no hash is kept, in the same time."""
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
