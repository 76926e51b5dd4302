"""What can go wrong with an export, told to the archivist."""

from __future__ import annotations

from diarium.errors import Conflict, DomainError, NotFound


class InvalidPeriod(DomainError):
    """The period can't be used."""


class InvalidCriteria(DomainError):
    """The selection or its limits can't be used."""


class NothingToExport(DomainError):
    """No case of the authority fits the selection."""


class ExportUnderWay(Conflict):
    """The same export waits or is being packaged already, or is not in a state for what is asked."""


class ExportNotFound(NotFound):
    """No export with that identifier."""


class PackagingStopped(DomainError):
    """The package can't be made; the message names the case, record or file and says how to mend."""


class ExportCancelled(DomainError):
    """Somebody stopped the packaging."""


class ExportInterrupted(DomainError):
    """The process is told to end, or another one has taken the export over: what is done stays for the next."""


class DiskFull(DomainError):
    """The package does not fit on the disk; the message says how much is missing."""
