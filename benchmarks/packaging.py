"""One large package: its time against `sha256sum` and `cp` over the same files, its memory against a small one's.

Also by itself, for the large run: `python -m benchmarks.packaging --files 100000 --bytes 200000 --folder …`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import click
import structlog
from sqlalchemy import ColumnElement, Table, func, insert, select
from sqlalchemy.orm import Session

from benchmarks.exporting import peak_bytes
from benchmarks.ground import SEED, Ground, empty_register
from benchmarks.measure import Comparison, Sizes
from diarium.archive import exporting
from diarium.archive.criteria import Criteria
from diarium.archive.models import Export, ExportState
from diarium.db.base import Base, now
from diarium.db.engine import Database, open_database
from diarium.files.models import Blob
from diarium.files.store import LocalBlobStore
from diarium.identity.permissions import SYSTEM
from diarium.register import closing, registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts
from diarium.register.models import Case, Document, Party, Record
from diarium.register.vocabulary import Direction

AREA = "Packaging"
_FILES_PER_RECORD = 2
_RECORDS_PER_CASE = 5
_ROWS_AT_ONCE = 5_000
_PLAIN = "sha256sum and cp of the same files, then sync"


Keyed = Case | Record | Party | Document
Rows = dict[type[Base], dict[str, object]]


class PackagingFailed(Exception):
    """An export to be measured made no package."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run took. Seconds; bytes."""

    files: int
    bytes: int
    seconds: float
    plain_seconds: float
    peak: int


def run(sizes: Sizes, folder: Path) -> Iterator[Comparison]:
    """Small sizes, for the table."""
    folder.mkdir(parents=True)
    small, large = (sizes.exported * 50, sizes.exported * 500)
    found = measure(folder, (small, large), 200_000)
    yield Comparison(
        AREA,
        f"package with {large} files of 200 kB: written, read back, checked",
        _PLAIN,
        (found[1].seconds * 1000,),
        (found[1].plain_seconds * 1000,),
    )
    yield Comparison(
        AREA,
        f"time for a package with {large} files",
        f"ten times the time for one with {small} files",
        (found[1].seconds * 1000,),
        (found[0].seconds * 10_000,),
    )
    yield Comparison(
        AREA,
        f"peak memory of a process that makes a package with {large} files",
        f"the same with {small} files",
        (found[1].peak / 1e6,),
        (found[0].peak / 1e6,),
        "MB",
    )


def measure(folder: Path, counts: tuple[int, ...], size: int, *, keep_cold: bool = False) -> list[Taken]:
    """A package for each number of files, the plain counterpart after each; what is made is removed at once."""
    found = []
    with empty_register(f"sqlite:///{folder / 'register.sqlite'}", folder) as ground:
        for place, count in enumerate(counts):
            year = 2001 + place
            fill(ground, year, count, size)
            if keep_cold:
                _forget_what_was_read()
            seconds, peak, files, total = _in_child(ground, folder, year)
            if keep_cold:
                _forget_what_was_read()
            plain = _plain(ground, folder, year)
            found.append(Taken(files, total, seconds, plain, peak))
            click.echo(_told(found[-1]))
    return found


def fill(ground: Ground, year: int, files: int, size: int) -> None:
    """Closed cases of `year` with so many different files of `size` bytes; the rows are copies of one case's."""
    day = dt.date(year, 3, 1)
    template = _template(ground, day)
    base = random.Random(f"{SEED}/{year}").randbytes(size + 4096)  # noqa: S311 - content, no secret
    cases: dict[type[Base], list[dict[str, object]]] = {kind: [] for kind in (Case, Record, Party, Blob, Document)}
    with ground.database.reading() as session:
        first = {
            kind: (session.scalar(select(func.max(kind.id))) or 0) + 1 for kind in (Case, Record, Party, Document)
        }
    made = 0
    number = record_id = document_id = 0
    while made < files:
        number += 1
        case_id = first[Case] + number
        cases[Case].append(
            template[Case]
            | {"id": case_id, "uid": uuid.uuid4(), "year": year, "number": number,
               "number_text": f"KS {year}/{number}", "record_count": _RECORDS_PER_CASE}
        )  # fmt: skip
        for running in range(1, _RECORDS_PER_CASE + 1):
            record_id += 1
            key = first[Record] + record_id
            cases[Record].append(
                template[Record] | {"id": key, "uid": uuid.uuid4(), "case_id": case_id, "running_number": running}
            )
            cases[Party].append(
                template[Party] | {"id": first[Party] + record_id, "uid": uuid.uuid4(), "record_id": key}
            )
            for position in range(1, _FILES_PER_RECORD + 1):
                if made == files:
                    break
                made += 1
                document_id += 1
                sha256 = _content(ground.store, base, size, f"{year}/{made}")
                cases[Blob].append(template[Blob] | {"sha256": sha256, "size": size})
                cases[Document].append(
                    template[Document]
                    | {"id": first[Document] + document_id, "uid": uuid.uuid4(), "record_id": key,
                       "sha256": sha256, "position": position, "file_name": f"Bilaga {position}.pdf"}
                )  # fmt: skip
        if len(cases[Document]) >= _ROWS_AT_ONCE:
            _insert(ground.database, cases)
    _insert(ground.database, cases)


