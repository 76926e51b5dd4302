"""A whole installation in a folder of its own: every service, the command line, the worker."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.changes.models import ParkedChange
from diarium.cli import frame
from diarium.cli.main import main
from diarium.composition import Diarium
from diarium.files import service as intake
from diarium.identity.permissions import Actor
from diarium.public.search import Question
from diarium.search.port import SearchRequest
from diarium.secrecy import access
from diarium.settings import from_environment
from tests import patterns
from tests.conftest import Municipality

_FORGOTTEN = ("DIARIUM_DATABASE_URL", "DIARIUM_PUBLIC_DATABASE_URL", "DIARIUM_ROLE", "DIARIUM_PORT")


class House:
    """A prepared installation with a small municipality, as its environment variables describe it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        settings = from_environment(self.environment)
        if settings.database_url.startswith("sqlite:"):
            patterns.town(settings.database_url)
        self.services = Diarium(settings)
        self.services.prepare()
        self.town = Municipality(self.services.database, self.services.blobs)

    def run(self, *arguments: str | Path) -> Result:
        """Runs `diarium` with the arguments in this installation."""
        environment: dict[str, str | None] = dict.fromkeys(_FORGOTTEN) | self.environment
        result = CliRunner(env=environment).invoke(main, [str(item) for item in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def work(self) -> None:
        """Lets the worker do everything that waits."""
        with self.services.worker() as worker:
            worker.drain()

    def everybody(self, session: Session) -> Actor:
        """The one who sees everything, as the command line does without --user."""
        return frame.actor(session, None)

    def found(self, query: str) -> list[str]:
        """The numbers that the internal search finds for one who sees everything, in order of relevance."""
        with self.services.database.reading() as session:
            readers = access.tokens_of(self.everybody(session))
        result = self.services.index.search(SearchRequest(query=query, readers=readers, page_size=100))
        assert result.total == len(result.hits)
        return [hit.number for hit in result.hits]

    def found_by_public(self, query: str) -> list[str]:
        """The numbers that the public search finds."""
        answer = self.services.public.search(Question(text=query, page_size=100))
        return [(hit.record or hit.case).number_text for hit in answer.found]

    def parked(self) -> list[str]:
        """What the worker could not do."""
        with self.services.database.reading() as session:
            return [f"{item.consumer}: {item.error}" for item in session.scalars(select(ParkedChange))]

    def store(self, session: Session, content: bytes) -> str:
        """Puts a content into the store; returns its checksum."""
        return intake.take_in(session, self.services.blobs, io.BytesIO(content), max_bytes=100_000_000)

    def close(self) -> None:
        """Gives back files and connections."""
        self.services.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An installation on SQLite."""
    yield from _opened(tmp_path)


@pytest.fixture(scope="module")
def lasting_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation on SQLite that all tests of a module look at."""
    yield from _opened(tmp_path_factory.mktemp("house"))


def _opened(folder: Path) -> Iterator[House]:
    opened = House({"DIARIUM_DATA": str(folder / "data"), "DIARIUM_SECRET_KEY": "only for tests"})
    yield opened
    opened.close()
