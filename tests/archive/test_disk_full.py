"""A full disk is told in words, leaves nothing behind, and the export goes on when there is room."""

from __future__ import annotations

import os
import random
import resource
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from diarium.archive import exporting
from diarium.archive.models import Export, ExportState
from diarium.archive.package_model import PackageCase, PackageInfo
from diarium.archive.packaging import PackageFolder
from diarium.archive.profiles.fgs2 import Fgs2
from diarium.register import closing
from diarium.register.commands import DocumentFacts
from tests.archive.conftest import ExportBench
from tests.archive.register_examples import DAY, plain_case
from tests.conftest import Municipality

MIB = 1024 * 1024
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[int], None]]:
    """A disk of its own at `folder`; what it gives makes the disk larger."""
    folder.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this root may not mount")

    def resize(to: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={to}", folder], check=True)

    try:
        yield resize
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@needs_root
def test_too_little_room_is_told_before_anything_is_written(bench: ExportBench) -> None:
    export = bench.request(_large_case)
    with small_disk(bench.folder, 2 * MIB) as resize:
        done = bench.run(export)
        assert done.export.state is ExportState.FAILED
        assert "behöver 5 MB" in str(done.export.error)
        assert "1 MB är lediga" in str(done.export.error)
        assert list(bench.folder.iterdir()) == []
        resize(20 * MIB)
        assert _continued(bench, export).state is ExportState.VALIDATED


@needs_root
@pytest.mark.parametrize("moment", ["content", "xml", "end of the zip"])
def test_a_disk_that_fills_up_leaves_nothing_and_the_export_goes_on(bench: ExportBench, moment: str) -> None:
    """Somebody else fills the disk at different moments: while files, XML and the end of the zip are written."""
    export = bench.request(plain_case, _large_case)
    ballast = bench.folder / "ballast"

    def fill() -> bool:
        if not ballast.exists():
            with ballast.open("wb", buffering=0) as file:
                _write_until_full(file.fileno())
        return False

    def after_the_last_case(done: int, total: int) -> None:
        if done == total:
            fill()

    hooks: dict[str, object] = {"is_cancelled": fill} if moment == "content" else {"on_case": after_the_last_case}
    if moment == "end of the zip":
        hooks = {"profile": _Then(fill)}
    with small_disk(bench.folder, 12 * MIB):
        done = bench.run(export, **hooks)
        assert done.export.state is ExportState.FAILED, moment
        assert "full" in str(done.export.error)
        assert "Fortsätt" in str(done.export.error)
        assert done.part.package_name is None
        assert list(bench.folder.iterdir()) == [ballast]
        ballast.unlink()
        assert _continued(bench, export).state is ExportState.VALIDATED


def test_a_limit_on_the_size_of_files_is_a_full_disk(bench: ExportBench) -> None:
    export = bench.request(_large_case)
    _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * MIB, hard))
    try:
        done = bench.run(export)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    assert done.export.state is ExportState.FAILED
    assert "full" in str(done.export.error)
    assert list(bench.folder.iterdir()) == []
    assert _continued(bench, export).state is ExportState.VALIDATED


class _Then(Fgs2):
    """The usual profile; does something when all of its files are written."""

    def __init__(self, then: Callable[[], object]) -> None:
        super().__init__()
        self._then = then

    def write(self, folder: PackageFolder, info: PackageInfo, cases: Iterable[PackageCase]) -> None:
        super().write(folder, info, cases)
        self._then()


def _large_case(town: Municipality, session: Session) -> None:
    case = town.case(session, title="Stort ärende", opened_on=DAY, classification="2.1")
    content = town.store(session, random.Random(1).randbytes(4 * MIB))
    town.record(session, case, official_on=DAY, documents=(DocumentFacts(content, "Stor.bin"),))
    closing.close(session, town.registrar, case, day=DAY)


def _write_until_full(descriptor: int) -> None:
    for size in (MIB, 4096, 1):
        try:
            while True:
                os.write(descriptor, b"x" * size)
        except OSError:
            continue


def _continued(bench: ExportBench, export: Export) -> Export:
    with bench.municipality.database.unit_of_work() as session:
        exporting.continue_export(session, bench.municipality.archivist, export.uid)
    return bench.run(export).export
