"""Making a package against copying and hashing the same files, and what ten times the files do to memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import multiprocessing
import random
import resource
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import select

from benchmarks.ground import SEED, Ground, empty_register
from benchmarks.measure import Comparison, Sizes, in_turns
from diarium.archive import exporting
from diarium.archive.criteria import Criteria
from diarium.archive.models import Export, ExportState
from diarium.db.engine import Database, open_database
from diarium.files import service as intake
from diarium.files.store import BlobStore, LocalBlobStore
from diarium.identity.permissions import Actor
from diarium.register import closing, registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts
from diarium.register.models import Case, Document, Record
from diarium.register.vocabulary import Direction

AREA = "Export"
_FILES_PER_CASE = 4
_FILE_BYTES = 100_000


class ExportFailed(Exception):
    """An export to be measured made no package."""


@dataclass(frozen=True, slots=True)
class _Period:
    """A year of closed cases and how many times `sizes.exported` they are."""

    year: int
    times: int

    @property
    def dates(self) -> tuple[dt.date, dt.date]:
        return dt.date(self.year, 1, 1), dt.date(self.year, 12, 31)


_SMALL, _LARGE = _Period(2022, 1), _Period(2023, 10)


def run(sizes: Sizes, folder: Path) -> Iterator[Comparison]:
    """Time for one package, and peak memory of ten times as much against once."""
    folder.mkdir(parents=True)
    with empty_register(f"sqlite:///{folder / 'register.sqlite'}", folder) as ground:
        for period in (_SMALL, _LARGE):
            _fill(ground, period, sizes.exported * period.times)
        target = folder / "exports"
        copies = Copies(ground, _SMALL, folder / "copies")
        files = sizes.exported * _FILES_PER_CASE
        yield in_turns(
            AREA,
            f"package of {sizes.exported} cases with {files} files of 100 kB: FGS, checked, zipped",
            "SHA-256 and copy of the same files",
            lambda: _export(ground.database, ground.store, ground.archivist, target, _SMALL),
            copies.make,
            rounds=max(2, sizes.rounds // 3),
            calls=1,
        )
        peaks = [[_peak_in_child(ground, folder, period) for period in (_LARGE, _SMALL)] for _round in range(3)]
        yield Comparison(
            AREA,
            f"peak memory of a process that makes a package with {files * _LARGE.times} files",
            f"the same with {files} files",
            tuple(large for large, _small in peaks),
            tuple(small for _large, small in peaks),
            "MB",
        )


def _fill(ground: Ground, period: _Period, cases: int) -> None:
    rng = random.Random(f"{SEED}/{period.year}")  # noqa: S311 - content, no secret
    day = period.dates[0] + dt.timedelta(days=40)
    for number in range(cases):
        with ground.database.unit_of_work() as session:
            documents = []
            for place in range(_FILES_PER_CASE):
                stream = io.BytesIO(rng.randbytes(_FILE_BYTES))
                sha256 = intake.take_in(session, ground.store, stream, max_bytes=_FILE_BYTES)
                documents.append(DocumentFacts(sha256, f"Bilaga {place + 1}.txt"))
            record = registration.register(
                session,
                ground.registrar,
                NewRecord(
                    direction=Direction.INCOMING,
                    official_on=day,
                    title=f"Ansökan {number + 1}",
                    new_case=NewCase(
                        authority="KS",
                        title=f"Ärende {number + 1}",
                        opened_on=day,
                        classification="1.3.1",
                        responsible="registrator",
                    ),
                    parties=(PartyFacts("Åsa Öberg"),),
                    documents=tuple(documents),
                ),
            )
            closing.close(session, ground.registrar, record.case, day=day)


def _export(database: Database, store: BlobStore, archivist: Actor, folder: Path, period: _Period) -> None:
    with database.unit_of_work() as session:
        export = exporting.request_export(session, archivist, Criteria("KS", *period.dates))
    exporting.run_export(database, store, folder, export.uid)
    with database.reading() as session:
        done = session.get_one(Export, export.id)
        (part,) = done.parts
        if part.package_name is None or done.state is ExportState.FAILED:
            raise ExportFailed(done.error)
        (folder / part.package_name).unlink()


def _peak_in_child(ground: Ground, folder: Path, period: _Period) -> float:
    """The most memory that a process of its own holds while it makes the package, in MB, libraries included."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        url = ground.database.engine.url.render_as_string(hide_password=False)
        return pool.submit(_export_and_tell, url, folder, ground.archivist, period).result()


def _export_and_tell(url: str, folder: Path, archivist: Actor, period: _Period) -> float:
    database = open_database(url)
    try:
        _export(database, LocalBlobStore(folder / "files"), archivist, folder / "exports", period)
    finally:
        database.close()
    return peak_bytes() / 1e6


def peak_bytes() -> int:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux counts the parent's memory into ru_maxrss
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class Copies:
    """Hashes the files of a period and copies them into a new folder."""

    def __init__(self, ground: Ground, period: _Period, folder: Path) -> None:
        with ground.database.reading() as session:
            chosen = select(Document.sha256).join(Record).join(Case).where(Case.closed_on.between(*period.dates))
            self._sources = [ground.store.path(sha256) for sha256 in session.scalars(chosen)]
        self._folder = folder
        self._numbers = count()

    def make(self) -> None:
        """One copy of all, removed afterwards as the package is."""
        target = self._folder / str(next(self._numbers))
        target.mkdir(parents=True)
        for number, source in enumerate(self._sources):
            with source.open("rb") as stream:
                hashlib.file_digest(stream, "sha256")
            shutil.copyfile(source, target / str(number))
        shutil.rmtree(target)
