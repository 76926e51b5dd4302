"""Hangs the open API into a Flask application."""

from __future__ import annotations

from flask import Flask

from diarium.api import frame, limits
from diarium.api.public.context import EXTENSION, LIMITER, OpenSide
from diarium.api.public.open_data import create_open_data_blueprint
from diarium.api.public.resources import API_VERSION, cases, documents, information, lookups, records
from diarium.api.public.searching import searching
from diarium.public.service import PublicRegister
from diarium.settings import Settings

RESOURCES = (cases, records, searching, documents, lookups, information)
_DESCRIPTION = """The open register: cases and records of public authorities, as the web pages show them. No token.

* What may be secret is not here. `title` is null where it is left out; private persons are never named.
* A number that is missing is not shown on the web; ask the registrar.
* Errors are `application/problem+json` (RFC 9457), in the language of `Accept-Language` or `lang`: `sv` or `en`.
* Answers have an `ETag`; with `If-None-Match` what is unchanged is answered by 304.
* Lists are paged by `limit` and `cursor`; `Link` leads to the next page.
* `RateLimit-Limit`, `-Remaining` and `-Reset` tell what is left of this minute; 429 comes with `Retry-After`.
* Everything at once: the open data at `/oppna-data`. Free to use (CC0 1.0).
"""


def register_open_api(app: Flask, register: PublicRegister, settings: Settings) -> None:
    """Adds every operation below /api/public/v1, its description, and the open data below /oppna-data."""
    app.extensions[EXTENSION] = OpenSide(register, settings)
    with app.app_context():
        limits.set_up(LIMITER, settings.api.open_calls_per_minute)
    info = {
        "description": _DESCRIPTION,
        "contact": {"name": settings.organisation_name, "email": settings.organisation_email},
        "license": frame.LICENCE,
    }
    title = "diarium öppet diarium"
    frame.serve(app, "OPEN_", frame.OPEN_PREFIX, RESOURCES, title=title, version=API_VERSION, info=info)
    app.register_blueprint(create_open_data_blueprint())
