"""What can go wrong with agreements, deliveries and receipts, told to the archivist."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class InvalidAgreement(DomainError):
    """Something in an agreement that can't be so; `field` names it."""


class AgreementNotFound(NotFound):
    """No such agreement, or none that the actor may know of."""


class AgreementConflict(Conflict):
    """Somebody changed the agreement meanwhile."""


class InvalidDelivery(DomainError):
    """The package can't be delivered in this way; the message says why."""


class DeliveryNotFound(NotFound):
    """No such delivery, or none that the actor may know of."""


class DeliveryConflict(Conflict):
    """The delivery's state does not allow the step, or somebody else was faster."""


class InvalidReceipt(DomainError):
    """Something in a receipt that can't be so; `field` names it."""


class ReceiptNotFound(NotFound):
    """No such receipt, or none that the actor may know of."""
