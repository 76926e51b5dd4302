"""Who calls the API: what a token allows, when it was last used, and which tokens there are."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from diarium.db.base import now
from diarium.identity import scopes
from diarium.identity import service as identity
from diarium.identity.models import AccessToken, Membership, User
from diarium.identity.permissions import Actor, Permission
from diarium.identity.scopes import TokenScope

USE_IS_NOTED_EVERY = dt.timedelta(minutes=5)
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Holder:
    """A program with a valid token: whose rights it has, and which part of them it may use."""

    token_id: int
    actor: Actor
    scopes: frozenset[TokenScope]
    is_use_due: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token in a list."""

    uid: uuid.UUID
    name: str
    username: str
    user_name: str
    user_uid: uuid.UUID
    scopes: tuple[TokenScope, ...]
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None
    is_revoked: bool
    is_valid: bool


def holder(session: Session, text: str) -> Holder | None:
    """The holder of the token with the secret `text`, if it is valid now."""
    row = identity.valid_token(session, text)
    if row is None:
        return None
    is_due = row.last_used_at is None or row.last_used_at < now() - USE_IS_NOTED_EVERY
    return Holder(row.id, identity.actor_of(row.user), scopes.read(row.scopes), is_due)


def note_use(session: Session, token_id: int) -> None:
    """Notes that a token was used now. No event of the log: it is no change of anything."""
    session.execute(update(AccessToken).where(AccessToken.id == token_id).values(last_used_at=now()))


def rows(session: Session, actor: Actor) -> Sequence[TokenRow]:
    """The tokens of users at the authorities that the actor administers, the newest `MOST_ROWS` of them.

    Constant number of queries. Raises: NotAllowed.
    """
    identity.require_administrator(actor)
    query = (
        select(AccessToken)
        .join(AccessToken.user)
        .options(joinedload(AccessToken.user).selectinload(User.memberships))
    )
    if not actor.is_system:
        codes = actor.authorities(Permission.ADMINISTER)
        query = query.where(User.id.in_(select(Membership.user_id).where(Membership.authority_code.in_(codes))))
    return [row_of(token) for token in session.scalars(query.order_by(AccessToken.id.desc()).limit(MOST_ROWS))]


def row_of(token: AccessToken) -> TokenRow:
    """The token as lists show it."""
    return TokenRow(
        uid=token.uid,
        name=token.name,
        username=token.user.username,
        user_name=token.user.name,
        user_uid=token.user.uid,
        scopes=tuple(scope for scope in TokenScope if scope in scopes.read(token.scopes)),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        is_revoked=token.revoked_at is not None,
        is_valid=token.revoked_at is None and token.expires_at > now() and token.user.is_active,
    )
