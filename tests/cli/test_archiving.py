"""`diarium export` and `diarium validate`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from sqlalchemy import select

from diarium.composition import Diarium
from diarium.identity.permissions import SYSTEM
from diarium.register import closing
from diarium.register.models import Case
from tests.cli.conftest import Run
from tests.cli.test_registering import BASE

PERIOD = ("--authority", "KS", "--from", "2024-01-01", "--to", "2024-12-31")


def _close_a_case(run: Run, services: Diarium, folder: Path) -> None:
    letter = folder / "brev.txt"
    letter.write_text("Hej", encoding="utf-8")
    assert run(*BASE, "--class", "1.1.1", "--file", letter).exit_code == 0
    assert run("worker", "--once").exit_code == 0
    with services.database.unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        case.opened_on = case.records[0].official_on
        closing.close(session, SYSTEM, case, day=case.opened_on)


def test_export_leaves_a_valid_package_and_prints_its_path_last(
    run: Run, services: Diarium, tmp_path: Path
) -> None:
    _close_a_case(run, services, tmp_path)
    result = run("export", *PERIOD, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    package = Path(result.stdout.splitlines()[-1])
    assert package.parent == tmp_path / "out"
    assert [path.name for path in package.parent.iterdir()] == [package.name]
    assert zipfile.is_zipfile(package)
    checked = run("validate", package, "--json")
    assert checked.exit_code == 0
    assert json.loads(checked.stdout)["valid"] is True
    assert "Godkänt" in run("validate", package).stdout


def test_period_without_closed_cases_makes_no_package(run: Run, services: Diarium, tmp_path: Path) -> None:
    result = run("export", *PERIOD, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (1, "")
    assert not (tmp_path / "out").exists()


def test_unknown_authority_is_told(run: Run, services: Diarium, tmp_path: Path) -> None:
    result = run("export", "--authority", "XX", *PERIOD[2:], "--out", tmp_path)
    assert result.exit_code == 1
    assert "XX" in result.stderr


def test_damaged_package_is_not_valid_and_the_rule_is_named(run: Run, services: Diarium, tmp_path: Path) -> None:
    _close_a_case(run, services, tmp_path)
    package = Path(run("export", *PERIOD, "--out", tmp_path / "out").stdout.splitlines()[-1])
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "open")
    (root,) = (tmp_path / "open").iterdir()
    letter = next(path for path in root.rglob("*.txt"))
    letter.write_text("Hej då", encoding="utf-8")
    result = run("validate", root, "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["errors"] >= 1
    assert letter.name in result.stdout
    table = run("validate", root)
    assert table.exit_code == 1
    assert report["findings"][0]["rule"] in table.stdout


def test_file_that_is_no_package_is_exit_code_2(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "brev.txt"
    other.write_text("Hej", encoding="utf-8")
    assert run("validate", other).exit_code == 2
    assert run("validate", tmp_path / "nothing.zip").exit_code == 2
