"""What every resource of the API needs: the services, who acts, and one decorator for its operations."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException, Unauthorized, default_exceptions

from diarium.api import problems
from diarium.api.reading import MAX_JSON_BYTES, StrictParser
from diarium.composition import Diarium
from diarium.errors import DomainError, NotAllowed
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.permissions import Actor, Permission

PREFIX = "/api/v1"
P = ParamSpec("P")
R = TypeVar("R")


class Resource(Blueprint):  # type: ignore[misc]
    """The operations on one kind of thing. Every one needs a token unless it says that it is open to all."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, module: str, description: str) -> None:
        super().__init__(f"api_{name}", module, url_prefix=PREFIX, description=description)
        self.tag = description
        self.before_request(_let_in)
        self.register_error_handler(DomainError, problems.of_domain)
        self.register_error_handler(ValidationError, problems.of_validation)
        for code in default_exceptions:  # a handler of the application for the same code must not win
            self.register_error_handler(code, problems.of_http)
        self.register_error_handler(HTTPException, problems.of_http)
        self.register_error_handler(Exception, problems.of_fault)

    def operation(
        self,
        method: str,
        rule: str,
        permission: Permission | None,
        *,
        answer: type[Schema] | None,
        status: int = 200,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        documentation: dict[str, Any] | None = None,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Makes a function the operation `method` on `rule`, with its schemas checked and documented.

        `permission`: what the actor must have at some authority at least; the use case checks at which. None: the
        operation is open to all. `body` or `query` is given to the function as its first argument.
        """

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            operation: Callable[..., Any] = view
            if answer is not None:
                operation = self.response(status, answer)(operation)
            if query is not None:
                operation = self.arguments(query, location="query")(operation)
            if body is not None:
                operation = self.arguments(body, location="json")(operation)
            more: dict[str, Any] = {"tags": [self.tag], **(documentation or {})}
            if permission is None:
                more["security"] = []
            else:
                more["x-permission"] = permission.value
            operation = self.doc(**more)(_permitted(permission, operation))
            self.route(rule, methods=[method])(operation)
            return view

        return decorate


def diarium() -> Diarium:
    """The services of this process."""
    return cast(Diarium, current_app.extensions["diarium"])


def actor() -> Actor:
    """Who acts, by the token of the request. Raises: Unauthorized (401)."""
    who = g.get("api_actor")
    if who is None:
        raise Unauthorized
    return cast(Actor, who)


def _let_in() -> ResponseReturnValue | None:
    """Limits the body and reads the token before anything else of the request is read."""
    if request.endpoint != "api_files.upload":
        request.max_content_length = MAX_JSON_BYTES
    g.api_actor = _actor_of_token(request.headers.get("Authorization", ""))
    return None


def _actor_of_token(header: str) -> Actor | None:
    scheme, _blank, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    with diarium().database.reading() as session:
        user = identity.user_of_token(session, token.strip())
        return identity.actor_of(user) if user is not None else None


def _permitted(permission: Permission | None, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> Response:
        if permission is not None and not actor().authorities(permission):
            raise NotAllowed(_("Du har inte behörighet att göra detta vid någon myndighet."))
        return cast(Response, view(*args, **kwargs))

    return guarded
