"""What keeps robots and other sites from filling the letterbox, without cookies, secrets or third parties.

A form that is signed or timed would need a secret that all public processes share. A field that people leave
empty, a limit per address and a limit of what waits do without.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

MAX_BODY = 200_000
ORDER_LIMIT = "10 per minute;60 per hour"
FOLLOW_LIMIT = "5 per minute;20 per hour"
TOKEN_LIMIT = "30 per minute"  # noqa: S105 (a limit, no secret)
LIMITS = {
    "site.order": ORDER_LIMIT,
    "site.follow": FOLLOW_LIMIT,
    "site.confirm_following": TOKEN_LIMIT,
    "site.end_following": TOKEN_LIMIT,
}


def refuse_foreign_and_large(public_url: str) -> None:
    """Ends the request where a form was sent from another site, or is larger than any of ours. To be called before
    anything reads the form.
    """
    if request.method != "POST":
        return
    request.max_content_length = MAX_BODY
    if (request.content_length or 0) > MAX_BODY:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    # A server in front may hand on another name than the one that the browser knows.
    ours = {request.host.lower(), urlsplit(public_url).netloc.lower()} - {""}
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and origin.lower().partition("://")[2] not in ours
    if is_foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(HTTPStatus.BAD_REQUEST)


def limit_forms(app: Flask, sender: Callable[[], str]) -> None:
    """Lets each `sender` send each form only so often. Counted in each process."""
    limiter = Limiter(sender, app=app, storage_uri="memory://")
    for endpoint, limit in LIMITS.items():
        limited = limiter.limit(limit, methods=["POST"])(app.view_functions[endpoint])
        app.view_functions[endpoint] = cast("Callable[..., ResponseReturnValue]", limited)
