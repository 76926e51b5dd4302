"""What can be wrong with a marking."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class UnknownProvision(DomainError):
    """The provision is not in the table."""


class NotInForce(Conflict):
    """The marking was lifted before."""


class InvalidReview(DomainError):
    """A fact of a review that can't be so; `field` names it."""


class InvalidGrant(DomainError):
    """A fact of letting somebody in, or of sharing a case, that can't be so; `field` names it."""


class InvalidProvision(DomainError):
    """A fact of a provision that can't be so; `field` names it."""


class ProvisionNotFound(NotFound):
    """No provision has that identifier."""
