"""Which backups are kept, and what is removed with those that are not."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupFailed
from diarium.safekeeping.inventory import objects_of
from diarium.safekeeping.manifest import Manifest, read_manifest
from diarium.safekeeping.vault import Vault, sync

_PART = re.compile(r"(\d{1,4})([dwm])")


@dataclass(frozen=True, slots=True)
class Policy:
    """The newest backup of each of so many days, weeks and months is kept; the newest of all always is."""

    days: int = 0
    weeks: int = 0
    months: int = 0

    @classmethod
    def from_text(cls, text: str) -> Policy:
        """Reads `7d 4w 12m`. Raises: BackupFailed."""
        parts = [_PART.fullmatch(part) for part in text.replace(",", " ").split()]
        found = {match[2]: int(match[1]) for match in parts if match}
        if not parts or None in parts or len(found) != len(parts) or not any(found.values()):
            raise BackupFailed(_("--keep ska se ut som ”7d 4w 12m”, inte ”%(text)s”.", text=text))
        return cls(found.get("d", 0), found.get("w", 0), found.get("m", 0))

    def kept(self, backups: Sequence[Manifest]) -> set[str]:
        """The ids of those that are kept."""
        newest = sorted(backups, key=lambda each: (each.moment, each.id), reverse=True)
        kept = {each.id for each in newest[:1]}
        periods: tuple[tuple[int, Callable[[dt.datetime], object]], ...] = (
            (self.days, lambda moment: moment.date()),
            (self.weeks, lambda moment: moment.isocalendar()[:2]),
            (self.months, lambda moment: (moment.year, moment.month)),
        )
        for most, period_of in periods:
            seen: set[object] = set()
            for each in newest:
                period = period_of(each.moment)
                if period not in seen and len(seen) < most:
                    seen.add(period)
                    kept.add(each.id)
        return kept


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed."""

    backups: tuple[str, ...]
    objects: int
    bytes: int


def prune(vault: Vault, policy: Policy, *, just_made: str | None = None) -> Pruned:
    """Removes what the policy does not keep, and every object that no kept backup needs.

    `just_made` is kept whatever the clock said when it was made.
    Raises: BackupDamaged, before anything is removed, if it can't be read what some backup needs.
    """
    with vault.writing():
        backups = [read_manifest(vault, each) for each in vault.ids()]
        for each in backups:
            each.check_signature()
        kept = policy.kept(backups) | {just_made}
        needed: set[bytes] = set()
        for each in backups:
            if each.id in kept:
                needed |= {_short(stored.name) for stored in objects_of(vault, each)}
        gone = tuple(each.id for each in backups if each.id not in kept)
        for backup_id in gone:
            # Out of sight in one step, then away: nothing half removed is ever shown.
            aside = vault.draft()
            (vault.backups / backup_id).replace(aside / backup_id)
            sync(vault.backups)
            shutil.rmtree(aside)
        objects = size = 0
        for path in vault.names():
            if _short(path.name) not in needed:
                size += path.stat().st_size
                path.unlink()
                objects += 1
        return Pruned(gone, objects, size)


def _short(name: str) -> bytes:
    return bytes.fromhex(name[:32]) + bytes.fromhex(name[65:81])
