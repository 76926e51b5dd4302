"""Hangs the API into a Flask application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from diarium.api import problems
from diarium.api.answers import ProblemSchema
from diarium.api.cases import cases
from diarium.api.context import PREFIX, Resource
from diarium.api.files import files
from diarium.api.information import API_VERSION, information
from diarium.api.intake import intake
from diarium.api.records import records
from diarium.api.searching import searching

if TYPE_CHECKING:
    from diarium.composition import Diarium

RESOURCES = (cases, records, files, searching, intake, information)
_SECURITY = {"type": "http", "scheme": "bearer", "description": "An access token: diarium token create USERNAME"}


class _DescribedApi(Api):  # type: ignore[misc]
    """Describes errors as problem+json, and leaves the rest of the application's errors alone."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None for the whole application: its web pages have their own. Each resource brings its own handlers."""

    def _register_responses(self) -> None:
        # These describe errors only; what an operation answers is described where it is written.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = problems.CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


def register_api(app: Flask, diarium: Diarium) -> tuple[Resource, ...]:
    """Adds every operation below /api/v1, and its description as /api/v1/openapi.json (OpenAPI 3.1).

    Returns the blueprints, to be taken out of CSRF protection: programs send a token with each request, no cookie.
    """
    app.extensions["diarium"] = diarium
    app.config.update(
        API_TITLE="diarium",
        API_VERSION=API_VERSION,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = _DescribedApi(app)
    api.spec.components.security_scheme("bearer", _SECURITY)
    api.spec.options["security"] = [{"bearer": []}]
    for resource in RESOURCES:
        api.register_blueprint(resource)
    app.before_request(_unknown_address)
    return RESOURCES


def _unknown_address() -> Response | None:
    """An address below the API's that no operation has is a problem too, not a web page."""
    error = request.routing_exception
    below = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
    if below and isinstance(error, HTTPException) and (error.code or 0) >= 400:
        return problems.of_http(error)
    return None
