"""Setting up: authorities with their first series and units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import numbering, rules
from diarium.register.errors import InvalidFact
from diarium.register.models import Authority, DiarySeries, Unit


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """A board or other public body; its first series bears its code."""

    code: str
    name: str
    organisation_number: str | None = None
    email: str | None = None
    active_from: dt.date | None = None
    number_format: str = numbering.DEFAULT_FORMAT
    units: tuple[str, ...] = ()


def add_authority(session: Session, actor: Actor, command: NewAuthority) -> Authority:
    """Adds an authority that can register at once.

    Raises: NotAllowed unless an administrator or the system acts; InvalidFact with the field's name.
    """
    code = command.code.strip().upper()
    if not actor.is_administrator:
        actor.require(Permission.ADMINISTER, code)
    if not code.isalnum() or len(code) > 10:
        raise InvalidFact(_("Koden ska vara högst tio bokstäver eller siffror, som KS."), field="code")
    if session.scalar(select(Authority.id).where(Authority.code == code)) is not None:
        raise InvalidFact(_("Koden %(code)s är upptagen.", code=code), field="code")
    authority = Authority(
        code=code,
        name=rules.title(command.name, "name")[:200],
        organisation_number=command.organisation_number,
        email=command.email,
        active_from=command.active_from or today(),
        series=[DiarySeries(code=code, name=_("Diarium"), number_format=command.number_format)],
        units=[Unit(name=unit) for unit in command.units],
    )
    session.add(authority)
    session.flush()
    subject = audit.Subject("authority", authority.uid, code, code)
    after = {"name": authority.name, "number_format": command.number_format, "units": list(command.units)}
    audit.write(session, actor, "authority.added", subject, after=after)
    return authority
