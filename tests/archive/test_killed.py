"""Whenever the process is killed, the package that comes of it in the end is the same, byte for byte."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.archive import exporting
from diarium.archive.criteria import Criteria, PackageLimits
from diarium.archive.models import Export, ExportPart, ExportState
from diarium.db.engine import Database
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.conftest import Municipality

KILLS = 200 if os.environ.get("DIARIUM_EXHAUSTIVE") == "1" else 8
CASES = 12
# A process that has all of it in memory and, for each number that it reads, has a child of its own make the export
# and kill itself at that step: when it opens, cuts, renames or removes something. It tells how the child ended.
NURSE = """
import os, signal, sys, uuid
from pathlib import Path
import diarium.tables
from diarium.archive import exporting, exporting_course, packaging_zip
from diarium.db.engine import open_database
from diarium.files.store import LocalBlobStore
url, files, folder, uid = sys.argv[1:]
packaging_zip.CHECKPOINT_FILES = 3
exporting_course._WRITE_SECONDS = 0.0
watched = {"open", "os.truncate", "os.rename", "shutil.rmtree", "os.mkdir", "os.remove", "os.scandir"}
def export(kill_at):
    steps = 0
    def step(event, _arguments):
        nonlocal steps
        if event in watched:
            steps += 1
            if steps == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    database = open_database(url)
    sys.addaudithook(step)
    exporting.run_export(database, LocalBlobStore(Path(files)), Path(folder), uuid.UUID(uid))
    return steps
for line in sys.stdin:
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        os.write(tell, str(export(int(line))).encode())
        os._exit(0)
    os.close(tell)
    _pid, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), os.read(told, 20).decode() or "0", flush=True)
    os.close(told)
"""


@dataclass(frozen=True)
class Town:
    """A register with an export that has been asked for, in two packages, and what its packages shall be."""

    database: Database
    export: Export
    folder: Path
    nurse: subprocess.Popen[str]


@pytest.fixture
def town(sqlite_municipality: Municipality, tmp_path: Path) -> Iterator[Town]:
    """A small register; the export is of two packages."""
    municipality = sqlite_municipality
    with municipality.database.unit_of_work() as session:
        full_case(municipality, session)
        for number in range(CASES):
            plain_case(municipality, session, f"Ärende {number}", files=3)
    with municipality.database.unit_of_work() as session:
        export = exporting.request_export(
            session,
            municipality.archivist,
            Criteria("KS", *PERIOD),
            limits=PackageLimits(max_cases=CASES // 2 + 1),
        )
    url = municipality.database.engine.url.render_as_string(hide_password=False)
    files = municipality.blobs.path("0" * 64).parents[2]
    folder = tmp_path / "exports"
    arguments = [sys.executable, "-c", NURSE, url, str(files), str(folder), str(export.uid)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nurse:
        yield Town(municipality.database, export, folder, nurse)


@pytest.mark.timeout(120 + 60 * KILLS)
def test_a_killed_export_gives_the_same_packages_in_the_end(town: Town) -> None:
    steps = _fix_moments_and_count_steps(town)
    wanted = _packages(town)
    assert len(wanted) == 2
    rng = random.Random(1)
    killed = resumed = 0
    for _attempt in range(KILLS):
        _as_if_not_begun(town)
        while True:
            kill_at = rng.randint(1, steps)
            code = _run(town, kill_at)[0]
            _require_nothing_half_claimed(town, wanted)
            if code == 0:
                break
            assert code == -signal.SIGKILL
            killed += 1
            resumed += any(town.folder.glob(".work-*/journal.jsonl"))
            if rng.random() < 0.5:  # a second and a third kill of the same export
                continue
            assert _run(town, 0)[0] == 0
            break
        assert _packages(town) == wanted
        assert sorted(path.name for path in town.folder.iterdir()) == sorted(wanted)
    assert killed > KILLS / 3
    assert resumed


def _fix_moments_and_count_steps(town: Town) -> int:
    """Makes the export once undisturbed; how many steps that took."""
    code, steps = _run(town, 0)
    assert code == 0
    with town.database.reading() as session:
        assert session.get_one(Export, town.export.id).state is ExportState.VALIDATED
    return steps


def _run(town: Town, kill_at: int) -> tuple[int, int]:
    """A real process makes the export and is killed at the given step, 0: not at all. How it ended, its steps."""
    assert town.nurse.stdin
    assert town.nurse.stdout
    town.nurse.stdin.write(f"{kill_at}\n")
    town.nurse.stdin.flush()
    code, steps = town.nurse.stdout.readline().split()
    return int(code), int(steps)


def _as_if_not_begun(town: Town) -> None:
    """The export waits again, to be made at the same moments: only they may tell two packages apart."""
    for path in town.folder.glob("*.zip"):
        path.unlink()
    with town.database.unit_of_work() as session:
        export = session.get_one(Export, town.export.id)
        export.state, export.held_by, export.finished_at = ExportState.REQUESTED, None, None
        for part in export.parts:
            part.state, part.report, part.finished_at = ExportState.REQUESTED, None, None
            part.package_name = part.package_sha256 = part.package_size = None


def _packages(town: Town) -> dict[str, str]:
    """Name and checksum of each package as it stands on the disk."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in town.folder.glob("*.zip")}


def _require_nothing_half_claimed(town: Town, wanted: dict[str, str]) -> None:
    """What has a package's name is that package, and what the register says of one lies there."""
    there = _packages(town)
    assert all(wanted[name] == digest for name, digest in there.items())
    with town.database.reading() as session:
        parts = session.scalars(select(ExportPart).where(ExportPart.export_id == town.export.id)).all()
    for part in parts:
        if part.package_name is not None:
            assert there[part.package_name] == part.package_sha256
