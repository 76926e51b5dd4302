"""What several transports say in the same words."""

from __future__ import annotations

import hashlib

from diarium.archive.transport.errors import TransportError
from diarium.i18n import gettext as _


def name_taken(name: str) -> TransportError:
    """Another file has the package's name at the receiver."""
    return TransportError(
        _("Hos mottagaren finns redan en annan fil som heter %(name)s. Den skrivs inte över. Be mottagaren flytta "
          "den.", name=name)
    )  # fmt: skip


def not_same(name: str) -> TransportError:
    """What arrived is not what was sent."""
    return TransportError(
        _("Det som kom fram av %(name)s är inte detsamma som sändes. Det är borttaget och sänds igen.", name=name),
        is_lasting=False,
        is_undone=True,
    )


def too_large(name: str) -> TransportError:
    """A returned file that is no receipt."""
    return TransportError(
        _("Filen %(name)s är för stor för att vara en kvittens, eller ingen vanlig fil.", name=name)
    )


def cannot_connect(host: str, reason: str) -> TransportError:
    """No answer from the receiver."""
    return TransportError(
        _("Det gick inte att ansluta till %(host)s: %(reason)s. Det prövas igen.", host=host, reason=reason),
        is_lasting=False,
    )


def mark_of(name: str, size: int, changed: object) -> str:
    """What tells a returned file from another, and from a later version of itself."""
    return hashlib.sha256(f"{name}\x00{size}\x00{changed}".encode("utf-8", "replace")).hexdigest()
