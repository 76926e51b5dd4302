"""Need to know by name: letting people into what is marked in a case or record, and closing the circle around it.

Nothing here hides what is not marked. Grants end, they are never deleted; each step is an audit event.
Source: OSL 8 kap. 1–2 §§ (secrecy within an authority: who needs to know).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission, Role
from diarium.register import grant_rows as rows
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, Record
from diarium.register.rules import required_reason
from diarium.register.views import place_of
from diarium.secrecy import access, grants, sharing
from diarium.secrecy.errors import InvalidGrant
from diarium.secrecy.work_models import AccessGrant

READERS = rows.READING_ROLES


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Whom to let in: a user name or a role, not both. `until`: the last day."""

    reason: str
    username: str | None = None
    role: Role | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant as staff see it; `holds`: whether it opens anything today."""

    uid: uuid.UUID
    who: str
    reason: str
    until: dt.date | None
    made_at: dt.datetime
    made_by: str
    holds: bool
    revoked_at: dt.datetime | None
    revoked_by: str | None
    revoke_reason: str | None


def may_let_in(actor: Actor, target: Case | Record) -> bool:
    """Whether the actor decides who needs to know: who marks, and sees all of it."""
    return actor.may(Permission.MARK, place_of(target).authority) and access.needs_to_know(actor, place_of(target))


def let_in(session: Session, actor: Actor, target: Case | Record, wanted: NewGrant) -> AccessGrant:
    """Lets a person or a role into what is marked in `target`. Protected identities stay hidden.

    Raises: NotAllowed; InvalidGrant with the field's name; InvalidFact without a reason.
    """
    rows.require_decider(actor, target)
    reason = required_reason(wanted.reason)
    rows.lock(session, target)
    rows.require_decider(actor, target)
    if wanted.until is not None and wanted.until < today():
        raise InvalidGrant(_("Sista dagen har redan varit. Ange en kommande dag."), field="until")
    user = _user(session, target, wanted)
    role = wanted.role if user is None else None
    if role is not None and place_of(target).is_closed:
        raise InvalidGrant(_("I en begränsad krets kan bara namngivna personer ingå."), field="role")
    require_new(session, target, user, role)
    grant = rows.add(session, actor, target, user=user, role=role, until=wanted.until, reason=reason)
    after = {"let_in": rows.who(grant), "until": wanted.until}
    rows.note(session, actor, target, "access_granted", after=after, reason=reason)
    return grant


def revoke(session: Session, actor: Actor, target: Case | Record, uid: uuid.UUID, reason: str) -> AccessGrant:
    """Ends a grant at once.

    Raises: NotAllowed; NotFound; InvalidFact; StatusConflict if it has ended, or if nobody would be left in a
    closed circle.
    """
    rows.require_decider(actor, target)
    reason = required_reason(reason)
    rows.lock(session, target)
    grant = next((item for item in rows.of(session, target) if item.uid == uid), None)
    if grant is None:
        raise NotFound(_("Behörigheten finns inte."))
    if grant.revoked_at is not None:
        raise StatusConflict(_("Behörigheten är redan avslutad."))
    if target.is_closed_circle:
        rows.require_somebody(session, target, without=grant)
    grants.revoke(grant, actor, reason)
    rows.note(session, actor, target, "access_revoked", after={"shut_out": rows.who(grant)}, reason=reason)
    return grant


def grants_of(session: Session, target: Case | Record) -> tuple[GrantView, ...]:
    """All grants of `target`, ended ones too, the newest first. Two statements."""
    return tuple(
        GrantView(
            uid=item.uid,
            who=rows.who(item),
            reason=item.reason,
            until=item.until,
            made_at=item.made_at,
            made_by=item.made_by_name,
            holds=grants.holds(item),
            revoked_at=item.revoked_at,
            revoked_by=item.revoked_by_name,
            revoke_reason=item.revoke_reason,
        )
        for item in rows.of(session, target)
    )


def _user(session: Session, target: Case | Record, wanted: NewGrant) -> User | None:
    """The person to let in, None where a role is. Raises: InvalidGrant."""
    name = (wanted.username or "").strip()
    if bool(name) == (wanted.role is not None):
        raise InvalidGrant(_("Välj en person eller en roll."), field="username")
    if wanted.role is not None:
        if wanted.role not in READERS:
            raise InvalidGrant(_("Rollen läser inte ärenden. Välj en annan."), field="role")
        return None
    found = session.scalar(
        select(User).where(
            User.username == name,
            User.is_active,
            User.id.in_(select(Membership.user_id).where(Membership.authority_code.in_(_codes(session, target)))),
        )
    )
    if found is None:
        raise InvalidGrant(
            _(
                "Det finns ingen användare ”%(name)s” vid myndigheten, eller vid en som ärendet delas med.",
                name=name,
            ),
            field="username",
        )
    return found


def _codes(session: Session, target: Case | Record) -> set[str]:
    """Whose people can be let in: the own authority's; into a case also theirs who see what is marked in it."""
    codes = {place_of(target).authority}
    if isinstance(target, Case):
        shares = sharing.of_case(session, target.id)
        codes |= {item.to_authority_code for item in shares if item.with_marked and grants.holds(item)}
    return codes


def people_of(session: Session, target: Case | Record) -> list[tuple[str, str]]:
    """(user name, name) of those who can be let in, in Swedish order. At most two statements."""
    members = select(Membership.user_id).where(Membership.authority_code.in_(_codes(session, target)))
    rows = session.execute(
        select(User.username, User.name)
        .where(User.is_active, User.id.in_(members))
        .order_by(User.name_key, User.id)
    )
    return [(row.username, row.name) for row in rows]


def require_new(session: Session, target: Case | Record, user: User | None, role: Role | None) -> None:
    """Raises: InvalidGrant for who sees it all already, or is let in already."""
    if user is not None and user.id == place_of(target).officer_id:
        raise InvalidGrant(_("%(name)s är handläggare och ser redan allt.", name=user.name), field="username")
    same = [item for item in rows.of(session, target) if grants.holds(item)]
    if any(item.user_id == (user.id if user else None) and item.role == role for item in same):
        field = "username" if user is not None else "role"
        raise InvalidGrant(_("Den behörigheten finns redan."), field=field)
