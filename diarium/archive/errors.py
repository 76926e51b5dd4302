"""What can go wrong with an export, told to the archivist."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class InvalidPeriod(DomainError):
    """The period can't be used."""


class NothingToExport(DomainError):
    """No closed case of the authority lies in the period."""


class ExportUnderWay(Conflict):
    """The same export waits or is being packaged already."""


class ExportNotFound(NotFound):
    """No export with that identifier."""


class PackagingStopped(DomainError):
    """The package can't be made; the message names the case, record or file and says how to mend."""


class ExportCancelled(DomainError):
    """Somebody stopped the packaging."""
