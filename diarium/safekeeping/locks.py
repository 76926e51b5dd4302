"""Encryption to age recipients, and the names that encrypted objects have."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import pyrage

from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupDamaged, BackupLocked

_NAMES = b"diarium backup names 1\n"


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Lock:
    """Encrypts to `recipients`, and names each object so that only the installation knows the name again.

    A plain checksum would tell anybody who has the same file that it lies here. The recipients are part of the
    name: with other recipients everything is stored anew, so that each backup opens with its own identities.
    """

    recipients: tuple[str, ...]
    secret: bytes

    def key_of(self, sha256: str) -> str:
        """The first half of the name of the object that holds the content."""
        purpose = _NAMES + " ".join(sorted(self.recipients)).encode()
        inner = hmac.new(self.secret, purpose, hashlib.sha256).digest()
        return hmac.new(inner, sha256.encode(), hashlib.sha256).hexdigest()

    def encrypt(self, source: BinaryIO, target: Sink) -> None:
        """Encrypts all of `source`, in a stream."""
        pyrage.encrypt_io(source, target, [_recipient(text) for text in self.recipients])


def lock_for(recipients: Sequence[str], secret: bytes) -> Lock | None:
    """The lock to use; None for a backup that is not encrypted. Raises: BackupLocked for what is no recipient."""
    for text in recipients:
        _recipient(text)
    return Lock(tuple(sorted(set(recipients))), secret) if recipients else None


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens what was encrypted to any of its identities."""

    identities: tuple[pyrage.x25519.Identity, ...]

    @classmethod
    def from_file(cls, path: Path) -> Opener:
        """Reads a file as `age-keygen` writes it. Raises: BackupLocked if there is no identity in it."""
        lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
        try:
            found = tuple(
                pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")
            )
        except pyrage.IdentityError:
            found = ()
        if not found:
            raise BackupLocked(_("%(path)s innehåller ingen age-nyckel (AGE-SECRET-KEY-1…).", path=path))
        return cls(found)

    def decrypt(self, source: BinaryIO, target: Sink) -> None:
        """Decrypts all of `source`. Raises: BackupLocked if no identity fits, BackupDamaged."""
        try:
            pyrage.decrypt_io(source, target, list(self.identities))
        except pyrage.DecryptError as error:
            if re.search("no matching keys", str(error), re.IGNORECASE):
                raise BackupLocked(_("Nyckeln öppnar inte den här säkerhetskopian.")) from error
            raise BackupDamaged(_("Ett krypterat objekt går inte att läsa.")) from error


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BackupLocked(_("”%(text)s” är ingen age-mottagare (age1…).", text=text)) from error
