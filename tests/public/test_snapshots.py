"""A public process on another machine serves from a copy, writes nothing, and takes up the next copy by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from diarium.app import create_app
from diarium.changes.worker import Worker
from diarium.cli.main import main
from diarium.composition import Diarium
from diarium.public import snapshots
from diarium.public.models import PublicDocument
from diarium.register import publishing
from diarium.register.commands import DocumentFacts
from diarium.register.models import Record
from diarium.settings import Settings, from_environment
from tests import patterns
from tests.conftest import Municipality


class TwoMachines:
    """The municipality's machine, and the folder from which the other serves."""

    def __init__(self, data: Path, copy: Path) -> None:
        self.data, self.copy = data, copy
        settings = from_environment({"DIARIUM_DATA": str(data)})
        patterns.town(settings.database_url)
        self.services = Diarium(settings)
        self.services.prepare()
        self.municipality = Municipality(self.services.database, self.services.blobs)

    def register(self, title: str) -> int:
        """A record with a released file; its key."""
        m = self.municipality
        with m.database.unit_of_work() as session:
            file = DocumentFacts(m.store(session, title.encode(), text=title), "fil.txt", is_released=True)
            case = m.case(session, classification="1.1", title=title)
            key = m.record(session, case, title=title, documents=(file,)).id
        self.catch_up()
        return key

    def catch_up(self) -> None:
        Worker(self.services.database, [self.services.projector]).drain()

    def snapshot(self) -> str:
        """Copies as the command does; what it says."""
        environment = {
            "DIARIUM_DATA": str(self.data),
            "DIARIUM_DATABASE_URL": "",
            "DIARIUM_PUBLIC_DATABASE_URL": "",
        }
        result = CliRunner().invoke(main, ["public", "snapshot", str(self.copy)], env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    def public_settings(self) -> Settings:
        """Those of the other machine, which knows nothing but the copy."""
        settings = from_environment({"DIARIUM_DATA": str(self.copy), "DIARIUM_ROLE": "public"})
        return replace(settings, database_url=f"sqlite:///{self.copy / 'there' / 'is' / 'none.sqlite'}")


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[TwoMachines]:
    made = TwoMachines(tmp_path / "data", tmp_path / "copy")
    yield made
    made.services.close()


@pytest.fixture
def other(machines: TwoMachines) -> Iterator[FlaskClient]:
    """The public process on the other machine, begun on the first copy."""
    machines.register("Ny sporthall")
    machines.snapshot()
    app = create_app(machines.public_settings())
    app.testing = True
    yield app.test_client()
    app.extensions["diarium"].close()


def state_of(folder: Path) -> dict[str, str]:
    """The files below a folder with what they hold."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def found(client: FlaskClient, word: str) -> bool:
    answer = client.get(f"/sok?q={word}")
    assert answer.status_code == 200
    return "/handling/KS/" in answer.text


def test_public_process_serves_from_the_copy_alone_and_writes_nothing(
    machines: TwoMachines, other: FlaskClient
) -> None:
    before = state_of(machines.copy)
    assert found(other, "sporthall")
    assert other.get("/postlista").status_code == 200
    with machines.services.public.database.reading() as session:
        uid = session.scalars(select(PublicDocument.uid)).one()
    assert other.get(f"/fil/{uid}").data == b"Ny sporthall"
    assert state_of(machines.copy) == before
    assert not list(machines.copy.rglob("register*"))
    assert not list(machines.copy.rglob("*.sqlite-*"))


def test_next_copy_takes_over_without_a_restart(machines: TwoMachines, other: FlaskClient) -> None:
    key = machines.register("Ombyggd ishall")
    assert not found(other, "ishall")
    assert "4 poster och 2 filer" in machines.snapshot()
    assert found(other, "ishall")
    assert found(other, "sporthall")
    m = machines.municipality
    with m.database.unit_of_work() as session:
        publishing.withdraw(session, m.registrar, session.get_one(Record, key), "Fel fil")
    machines.catch_up()
    with m.database.unit_of_work() as session:
        case = session.get_one(Record, key).case
        publishing.withdraw(session, m.registrar, case, "Fel ärende")
    machines.catch_up()
    machines.snapshot()
    assert not found(other, "ishall")
    assert found(other, "sporthall")
    assert not any(b"ishall" in path.read_bytes().lower() for path in machines.copy.rglob("*") if path.is_file())


def test_copy_of_what_has_not_changed_leaves_the_folder_as_it_is(
    machines: TwoMachines, other: FlaskClient
) -> None:
    before = state_of(machines.copy)
    assert "inget har ändrats" in machines.snapshot()
    assert state_of(machines.copy) == before
    assert found(other, "sporthall")


def test_folder_of_the_open_register_itself_is_refused(machines: TwoMachines) -> None:
    machines.register("Ny sporthall")
    services = machines.services
    with pytest.raises(snapshots.NoSnapshot):
        snapshots.take(
            services.public.database,
            services.released,
            machines.data,
            services.released,
            lambda: services.public_index,
        )
    assert len(list(services.released.iter_hashes())) == 1
