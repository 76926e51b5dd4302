"""Hangs the API into a Flask application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, request
from flask_smorest import Api  # type: ignore[import-untyped]
from flask_smorest.utils import prepare_response  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException

from diarium.api import problems
from diarium.api.answers import ProblemSchema
from diarium.api.cases import cases
from diarium.api.context import PREFIX
from diarium.api.files import files
from diarium.api.information import API_VERSION, information
from diarium.api.records import records
from diarium.api.searching import searching

if TYPE_CHECKING:
    from diarium.composition import Diarium

RESOURCES = (cases, records, files, searching, information)
_SECURITY = {"type": "http", "scheme": "bearer", "description": "An access token: diarium token create USERNAME"}


class _DescribedApi(Api):  # type: ignore[misc]
    """Describes errors as problem+json, and leaves the rest of the application's errors alone."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """None for the whole application: its web pages have their own. Each resource brings its own handlers."""

    def _register_responses(self) -> None:
        super()._register_responses()
        response = {"description": "What was wrong (RFC 9457)", "schema": self.ERROR_SCHEMA}
        prepare_response(response, self.spec, problems.CONTENT_TYPE)
        self.spec.components.responses_lazy[self.DEFAULT_ERROR_RESPONSE_NAME] = response


def register_api(app: Flask, diarium: Diarium) -> None:
    """Adds every operation below /api/v1, and its description as /api/v1/openapi.json (OpenAPI 3.1).

    Call it after CSRF protection was set up: programs send a token with each request and no cookie, so the
    resources are taken out of it.
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
    csrf = app.extensions.get("csrf")
    for resource in RESOURCES:
        api.register_blueprint(resource)
        if csrf is not None:
            csrf.exempt(resource)
    app.before_request(_unknown_address)


def _unknown_address() -> Response | None:
    """An address below the API's that no operation has is a problem too, not a web page."""
    error = request.routing_exception
    below = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
    if below and isinstance(error, HTTPException) and (error.code or 0) >= 400:
        return problems.of_http(error)
    return None
