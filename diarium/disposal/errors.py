"""What can be wrong with disposing of something."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class DisposalNotFound(NotFound):
    """No such proposal, stop or case, or none that the actor may know of."""


class InvalidDisposal(DomainError):
    """Something that was written can't be so; `field` names it."""


class DisposalConflict(Conflict):
    """The proposal is in another state, or somebody was faster."""


class FourEyes(Conflict):
    """Who has proposed it can't decide it."""
