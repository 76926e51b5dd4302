"""Why a package cannot be read."""

from __future__ import annotations

from diarium.errors import DomainError


class UnreadablePackage(DomainError):
    """The package has no content that is understood here; the message says what is missing and how to mend."""
