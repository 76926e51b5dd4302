"""Logins, sessions, new users and access tokens. What is done to users that exist is in `accounts`."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import service as audit
from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity import passwords
from diarium.identity.errors import AmbiguousToken, InvalidLogin, InvalidUser, TooManyAttempts, UnknownToken
from diarium.identity.models import AccessToken, Membership, User
from diarium.identity.permissions import SYSTEM, Actor, Permission, Role
from diarium.identity.scopes import TokenScope, usable_with, written

TOKEN_PREFIX = "dia_"  # noqa: S105 (marks a token as ours, is none)
MAX_TOKEN_DAYS = 3650
MAX_FAILURES = 10
FAILURE_WINDOW = dt.timedelta(minutes=15)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A browser in which `user_uid` has logged in before, as a cookie that we signed tells."""

    user_uid: uuid.UUID
    identifier: str


# What was typed is not kept: it may be somebody's password, in the wrong field.
NOBODY = audit.Subject("user", uuid.UUID(int=0), "okänt användarnamn")


def log_in(session: Session, username: str, password: str, *, device: KnownDevice | None = None) -> User:
    """The user with these credentials, who is logged in with that or has a second factor to show.

    Each failed try is an audit event, so commit also when this raises; `sessions.begin` notes the login.
    After `MAX_FAILURES` failures within `FAILURE_WINDOW` no try is taken for that user until the oldest of them is
    that old; tries that are turned away don't lengthen the wait, and open sessions go on. Tries from a browser
    that the user has logged in with (`device`) are counted apart: an outsider who guesses keeps nobody out of
    their own browser.

    Raises: InvalidLogin, TooManyAttempts.
    """
    user = _locked(session, username)
    if user is not None:
        require_patience(session, user, device)
    matches = passwords.matches(user.password_hash if user else None, password)
    if user is None or not matches or not user.is_active:
        note_failure(session, user, device)
        raise InvalidLogin(_("Användarnamnet eller lösenordet stämmer inte."), field="username")
    return user


def require_patience(session: Session, user: User, device: KnownDevice | None) -> None:
    """Raises: TooManyAttempts after too many failures of `user` from this browser, or from all unknown ones."""
    if wait := _wait(session, user, _device_of(user, device)):
        audit.write(session, actor_of(user), "user.login_refused", subject(user))
        raise TooManyAttempts(_wait_message(wait), field="username")


def note_failure(session: Session, user: User | None, device: KnownDevice | None) -> None:
    """Counts a try that failed: a password, a code, a key."""
    if user is None:
        audit.write(session, SYSTEM, "user.login_failed", NOBODY)
        return
    known = _device_of(user, device)
    audit.write(
        session, actor_of(user), "user.login_failed", subject(user), after={"device": known} if known else None
    )


def user_to_log_in(session: Session, uid: uuid.UUID) -> User | None:
    """The active user with `uid`, for this transaction alone: between the password and the second factor."""
    query = select(User).where(User.uid == uid, User.is_active)
    return session.scalar(query.with_for_update(key_share=True))


def end_sessions(session: Session, actor: Actor, user: User) -> None:
    """Logs `user` out everywhere: cookies given out so far are worth nothing. Raises: NotAllowed."""
    if actor.user_id is None or actor.user_id != user.id:
        require_control(actor, user)
    raise_epoch(session, user)
    audit.write(session, actor, "user.logged_out", subject(user))


def raise_epoch(session: Session, user: User) -> None:
    """Makes the sessions of `user` void. Counted in the database: two at once are two steps."""
    user.session_epoch = User.session_epoch + 1
    session.flush()
    session.refresh(user, ["session_epoch"])


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


def require_administrator(actor: Actor) -> None:
    """For what all authorities have in common. Raises: NotAllowed unless the actor administers any of them."""
    if not actor.is_system and not actor.is_administrator:
        raise NotAllowed(_("Bara en administratör får göra detta."))


