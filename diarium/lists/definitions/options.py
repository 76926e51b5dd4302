"""What the filters of several lists offer, and the conditions that they stand for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from diarium.classification.models import RecordType
from diarium.i18n import gettext as _
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission
from diarium.lists.errors import InvalidFilter
from diarium.lists.filtering import Options
from diarium.register import queries
from diarium.register.models import Authority, Case, Unit

E = TypeVar("E", bound=StrEnum)


def authorities(session: Session, actor: Actor) -> Options:
    """Authorities whose registers the actor reads."""
    return queries.readable_authorities(session, actor)


def units(session: Session, actor: Actor) -> Options:
    """Units of these authorities, with the authority's code where there are several."""
    codes = actor.authorities(Permission.READ)
    query = select(Unit.uid, Unit.name, Authority.code).join(Unit.authority).where(Authority.code.in_(codes))
    rows = session.execute(query.order_by(Authority.code, Unit.name)).all()
    return [(str(uid), f"{name} ({code})" if len(codes) > 1 else name) for uid, name, code in rows]


def officers(session: Session, actor: Actor) -> Options:
    """Users who work at these authorities, by name."""
    at_work = select(Membership.user_id).where(Membership.authority_code.in_(actor.authorities(Permission.READ)))
    rows = session.execute(select(User.username, User.name).where(User.id.in_(at_work)).order_by(User.name_key))
    return [(username, name) for username, name in rows]


def record_types(session: Session, _actor: Actor) -> Options:
    """The record types in use."""
    return [(name, name) for name in session.scalars(select(RecordType.name).order_by(RecordType.name))]


def labelled(labels: Mapping[E, str]) -> Options:
    """The values of a closed list with their labels."""
    return [(value.value, str(label)) for value, label in labels.items()]


def of_closed_list(kind: type[E], text: str, field: str) -> E:
    """The value that `text` names. Raises: InvalidFilter."""
    try:
        return kind(text)
    except ValueError:
        raise InvalidFilter(_("Välj något av alternativen."), field=field) from None


def at_authority(_actor: Actor, code: str) -> ColumnElement[bool]:
    """Cases of the authority with `code`."""
    return Case.authority_id.in_(authority_with(code))


def authority_with(code: str) -> Select[int]:
    """The number of the authority with `code`."""
    return select(Authority.id).where(Authority.code == code)


def by_officer(column: InstrumentedAttribute[int | None], username: str) -> ColumnElement[bool]:
    """Rows whose `column` names the user with `username`."""
    return column.in_(select(User.id).where(User.username == username))


def by_unit(column: InstrumentedAttribute[int | None], text: str) -> ColumnElement[bool]:
    """Rows whose `column` names the unit with the identifier `text`. Raises: InvalidFilter."""
    try:
        return column.in_(select(Unit.id).where(Unit.uid == uuid.UUID(text)))
    except ValueError:
        raise InvalidFilter(_("Välj något av alternativen."), field="unit") from None


def year_of(text: str, field: str = "year") -> int:
    """The year of four digits. Raises: InvalidFilter."""
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InvalidFilter(_("Skriv året med fyra siffror."), field=field)
    return int(text)


def hidden() -> str:
    """What stands in the place of what the actor may not see."""
    return _("Sekretessmarkerad uppgift")
