"""Which process serves which API."""

from __future__ import annotations

from pathlib import Path

import pytest

from diarium.app import create_app
from diarium.composition import Diarium
from diarium.settings import from_environment
from tests import patterns


@pytest.mark.parametrize(
    ("role", "staff", "public", "data"),
    [("all", 401, 200, 200), ("staff", 401, 404, 404), ("public", 404, 200, 200)],
)
def test_role_decides_which_api_is_served(tmp_path: Path, role: str, staff: int, public: int, data: int) -> None:
    settings = from_environment(
        {"DIARIUM_DATA": str(tmp_path), "DIARIUM_ROLE": role, "DIARIUM_SECRET_KEY": "prov"}
    )
    patterns.town(settings.database_url)
    services = Diarium(settings)
    services.prepare()
    app = create_app(settings)
    client = app.test_client()
    answers = [client.get(path) for path in ("/api/v1/cases", "/api/public/v1/cases", "/api/nowhere")]
    assert [answer.status_code for answer in answers] == [staff, public, 404]
    assert all(answer.mimetype == "application/problem+json" for answer in answers if answer.status_code >= 400)
    assert client.get("/oppna-data/dcat.rdf").status_code == data
    services.close()
    app.extensions["diarium"].close()
