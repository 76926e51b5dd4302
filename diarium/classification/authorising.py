"""Who may change what all authorities have in common: those who administer them all.

Each board answers for its own records and for what it publishes of them (OSL 8 kap. 1 §, TF 2 kap.), but the
scheme is one: whoever lets more of a class be published, or has it kept for another time, does so for all boards.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, String, column, or_, select, table
from sqlalchemy.orm import Session

from diarium.classification.errors import NeedsEveryAuthority
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.permissions import Actor, Permission

# Authorities live a floor up; here their table is known by name, as foreign keys know it.
_AUTHORITY = table("authority", column("code", String), column("active_from", Date), column("active_to", Date))


def require_all(session: Session, actor: Actor, field: str | None = None) -> None:
    """Lets pass whoever administers every authority that is active, and the system. One query at most.

    Raises: NotAllowed for one who administers none; NeedsEveryAuthority, at `field`, for one who lacks some.
    """
    identity.require_administrator(actor)
    if actor.is_system:
        return
    missing = _active(session, today()) - actor.authorities(Permission.ADMINISTER)
    if missing:
        raise NeedsEveryAuthority(
            _("Ändringen gäller alla myndigheter. Den får bara göras av den som är administratör vid alla "
              "verksamma myndigheter; du är inte det vid %(codes)s. Be en sådan administratör göra ändringen.",
              codes=", ".join(sorted(missing))),
            field=field,
        )  # fmt: skip


def _active(session: Session, day: dt.date) -> set[str]:
    from_, to = _AUTHORITY.c.active_from, _AUTHORITY.c.active_to
    return set(session.scalars(select(_AUTHORITY.c.code).where(from_ <= day, or_(to.is_(None), to >= day))))
