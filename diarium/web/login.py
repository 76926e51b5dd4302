"""Logging in, with a second factor where there is one, and out."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.identity import passkeys, second_factor, sessions
from diarium.identity import service as identity
from diarium.identity.errors import LoginRefused, TooManyAttempts
from diarium.identity.login_models import LoginWay
from diarium.identity.models import User
from diarium.web import context, passkey_questions
from diarium.web import session as staff_session
from diarium.web.session import current_actor, current_session, known_device

blueprint = Blueprint("login", __name__, url_prefix="/intern")
_PENDING: Final = "pending_login"
_PENDING_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class _Pending:
    """Who has still to show a code. `epoch`: with a new password the earlier one is worth nothing here either."""

    user_uid: uuid.UUID
    epoch: int


@blueprint.get("/login")
def form() -> ResponseReturnValue:
    """The login form; who is logged in goes on."""
    if current_actor() is not None:
        return redirect(_next_page())
    return _form({}, {})


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    """Checks the credentials; on failure the user name stays in the form."""
    username = request.form.get("username", "")[:80]
    failure: LoginRefused | None = None
    # The failed try is an event too: it has to be committed, so the error is carried out of the transaction.
    with context.diarium().database.unit_of_work() as database:
        try:
            password = request.form.get("password", "")[:1000]
            user = identity.log_in(database, username, password, device=known_device())
            needs_code = second_factor.has_code_app(database, user.id)
            if context.diarium().settings.login.requires_second_factor and not needs_code:
                second_factor.require_no_passkey(database, user)
        except LoginRefused as error:
            failure = error
    if failure is not None:
        return _form({"username": username}, {"username": failure.message}), _status(failure)
    if needs_code:
        session.clear()
        session[_PENDING] = [str(user.uid), int(time.time()), user.session_epoch]
        return redirect(url_for("login.code", next=_next_page()))
    return _started(user, LoginWay.PASSWORD)


@blueprint.get("/login/kod")
def code() -> ResponseReturnValue:
    """Asks for the code after the password."""
    if _pending() is None:
        return redirect(url_for("login.form", next=_next_page()))
    return context.page("login/code.html", next=_next_page(), errors={})


@blueprint.post("/login/kod")
def check_code() -> ResponseReturnValue:
    """Checks the code."""
    services, pending = context.diarium(), _pending()
    failure: LoginRefused | None = None
    if pending is None:
        flash(_("Det tog för lång tid. Logga in igen."), "warning")
        return redirect(url_for("login.form", next=_next_page()))
    with services.database.unit_of_work() as database:
        user = identity.user_to_log_in(database, pending.user_uid)
        if user is None or user.session_epoch != pending.epoch:
            return redirect(url_for("login.form"))
        try:
            typed = request.form.get("code", "")[:40]
            second_factor.check(database, user, services.factor_key, typed, device=known_device())
        except LoginRefused as error:
            failure = error
    if failure is not None:
        errors = {"code": failure.message}
        return context.page("login/code.html", next=_next_page(), errors=errors), _status(failure)
    return _started(user, LoginWay.PASSWORD_AND_CODE)


@blueprint.post("/login/nyckel/fraga")
def ask_for_passkey() -> ResponseReturnValue:
    """What the browser needs to ask for a key: JSON for the script of the page."""
    party = passkey_questions.party()
    if party is None:
        raise NotFound(_("Inloggningsnycklar är inte påslagna här."))
    return passkey_questions.asked(passkeys.ask_to_log_in(party))


@blueprint.post("/login/nyckel")
def log_in_by_passkey() -> ResponseReturnValue:
    """Checks what the key has signed."""
    party, put = passkey_questions.party(), passkey_questions.put()
    if party is None or put is None:
        flash(_("Det tog för lång tid. Logga in igen."), "warning")
        return redirect(url_for("login.form", next=_next_page()))
    failure: LoginRefused | None = None
    with context.diarium().database.unit_of_work() as database:
        try:
            answer = request.form.get("answer", "")
            user = passkeys.log_in(database, party, put.challenge, answer, asked_at=put.at)
        except LoginRefused as error:
            failure = error
    if failure is not None:
        return _form({}, {"username": failure.message}), _status(failure)
    return _started(user, LoginWay.PASSKEY)


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """Ends the session: a copy of its cookie is dead as well. Other browsers stay logged in."""
    here = current_session()
    if here is not None:
        with context.diarium().database.unit_of_work() as database:
            sessions.end(database, here.actor, here.session_uid)
    staff_session.end()
    flash(_("Du är utloggad."), "success")
    return redirect(url_for("login.form"))


def _form(values: dict[str, str], errors: dict[str, str]) -> str:
    has_passkeys = passkey_questions.party() is not None
    return context.page(
        "login/form.html", next=_next_page(), values=values, errors=errors, has_passkeys=has_passkeys
    )


def _started(user: User, way: LoginWay) -> ResponseReturnValue:
    target = _next_page()
    staff_session.start(context.diarium(), user, way)
    response = redirect(target)
    staff_session.remember_device(response, user)  # type: ignore[arg-type]
    return response


def _pending() -> _Pending | None:
    """Whose password was right a moment ago."""
    found = session.get(_PENDING)
    if not isinstance(found, list) or len(found) != 3 or time.time() - int(found[1]) > _PENDING_SECONDS:
        return None
    return _Pending(uuid.UUID(found[0]), int(found[2]))


def _status(failure: LoginRefused) -> int:
    is_limit = isinstance(failure, TooManyAttempts)
    return int(HTTPStatus.TOO_MANY_REQUESTS if is_limit else HTTPStatus.UNPROCESSABLE_ENTITY)


def _next_page() -> str:
    """Where to go after the login: only pages of the staff side, never another site."""
    wanted = request.values.get("next", "")
    safe = wanted.startswith("/intern/") and "\\" not in wanted and "//" not in wanted
    return wanted if safe else url_for("start.index")
