"""Runs the command line in a data folder of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diarium.cli.main import main
from diarium.composition import Diarium
from diarium.identity import service as identity
from diarium.identity.permissions import SYSTEM, Role
from diarium.register.models import Authority, DiarySeries
from diarium.settings import from_environment

Run = Callable[..., Result]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that the settings point to; returns it."""
    for name in ("DIARIUM_DATABASE_URL", "DIARIUM_PUBLIC_DATABASE_URL", "DIARIUM_ROLE", "DIARIUM_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DIARIUM_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def run(environment: Path) -> Run:
    """Runs `diarium` with the arguments; no error but an exit is let through."""

    def run_command(*arguments: str | Path, given: str | None = None) -> Result:
        result = CliRunner().invoke(main, [str(item) for item in arguments], input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run_command


@pytest.fixture
def services(run: Run) -> Iterator[Diarium]:
    """A prepared installation with one authority, a registrar at it and one at another."""
    assert run("prepare").exit_code == 0
    diarium = Diarium(from_environment())
    with diarium.database.unit_of_work() as session:
        for code, name in (("KS", "Kommunstyrelsen"), ("SN", "Socialnämnden")):
            series = [DiarySeries(code=code, name="Diarium")]
            session.add(Authority(code=code, name=name, active_from=dt.date(2000, 1, 1), series=series))
        session.flush()
        identity.create_user(session, SYSTEM, "rut", "Rut Registrator", {"KS": [Role.REGISTRAR]})
        identity.create_user(session, SYSTEM, "siv", "Siv Socialsekreterare", {"SN": [Role.REGISTRAR]})
    yield diarium
    diarium.close()
