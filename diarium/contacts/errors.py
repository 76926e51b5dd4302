"""What can be wrong with a contact."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class ContactNotFound(NotFound):
    """No such contact, or one of an authority where the actor does not register."""


class InvalidContact(DomainError):
    """A fact that a contact can't have; `field` names it."""


class ContactExists(Conflict):
    """Somebody much like this is in the register already."""


class ContactConflict(Conflict):
    """Somebody changed the contact meanwhile."""
