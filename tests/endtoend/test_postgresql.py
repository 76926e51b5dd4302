"""The whole walk on a real PostgreSQL, with an open register that can read nothing but its own schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from diarium.app import create_app
from diarium.archive.validation import validate_package
from diarium.db.engine import open_database
from diarium.i18n import today
from diarium.public.database import READING_ROLE
from diarium.settings import from_environment
from tests.endtoend import living
from tests.endtoend.conftest import House
from tests.endtoend.packages import official_problems, unpack

pytestmark = pytest.mark.postgresql
MAKE_ROLE = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{READING_ROLE}') THEN CREATE ROLE {READING_ROLE}; END IF;
  ALTER ROLE {READING_ROLE} LOGIN;
END $$"""


@pytest.fixture
def postgresql_house(postgresql_url: str, tmp_path: Path) -> Iterator[House]:
    """A house on PostgreSQL in which things happened, and whose worker has done everything."""
    database = open_database(postgresql_url)
    with database.unit_of_work() as session:
        session.execute(text(MAKE_ROLE))
    database.close()
    environment = {"DIARIUM_DATA": str(tmp_path / "data"), "DIARIUM_SECRET_KEY": "only for tests"}
    house = House(environment | {"DIARIUM_DATABASE_URL": postgresql_url})
    living.register_cases(house)
    house.work()
    living.change_cases(house)
    assert house.run("worker", "--once").exit_code == 0
    yield house
    house.close()


def test_whole_walk_on_postgresql(postgresql_house: House, postgresql_url: str, tmp_path: Path) -> None:
    house = postgresql_house
    assert house.parked() == []
    assert len(house.found("bullermätningen")) == living.CASES
    assert house.found_by_public("bullermätning") == [f"KS {today().year}/1-1"]
    _check_package(house, tmp_path)
    _check_public_site(_public_site(house, postgresql_url))
    _check_refusals(postgresql_url)


def _check_package(house: House, tmp_path: Path) -> None:
    period = ("--from", "2024-01-01", "--to", "2024-12-31")
    result = house.run("export", "--authority", "KS", *period, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    root = unpack(Path(result.stdout.splitlines()[-1]), tmp_path / "unpacked")
    assert validate_package(root).is_valid
    assert official_problems(root) == []


def _as_the_site(postgresql_url: str) -> str:
    return make_url(postgresql_url).set(username=READING_ROLE).render_as_string(hide_password=False)


def _public_site(house: House, postgresql_url: str) -> FlaskClient:
    """The site in a process of its own: it knows no address of the register."""
    environment = {
        "DIARIUM_DATA": house.environment["DIARIUM_DATA"],
        "DIARIUM_ROLE": "public",
        "DIARIUM_PUBLIC_DATABASE_URL": _as_the_site(postgresql_url),
        "DIARIUM_DATABASE_URL": "postgresql://nobody@/nothing?host=/nonexistent",
    }
    return create_app(from_environment(environment)).test_client()


def _check_public_site(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200
    year = today().year
    found = client.get("/sok?q=ankaret")
    assert found.status_code == 200
    assert f"KS {year}/1" in found.text
    case = client.get(f"/arende/KS/{year}/1")
    assert case.status_code == 200
    assert "Detaljplan för kvarteret Ankaret 0" in case.text
    assert "Åsa Öberg" not in case.text
    marked = client.get(f"/arende/KS/{year}/6")
    assert marked.status_code == 200
    assert "hamnkontor" not in marked.text
    assert client.get("/intern/").status_code == client.get("/api/v1/cases").status_code == 404
    client.application.extensions["diarium"].close()


def _check_refusals(postgresql_url: str) -> None:
    """The site's role reads its schema, changes nothing, and sees nothing of the register."""
    engine = create_engine(make_url(_as_the_site(postgresql_url)).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM public_register.record")) == living.CASES * 3
    for statement in (
        "SELECT * FROM record",
        "SELECT * FROM public.case_file",
        "SELECT * FROM party",
        "SELECT * FROM blob_text",
        "SELECT * FROM audit_event",
        "UPDATE public_register.record SET title = 'x'",
        "DELETE FROM public_register.case_file",
        "CREATE TABLE public_register.mine (a int)",
        "CREATE TABLE public.mine (a int)",
    ):
        with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))
    engine.dispose()
