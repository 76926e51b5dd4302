"""What every resource of the staff API needs: the services, who acts, and one decorator for its operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired, Unauthorized

from diarium.api import examples, limits, once, problems
from diarium.api.frame import STAFF_PREFIX, ApiResource
from diarium.api.reading import MAX_JSON_BYTES
from diarium.composition import Diarium
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity import repeating, tokens
from diarium.identity.permissions import Actor, Permission
from diarium.identity.scopes import TokenScope
from diarium.register.errors import EditConflict
from diarium.secrecy import grants

PREFIX = STAFF_PREFIX
LIMITER = "staff"
FORM_OVERHEAD = 1024 * 1024
P = ParamSpec("P")
R = TypeVar("R")
_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag that reading it gave. 428 without it, 412 if it has changed since.",
    "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*")$'},
    "example": '"3f786850e387550fdab836ed7e6dc881de23001b"',
}
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Of this answer, for If-None-Match and If-Match."}}


class Resource(ApiResource):
    """The operations on one kind of thing. Every one needs a token unless it says that it is open to all."""

    def __init__(self, name: str, module: str, description: str) -> None:
        super().__init__(f"api_{name}", module, description, prefix=PREFIX)
        self.before_request(_let_in)
        # A condition of the caller's own (If-Match) that no longer holds.
        self.register_error_handler(EditConflict, lambda error: problems.problem(412, error.message, []))

    def operation(
        self,
        method: str,
        rule: str,
        permission: Permission | None,
        *,
        scope: TokenScope | tuple[TokenScope, ...] | None,
        answer: type[Schema] | None,
        status: int = 200,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        takes_files: bool = False,
        takes_packages: bool = False,
        needs_match: bool = False,
        documentation: dict[str, Any] | None = None,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Makes a function the operation `method` on `rule`, with its schemas checked and documented.

        `permission`: what the actor must have at some authority at least; the use case checks at which. `scope`:
        which the token must have, of several any. None: the operation is open to all, without a token. `body` or
        `query` is given to the function as its first argument. `needs_match`: it changes what there is, so the
        caller has to say which state of it was seen. Every POST may be named by an Idempotency-Key.
        """
        scopes = (scope,) if isinstance(scope, TokenScope) else scope or ()

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            headers = _ETAG if method == "GET" else None
            operation = self.described(
                view, answer=answer, status=status, body=body, query=query, examples=examples.of, headers=headers
            )
            if method == "POST":
                operation = once.repeatable(operation)
            more = _described(permission, scopes, self.tag, needs_match, method) | (documentation or {})
            operation = self.doc(**more)(_permitted(permission, scopes, needs_match, operation))
            operation.takes_files, operation.takes_packages = takes_files, takes_packages
            self.route(rule, methods=[method])(operation)
            return view

        return decorate


def diarium() -> Diarium:
    """The services of this process."""
    return cast(Diarium, current_app.extensions["diarium"])


def actor() -> Actor:
    """Who acts, by the token of the request. Raises: Unauthorized (401)."""
    return holder().actor


def holder() -> tokens.Holder:
    """The program that calls. Raises: Unauthorized (401)."""
    who: tokens.Holder | None = g.get("api_holder")
    if who is None:
        raise Unauthorized
    return who


@contextmanager
def change() -> Iterator[Session]:
    """A unit of work. If the call has an Idempotency-Key, that it is done is noted in the same transaction."""
    with diarium().database.unit_of_work() as session:
        yield session
        begun = once.begun()
        if begun is not None:
            repeating.note_effect(session, begun)


def require_match(schema: type[Schema], view: object) -> None:
    """Compares If-Match with the state as it is now, which `view` shows. Raises: PreconditionFailed (412)."""
    shown = jsonify(schema().dump(view))
    shown.add_etag()
    tag, _is_weak = shown.get_etag()
    if tag is None or not request.if_match.contains(tag):
        raise PreconditionFailed


def _let_in() -> ResponseReturnValue | None:
    """Limits the body, reads the token and counts the call before anything else of the request is read."""
    services = diarium()
    view = current_app.view_functions.get(request.endpoint or "")
    is_form = request.mimetype == "multipart/form-data"
    if getattr(view, "takes_packages", False) and is_form:
        request.max_content_length = services.settings.packages.max_bytes + FORM_OVERHEAD
    elif getattr(view, "takes_files", False) and is_form:
        request.max_content_length = services.settings.max_upload_bytes + FORM_OVERHEAD
    else:
        request.max_content_length = MAX_JSON_BYTES
    if request.method == "OPTIONS":
        return None
    who = _holder_of_token(request.headers.get("Authorization", ""))
    limits.take(LIMITER, f"token:{who.token_id}" if who else f"address:{limits.caller_address()}")
    g.api_holder = who
    if who is not None and who.is_use_due:
        with services.database.unit_of_work() as session:
            tokens.note_use(session, who.token_id)
    return None


def _holder_of_token(header: str) -> tokens.Holder | None:
    scheme, _blank, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    with diarium().database.reading() as session:
        found = tokens.holder(session, token.strip())
        return replace(found, actor=grants.with_keys(session, found.actor)) if found else None


def _permitted(
    permission: Permission | None, scopes: tuple[TokenScope, ...], needs_match: bool, view: Callable[..., Any]
) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> Response:
        if scopes:
            who = holder()
            if not who.scopes.intersection(scopes):
                wanted = " / ".join(scopes)
                raise NotAllowed(
                    _("Åtkomstnyckeln får inte användas till detta. Det kräver %(scope)s.", scope=wanted)
                )
            if permission is not None and not who.actor.authorities(permission):
                raise NotAllowed(_("Du har inte behörighet att göra detta vid någon myndighet."))
        if needs_match and not request.headers.get("If-Match"):
            raise PreconditionRequired
        return cast(Response, view(*args, **kwargs))

    return guarded


def _described(
    permission: Permission | None, scopes: tuple[TokenScope, ...], tag: str, needs_match: bool, method: str
) -> dict[str, Any]:
    more: dict[str, Any] = {"tags": [tag]}
    if not scopes:
        more["security"] = []
    else:
        more["security"] = [{"bearer": [scope.value]} for scope in scopes]
        more["x-permission"] = permission.value if permission else None
        more["x-scopes"] = [scope.value for scope in scopes]
    parameters = [_IF_MATCH] if needs_match else []
    if method == "POST":
        parameters.append(once.PARAMETER)
    if parameters:
        more["parameters"] = parameters
    return more
