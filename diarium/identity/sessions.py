"""Sessions: begun with a login, seen in a list, ended one by one, confirmed before what is sensitive."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from diarium.audit import service as audit
from diarium.db.base import now
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.login_models import LoginSession, LoginWay
from diarium.identity.models import User
from diarium.identity.permissions import Actor

LIFETIME: Final = dt.timedelta(hours=12)
"""From the login: a working day."""
FRESH: Final = dt.timedelta(minutes=30)
"""How long after somebody proved who they are nothing more is asked of them."""
KEPT: Final = dt.timedelta(days=90)
_SEEN_EVERY: Final = dt.timedelta(minutes=5)
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def begin(session: Session, user: User, way: LoginWay, *, user_agent: str, network_address: str) -> LoginSession:
    """Begins a session of `user`, who has proved who they are by `way`."""
    begun = LoginSession(
        user=user,
        epoch=user.session_epoch,
        way=way,
        browser=browser_name(user_agent),
        network_address=network_address[:45],
    )
    session.add(begun)
    session.flush()
    audit.write(session, identity.actor_of(user), "user.logged_in", identity.subject(user), after={"way": way})
    return begun


def running(session: Session, uid: uuid.UUID) -> LoginSession | None:
    """The session with `uid` with its user, if it goes on: not ended, not too old, of an active user."""
    return session.scalar(
        select(LoginSession)
        .join(LoginSession.user)
        .where(LoginSession.uid == uid, LoginSession.ended_at.is_(None), LoginSession.began_at > now() - LIFETIME)
        .where(LoginSession.epoch == User.session_epoch, User.is_active)
        .options(joinedload(LoginSession.user))
    )


def is_stale(running_session: LoginSession) -> bool:
    """Whether it is time to note that the session is used."""
    return running_session.seen_at < now() - _SEEN_EVERY


def note_seen(session: Session, uid: uuid.UUID) -> None:
    """Notes that the session is used."""
    session.execute(update(LoginSession).where(LoginSession.uid == uid).values(seen_at=now()))


def of_user(session: Session, user_id: int) -> Sequence[LoginSession]:
    """The sessions of a user that go on, the newest first."""
    return session.scalars(
        select(LoginSession)
        .join(LoginSession.user)
        .where(LoginSession.user_id == user_id, LoginSession.ended_at.is_(None))
        .where(LoginSession.epoch == User.session_epoch, LoginSession.began_at > now() - LIFETIME)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    ).all()


def end(session: Session, actor: Actor, uid: uuid.UUID) -> None:
    """Ends one of the actor's own sessions. Raises: NotFound."""
    found = session.scalar(
        select(LoginSession)
        .where(LoginSession.uid == uid, LoginSession.user_id == actor.user_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound(_("Inloggningen finns inte."))
    if found.ended_at is None:
        found.ended_at = now()
        audit.write(session, actor, "user.session_ended", identity.subject(found.user))


def confirm(session: Session, uid: uuid.UUID) -> None:
    """Notes that whoever uses the session has just proved again who they are."""
    session.execute(update(LoginSession).where(LoginSession.uid == uid).values(confirmed_at=now()))


def is_fresh(running_session: LoginSession) -> bool:
    """Whether somebody has proved who they are so lately that sensitive things may be done."""
    return running_session.confirmed_at > now() - FRESH


def forget_old(session: Session) -> int:
    """Erases what is kept of sessions that began more than `KEPT` ago; returns how many."""
    gone = session.scalars(
        delete(LoginSession).where(LoginSession.began_at < now() - KEPT).returning(LoginSession.id)
    ).all()
    return len(gone)


def browser_name(user_agent: str) -> str:
    """The browser and its system in words, as far as they can be told."""
    browser = next((name for sign, name in _BROWSERS if re.search(sign, user_agent)), _("Okänd webbläsare"))
    system = next((name for sign, name in _SYSTEMS if re.search(sign, user_agent)), "")
    return _("%(browser)s på %(system)s", browser=browser, system=system) if system else browser
