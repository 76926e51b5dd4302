"""What can be wrong with a list that somebody asks for."""

from __future__ import annotations

from diarium.errors import DomainError, NotFound


class InvalidFilter(DomainError):
    """A filter that can't be read; `field` names it."""


class InvalidCursor(DomainError):
    """The address of a page of a list that can't be read, or belongs to another list or order."""


class InvalidSavedList(DomainError):
    """A saved list that can't be kept so; `field` names what is wrong."""


class UnknownList(NotFound):
    """No such list, or none for this actor."""


class UnknownSavedList(NotFound):
    """No such saved list, or none that the actor may know of."""
