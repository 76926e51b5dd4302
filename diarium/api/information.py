"""What the API tells of itself."""

from __future__ import annotations

import datetime as dt

from flask import url_for

from diarium import __version__
from diarium.api import answers, context

API_VERSION = "1.0.0"
RELEASED = dt.date(2026, 1, 1)
information = context.Resource("information", __name__, "Om API:et")


@information.operation("GET", "/api-info", None, answer=answers.InfoSchema)
def api_info() -> dict[str, object]:
    """Tells name, version and where the description lies. Needs no token."""
    settings = context.diarium().settings
    return {
        "api_name": f"diarium {__version__}",
        "api_version": API_VERSION,
        "api_released": RELEASED,
        "api_documentation": url_for("api-docs.openapi_json", _external=False),
        "api_status": "active",
        "organisation": settings.organisation_name,
        "contact": settings.organisation_email,
    }
