"""What can be wrong with a marking."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError


class UnknownProvision(DomainError):
    """The provision is not in the table."""


class NotInForce(Conflict):
    """The marking was lifted before."""
