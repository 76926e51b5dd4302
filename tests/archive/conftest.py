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
from diarium.archive.criteria import Criteria
from diarium.archive.models import Export, ExportPart
from tests.archive.register_examples import PERIOD
from tests.conftest import Municipality


@dataclass(frozen=True)
class Exported:
    """A finished export with its packages, unpacked. `folder` is that of the first, None where there is none."""

    export: Export
    parts: tuple[ExportPart, ...]
    folders: tuple[Path, ...]

    @property
    def folder(self) -> Path | None:
        return self.folders[0] if self.folders else None

    @property
    def part(self) -> ExportPart:
        """The one part of an export that is not split."""
        (part,) = self.parts
        return part

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

    def request(self, *fill: Callable[[Municipality, Session], object], **options: Any) -> Export:
        """Fills the register with the given cases and asks for an export of `PERIOD`."""
        with self.municipality.database.unit_of_work() as session:
            for add in fill:
                add(self.municipality, session)
        with self.municipality.database.unit_of_work() as session:
            criteria = options.pop("criteria", Criteria("KS", *PERIOD))
            return exporting.request_export(session, self.municipality.archivist, criteria, **options)

    def run(self, export: Export, **options: Any) -> Exported:
        """Makes the packages and unpacks them."""
        town = self.municipality
        exporting.run_export(town.database, town.blobs, self.folder, export.uid, **options)
        return self.found(export)

    def found(self, export: Export) -> Exported:
        """The export as it stands, its packages unpacked."""
        with self.municipality.database.reading() as session:
            export = session.get_one(Export, export.id)
            parts = tuple(export.parts)
        folders = []
        for part in parts:
            if part.package_name is not None:
                with zipfile.ZipFile(self.folder / part.package_name) as archive:
                    archive.extractall(self._unpacked)
                folders.append(self._unpacked / part.package_name.removesuffix(".zip"))
        return Exported(export, parts, tuple(folders))


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path) -> ExportBench:
    """Exports on SQLite."""
    return ExportBench(sqlite_municipality, tmp_path)


@pytest.fixture
def both_benches(municipality: Municipality, tmp_path: Path) -> ExportBench:
    """Exports on both databases."""
    return ExportBench(municipality, tmp_path)
