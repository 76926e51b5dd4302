"""Finding users for those who administer them: an administrator knows of the users of their own authorities."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.orm import Session

from diarium.db.swedish import sort_key
from diarium.i18n import gettext as _
from diarium.identity.errors import UnknownUser
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission, Role


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as an administrator may know them: `roles` only at the administrator's own authorities."""

    uid: uuid.UUID
    username: str
    name: str
    email: str | None
    is_active: bool
    has_password: bool
    created_at: dt.datetime
    roles: Mapping[str, tuple[Role, ...]]
    has_roles_elsewhere: bool


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users a list shows. `text` is a part of the name, the user name or the address."""

    text: str = ""
    authority: str | None = None
    include_disabled: bool = True


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of users by name; `next_cursor` leads to the following one."""

    rows: tuple[UserRow, ...]
    next_cursor: str | None


def page(
    session: Session, actor: Actor, wanted: UserFilter, *, cursor: str | None = None, size: int = 50
) -> UserPage:
    """The users that the actor administers, in Swedish order. Constant number of queries."""
    query = select(User).where(visible_to(actor)).order_by(User.name_key, User.id).limit(size + 1)
    if wanted.text.strip():
        plain, folded = wanted.text.strip().lower(), sort_key(wanted.text)
        query = query.where(
            or_(
                User.name_key.contains(folded, autoescape=True),
                User.username.contains(plain, autoescape=True),
                User.email.icontains(plain, autoescape=True),
            )
        )
    if wanted.authority:
        query = query.where(User.id.in_(_members_of({wanted.authority})))
    if not wanted.include_disabled:
        query = query.where(User.is_active)
    if (last := _last_of(session, cursor)) is not None:
        query = query.where(tuple_(User.name_key, User.id) > tuple_(last.name_key, last.id))
    found = session.scalars(query).all()
    rows = tuple(row(actor, user) for user in found[:size])
    return UserPage(rows, str(rows[-1].uid) if len(found) > size else None)


def user_by_uid(session: Session, actor: Actor, uid: uuid.UUID) -> User:
    """The user with `uid`. Raises: UnknownUser also where the actor administers none of their authorities."""
    found = session.scalar(select(User).where(User.uid == uid, visible_to(actor)))
    if found is None:
        raise UnknownUser(_("Användaren finns inte."))
    return found


def row(actor: Actor, user: User) -> UserRow:
    """`user` as the actor may know them."""
    roles: dict[str, set[Role]] = {}
    for item in user.memberships:
        roles.setdefault(item.authority_code, set()).add(item.role)
    own = {code: tuple(sorted(some)) for code, some in roles.items() if actor.may(Permission.ADMINISTER, code)}
    return UserRow(
        uid=user.uid,
        username=user.username,
        name=user.name,
        email=user.email,
        is_active=user.is_active,
        has_password=user.password_hash is not None,
        created_at=user.created_at,
        roles=own,
        has_roles_elsewhere=len(own) < len(roles),
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor may know of a user: one of their authorities', or one that has no role at all."""
    if actor.is_system:
        return User.id.is_not(None)
    return or_(
        User.id.in_(_members_of(actor.authorities(Permission.ADMINISTER))),
        User.id.not_in(select(Membership.user_id)),
    )


def _members_of(codes: Collection[str]) -> Select[int]:
    return select(Membership.user_id).where(Membership.authority_code.in_(codes))


def _last_of(session: Session, cursor: str | None) -> User | None:
    try:
        return session.scalar(select(User).where(User.uid == uuid.UUID(cursor))) if cursor else None
    except ValueError:
        return None
