"""What can go wrong with a request to see documents, told to the user."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotAllowed, NotFound


class RequestNotFound(NotFound):
    """No such request, item or paper of one, or none that the actor may know of."""


class InvalidRequest(DomainError):
    """A fact of a request that can't be so; `field` names it."""


class RequestConflict(Conflict):
    """The request's state forbids the step, or somebody else was faster."""


class HiddenMaterial(NotAllowed):
    """Only somebody who may see the material can review it or give it out."""
