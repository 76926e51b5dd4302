"""What can be wrong with drafts, templates and bulk registrations."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class DraftNotFound(NotFound):
    """No such draft, or one of somebody else."""


class DraftSpent(DomainError):
    """What is saved belongs to a form that has been registered."""


class DraftTooLarge(DomainError):
    """More than a draft holds."""


class TooManyDrafts(Conflict):
    """The user has as many drafts as one may have."""


class TemplateNotFound(NotFound):
    """No such template, or one of an authority where the actor does not register."""


class InvalidTemplate(DomainError):
    """A value that a template can't hold; `field` names it."""


class TemplateConflict(Conflict):
    """Somebody changed the template meanwhile."""


class BatchNotFound(NotFound):
    """No such batch, or one of somebody else."""


class TooManyRows(DomainError):
    """More rows than one bulk registration takes."""
