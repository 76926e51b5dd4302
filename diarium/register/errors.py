"""What can be wrong with a registration."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class InvalidFact(DomainError):
    """A fact that can't be so; `field` names it."""


class CaseNotFound(NotFound):
    """No such case, or none that the actor may know of."""


class RecordNotFound(NotFound):
    """No such record, or none that the actor may know of."""


class StatusConflict(Conflict):
    """The case's status does not allow the step."""


class EditConflict(Conflict):
    """Somebody changed the object meanwhile."""
