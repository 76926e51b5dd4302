"""What can be wrong when the open register is read."""

from __future__ import annotations

from diarium.errors import DomainError, NotFound
from diarium.public.models import PublicCase


class NotInOpenRegister(NotFound):
    """There is no such entry in the open register; whether it exists in the register is not told."""


class SeveralCasesFit(NotFound):
    """The number stands in several series; `cases` are those that may be meant."""

    def __init__(self, message: str, cases: tuple[PublicCase, ...]) -> None:
        super().__init__(message)
        self.cases = cases


class ForeignDatabase(DomainError):
    """The database holds something else than the open register."""
