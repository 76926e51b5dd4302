"""A small register with files, on both databases, and the command line over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diarium.changes.worker import Worker
from diarium.cli.main import main
from diarium.composition import Diarium
from diarium.letterbox.letters import Confirm
from diarium.register.commands import DocumentFacts
from diarium.register.models import Case
from diarium.safekeeping import fsck
from diarium.safekeeping.findings import Finding, Severity
from diarium.search.indexer import SearchIndexer
from diarium.settings import Settings, from_environment
from tests import patterns
from tests.conftest import Municipality

FILES = (b"Ett yttrande om kollektivtrafik. " * 40, b"En bilaga med siffror. " * 80)


@dataclass(frozen=True, slots=True)
class House:
    """An installation in a folder, and what was put into it."""

    diarium: Diarium
    town: Municipality
    contents: tuple[str, ...]
    cases: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return self.diarium.settings

    def work(self) -> None:
        """Lets what is derived catch up, and seals."""
        diarium = self.diarium
        Worker(diarium.database, [SearchIndexer(diarium.database, diarium.index), diarium.projector]).drain()
        diarium.sealer.run()

    def check(self) -> list[Finding]:
        """What `diarium fsck` finds, but for notices."""
        found = fsck.check(self.diarium.installation)
        return [finding for finding in found if finding.severity is not Severity.NOTICE]


Run = Callable[..., Result]


def furnished(url: str, folder: Path) -> House:
    """A register with three cases, of which one is cancelled, files, a letter, and everything derived from it."""
    patterns.town(url)
    settings = from_environment({"DIARIUM_DATA": str(folder), "DIARIUM_DATABASE_URL": url})
    diarium = Diarium(settings)
    diarium.prepare()
    town = Municipality(diarium.database, diarium.blobs)
    with diarium.database.unit_of_work() as session:
        contents = tuple(town.store(session, content, text=content.decode()) for content in FILES)
        numbers = []
        for index in range(3):
            case: Case = town.case(session, title=f"Ärende nummer {index}", classification="1.1")
            for running in range(2):
                documents: tuple[DocumentFacts, ...] = ()
                if index == 0:
                    documents = (DocumentFacts(contents[running], f"fil-{running}.txt", is_released=True),)
                town.record(session, case, title=f"Handling {index}-{running}", documents=documents)
            numbers.append(case.number_text)
    diarium.letterbox.drop(Confirm(token="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
    house = House(diarium, town, contents, tuple(numbers))
    house.work()
    return house


@pytest.fixture
def house(any_database_url: str, tmp_path: Path) -> Iterator[House]:
    """A furnished installation, on both databases."""
    made = furnished(any_database_url, tmp_path / "data")
    yield made
    made.diarium.close()


@pytest.fixture
def sqlite_house(tmp_path: Path) -> Iterator[House]:
    """A furnished installation on SQLite."""
    data = tmp_path / "data"
    made = furnished(f"sqlite:///{data / 'register.sqlite'}", data)
    yield made
    made.diarium.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `diarium` on an installation; no error but an exit is let through."""

    def run_command(settings: Settings, *arguments: str | Path) -> Result:
        monkeypatch.setenv("DIARIUM_DATA", str(settings.data))
        monkeypatch.setenv("DIARIUM_DATABASE_URL", settings.database_url)
        monkeypatch.delenv("DIARIUM_PUBLIC_DATABASE_URL", raising=False)
        monkeypatch.delenv("DIARIUM_BACKUP_RECIPIENTS", raising=False)
        result = CliRunner().invoke(main, [str(item) for item in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run_command
