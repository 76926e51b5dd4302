"""Passwords, logins and access tokens."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.db.base import now
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.models import AccessToken, Membership, User
from diarium.identity.permissions import Actor, Role

MIN_PASSWORD = 10
TOKEN_PREFIX = "dia_"  # noqa: S105 (marks a token as ours, is none)
_hasher = PasswordHasher()
# Compared against when the user is unknown, so that an answer takes the same time either way.
_NOBODY = _hasher.hash(secrets.token_hex(16))


class InvalidLogin(DomainError):
    """User name or password is wrong; which, is not told."""


class InvalidUser(DomainError):
    """Facts of a user that can't be so."""


def log_in(session: Session, username: str, password: str) -> User:
    """The user with these credentials. Each try is an audit event. Raises: InvalidLogin."""
    user = session.scalar(select(User).where(User.username == username.strip().lower()))
    if not _matches(user.password_hash if user else None, password) or user is None or not user.is_active:
        if user is not None:
            audit.write(session, actor_of(user), "user.login_failed", _subject(user))
        raise InvalidLogin(_("Användarnamnet eller lösenordet stämmer inte."), field="username")
    audit.write(session, actor_of(user), "user.logged_in", _subject(user))
    return user


def actor_of(user: User) -> Actor:
    """The user with the roles that they have now."""
    roles: dict[str, set[Role]] = {}
    for membership in user.memberships:
        roles.setdefault(membership.authority_code, set()).add(membership.role)
    return Actor(user_id=user.id, name=user.name, roles={code: frozenset(some) for code, some in roles.items()})


def active_user(session: Session, uid: str, epoch: object) -> User | None:
    """The active user with `uid`, if the session of `epoch` has not been ended since."""
    try:
        user = session.scalar(select(User).where(User.uid == uuid.UUID(uid), User.is_active))
    except ValueError:
        return None
    return user if user is not None and user.session_epoch == epoch else None


def create_user(
    session: Session,
    actor: Actor,
    username: str,
    name: str,
    roles: Mapping[str, Iterable[Role]],
    *,
    password: str | None = None,
    email: str | None = None,
) -> User:
    """Adds a user with roles per authority code; without a password nobody can log in as them.

    Raises: InvalidUser.
    """
    username = username.strip().lower()
    if not username or session.scalar(select(User.id).where(User.username == username)) is not None:
        raise InvalidUser(_("Användarnamnet ”%(name)s” är upptaget.", name=username), field="username")
    if password is not None and len(password) < MIN_PASSWORD:
        raise InvalidUser(_("Lösenordet måste ha minst %(least)s tecken.", least=MIN_PASSWORD), field="password")
    user = User(
        username=username,
        name=name,
        email=email,
        password_hash=_hasher.hash(password) if password else None,
        memberships=[Membership(authority_code=code, role=role) for code, some in roles.items() for role in some],
    )
    session.add(user)
    session.flush()
    after = {"username": username, "roles": {code: list(some) for code, some in roles.items()}}
    audit.write(session, actor, "user.created", _subject(user), after=after)
    return user


def create_token(session: Session, actor: Actor, user: User, name: str, *, days: int = 365) -> str:
    """A new access token for programs that act as `user`. It is shown this once; only its hash is kept."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = AccessToken(user=user, name=name, token_hash=_digest(token), expires_at=now() + dt.timedelta(days=days))
    session.add(row)
    session.flush()
    audit.write(session, actor, "token.created", audit.Subject("token", row.uid, name))
    return token


def user_of_token(session: Session, token: str) -> User | None:
    """The active user that `token` belongs to, if it is valid now."""
    row = session.scalar(select(AccessToken).where(AccessToken.token_hash == _digest(token)))
    if row is None or row.revoked_at is not None or row.expires_at <= now() or not row.user.is_active:
        return None
    return row.user


def _digest(token: str) -> str:
    # A token has 256 random bits: a plain hash is enough, and it can be looked up.
    return hashlib.sha256(token.encode()).hexdigest()


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def _subject(user: User) -> audit.Subject:
    return audit.Subject("user", user.uid, user.username)
