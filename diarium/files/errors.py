"""What can go wrong with a file, told to the user."""

from __future__ import annotations

from diarium.errors import DomainError, NotFound


class FileTooLarge(DomainError):
    """The content is larger than allowed."""


class EmptyFile(DomainError):
    """The content has no bytes."""


class BlobMissing(NotFound):
    """No content with that checksum, or the checksum is not one."""


class UnreadableMessage(DomainError):
    """An e-mail file that can't be read as one."""


class SandboxUnavailable(RuntimeError):
    """The child process that reads files can't be started: a fault of the installation, not of a file."""


class InvalidTicket(DomainError):
    """An upload receipt that does not hold."""