def require_control(actor: Actor, user: User) -> None:
    """Raises: NotAllowed unless the actor administers every authority where `user` has a role.

    Whoever may set somebody's password can act as them, so one authority of several is not enough.
    """
    require_administrator(actor)
    for code in {membership.authority_code for membership in user.memberships}:
        actor.require(Permission.ADMINISTER, code)


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

    Raises: NotAllowed unless the actor administers every authority of `roles`; InvalidUser and InvalidText with
    the field's name.
    """
    wanted = {code: sorted(set(some)) for code, some in roles.items() if some}
    require_administrator(actor)
    for code in wanted:
        actor.require(Permission.ADMINISTER, code)
    if not wanted and not actor.is_system:
        raise InvalidUser(_("Välj minst en roll vid en myndighet."), field="roles")
    username = new_username(session, username)
    user = User(
        username=username,
        name=texts.required_line(name, 200, "name", _("Skriv personens namn.")),
        email=checked_email(email),
        password_hash=passwords.hashed(password, about=(username, name)) if password is not None else None,
        memberships=[Membership(authority_code=code, role=role) for code, some in wanted.items() for role in some],
    )
    session.add(user)
    session.flush()
    after = {"username": username, "roles": wanted}
    audit.write(session, actor, "user.created", subject(user), after=after)
    return user


def new_username(session: Session, text: str) -> str:
    """`text` as a user name that nobody has yet. Raises: InvalidUser, InvalidText."""
    username = texts.required_line(text, 80, "username", _("Skriv ett användarnamn.")).lower()
    if " " in username:
        raise InvalidUser(_("Användarnamnet får inte innehålla mellanslag."), field="username")
    if session.scalar(select(User.id).where(User.username == username)) is not None:
        raise InvalidUser(_("Användarnamnet ”%(name)s” är upptaget.", name=username), field="username")
    return username


def checked_email(text: str | None) -> str | None:
    """`text` as an e-mail address, or nothing. Raises: InvalidUser, InvalidText."""
    address = texts.line(text, 254, "email")
    if address and not _EMAIL.fullmatch(address):
        raise InvalidUser(_("Skriv en hel e-postadress, som namn@kommun.se."), field="email")
    return address or None


def create_token(
    session: Session,
    actor: Actor,
    user: User,
    name: str,
    *,
    days: int = 365,
    scopes: Collection[TokenScope] | None = None,
) -> str:
    """A new access token for programs that act as `user`. It is shown this once; only its hash is kept.

    `scopes`: what it may be used for; by default all that the user's roles have a use for. What the user may not,
    the token may not either, whatever its scopes.

    Raises: NotAllowed; InvalidUser for a time that is no time, or no scope; InvalidText.
    """
    require_control(actor, user)
    label = texts.required_line(name, 120, "token_name", _("Skriv vad nyckeln är till för."))
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise InvalidUser(_("Välj mellan 1 och %(most)s dygn.", most=MAX_TOKEN_DAYS), field="days")
    if scopes is not None and not scopes:
        raise InvalidUser(_("Välj vad nyckeln får användas till."), field="scopes")
    if scopes is None:
        scopes = usable_with(membership.role for membership in user.memberships)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = AccessToken(
        user=user,
        name=label,
        token_hash=digest(token),
        expires_at=now() + dt.timedelta(days=days),
        scopes=written(scopes),
    )
    session.add(row)
    session.flush()
    after = {"username": user.username, "scopes": sorted(scopes)}
    audit.write(session, actor, "token.created", _token_subject(row), after=after)
    return token


def user_of_token(session: Session, token: str) -> User | None:
    """The active user that `token` belongs to, if it is valid now."""
    row = valid_token(session, token)
    return row.user if row is not None else None


def valid_token(session: Session, token: str) -> AccessToken | None:
    """The token whose secret is `token`, if it is valid now and its user active."""
    row = session.scalar(select(AccessToken).where(AccessToken.token_hash == digest(token)))
    if row is None or row.revoked_at is not None or row.expires_at <= now() or not row.user.is_active:
        return None
    return row


def tokens_of(session: Session, user: User) -> Sequence[AccessToken]:
    """All tokens of `user`, also those that are no longer valid, oldest first."""
    return session.scalars(
        select(AccessToken).where(AccessToken.user_id == user.id).order_by(AccessToken.id)
    ).all()


def find_token(session: Session, text: str) -> AccessToken:
    """The token with the identifier `text`, or the only one of that name that is not revoked.

    Raises: UnknownToken, AmbiguousToken.
    """
    try:
        query = select(AccessToken).where(AccessToken.uid == uuid.UUID(text))
    except ValueError:
        query = select(AccessToken).where(AccessToken.name == text, AccessToken.revoked_at.is_(None))
    found = session.scalars(query.limit(2)).all()
    if not found:
        raise UnknownToken(_("Det finns ingen giltig åtkomstnyckel ”%(name)s”.", name=text), field="token")
    if len(found) > 1:
        raise AmbiguousToken(
            _("Flera åtkomstnycklar heter ”%(name)s”. Ange nyckelns id i stället.", name=text), field="token"
        )
    return found[0]


def revoke_token(session: Session, actor: Actor, token: AccessToken) -> None:
    """Makes `token` worth nothing from now on; one that is revoked stays so. Raises: NotAllowed."""
    if actor.user_id is None or actor.user_id != token.user_id:
        require_control(actor, token.user)
    session.refresh(token, with_for_update=True)
    if token.revoked_at is not None:
        return
    token.revoked_at = now()
    audit.write(session, actor, "token.revoked", _token_subject(token), before={"username": token.user.username})


def subject(user: User) -> audit.Subject:
    """The user as audit events name them."""
    return audit.Subject("user", user.uid, user.username)


def _locked(session: Session, username: str) -> User | None:
    """The user, for this transaction alone: tries at the same time must not slip past the count together."""
    if "\x00" in username:
        return None  # PostgreSQL takes no such text
    query = select(User).where(User.username == username.strip().lower())
    # No stronger lock than that: whatever refers to the user, as registering does, need not wait.
    return session.scalar(query.with_for_update(key_share=True))


def _wait(session: Session, user: User, device: str | None) -> dt.timedelta | None:
    """How long the next try has to wait, if it has to."""
    since = now() - FAILURE_WINDOW
    failures = (
        select(AuditEvent.at, AuditEvent.after)
        .where(AuditEvent.entity_uid == str(user.uid), AuditEvent.action == "user.login_failed")
        .where(AuditEvent.at > since)
        .order_by(AuditEvent.id.desc())
    )
    # Few: each browser's tries, and those of all unknown ones together, end at the limit.
    found = [at for at, after in session.execute(failures) if (after or {}).get("device") == device]
    return found[MAX_FAILURES - 1] - since if len(found) >= MAX_FAILURES else None


def _device_of(user: User, device: KnownDevice | None) -> str | None:
    return device.identifier if device is not None and device.user_uid == user.uid else None


def _wait_message(wait: dt.timedelta) -> str:
    minutes = -(-int(wait.total_seconds()) // 60) or 1
    return ngettext(
        "För många misslyckade försök. Vänta %(num)s minut och försök igen.",
        "För många misslyckade försök. Vänta %(num)s minuter och försök igen.",
        minutes,
    )


def _token_subject(token: AccessToken) -> audit.Subject:
    return audit.Subject("token", token.uid, token.name)


def digest(token: str) -> str:
    """What is kept of a token. It has 256 random bits: a plain hash is enough, and it can be looked up."""
    return hashlib.sha256(token.encode()).hexdigest()
