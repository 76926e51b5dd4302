"""Logging in and out."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.errors import LoginRefused, TooManyAttempts
from diarium.identity.models import User
from diarium.web import context
from diarium.web.session import current_actor
from diarium.web.session import end as session_end
from diarium.web.session import start as session_start

blueprint = Blueprint("login", __name__, url_prefix="/intern")


@blueprint.get("/login")
def form() -> ResponseReturnValue:
    """The login form; who is logged in goes on."""
    if current_actor() is not None:
        return redirect(_next_page())
    return context.page("login/form.html", next=_next_page(), values={}, errors={})


@blueprint.post("/login")
def log_in() -> ResponseReturnValue:
    """Checks the credentials; on failure the user name stays in the form."""
    username = request.form.get("username", "")[:80]
    failure: LoginRefused | None = None
    # The failed try is an event too: it has to be committed, so the error is carried out of the transaction.
    with context.diarium().database.unit_of_work() as session:
        try:
            user = identity.log_in(session, username, request.form.get("password", "")[:1000])
        except LoginRefused as error:
            failure = error
    if failure is not None:
        values = {"username": username}
        errors = {"username": failure.message}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if isinstance(failure, TooManyAttempts):
            status = HTTPStatus.TOO_MANY_REQUESTS
        return context.page("login/form.html", next=_next_page(), values=values, errors=errors), int(status)
    session_start(user)
    return redirect(_next_page())


@blueprint.post("/logout")
def log_out() -> ResponseReturnValue:
    """Ends the user's sessions, here and in every other browser: a copy of the cookie is dead as well."""
    who = current_actor()
    if who is not None and who.user_id is not None:
        with context.diarium().database.unit_of_work() as session:
            identity.end_sessions(session, who, session.get_one(User, who.user_id))
    session_end()
    flash(_("Du är utloggad."), "success")
    return redirect(url_for("login.form"))


def _next_page() -> str:
    """Where to go after the login: only pages of the staff side, never another site."""
    wanted = request.values.get("next", "")
    safe = wanted.startswith("/intern/") and "\\" not in wanted and "//" not in wanted
    return wanted if safe else url_for("start.index")
