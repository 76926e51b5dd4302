"""Who is logged in, kept by Flask-Login in a signed cookie that names the user and the session's epoch."""

from __future__ import annotations

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from diarium.composition import Diarium
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.secrecy import grants


class StaffUser(UserMixin):  # type: ignore[misc]
    """A logged-in user with the roles that they have now: loaded anew for each request."""

    def __init__(self, user: User, actor: Actor) -> None:
        self._id = f"{user.uid}:{user.session_epoch}"
        self.actor = actor

    def get_id(self) -> str:
        """What the cookie holds: the user's identifier and the epoch, so that a raised epoch ends the session."""
        return self._id


def set_up(app: Flask, services: Diarium) -> None:
    """Makes Flask-Login find users in the register's database."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.init_app(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(identifier: str) -> StaffUser | None:
        uid, _colon, epoch = identifier.partition(":")
        with services.database.reading() as database:
            user = identity.active_user(database, uid, int(epoch) if epoch.isdecimal() else None)
            return StaffUser(user, grants.actor_of(database, user)) if user else None


def start(user: User) -> None:
    """Logs `user` in, in a new session."""
    session.clear()
    login_user(StaffUser(user, identity.actor_of(user)))


def end() -> None:
    """Forgets the session in this browser; `identity.end_sessions` makes its cookie void."""
    logout_user()
    session.clear()


def current_actor() -> Actor | None:
    """Who is logged in, or nobody."""
    return current_user.actor if current_user.is_authenticated else None
