"""What can be wrong with a webhook."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class InvalidWebhook(DomainError):
    """A fact of a webhook that can't be so; `field` names it."""


class AddressRefused(DomainError):
    """An address that nothing is sent to: it leads, or may lead, into a network of our own."""


class WebhookNotFound(NotFound):
    """No such webhook or delivery, or none that the actor may know of."""


class WebhookConflict(Conflict):
    """The state of the webhook or delivery forbids it."""
