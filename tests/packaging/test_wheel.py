"""The wheel: the same each time, whole without the checkout, and told what it is made of."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_RUN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import diarium
print(diarium.__file__)
from diarium.cli.main import main
main()
"""


def _built(source: Path, out: Path) -> Path:
    copied = out / "source"
    names = shutil.ignore_patterns(
        ".git", ".venv", "var", "build", "dist", "*.egg-info", ".*_cache", "__pycache__"
    )
    for name in ("diarium", "schemas", "requirements"):
        shutil.copytree(source / name, copied / name, ignore=names)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copyfile(source / name, copied / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(copied)],
        check=True,
        capture_output=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
    )
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(ROOT, tmp_path_factory.mktemp("first"))


def test_the_same_source_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    again = _built(ROOT, tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(wheel.read_bytes()).digest()


def test_it_holds_the_program_and_its_schemas_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        told = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert {name.split("/")[0] for name in names} == {"diarium", wheel.name.split("-py3")[0] + ".dist-info"}
    for schema in [*(ROOT / "schemas").glob("*.xsd"), *(ROOT / "schemas").glob("*.sch")]:
        assert f"diarium/schemas/{schema.name}" in names
    wanted = (ROOT / "requirements" / "base.in").read_text(encoding="utf-8").split()
    assert [
        line.removeprefix("Requires-Dist: ") for line in told.splitlines() if "Requires-Dist" in line
    ] == wanted


def test_installed_far_from_the_checkout_it_makes_and_checks_a_package(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)

    def diarium(*arguments: str) -> str:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DIARIUM_", "PYTHON"))
        }
        done = subprocess.run(
            [sys.executable, "-c", _RUN, str(target), *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment | {"DIARIUM_DATA": str(tmp_path / "data")},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith(str(target))
        return done.stdout

    diarium("prepare")
    diarium("demo", "--cases", "12")
    packed = diarium(
        "export", "--authority", "KS", "--from", "2000-01-01", "--to", "2100-01-01", "--out", str(tmp_path)
    )
    assert "Godkänt" in diarium("validate", packed.splitlines()[-1])


def test_the_bill_of_materials_names_every_locked_library_and_never_differs(tmp_path: Path) -> None:
    bills = []
    for name in ("one.json", "two.json"):
        subprocess.run([sys.executable, str(ROOT / "tools" / "sbom.py"), str(tmp_path / name)], check=True)
        bills.append((tmp_path / name).read_text(encoding="utf-8"))
    assert bills[0] == bills[1]
    bill = json.loads(bills[0])
    assert bill["bomFormat"] == "CycloneDX"
    lock = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    pinned = {line.split("==")[0].split("[")[0] for line in lock.splitlines() if "==" in line}
    assert {part["name"] for part in bill["components"]} == pinned
    assert "://" not in bills[0].replace("http://cyclonedx.org", ""), "no address of any registry"
