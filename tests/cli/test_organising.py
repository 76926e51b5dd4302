"""Authorities, units, series and the scheme from the command line."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.register.models import Unit, YearSetUp
from tests.cli.conftest import Run


def test_unit_and_series_are_added_and_listed(run: Run, services: Diarium) -> None:
    assert run("unit", "add", "Kansliet", "--authority", "ks").stdout == "Kansliet\n"
    assert run("unit", "add", "kansliet", "--authority", "KS").exit_code == 1
    added = run("series", "add", "per", "--authority", "KS", "--name", "Personal", "--restricted", "--continuous")
    assert added.stdout == "PER\n"
    listed = run("series", "list", "--authority", "KS").stdout.splitlines()
    assert listed[1] == f"PER\tPER {today().year}/1\töppen\tPersonal"
    assert run("series", "list", "--authority", "XX").exit_code == 1
    with services.database.reading() as session:
        assert session.scalars(select(Unit.name)).all() == ["Kansliet"]


def test_scheme_is_checked_and_taken(run: Run, services: Diarium, tmp_path: Path) -> None:
    table = tmp_path / "klasser.csv"
    table.write_text("Kod;Rubrik;Publicering\n1;Styra;Uppgifter utan filer\n1.1;;Alltid\n", encoding="utf-8")
    refused = run("scheme", "import", table, "--version", "2")
    assert refused.exit_code == 1
    assert refused.stderr.count("Rad 3") == 2
    assert versions(run) == ["1"]
    table.write_text("Kod;Rubrik;Publicering\n1;Styra;Uppgifter utan filer\n", encoding="utf-8")
    assert run("scheme", "import", table, "--version", "2", "--check").exit_code == 0
    assert versions(run) == ["1"]
    assert "0 nya" in run("scheme", "import", table, "--version", "2").stdout
    assert versions(run) == ["2", "1"]
    assert run("scheme", "list").stdout.startswith(f"{today()}\t\t1\t")


def versions(run: Run) -> list[str]:
    return [line.rpartition(" ")[2] for line in run("scheme", "list").stdout.splitlines()]


def test_new_year_is_looked_at_and_noted(run: Run, services: Diarium) -> None:
    year = today().year + 1
    shown = run("authority", "new-year", "ks", str(year))
    assert (shown.exit_code, f"KS {year}/1" in shown.stdout) == (0, True)
    with services.database.reading() as session:
        assert session.scalars(select(YearSetUp)).all() == []
    assert run("authority", "new-year", "KS", str(year), "--done").exit_code == 0
    assert run("authority", "new-year", "KS", "1999").exit_code == 1
    with services.database.reading() as session:
        assert session.scalars(select(YearSetUp.year)).all() == [year]
