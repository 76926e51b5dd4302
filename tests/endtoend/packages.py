"""What everybody who is not diarium says of a package, and what is in it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from diarium.archive.schema_set import SchemaSet
from tests.archive.schema_checks import ERMS, official_folder, problems
from tests.archive.test_fgs2_package import ITS_OWN_MISTAKES


def unpack(package: Path, folder: Path) -> Path:
    """The root folder of a zipped package, unpacked below `folder`."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder / package.stem


def official_problems(root: Path) -> list[str]:
    """What the official schemas and Schematron rules say; skips where they are not at hand."""
    folder = official_folder()
    if folder is None:
        pytest.skip("the official schemas are not here (DIARIUM_OFFICIAL_SCHEMAS)")
    return problems(root, SchemaSet(folder), erms="ERMS_v2_1_2.xsd", rules="erms_v2_1_2.sch")


def independent_errors(root: Path, shared_material: Path) -> set[str]:
    """The rules that the independent validator finds broken, without those that it reads wrongly."""
    tool = shared_material / "tools" / "eark_offline.py"
    if not tool.exists():
        pytest.skip("the independent validator is not here")
    run = subprocess.run([sys.executable, str(tool), str(root)], capture_output=True, text=True, check=False)
    if not run.stdout.startswith("{"):
        pytest.skip(f"the independent validator does not start: {run.stderr[-300:]}")
    return {rule for _severity, rule in json.loads(run.stdout)["errors"]} - set(ITS_OWN_MISTAKES)


def texts(root: Path) -> set[str]:
    """All texts of elements and attributes of the package's ERMS document."""
    found: set[str] = set()
    for element in etree.parse(str(root / ERMS)).iter(etree.Element):
        found.update(part.strip() for part in (element.text or "", *map(str, element.attrib.values())))
    return found
