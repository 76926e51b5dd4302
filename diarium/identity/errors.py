"""What can be wrong with a login, a user or a token."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class LoginRefused(DomainError):
    """Nobody was logged in; the message says what can be told of why."""


class InvalidLogin(LoginRefused):
    """User name or password is wrong; which, is not told."""


class TooManyAttempts(LoginRefused):
    """So many tries with the user name failed of late that none is taken now, right or wrong."""


class InvalidUser(DomainError):
    """Facts of a user that can't be so."""


class LastAdministrator(Conflict):
    """An authority would be left without anybody who administers it."""


class UnknownUser(NotFound):
    """No user has that name."""


class UnknownToken(NotFound):
    """No access token has that identifier or name."""


class AmbiguousToken(Conflict):
    """Several tokens have the name: the identifier is needed."""
