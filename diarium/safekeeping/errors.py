"""What can go wrong when something is kept safe."""

from __future__ import annotations

from diarium.errors import DomainError, NotFound


class NoBackup(NotFound):
    """There is no such backup, or none at all."""


class BackupFailed(DomainError):
    """The backup could not be made; what was there before is untouched."""


class BackupDamaged(DomainError):
    """A backup that is not what was written."""


class BackupLocked(DomainError):
    """An encrypted backup without the identity that opens it, or a recipient that is none."""


class RestoreRefused(DomainError):
    """The place to restore into holds something already, or can't hold it."""
