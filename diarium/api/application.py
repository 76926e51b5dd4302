"""Hangs the staff API into a Flask application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from diarium.api import frame, limits
from diarium.api.cases import cases
from diarium.api.context import LIMITER, PREFIX, Resource
from diarium.api.files import files
from diarium.api.information import API_VERSION, information
from diarium.api.intake import intake
from diarium.api.records import records
from diarium.api.searching import searching
from diarium.api.validating import validating
from diarium.api.webhooks import webhooks

if TYPE_CHECKING:
    from diarium.composition import Diarium

RESOURCES = (cases, records, files, searching, intake, webhooks, validating, information)
_SECURITY = {"type": "http", "scheme": "bearer", "description": "An access token: diarium token create USERNAME"}
_DESCRIPTION = """Register, correct, search and read the register, as a program with an access token.

* A token acts with its user's rights, within its scopes. Each operation names the scopes of which it takes one.
* Errors are `application/problem+json` (RFC 9457), in the language of `Accept-Language` or `lang`: `sv` or `en`.
* Reading gives an `ETag`; with `If-None-Match` what is unchanged is answered by 304. What changes something that
  exists takes `If-Match` with it: 428 without, 412 if somebody else was faster.
* Every POST may carry an `Idempotency-Key` and be sent again without doing anything twice.
* Lists are paged by `limit` and `cursor`; `Link` leads to the next page.
* `RateLimit-Limit`, `-Remaining` and `-Reset` tell what is left of this minute; 429 comes with `Retry-After`.
* Moments are in UTC, days are days in Sweden.
"""


def register_api(app: Flask, diarium: Diarium) -> tuple[Resource, ...]:
    """Adds every operation below /api/v1, and its description as /api/v1/openapi.json (OpenAPI 3.1).

    Returns the blueprints, to be taken out of CSRF protection: programs send a token with each request, no cookie.
    """
    app.extensions["diarium"] = diarium
    with app.app_context():
        limits.set_up(LIMITER, diarium.settings.api.calls_per_minute)
    settings = diarium.settings
    info = {
        "description": _DESCRIPTION,
        "contact": {"name": settings.organisation_name, "email": settings.organisation_email},
        "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    }
    api = frame.serve(app, "STAFF_", PREFIX, RESOURCES, title="diarium", version=API_VERSION, info=info)
    api.spec.components.security_scheme("bearer", _SECURITY)
    api.spec.options["security"] = [{"bearer": []}]
    return RESOURCES
