"""Taking packages over from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diarium.archive.profiles.codes import ProfileCode
from diarium.cli.main import main
from diarium.db.engine import open_database
from diarium.files.store import LocalBlobStore
from tests import patterns
from tests.archive.made_packages import made_package
from tests.archive.reading.foreign_packages import municipal_fgs1
from tests.archive.register_examples import plain_case
from tests.conftest import Municipality


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `diarium` on an empty register."""
    monkeypatch.setenv("DIARIUM_DATA", str(tmp_path / "data"))

    def ran(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    assert ran("prepare").exit_code == 0
    return ran


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of ours."""
    url = f"sqlite:///{tmp_path / 'town.sqlite'}"
    patterns.town(url)
    database = open_database(url)
    town = Municipality(database, LocalBlobStore(tmp_path / "files"))
    made = made_package(town, tmp_path / "packages", ProfileCode.FGS2, plain_case)
    database.close()
    return made.root


def test_a_package_is_shown_taken_over_and_not_taken_over_again(run: Callable[..., Result], package: Path) -> None:
    shown = run("import", str(package), "--mode", "register", "--dry-run")
    assert "1 av 1 ärenden skulle tas över" in shown.output, shown.output
    done = run("import", str(package), "--mode", "register", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["counts"]["new"] == 1
    again = run("import", str(package), "--mode", "register")
    assert again.exit_code == 1
    assert "Finns redan här" in again.output


def test_a_package_with_errors_is_taken_over_only_if_somebody_says_so(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    root = municipal_fgs1(tmp_path / "paket")
    refused = run("import", str(root))
    assert refused.exit_code == 1
    assert "--accept-errors" in refused.output
    done = run("import", str(root), "--accept-errors", "--authority", "BN")
    assert "2 ärenden togs över" in done.output, done.output
