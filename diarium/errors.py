"""The one face of everything that a user can do wrong.

Rooms subclass `DomainError` in their own `errors.py`; the web turns it into a message at the field, the API into
problem+json, the command line into one line and an exit code.
"""

from __future__ import annotations


class DomainError(Exception):
    """Something the user can mend. `message` is in the user's language and says what, where and how to mend."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(DomainError):
    """The actor lacks the permission. Shown as 403 without telling whether the object exists."""


class NotFound(DomainError):
    """The object does not exist, or the actor may not know that it does."""


class Conflict(DomainError):
    """The state of the object forbids it, or somebody else was faster."""
