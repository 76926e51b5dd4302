"""What the tests of importing share: a register to import into, and imports in one line."""

from __future__ import annotations

import dataclasses
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.archive import loading
from diarium.archive.import_models import ImportMode, PackageImport
from diarium.archive.importing import ordering, running
from diarium.archive.importing.model import Choices
from diarium.archive.package_model import PackageCase
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading import read_package
from diarium.db.engine import Database, open_database
from diarium.files.store import LocalBlobStore
from diarium.identity.permissions import SYSTEM, Actor
from diarium.register.models import Case
from tests import patterns
from tests.archive.made_packages import MadePackage, made_package
from tests.archive.register_examples import full_case, plain_case
from tests.conftest import Municipality


@dataclasses.dataclass(frozen=True)
class Installation:
    """A register of its own, with a blob store."""

    database: Database
    blobs: LocalBlobStore

    def take_over(
        self,
        root: Path,
        mode: ImportMode = ImportMode.REGISTER,
        *,
        actor: Actor = SYSTEM,
        authority: str = "KS",
        is_published: bool = False,
        keeps_incomplete: bool = False,
        on_case: Callable[[int, int], None] = lambda done, total: None,
    ) -> PackageImport:
        """Takes the package over and returns how it went."""
        choices = Choices(mode, authority, is_published, keeps_incomplete)
        with self.database.unit_of_work() as session:
            row = ordering.request_import(session, actor, read_package(root), choices, source=str(root))
            uid = row.uid
        return self.run(uid, root, on_case)

    def run(
        self, uid: uuid.UUID, root: Path, on_case: Callable[[int, int], None] = lambda done, total: None
    ) -> PackageImport:
        """Runs an import that was asked for."""

        @contextmanager
        def opened(_row: PackageImport) -> Iterator[Path]:
            yield root

        running.run_import(self.database, self.blobs, opened, uid, on_case=on_case)
        with self.database.reading() as session:
            return session.scalars(select(PackageImport).where(PackageImport.uid == uid)).one()

    def cases(self) -> list[PackageCase]:
        """Every case of the register, as its packages tell it."""
        with self.database.reading() as session:
            ids = session.scalars(select(Case.id).order_by(Case.id)).all()
            return [loading.load_case(session, key) for key in ids]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Municipality]:
    """The register that `made` is made of; nobody changes it."""
    folder = tmp_path_factory.mktemp("town")
    url = f"sqlite:///{folder / 'register.sqlite'}"
    patterns.town(url)
    database = open_database(url)
    yield Municipality(database, LocalBlobStore(folder / "files"))
    database.close()


@pytest.fixture(scope="session")
def made(town: Municipality, tmp_path_factory: pytest.TempPathFactory) -> MadePackage:
    """A package with every field in use; nobody changes it."""
    work = tmp_path_factory.mktemp("packages")
    return made_package(town, work, ProfileCode.FGS2, full_case, plain_case)


@pytest.fixture
def home(town: Municipality, made: MadePackage, tmp_path: Path) -> Iterator[Installation]:
    """A copy of the register that `made` is made of."""
    place, target = town.database.engine.url.database, tmp_path / "home.sqlite"
    assert place is not None
    with closing(sqlite3.connect(place)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    database = open_database(f"sqlite:///{target}")
    yield Installation(database, town.blobs)
    database.close()


@pytest.fixture
def empty_installation(tmp_path: Path) -> Iterator[Installation]:
    """A new register with nothing in it."""
    url = f"sqlite:///{tmp_path / 'other.sqlite'}"
    patterns.empty(url)
    database = open_database(url)
    yield Installation(database, LocalBlobStore(tmp_path / "other-files"))
    database.close()
