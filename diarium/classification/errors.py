"""What can be wrong with a classification scheme."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class InvalidScheme(DomainError):
    """A fact of a scheme, class, rule or record type that can't be so; the message says which and why."""


class SchemeConflict(Conflict):
    """What the version's time does not allow: one that has been in force is history."""


class NeedsEveryAuthority(DomainError):
    """The change is one for all authorities, and the actor does not administer them all."""


class UnknownClass(NotFound):
    """No such scheme, class, rule or record type."""
