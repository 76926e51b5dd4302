"""What can be wrong with a letter and its sending."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class InvalidLetter(DomainError):
    """Something in a letter or a template that can't be so; `field` names it."""


class SecretMaterial(DomainError):
    """What is marked or about a protected person may not leave by plain e-mail, or not without a word on why."""


class MailNotConfigured(DomainError):
    """The installation has no mail server."""


class TemplateNotFound(NotFound):
    """No such letter template, or none that the actor may know of."""


class MessageNotFound(NotFound):
    """No such dispatch, or none that the actor may know of."""


class TemplateConflict(Conflict):
    """Somebody changed the template meanwhile."""


class MessageConflict(Conflict):
    """The dispatch's state does not allow the step."""
