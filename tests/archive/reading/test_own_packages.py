"""What a diarium register wrote is read back exactly, whatever the format."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from diarium.archive import packaging
from diarium.archive.package_model import PackageCase, PackageInfo
from diarium.archive.profiles import profile
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading import read_package
from tests.archive.made_packages import MadePackage, made_package
from tests.archive.register_examples import full_case, plain_case
from tests.conftest import Municipality


@pytest.fixture
def made(sqlite_municipality: Municipality, tmp_path: Path) -> MadePackage:
    """A package with every field in use."""
    return made_package(sqlite_municipality, tmp_path / "first", ProfileCode.FGS2, full_case, plain_case)


@pytest.mark.parametrize("code", list(ProfileCode))
def test_a_package_is_read_back_as_it_was_written(
    code: ProfileCode, made: MadePackage, sqlite_municipality: Municipality, tmp_path: Path
) -> None:
    root = packaging.build(tmp_path / "again", profile(code), made.info, sqlite_municipality.blobs, made.cases)
    package = read_package(root)
    assert (package.profile, package.is_ours, package.package_id) == (code, True, root.name)
    assert same(package.info, made.info)
    cases = list(package.read())
    assert package.case_count == len(cases) == len(made.cases)
    for read, written in zip(cases, made.cases, strict=True):
        assert same(read.case, written)
        documents = [item for record in written.records for item in record.documents]
        contents = [sent.content for record in written.records for sent in record.dispatches if sent.content]
        for item in (*documents, *contents):
            path = package.path_of(read.files[item.uid])
            assert path is not None
            assert path.read_bytes() == sqlite_municipality.blobs.path(item.sha256).read_bytes()


def same(read: PackageCase | PackageInfo, written: PackageCase | PackageInfo) -> bool:
    """Whether both say the same; says where they don't."""
    assert dataclasses.asdict(read) == dataclasses.asdict(written)
    return True
