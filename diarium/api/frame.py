"""What both APIs have in common: strict input, problems as errors, conditional answers, language, description.

Nothing here knows the register: the open API is built on it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException, default_exceptions

from diarium.api import limits, problems
from diarium.api.common import ProblemSchema
from diarium.api.reading import StrictParser
from diarium.errors import DomainError
from diarium.i18n import current_locale

ROOT = "/api"
OPEN_PREFIX = "/api/public/v1"
STAFF_PREFIX = "/api/v1"
_EXTENSION = "diarium_api_addresses"
P = ParamSpec("P")
R = TypeVar("R")
LICENCE = {"name": "CC0 1.0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}


class ApiResource(Blueprint):  # type: ignore[misc]
    """The operations on one kind of thing: checked by schemas, described, every error a problem."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, module: str, description: str, *, prefix: str) -> None:
        super().__init__(name, module, url_prefix=prefix, description=description)
        self.tag = description
        self.register_error_handler(DomainError, problems.of_domain)
        self.register_error_handler(ValidationError, problems.of_validation)
        for code in default_exceptions:  # a handler of the application for the same code must not win
            self.register_error_handler(code, problems.of_http)
        self.register_error_handler(HTTPException, problems.of_http)
        self.register_error_handler(Exception, problems.of_fault)

    def described(
        self,
        view: Callable[P, R],
        *,
        answer: type[Schema] | None,
        status: int,
        body: type[Schema] | None,
        query: type[Schema] | None,
        examples: Callable[[type[Schema]], dict[str, Any] | None],
        headers: dict[str, Any] | None = None,
    ) -> Callable[..., Any]:
        """`view` with its arguments checked and its answer shaped, both in the description with an example."""
        operation: Callable[..., Any] = view
        if answer is not None:
            example = examples(answer)
            operation = self.response(status, answer, example=example, headers=headers)(operation)
        if query is not None:
            operation = self.arguments(query, location="query")(operation)
        if body is not None:
            operation = self.arguments(body, location="json", example=examples(body))(operation)
        return operation


class DescribedApi(Api):  # type: ignore[misc]
    """Describes errors as problem+json, and leaves the rest of the application's errors alone."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None for the whole application: its web pages have their own. Each resource brings its own handlers."""

    def _register_responses(self) -> None:
        # These describe errors only; what an operation answers is described where it is written.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = problems.CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


def serve(
    app: Flask,
    config_prefix: str,
    prefix: str,
    resources: Iterable[ApiResource],
    *,
    title: str,
    version: str,
    info: Mapping[str, object],
) -> DescribedApi:
    """Adds the resources and their description, `<prefix>/openapi.json`, to the application."""
    app.config.update(
        {
            f"{config_prefix}API_TITLE": title,
            f"{config_prefix}API_VERSION": version,
            f"{config_prefix}OPENAPI_VERSION": "3.1.0",
            f"{config_prefix}OPENAPI_URL_PREFIX": prefix,
            f"{config_prefix}OPENAPI_JSON_PATH": "openapi.json",
        }
    )
    api = DescribedApi(
        app, config_prefix=config_prefix, spec_kwargs={"info": dict(info), "servers": [{"url": "/"}]}
    )
    for resource in resources:
        api.register_blueprint(resource)
    _answer_everything_below_the_root(app)
    return api


def _answer_everything_below_the_root(app: Flask) -> None:
    """Below /api everything is an answer of the API, also what no operation has."""
    if _EXTENSION in app.extensions:
        return
    app.extensions[_EXTENSION] = True
    app.before_request(_unknown_address)
    app.after_request(_finish)


def _unknown_address() -> Response | None:
    """An address that no operation has is a problem too, not a web page."""
    error = request.routing_exception
    if _is_below_root() and isinstance(error, HTTPException) and (error.code or 0) >= 400:
        return problems.of_http(error)
    return None


def _is_below_root() -> bool:
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def _finish(response: Response) -> Response:
    if not _is_below_root():
        return response
    limits.tell(response)
    response.vary.update(("Accept-Language", "Authorization"))
    response.content_language.add(current_locale())
    is_open = request.path.startswith(f"{OPEN_PREFIX}/")
    prefix = OPEN_PREFIX if is_open else STAFF_PREFIX
    response.headers.add("Link", f'<{prefix}/openapi.json>; rel="service-desc"; type="application/json"')
    if is_open:
        let_any_page_read(response)
    is_read = request.method in ("GET", "HEAD") and response.status_code == 200
    if is_read and response.mimetype == "application/json":
        response.add_etag()
        response.make_conditional(request)
    elif response.status_code in (200, 201) and response.mimetype == "application/json":
        response.add_etag()  # of the state that the change made, for the next one's If-Match
    return response


def let_any_page_read(response: Response) -> None:
    """Pages of other sites may read what is open (CORS); they can send nothing with it that tells who asks."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = (
        "ETag, Link, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, Retry-After"
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
        response.headers["Access-Control-Max-Age"] = "86400"
