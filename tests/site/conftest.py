"""The public site of a small municipality: the whole application, in the role that serves the public."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from diarium.app import create_app
from diarium.changes.worker import Worker
from diarium.composition import Diarium
from diarium.settings import Settings, from_environment
from tests import patterns
from tests.conftest import Municipality


class PublicSite:
    """The register behind the scenes, and a client that sees only the public side."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        patterns.town(settings.database_url)
        self.services = Diarium(replace(settings))
        self.services.prepare()
        self.municipality = Municipality(self.services.database, self.services.blobs)
        self.app = create_app(settings)
        self.app.testing = True
        patterns.quick_templates(self.app)
        self.client: FlaskClient = self.app.test_client()

    def catch_up(self) -> None:
        """Lets the worker handle what waits."""
        Worker(self.services.database, [self.services.projector]).drain()

    def close(self) -> None:
        """Gives files back."""
        self.services.close()
        self.app.extensions["diarium"].close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PublicSite]:
    """A public site with an empty register."""
    settings = from_environment({"DIARIUM_DATA": str(tmp_path / "data"), "DIARIUM_ROLE": "public"})
    opened = PublicSite(replace(settings, secret_key="prov" * 8))
    yield opened
    opened.close()
