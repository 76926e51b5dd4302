"""Asks once more who it is, before something sensitive is done with a session that has stood open for a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Final, ParamSpec, TypeVar, cast

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from diarium.identity import confirming
from diarium.identity.errors import LoginRefused
from diarium.identity.models import User
from diarium.web import context
from diarium.web.session import StaffUser, current_session, known_device

P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)
_SECRET: Final = "confirm_secret"  # noqa: S105 (a field's name)


def confirmed(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Below `context.staff`: what is posted is done at once in a fresh session, else after the password.

    What was typed goes along in the page that asks, so that nothing has to be typed again. Forms with files can't
    be carried like that: use it for none.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        here = current_session()
        if here is None:
            abort(HTTPStatus.UNAUTHORIZED)
        if request.method == "POST" and not here.is_fresh:
            failure = _tried(here) if _SECRET in request.form else ""
            if failure is not None:
                return cast(Response, (_asking(here, failure), int(HTTPStatus.FORBIDDEN)))
        return view(*args, **kwargs)

    return guarded


def _tried(here: StaffUser) -> str | None:
    """What was wrong with the proof, or None."""
    services = context.diarium()
    failure: str | None = None
    with services.database.unit_of_work() as session:
        user = session.get_one(User, here.actor.user_id, with_for_update={"key_share": True})
        try:
            typed = request.form.get(_SECRET, "")[:1000]
            confirming.confirm(session, user, here.session_uid, typed, services.factor_key, known_device())
        except LoginRefused as error:
            failure = error.message
    return failure


def _asking(here: StaffUser, failure: str) -> str:
    with context.diarium().database.reading() as session:
        has_password = session.get_one(User, here.actor.user_id).password_hash is not None
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in (_SECRET, "csrf_token")]
    return context.page(
        "login/confirm.html",
        address=request.full_path.rstrip("?"),
        kept=kept,
        has_password=has_password,
        errors={_SECRET: failure} if failure else {},
    )
