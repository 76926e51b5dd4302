"""Who is logged in, kept by Flask-Login in a signed cookie that names a session in the register's database."""

from __future__ import annotations

import secrets
import uuid

from flask import Flask, Response, current_app, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer

from diarium.composition import Diarium
from diarium.identity import second_factor, sessions
from diarium.identity import service as identity
from diarium.identity.login_models import LoginSession, LoginWay
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.identity.service import KnownDevice
from diarium.secrecy import grants

_DEVICE_COOKIE = "diarium_device"
_DEVICE_SECONDS = 365 * 24 * 3600


class StaffUser(UserMixin):  # type: ignore[misc]
    """A logged-in user with the roles that they have now: loaded anew for each request.

    `is_fresh`: proved lately who they are. `lacks_factor`: has to set up a second factor before anything else.
    """

    def __init__(self, running: LoginSession, actor: Actor, *, lacks_factor: bool = False) -> None:
        self.session_uid = running.uid
        self.actor = actor
        self.is_fresh = sessions.is_fresh(running)
        self.lacks_factor = lacks_factor

    def get_id(self) -> str:
        """What the cookie holds."""
        return str(self.session_uid)


def set_up(app: Flask, services: Diarium) -> None:
    """Makes Flask-Login find sessions in the register's database."""
    manager = LoginManager()
    manager.session_protection = "basic"
    manager.init_app(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(identifier: str) -> StaffUser | None:
        try:
            uid = uuid.UUID(identifier)
        except ValueError:
            return None  # a cookie of an earlier version
        with services.database.reading() as database:
            running = sessions.running(database, uid)
            if running is None:
                return None
            found = StaffUser(
                running,
                grants.actor_of(database, running.user),
                lacks_factor=_must_have_factor(services, running)
                and not second_factor.has_code_app(database, running.user_id),
            )
        if sessions.is_stale(running):
            with services.database.unit_of_work() as database:
                sessions.note_seen(database, uid)
        return found


def start(services: Diarium, user: User, way: LoginWay) -> None:
    """Logs `user` in, in a new session; whatever the cookie held before is gone."""
    with services.database.unit_of_work() as database:
        merged = database.get_one(User, user.id)
        running = sessions.begin(
            database,
            merged,
            way,
            user_agent=request.headers.get("User-Agent", ""),
            network_address=request.remote_addr or "",
        )
        found = StaffUser(running, identity.actor_of(merged))
    session.clear()
    login_user(found)


def end() -> None:
    """Forgets the session in this browser; `sessions.end` makes its cookie void."""
    logout_user()
    session.clear()


def current_actor() -> Actor | None:
    """Who is logged in, or nobody."""
    return current_user.actor if current_user.is_authenticated else None


def current_session() -> StaffUser | None:
    """The session of whoever is logged in, or none."""
    return current_user if current_user.is_authenticated else None


def known_device() -> KnownDevice | None:
    """The browser, if somebody has logged in with it before."""
    try:
        user_uid, identifier = _devices().loads(request.cookies.get(_DEVICE_COOKIE, ""))
        return KnownDevice(uuid.UUID(user_uid), str(identifier))
    except (BadSignature, ValueError, TypeError):
        return None


def remember_device(response: Response, user: User) -> None:
    """Makes the browser known to be one that `user` logs in with. Nothing else hangs on the cookie."""
    known = known_device()
    if known is not None and known.user_uid == user.uid:
        return
    response.set_cookie(
        _DEVICE_COOKIE,
        _devices().dumps([str(user.uid), secrets.token_hex(16)]),
        max_age=_DEVICE_SECONDS,
        path="/intern/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def _devices() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="device")


def _must_have_factor(services: Diarium, running: LoginSession) -> bool:
    """A passkey is two factors by itself; what a provider asks for is the provider's business."""
    return services.settings.login.requires_second_factor and running.way is LoginWay.PASSWORD
