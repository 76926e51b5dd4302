"""Whether a restored register has as many rows as were backed up."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.safekeeping.errors import BackupDamaged
from diarium.safekeeping.inventory import LETTERBOX
from diarium.safekeeping.manifest import Manifest


def require_same(session: Session, manifest: Manifest) -> None:
    """Raises: BackupDamaged unless every table has the rows that the manifest tells of."""
    for name, count in manifest.counts.items():
        if name.startswith(f"{LETTERBOX}."):
            continue
        found = session.scalar(sa.select(sa.func.count()).select_from(sa.table(name)))
        if found != count:
            raise BackupDamaged(
                _("Tabellen %(table)s har %(found)s rader; säkerhetskopian har %(count)s.",
                  table=name, found=found, count=count)
            )  # fmt: skip