def _template(ground: Ground, day: dt.date) -> Rows:
    """One closed case made by the real use cases, as rows."""
    blob = ground.store.put_bytes(f"%PDF-1.4 {day}".encode())
    with ground.database.unit_of_work() as session:
        session.add(
            Blob(
                sha256=blob.sha256,
                size=blob.size,
                mime="application/pdf",
                puid="fmt/95",
                format_name="Acrobat PDF/A - Portable Document Format",
                format_version="1a",
                examined_at=now(),
            )
        )
        session.flush()
        record = registration.register(
            session,
            ground.registrar,
            NewRecord(
                direction=Direction.INCOMING,
                official_on=day,
                title="Ansökan om bygglov för tillbyggnad av enbostadshus",
                new_case=NewCase(
                    authority="KS",
                    title="Bygglov för tillbyggnad",
                    opened_on=day,
                    classification="1.3.1",
                    responsible="registrator",
                ),
                parties=(PartyFacts("Åsa Öberg"),),
                documents=(DocumentFacts(blob.sha256, "Bilaga 1.pdf"),),
            ),
        )
        closing.close(session, ground.registrar, record.case, day=day)
        session.flush()
        keys: dict[type[Keyed], int] = {Case: record.case_id, Record: record.id, Party: record.parties[0].id}
        keys[Document] = record.documents[0].id
        rows: Rows = {kind: _row(session, table_of(kind), kind.id == key) for kind, key in keys.items()}
        rows[Blob] = _row(session, table_of(Blob), Blob.sha256 == blob.sha256)
    return rows


def table_of(kind: type[Base]) -> Table:
    """The table of a class."""
    return cast(Table, kind.__table__)


def _row(session: Session, table: Table, clause: ColumnElement[bool]) -> dict[str, object]:
    return dict(session.execute(select(table).where(clause)).mappings().one())


def _content(store: LocalBlobStore, base: bytes, size: int, name: str) -> str:
    """Another content for each name, put where the store would: it synchronises each file, which takes long."""
    content = (name.encode() + base)[:size]
    sha256 = hashlib.sha256(content).hexdigest()
    path = store.path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return sha256


def _insert(database: Database, rows: dict[type[Base], list[dict[str, object]]]) -> None:
    with database.unit_of_work() as session:
        for kind, found in rows.items():
            if found:
                session.execute(insert(table_of(kind)), found)
            found.clear()


def _in_child(ground: Ground, folder: Path, year: int) -> tuple[float, int, int, int]:
    """Seconds, peak memory, files and bytes of a process of its own that makes the package."""
    url = ground.database.engine.url.render_as_string(hide_password=False)
    answer = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "benchmarks.packaging", "--child", url, str(folder), str(year)],
        capture_output=True,
        check=True,
        text=True,
    )
    seconds, peak, files, total = json.loads(answer.stdout.splitlines()[-1])
    return seconds, peak, files, total


def _child(url: str, folder: Path, year: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    database = open_database(url)
    store, target = LocalBlobStore(folder / "files"), folder / "exports"
    begun = time.perf_counter()
    criteria = Criteria("KS", dt.date(year, 1, 1), dt.date(year, 12, 31))
    with database.unit_of_work() as session:
        export = exporting.request_export(session, SYSTEM, criteria)
    exporting.run_export(database, store, target, export.uid)
    seconds = time.perf_counter() - begun
    with database.reading() as session:
        done = session.get_one(Export, export.id)
        (part,) = done.parts
        if done.state is not ExportState.VALIDATED or part.package_name is None:
            raise PackagingFailed(done.error or part.report)
        (target / part.package_name).unlink()
        click.echo(json.dumps([seconds, peak_bytes(), part.file_count, part.byte_count]))
    database.close()


def _plain(ground: Ground, folder: Path, year: int) -> float:
    """The same files, hashed and copied by the programs that everybody has, and brought to the disk as ours."""
    with ground.database.reading() as session:
        query = select(Document.sha256).join(Record).join(Case)
        query = query.where(Case.closed_on.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
        names = [str(ground.store.path(sha256)) for sha256 in session.scalars(query.order_by(Document.id))]
    listed = "\0".join(names).encode()
    target = folder / "copies"
    target.mkdir()
    begun = time.perf_counter()
    subprocess.run(["xargs", "-0", "sha256sum"], input=listed, stdout=subprocess.DEVNULL, check=True)  # noqa: S607
    subprocess.run(["xargs", "-0", "cp", "-t", str(target)], input=listed, check=True)  # noqa: S603, S607
    subprocess.run(["sync", "-f", str(target)], check=True)  # noqa: S603, S607
    seconds = time.perf_counter() - begun
    shutil.rmtree(target)
    return seconds


def _forget_what_was_read() -> None:
    """Both sides read from the disk and not from memory: only the administrator can see to that."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3\n", encoding="ascii")


def _told(taken: Taken) -> str:
    ratio, size, peak = taken.seconds / taken.plain_seconds, taken.bytes / 1e9, taken.peak / 1e6
    times = f"{taken.seconds:.1f} s, plain {taken.plain_seconds:.1f} s, ratio {ratio:.2f}"
    return f"{taken.files} files, {size:.2f} GB: {times}, peak {peak:.0f} MB"


@click.command()
@click.option("--files", type=click.IntRange(10), multiple=True, default=(1000, 10_000), show_default=True)
@click.option("--bytes", "size", type=click.IntRange(100), default=200_000, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=None, help="Where there is room.")
@click.option("--cold", is_flag=True, help="Empties the cache of the disk before each side; needs root.")
@click.option("--child", nargs=3, hidden=True)
def main(
    files: tuple[int, ...], size: int, folder: Path | None, cold: bool, child: tuple[str, str, str] | None
) -> None:
    """Measures packages of `files` files, one after the other, and prints the figures."""
    if child:
        _child(child[0], Path(child[1]), int(child[2]))
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="diarium-bench-", dir=folder) as name:
        found = measure(Path(name), files, size, keep_cold=cold)
    click.echo(json.dumps([asdict(taken) for taken in found], indent=2))


if __name__ == "__main__":
    main()
