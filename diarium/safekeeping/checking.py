"""Checks a backup: every object against its name, and, where it can be opened, every row and file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from diarium.files.models import Blob
from diarium.i18n import gettext as _
from diarium.safekeeping import rows
from diarium.safekeeping.errors import BackupDamaged
from diarium.safekeeping.inventory import REGISTER, Content, Damaged, Head, Package, Rows, items_of, objects_of
from diarium.safekeeping.locks import Opener
from diarium.safekeeping.manifest import Manifest
from diarium.safekeeping.progress import Progress, silent
from diarium.safekeeping.vault import Vault, digest_of

_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a backup; nothing where it is whole. `is_opened`: its content was looked at too."""

    problems: tuple[str, ...]
    objects: int
    is_opened: bool

    @property
    def is_whole(self) -> bool:
        """Whether it can be restored from."""
        return not self.problems


def verify(
    vault: Vault,
    manifest: Manifest,
    opener: Opener | None,
    trusted: Sequence[Ed25519PublicKey] = (),
    progress: Progress = silent,
) -> Verdict:
    """Reads everything. Without an identity, an encrypted backup is checked as it is stored."""
    opens = not manifest.is_encrypted or opener is not None
    problems: list[str] = []
    seen = 0
    try:
        manifest.check_signature(trusted)
        size = 0
        for stored in objects_of(vault, manifest):
            seen += 1
            size += stored.size
            progress("objects", seen, manifest.object_count)
            if not vault.is_whole(stored) and len(problems) < _MOST_TOLD:
                problems.append(_("Objektet %(name)s saknas eller är skadat.", name=stored.name))
        if (seen, size) != (manifest.object_count, manifest.object_bytes):
            problems.append(_("Antalet objekt stämmer inte med förteckningen."))
        if opens and not problems:
            problems += _Content(vault, manifest, opener, progress).problems()
    except BackupDamaged as error:
        problems.append(error.message)
    return Verdict(tuple(problems[:_MOST_TOLD]), seen, opens)


class _Content:
    """Looks at what the objects hold."""

    def __init__(self, vault: Vault, manifest: Manifest, opener: Opener | None, progress: Progress) -> None:
        self._vault, self._manifest, self._progress = vault, manifest, progress
        self._opener = opener if manifest.is_encrypted else None
        self._counts: Counter[str] = Counter()
        self._known: set[bytes] = set()
        self._wanted: set[bytes] = set()
        self._forms: dict[str, rows.TableForm] = {}
        self._done = 0

    def problems(self) -> Iterator[str]:
        files = packages = damaged = 0
        for item in items_of(self._vault, self._manifest, self._opener):
            self._done += 1
            self._progress("content", self._done, self._manifest.object_count)
            match item:
                case Head():
                    self._forms = {form.name: form for form in item.tables[REGISTER]}
                case Rows():
                    yield from self._rows(item)
                case Content():
                    files += 1
                    self._known.add(bytes.fromhex(item.sha256))
                    yield from self._bytes(item.name, item.sha256)
                case Package():
                    packages += 1
                    yield from self._bytes(item.name, item.sha256)
                case Damaged():
                    damaged += 1
                    self._known.add(bytes.fromhex(item.sha256))
        told = self._manifest
        if {name: count for name, count in told.counts.items() if count} != dict(self._counts):
            yield _("Antalet rader stämmer inte med förteckningen.")
        if (files, packages, damaged) != (told.files, told.packages, told.damaged):
            yield _("Antalet filer stämmer inte med förteckningen.")
        if self._wanted != self._known:
            yield _("Filerna stämmer inte med registrets rader.")

    def _rows(self, item: Rows) -> Iterator[str]:
        name = item.table if item.database == REGISTER else f"{item.database}.{item.table}"
        with self._vault.reading(item.name, self._opener, packed=True) as source:
            content = source.read()
        if hashlib.sha256(content).hexdigest() != item.sha256 or content.count(b"\n") != item.rows:
            yield _("Rader ur tabellen %(table)s är skadade (%(name)s).", table=name, name=item.name)
            return
        self._counts[name] += item.rows
        if item.database == REGISTER and item.table == Blob.__tablename__:
            place = list(self._forms[item.table].columns).index("sha256")
            self._wanted |= {bytes.fromhex(str(row[place])) for row in rows.lines_of(content)}

    def _bytes(self, name: str, sha256: str) -> Iterator[str]:
        if self._opener is None:
            # Stored as it is: the object's own hash, which fitted, is the content's.
            if name[65:] != sha256:
                yield _("Objektet %(name)s är inte det innehåll som förteckningen säger.", name=name)
            return
        with self._vault.reading(name, self._opener, packed=False) as source:
            if digest_of(source) != sha256:
                yield _("Objektet %(name)s är inte det innehåll som förteckningen säger.", name=name)
