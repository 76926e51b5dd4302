"""What can go wrong with an import, told to the archivist."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class ImportNotFound(NotFound):
    """No import with that identifier, or none that the actor may know of."""


class ImportRefused(DomainError):
    """The package, or what was chosen, cannot be taken over; `field` names the choice."""


class ImportUnderWay(Conflict):
    """The same package is being taken over already."""
