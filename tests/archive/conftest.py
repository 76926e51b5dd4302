"""Fixtures of the archive's tests."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from diarium.archive import exporting
from diarium.archive.models import Export
from tests.archive.register_examples import PERIOD
from tests.conftest import Municipality


@dataclass(frozen=True)
class Exported:
    """A finished export and its package, unpacked. `folder` is None where there is no package."""

    export: Export
    folder: Path | None

    @property
    def root(self) -> Path:
        assert self.folder is not None, self.export.error
        return self.folder


class ExportBench:
    """Makes exports of a small municipality in one line."""

    def __init__(self, municipality: Municipality, folder: Path) -> None:
        self.municipality = municipality
        self.folder = folder / "exports"
        self._unpacked = folder / "unpacked"

    def request(self, *fill: Callable[[Municipality, Session], object]) -> Export:
        """Fills the register with the given cases and asks for an export of `PERIOD`."""
        with self.municipality.database.unit_of_work() as session:
            for add in fill:
                add(self.municipality, session)
        with self.municipality.database.unit_of_work() as session:
            return exporting.request_export(session, self.municipality.archivist, "KS", *PERIOD)

    def run(self, export: Export, **options: Any) -> Exported:
        """Makes the package and unpacks it."""
        town = self.municipality
        exporting.run_export(town.database, town.blobs, self.folder, export.uid, **options)
        with town.database.reading() as session:
            export = session.get_one(Export, export.id)
        if export.package_name is None:
            return Exported(export, None)
        with zipfile.ZipFile(self.folder / export.package_name) as archive:
            archive.extractall(self._unpacked)
        return Exported(export, self._unpacked / export.package_name.removesuffix(".zip"))


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path) -> ExportBench:
    """Exports on SQLite."""
    return ExportBench(sqlite_municipality, tmp_path)


@pytest.fixture
def both_benches(municipality: Municipality, tmp_path: Path) -> ExportBench:
    """Exports on both databases."""
    return ExportBench(municipality, tmp_path)
