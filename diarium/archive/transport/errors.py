"""What can go wrong on the way to a receiver, told to the archivist."""

from __future__ import annotations

from diarium.errors import DomainError
from diarium.i18n import gettext as _


class TransportError(DomainError):
    """It did not work. `is_lasting`: trying again does not help until somebody mends what the message says.

    `is_undone`: what was sent is removed again, so that the next try begins from the beginning.
    """

    def __init__(
        self, message: str, *, is_lasting: bool = True, is_undone: bool = False, field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.is_lasting = is_lasting
        self.is_undone = is_undone


class UnknownHostKey(TransportError):
    """The server shows a key that nobody has accepted. `fingerprint`: to be compared with what the receiver says.

    `is_changed`: another one is accepted, so that this may be somebody who listens in between.
    """

    def __init__(self, host: str, key_type: str, fingerprint: str, *, is_changed: bool) -> None:
        if is_changed:
            message = _(
                "Servern %(host)s visar en annan värdnyckel (%(kind)s, %(fingerprint)s) än den som är godkänd. "
                "Inget sändes. Fråga mottagaren om nyckeln är bytt innan du godkänner den nya.",
                host=host, kind=key_type, fingerprint=fingerprint,
            )  # fmt: skip
        else:
            message = _(
                "Servern %(host)s är inte känd. Den visar värdnyckeln %(fingerprint)s (%(kind)s). Jämför med det "
                "fingeravtryck som mottagaren har lämnat och godkänn det om de är lika.",
                host=host, kind=key_type, fingerprint=fingerprint,
            )  # fmt: skip
        super().__init__(message)
        self.fingerprint = fingerprint
        self.is_changed = is_changed


class InvalidTransport(DomainError):
    """A setting of the transport that can't be used; `field` names it."""
