"""What can be wrong when something is dropped into the letterbox."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError


class InvalidLetter(DomainError):
    """A letter that the letterbox does not take: something is missing, too long, or of the wrong form."""


class LetterboxFull(Conflict):
    """So many letters of that kind wait that no more are taken for now."""


class LetterboxClosed(Conflict):
    """The letterbox can't be reached, or was never made (`diarium prepare`)."""
