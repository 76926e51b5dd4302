"""Both APIs answer as their own descriptions say, to what follows them and to what does not.

Schemathesis makes the calls from the served OpenAPI description: examples, values at the borders, and random ones.
All its checks are on. `DIARIUM_EXHAUSTIVE=1` makes many more calls.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.schemas import OpenApiSchema
from sqlalchemy import select

from diarium.api.application import register_api
from diarium.api.public.application import register_open_api
from diarium.composition import Diarium
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Role
from diarium.settings import ApiSettings
from tests import patterns
from tests.api.conftest import settings_for
from tests.site.conftest import fill, open_public_site

RANDOM = 100 if os.environ.get("DIARIUM_EXHAUSTIVE") else 5
UNLIMITED = ApiSettings(calls_per_minute=1_000_000, open_calls_per_minute=1_000_000)
_ACCEPTED = ("2xx", "3xx", "401", "403", "404", "409", "429")
_CALLS = settings(max_examples=RANDOM, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def _description(path: str, app: Flask, checks: dict[str, Any], operations: list[dict[str, Any]]) -> OpenApiSchema:
    """The description that `app` serves. Nothing is asked of the register for it, so none has to be there yet."""
    generation = {"max-examples": RANDOM}
    config = SchemathesisConfig.from_dict({"checks": checks, "generation": generation, "operations": operations})
    return schemathesis.openapi.from_wsgi(path, app, config=config)


def _open_description() -> OpenApiSchema:
    app, services = Flask("open"), Diarium(_NOWHERE)
    register_open_api(app, services.public, services.settings)
    # Which cursors there are only the list knows: any other is refused.
    accepted = {"positive_data_acceptance": {"expected-statuses": [*_ACCEPTED, "422"]}}
    operations = [
        {"include-path": f"/api/public/v1/{path}", "checks": accepted}
        for path in ("cases", "cases/{uid}/records", "records", "postlista", "search")
    ]
    return _description("/api/public/v1/openapi.json", app, {}, operations)


def _staff_description() -> OpenApiSchema:
    app = Flask("staff")
    register_api(app, Diarium(_NOWHERE))
    checks = {
        # What a description can't tell: which authorities, classes and cases there are, and their state.
        "positive_data_acceptance": {"expected-statuses": [*_ACCEPTED, "412", "422"]},
        # Without If-Match: 428 (RFC 6585).
        "missing_required_header": {"expected-statuses": ["400", "401", "403", "406", "415", "422", "428"]},
    }
    return _description("/api/v1/openapi.json", app, checks, [])


_NOWHERE = replace(settings_for(Path(tempfile.mkdtemp(prefix="diarium-described-")), "sqlite://"), api=UNLIMITED)
open_api, staff_api = _open_description(), _staff_description()


@pytest.fixture(scope="module")
def open_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The open API over a register with something in it."""
    site = open_public_site(tmp_path_factory.mktemp("open"), DIARIUM_PUBLIC_API_CALLS_PER_MINUTE="1000000")
    fill(site)
    yield site.app
    site.close()


@pytest.fixture(scope="module")
def staff_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The staff API, called with the token of somebody who may everything."""
    folder = tmp_path_factory.mktemp("staff")
    url = f"sqlite:///{folder / 'register.sqlite'}"
    patterns.town(url)
    services = Diarium(replace(settings_for(folder, url), api=UNLIMITED))
    services.prepare()
    app = Flask("api")
    register_api(app, services)
    with services.database.unit_of_work() as session:
        rut = session.scalars(select(User).where(User.username == "rut")).one()
        accounts.set_roles(session, SYSTEM, rut, {"KS": [Role.REGISTRAR, Role.ADMINISTRATOR]})
        token = identity.create_token(session, SYSTEM, rut, "prov")
    staff_api.config.update(headers={"Authorization": f"Bearer {token}"})
    yield app
    services.close()


@open_api.parametrize()
@_CALLS
def test_open_api_answers_as_it_is_described(case: Case, open_app: Flask) -> None:
    case.operation.app = open_app
    case.call_and_validate()


@staff_api.parametrize()
@_CALLS
def test_staff_api_answers_as_it_is_described(case: Case, staff_app: Flask) -> None:
    case.operation.app = staff_app
    case.call_and_validate()
