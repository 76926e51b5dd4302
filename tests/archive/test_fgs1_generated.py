"""Whatever stands in the register, the FGS 1.2 package is valid and nothing is lost; memory stays as it is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from diarium.archive import fgs1_content, fgs1_mets, packaging
from diarium.archive.fgs1_content import PlacedRecord
from diarium.archive.fgs1_mets import PackageFacts
from diarium.archive.package_files import FileGroup, FileList, PackagedFile
from diarium.archive.package_model import PackageCase, PackageInfo
from diarium.archive.profiles.fgs1 import CASES, Fgs1
from diarium.archive.schema_set import SchemaSet
from diarium.archive.validation import Severity, validate_package
from diarium.files.store import LocalBlobStore
from tests.archive import test_generated_registers as registers
from tests.archive.fgs1_packages import Fgs1Package, full_package, official_schemas, schema_problems

# The register takes no empty titles and numbers; the generator makes them.
OF_EMPTY_TEXTS = {"ARENDE-ID", "ARENDE-MENING", "ARENDE-RUBRIK"}
AFTER_ALL = dt.datetime(2101, 1, 1, tzinfo=dt.UTC)
RECORDS = 100, 1100
BYTES_A_RECORD = 100


def test_any_register_gives_a_valid_package_with_everything_in_it(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path / "files")
    official = official_schemas(tmp_path)

    @settings(
        max_examples=registers.EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(info=registers._infos(), cases=st.lists(registers._cases(store), min_size=1, max_size=2))
    def packages_are_valid(info: PackageInfo, cases: list[PackageCase]) -> None:
        info = dataclasses.replace(info, schemes=(*info.schemes, *registers._schemes_of(cases)))
        with TemporaryDirectory(dir=tmp_path) as work:
            root = packaging.build(Path(work), Fgs1(), info, store, cases)
            assert schema_problems(root, SchemaSet.own()) == []
            if official is not None:
                assert schema_problems(root, official, "Bygglov_v2.xsd") == []
            findings = validate_package(root, now=AFTER_ALL).findings
            assert {f.rule for f in findings if f.severity is Severity.ERROR} <= OF_EMPTY_TEXTS
            written = registers._texts(root / CASES)
            lost = [text for text in registers._strings((info, *cases)) if registers._folded(text) not in written]
            assert lost == []

    packages_are_valid()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Fgs1Package:
    return full_package(tmp_path_factory.mktemp("full"))


def test_memory_does_not_grow_with_records_and_files(full: Fgs1Package, tmp_path: Path) -> None:
    few, many = (_peak(full, tmp_path / str(count), count) for count in RECORDS)
    assert many < few + BYTES_A_RECORD * (RECORDS[1] - RECORDS[0])


def _peak(full: Fgs1Package, folder: Path, count: int) -> int:
    """The most memory that writing a case with so many records of one file each takes."""
    folder.mkdir()
    record = next(iter(full.cases[1].records))
    files = FileList(folder / "files.jsonl")

    def records() -> Iterator[PlacedRecord]:
        for number in range(count):
            file = PackagedFile(
                f"f{number}", f"Content/1/{number}.txt", FileGroup.CONTENT, "text/plain", 1, "0" * 64, "2024-01-01"
            )
            files.add(file)
            yield PlacedRecord(
                dataclasses.replace(record, running_number=number), [(record.documents[0], file)], []
            )

    tracemalloc.start()
    try:
        with fgs1_content.document(folder / "content.xml", "x.xsd", full.info) as content:
            content.case(full.cases[1], records())
        fgs1_mets.write(folder / "sip.xml", full.info, PackageFacts(None, None, False, False, False), files)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        files.close()
