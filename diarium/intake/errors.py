"""What can go wrong in the inbox, told to the user."""

from __future__ import annotations

from diarium.errors import DomainError, NotFound


class ItemNotFound(NotFound):
    """No such item in the inbox, or none that the actor may know of."""


class SourceNotFound(NotFound):
    """No such mailbox or scan folder, or none that the actor may know of."""


class InvalidSource(DomainError):
    """A mailbox or scan folder that can't be used so; `field` names what has to be mended."""


class CollectingFailed(DomainError):
    """The mail server or folder could not be read; the message says why and what to do."""
