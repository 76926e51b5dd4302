"""What stands in a backup: the signed manifest that anybody may read."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from diarium.audit.seals import SealKey, key_id
from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupDamaged, NoBackup
from diarium.safekeeping.vault import Vault

MANIFEST, OBJECTS, INVENTORY = "manifest.json", "objects.z", "inventory.z"
_PURPOSE = b"diarium backup manifest 1\n"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup. Moments as ISO 8601 in UTC.

    `revision`: the migration that the rows follow. `counts`: rows of each table; `files`, `file_bytes`: contents
    of files. `last_event`: number and moment of the log's last event; `seal_…`: the head of the sealed chain.
    `objects_sha256`, `inventory_sha256`: of the two files beside it. `object_count`, `object_bytes`: everything
    that the backup needs. `damaged`: how many contents were missing or damaged in the register already.
    """

    id: str
    made_at: str
    program: str
    revision: str
    database: str
    is_encrypted: bool
    recipients: tuple[str, ...]
    counts: Mapping[str, int]
    files: int
    file_bytes: int
    packages: int
    last_event: int
    last_event_at: str
    seal_number: int
    seal_digest: str
    seal_signature: str
    objects_sha256: str
    inventory_sha256: str
    object_count: int
    object_bytes: int
    damaged: int
    has_keys: bool
    public_key: str = ""
    signature: str = ""

    def signed(self, key: SealKey) -> Manifest:
        """The same with the installation's signature."""
        public = base64.b64encode(key.public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")
        told = replace(self, public_key=public, signature="")
        return replace(told, signature=base64.b64encode(key.private.sign(told.content())).decode("ascii"))

    def content(self) -> bytes:
        """What is signed."""
        facts = asdict(replace(self, signature=""))
        return _PURPOSE + json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def key(self) -> Ed25519PublicKey:
        """The key it says it was signed with. Raises: BackupDamaged."""
        try:
            return Ed25519PublicKey.from_public_bytes(base64.b64decode(self.public_key, validate=True))
        except (ValueError, binascii.Error) as error:
            raise _unsigned(self.id) from error

    @property
    def key_name(self) -> str:
        """The short name of that key."""
        return key_id(self.key)

    @property
    def moment(self) -> dt.datetime:
        """When it was begun: everything older is in it."""
        return dt.datetime.fromisoformat(self.made_at)

    def to_bytes(self) -> bytes:
        """As it is written to its file."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"

    def check_signature(self, trusted: Sequence[Ed25519PublicKey] = ()) -> None:
        """Raises: BackupDamaged unless it is signed, and by one of `trusted` where any is given."""
        try:
            self.key.verify(base64.b64decode(self.signature, validate=True), self.content())
        except (InvalidSignature, ValueError, binascii.Error) as error:
            raise _unsigned(self.id) from error
        if trusted and self.key_name not in {key_id(key) for key in trusted}:
            raise BackupDamaged(
                _("Säkerhetskopian %(id)s är signerad med en annan nyckel (%(key)s) än den här installationens.",
                  id=self.id, key=self.key_name)
            )  # fmt: skip


def read_manifest(vault: Vault, backup_id: str) -> Manifest:
    """The manifest of a backup, its signature not yet checked. Raises: NoBackup, BackupDamaged."""
    path = vault.backups / Path(backup_id).name / MANIFEST
    try:
        facts = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NoBackup(_("Det finns ingen säkerhetskopia %(id)s.", id=backup_id)) from None
    except ValueError as error:
        raise _unreadable(backup_id) from error
    try:
        known = {item.name for item in fields(Manifest)}
        if not isinstance(facts, dict) or set(facts) != known:
            raise _unreadable(backup_id)
        manifest = Manifest(**{**facts, "recipients": tuple(facts["recipients"])})
        if manifest.id != backup_id or not all(isinstance(n, int) for n in manifest.counts.values()):
            raise _unreadable(backup_id)
    except (TypeError, AttributeError) as error:
        raise _unreadable(backup_id) from error
    return manifest


def chosen(vault: Vault, backup_id: str | None) -> Manifest:
    """The backup with that id, or the newest. Raises: NoBackup, BackupDamaged."""
    known = vault.ids()
    if not known:
        raise NoBackup(_("Det finns inga säkerhetskopior i %(folder)s.", folder=vault.folder))
    return read_manifest(vault, backup_id or known[-1])


def _unreadable(backup_id: str) -> BackupDamaged:
    return BackupDamaged(_("Förteckningen i säkerhetskopian %(id)s går inte att läsa.", id=backup_id))


def _unsigned(backup_id: str) -> BackupDamaged:
    return BackupDamaged(
        _("Förteckningen i säkerhetskopian %(id)s är ändrad: underskriften stämmer inte.", id=backup_id)
    )
