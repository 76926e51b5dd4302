"""Export, import into an empty register, export again: the same register, and equivalent packages."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from diarium.archive import conversion, packaging
from diarium.archive.import_models import ImportState
from diarium.archive.package_model import PackageCase, PackageInfo
from diarium.archive.profiles import profile
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading import read_package
from diarium.classification.models import ClassificationScheme
from diarium.db.engine import open_database
from diarium.files.store import LocalBlobStore
from diarium.register.models import Authority
from tests import patterns
from tests.archive.importing.conftest import Installation
from tests.archive.importing.generated import register
from tests.archive.made_packages import MadePackage
from tests.conftest import Municipality

IS_EXHAUSTIVE = os.environ.get("DIARIUM_EXHAUSTIVE") == "1"
EXAMPLES = 150 if IS_EXHAUSTIVE else 6


@pytest.mark.parametrize("code", list(ProfileCode))
def test_a_register_comes_through_an_empty_one_unchanged(
    code: ProfileCode, made: MadePackage, town: Municipality, empty_installation: Installation, tmp_path: Path
) -> None:
    root = packaging.build(tmp_path / "again", profile(code), made.info, town.blobs, made.cases)
    check_trip(root, made.info, made.cases, empty_installation, code, tmp_path / "third")


def test_a_register_comes_through_postgresql_unchanged(
    made: MadePackage, postgresql_url: str, tmp_path: Path
) -> None:
    patterns.empty(postgresql_url)
    database = open_database(postgresql_url)
    empty = Installation(database, LocalBlobStore(tmp_path / "files"))
    check_trip(made.root, made.info, made.cases, empty, ProfileCode.FGS2, tmp_path / "third")
    database.close()


def test_whatever_stands_in_a_register_comes_through(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path / "contents")

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**32), code=st.sampled_from(ProfileCode))
    def comes_through(seed: int, code: ProfileCode) -> None:
        made = register(seed, store)
        with TemporaryDirectory(dir=tmp_path) as work, installation(Path(work)) as empty:
            root = packaging.build(Path(work), profile(code), made.info, store, made.cases)
            check_trip(root, made.info, made.cases, empty, code, Path(work) / "third")

    comes_through()


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """A new register with nothing in it."""
    url = f"sqlite:///{folder / 'register.sqlite'}"
    patterns.empty(url)
    database = open_database(url)
    yield Installation(database, LocalBlobStore(folder / "files"))
    database.close()


def check_trip(
    root: Path,
    info: PackageInfo,
    cases: Sequence[PackageCase],
    empty: Installation,
    code: ProfileCode,
    work: Path,
) -> None:
    """Takes the package over, compares the register with what it was made of, and packs it once more."""
    done = empty.take_over(root)
    assert (done.state, done.error, done.conflicts) == (ImportState.DONE, None, [])
    came = empty.cases()
    assert differences([comparable(case) for case in came], [comparable(case) for case in cases]) == []
    assert all(case.origin is not None and case.origin.package_id == root.name for case in came)
    assert set_up_of(empty, info) == info
    again = packaging.build(work, profile(code), info, empty.blobs, [without_origin(case) for case in came])
    first, second = read_package(root), read_package(again)
    assert second.info == first.info
    told_again, told = ([comparable(case) for case in package.cases] for package in (second, first))
    assert differences(told_again, told) == []
    assert sizes(again) == sizes(root)


def set_up_of(empty: Installation, info: PackageInfo) -> PackageInfo:
    """The head of a package of what was taken over: authority, series, units and schemes as they are here."""
    with empty.database.reading() as session:
        query = select(Authority).where(Authority.code == info.authority.code)
        owner = session.scalars(query.options(selectinload(Authority.series), selectinload(Authority.units))).one()
        schemes = session.scalars(select(ClassificationScheme).order_by(ClassificationScheme.id))
        return dataclasses.replace(
            info,
            authority=conversion.to_authority(owner),
            series=tuple(conversion.to_series(row) for row in owner.series),
            units=tuple(conversion.to_unit(row) for row in owner.units),
            schemes=tuple(conversion.to_scheme(row) for row in schemes),
        )


def comparable(case: PackageCase) -> dict[str, object]:
    """Everything of a case but where it came from; the order of references between cases says nothing."""
    facts = dataclasses.asdict(without_origin(case))
    facts["relations"] = sorted(facts["relations"], key=str)
    return facts


def differences(came: object, went: object, place: str = "") -> list[str]:
    """Where two tellings differ."""
    if isinstance(came, dict) and isinstance(went, dict):
        return [told for key in went for told in differences(came.get(key), went[key], f"{place}.{key}")]
    if isinstance(came, list | tuple) and isinstance(went, list | tuple) and len(came) == len(went):
        pairs = enumerate(zip(came, went, strict=True))
        return [told for number, (one, other) in pairs for told in differences(one, other, f"{place}[{number}]")]
    return [] if came == went else [f"{place}: {came!r} is not {went!r}"]


def without_origin(case: PackageCase) -> PackageCase:
    return dataclasses.replace(case, origin=None)


def sizes(root: Path) -> dict[str, int]:
    """The files of a package with their sizes: the order of references aside, the packages are the same."""
    return {path.relative_to(root).as_posix(): path.stat().st_size for path in root.rglob("*") if path.is_file()}
