"""The public site of a small municipality: the whole application, in the role that serves the public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from diarium.app import create_app
from diarium.changes.worker import Worker
from diarium.composition import Diarium
from diarium.register.commands import DocumentFacts
from diarium.register.vocabulary import Direction
from diarium.settings import Settings, from_environment
from tests import patterns
from tests.conftest import Municipality
from tests.public.open_register import PERSON, TODAY


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
        patterns.quick_templates(self.app)
        self.client: FlaskClient = self.app.test_client()

    def catch_up(self) -> None:
        """Lets the worker handle what waits."""
        Worker(self.services.database, [self.services.projector]).drain()

    def close(self) -> None:
        """Gives files back."""
        self.services.close()
        self.app.extensions["diarium"].close()


def open_public_site(folder: Path, **environment: str) -> PublicSite:
    """A public site with an empty register in `folder`."""
    settings = from_environment({"DIARIUM_DATA": str(folder / "data"), "DIARIUM_ROLE": "public", **environment})
    return PublicSite(replace(settings, secret_key="prov" * 8))


def fill(site: PublicSite) -> None:
    """An open case with a released file, and a case of which only the number is shown."""
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        sha256 = municipality.store(session, b"Protokoll om broar", text="Protokoll om broar")
        case = municipality.case(
            session,
            classification="1.1",
            title="Busslinje 7",
            case_type="Remiss",
            unit="Kansliet",
            parties=(PERSON,),
        )
        file = DocumentFacts(sha256, "Svenssons protokoll.txt", is_released=True)
        municipality.record(session, case, title="Yttrande om bussar", documents=(file,))
        municipality.record(
            session,
            case,
            title="Svar om bussar",
            direction=Direction.OUTGOING,
            official_on=TODAY - dt.timedelta(days=1),
            parties=(PERSON,),
        )
        municipality.record(session, municipality.case(session, classification="3", title="Stöd till barn"))
    site.catch_up()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PublicSite]:
    """A public site with an empty register."""
    opened = open_public_site(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def filled(site: PublicSite) -> PublicSite:
    """A site with something in it, for tests that change it."""
    fill(site)
    return site


@pytest.fixture(scope="package")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    """The same for all tests that only look."""
    opened = open_public_site(tmp_path_factory.mktemp("open_site"))
    fill(opened)
    yield opened
    opened.close()
