"""What the API tells of itself and of the token that calls it, and the lists that registering needs."""

from __future__ import annotations

import datetime as dt

from flask import url_for

from diarium import __version__
from diarium.api import answers, common, context
from diarium.classification import queries as classification
from diarium.classification import record_types
from diarium.i18n import today
from diarium.identity.permissions import Permission
from diarium.identity.scopes import TokenScope
from diarium.register import queries

API_VERSION = "1.1.0"
RELEASED = dt.date(2026, 1, 1)
information = context.Resource("information", __name__, "Om API:et")


@information.operation("GET", "/api-info", None, scope=None, answer=common.InfoSchema)
def api_info() -> dict[str, object]:
    """Tells name, version and where the description lies. Needs no token."""
    settings = context.diarium().settings
    return {
        "api_name": f"diarium {__version__}",
        "api_version": API_VERSION,
        "api_released": RELEASED,
        "api_documentation": url_for("staff-api-docs.openapi_json", _external=True),
        "api_status": "active",
        "organisation": settings.organisation_name,
        "contact": settings.organisation_email,
    }


@information.operation("GET", "/token", None, scope=tuple(TokenScope), answer=answers.TokenSchema)
def token() -> dict[str, object]:
    """Tells what your token may be used for, and at which authorities you read."""
    who = context.holder()
    with context.diarium().database.reading() as session:
        codes = [code for code, _name in queries.readable_authorities(session, who.actor)]
    scopes = [scope for scope in TokenScope if scope in who.scopes]
    return {"actor": who.actor.name, "scopes": scopes, "authorities": codes}


@information.operation(
    "GET", "/authorities", Permission.READ, scope=TokenScope.REGISTER_READ, answer=answers.AuthoritiesSchema
)
def authorities() -> dict[str, object]:
    """Lists the authorities whose registers you read."""
    with context.diarium().database.reading() as session:
        found = queries.readable_authorities(session, context.actor())
    return {"authorities": [{"code": code, "name": name} for code, name in found]}


@information.operation(
    "GET", "/classes", Permission.READ, scope=TokenScope.REGISTER_READ, answer=answers.ClassesSchema
)
def classes() -> dict[str, object]:
    """Lists the classes of the classification scheme in force."""
    with context.diarium().database.reading() as session:
        scheme = classification.scheme_on(session, today())
        return {"classes": classification.tree(session, scheme) if scheme else ()}


@information.operation(
    "GET", "/record-types", Permission.READ, scope=TokenScope.REGISTER_READ, answer=answers.RecordTypesSchema
)
def types() -> dict[str, object]:
    """Lists the record types in use."""
    with context.diarium().database.reading() as session:
        found = record_types.record_types(session)
    return {"record_types": [row.name for row in found if row.is_active]}
