"""Backups are whole, new ones hold only what is new, and what is restored is what was there."""

from __future__ import annotations

import os
import resource
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import MetaData, func, select, text

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.db import migrate
from diarium.disposal.contents import is_used
from diarium.files.models import Blob, BlobText
from diarium.letterbox.box import Letterbox
from diarium.letterbox.letters import Confirm
from diarium.register.commands import DocumentFacts
from diarium.register.models import Case
from diarium.safekeeping import checking, keeping, restoring
from diarium.safekeeping.errors import BackupDamaged, BackupFailed, NoBackup, RestoreRefused
from diarium.safekeeping.keeping import Policy
from diarium.safekeeping.making import back_up
from diarium.safekeeping.manifest import chosen, read_manifest
from diarium.safekeeping.restoring import Place
from diarium.safekeeping.vault import Vault
from diarium.settings import Settings, from_environment
from tests import patterns
from tests.safekeeping.conftest import House, Run

OLDER = "0020"


def test_what_is_restored_is_what_was_backed_up(house: House, run: Run, tmp_path: Path) -> None:
    target, place = tmp_path / "backups", tmp_path / "restored"
    made = run(house.settings, "backup", target)
    assert made.exit_code == 0, made.output
    checked = run(house.settings, "backup", "verify", target)
    assert checked.exit_code == 0, checked.output
    back = run(house.settings, "restore", target, "--into", place)
    assert back.exit_code == 0, back.output
    assert f"nummer {_last_event(house.diarium)}" in back.stdout
    _require_same(house, from_environment({"DIARIUM_DATA": str(place)}))
    again = run(house.settings, "restore", target, "--into", place)
    assert again.exit_code == 1
    assert "är inte tom" in again.output
    drilled = run(house.settings, "backup", "drill", target)
    assert drilled.exit_code == 0, drilled.output
    assert "Övningen gick bra" in drilled.stdout


@pytest.mark.postgresql
def test_an_encrypted_backup_of_sqlite_becomes_a_register_in_postgresql(
    sqlite_house: House, run: Run, tmp_path: Path, postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, target = sqlite_house, tmp_path / "backups"
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"# my key\n{identity}\n")
    made = run(house.settings, "backup", target, "--recipient", str(identity.to_public()))
    assert made.exit_code == 0, made.output
    secrets = [
        house.diarium.backup_source.keys[name].encode() for name in ("secret_key", "seal_key", "factor_key")
    ]
    contents = [house.diarium.blobs.path(sha256).read_bytes() for sha256 in house.contents]
    for path in target.rglob("*"):
        if path.is_file():
            stored = path.read_bytes()
            assert not any(item in stored for item in (*secrets, *contents, b"kollektivtrafik"))
            assert not any(sha256 in path.name for sha256 in house.contents)
    assert "krypterad" in run(house.settings, "restore", target, "--into", tmp_path / "nowhere").output
    assert run(house.settings, "backup", target).exit_code == 1
    name = "restored_here"
    patterns.run_on_server(postgresql_server, f"CREATE DATABASE {name}")
    url = postgresql_server.replace("/postgres?", f"/{name}?")
    place = tmp_path / "place"
    settings = from_environment({"DIARIUM_DATA": str(place), "DIARIUM_DATABASE_URL": url})
    back = run(settings, "restore", target, "--into", url, "--identity", tmp_path / "key")
    assert back.exit_code == 0, back.output
    _require_same(house, settings)
    for key in ("secret_key", "seal_key", "factor_key", "webhook_key"):
        assert (place / key).read_text() == house.diarium.backup_source.keys[key]
        assert (place / key).stat().st_mode & 0o077 == 0
    diarium = Diarium(settings)
    with diarium.database.unit_of_work() as session:
        number = session.scalar(select(func.max(AuditEvent.id))) or 0
        assert session.scalar(text("SELECT nextval(pg_get_serial_sequence('audit_event', 'id'))")) == number + 1
        with pytest.raises(Exception, match="append-only"):
            session.execute(text("DELETE FROM audit_event"))
    diarium.close()
    patterns.run_on_server(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_new_backup_holds_only_what_is_new_and_an_old_one_goes_without_harm(
    sqlite_house: House, tmp_path: Path
) -> None:
    house = sqlite_house
    source, vault = house.diarium.backup_source, Vault.prepare(tmp_path / "backups", is_encrypted=False)
    first = back_up(source, vault, None)
    second = back_up(source, vault, None)
    assert second.new_objects == 0
    with house.diarium.database.unit_of_work() as session:
        house.town.store(session, b"Nytt " * 1000)
    third = back_up(source, vault, None)
    assert 0 < third.new_objects < 6
    assert third.new_bytes < first.new_bytes
    pruned = keeping.prune(vault, Policy(days=1))
    assert set(pruned.backups) == {first.manifest.id, second.manifest.id}
    assert vault.ids() == [third.manifest.id]
    assert checking.verify(vault, third.manifest, None).is_whole
    (vault.backups / third.manifest.id / "objects.z").write_bytes(b"no")
    with pytest.raises(BackupDamaged, match="skadad"):
        keeping.prune(vault, Policy(days=1))


def test_a_backup_tells_of_every_damage(sqlite_house: House, tmp_path: Path) -> None:
    vault = Vault.prepare(tmp_path / "backups", is_encrypted=False)
    manifest = back_up(sqlite_house.diarium.backup_source, vault, None).manifest
    files = [path for path in vault.folder.rglob("*") if path.is_file() and path.name != ".lock"]
    for index, path in enumerate(sorted(files)[:: max(1, len(files) // 25)]):
        original = path.read_bytes()
        path.chmod(0o600)
        place = index * 7919 % len(original)
        path.write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
        assert not _is_whole(vault.folder, manifest.id), path
        path.unlink()
        assert not _is_whole(vault.folder, manifest.id), path
        path.write_bytes(original)
    assert _is_whole(vault.folder, manifest.id)


def test_a_manifest_that_somebody_changed_is_refused_and_so_is_that_of_another_house(
    sqlite_house: House, run: Run, tmp_path: Path
) -> None:
    target = tmp_path / "backups"
    assert run(sqlite_house.settings, "backup", target).exit_code == 0
    other = from_environment({"DIARIUM_DATA": str(tmp_path / "other")})
    assert run(other, "prepare").exit_code == 0
    assert run(other, "audit", "public-key").exit_code == 0
    told = run(other, "backup", "verify", target)
    assert told.exit_code == 1
    assert "annan nyckel" in told.output
    path = next(target.glob("backups/*/manifest.json"))
    path.write_text(path.read_text().replace('"damaged": 0', '"damaged": 1'))
    told = run(sqlite_house.settings, "backup", "verify", target)
    assert told.exit_code == 1
    assert "underskriften" in told.output


def test_a_file_that_is_missing_in_the_register_is_told_of_and_the_rest_is_kept(
    sqlite_house: House, run: Run, tmp_path: Path
) -> None:
    house, target = sqlite_house, tmp_path / "backups"
    house.diarium.blobs.path(house.contents[0]).unlink()
    made = run(house.settings, "backup", target)
    assert made.exit_code == 1
    assert "1 fil saknas" in made.output
    manifest = chosen(Vault.open(target), None)
    assert (manifest.damaged, manifest.files) == (1, 1)
    assert run(house.settings, "backup", "verify", target).exit_code == 0
    back = run(house.settings, "restore", target, "--into", tmp_path / "back")
    assert back.exit_code == 1
    assert "content.missing" in back.stdout
    assert f"{house.cases[0]}-1" in back.stdout


def test_a_damaged_backup_is_refused_and_gives_back_what_is_left_of_it_when_told_to(
    sqlite_house: House, run: Run, tmp_path: Path
) -> None:
    house, target, place = sqlite_house, tmp_path / "backups", tmp_path / "back"
    assert run(house.settings, "backup", target).exit_code == 0
    path = next(target.glob(f"objects/*/*/{house.contents[0]}-*"))
    path.chmod(0o600)
    path.write_bytes(b"no longer what it was")
    refused = run(house.settings, "restore", target, "--into", place)
    assert refused.exit_code == 1
    assert path.name in refused.output
    assert not place.exists()
    back = run(house.settings, "restore", target, "--into", place, "--accept-damage")
    assert back.exit_code == 1
    assert house.contents[0] in back.stdout
    assert (place / "register.sqlite").exists()
    diarium = Diarium(from_environment({"DIARIUM_DATA": str(place)}))
    diarium.require_prepared()
    assert diarium.blobs.verify(house.contents[1])
    diarium.close()
    # The next backup stores anew what is not what it says, once the damaged object is gone.
    path.unlink()
    assert run(house.settings, "backup", target).exit_code == 0
    assert run(house.settings, "backup", "verify", target).exit_code == 0


def test_what_is_disposed_of_while_the_backup_is_made_leaves_a_whole_backup(
    sqlite_house: House, tmp_path: Path
) -> None:
    house = sqlite_house
    with house.diarium.database.unit_of_work() as session:
        going = house.town.store(session, b"Ingen anv\xc3\xa4nder detta.")
        session.flush()
        assert not is_used(session, going)
    vault = Vault.prepare(tmp_path / "backups", is_encrypted=False)
    gone: list[str] = []

    def dispose(step: str, _done: int, _total: int | None) -> None:
        if step == "rows" and not gone:
            gone.append(going)
            with house.diarium.database.unit_of_work() as session:
                for table in (BlobText, Blob):
                    session.query(table).filter(table.sha256 == going).delete()
            house.diarium.blobs.remove(going)

    outcome = back_up(house.diarium.backup_source, vault, None, dispose)
    assert outcome.manifest.damaged == 0
    assert outcome.manifest.counts["blob"] == 2
    assert checking.verify(vault, outcome.manifest, None).is_whole


def test_what_is_registered_while_the_backup_is_made_is_in_it_whole_or_not(house: House, tmp_path: Path) -> None:
    vault = Vault.prepare(tmp_path / "backups", is_encrypted=False)
    registered: list[str] = []

    def register(step: str, _done: int, _total: int | None) -> None:
        if step == "rows" and len(registered) < 5:
            with house.diarium.database.unit_of_work() as session:
                case = house.town.case(session, title="Under kopieringen", classification="1.1")
                content = house.town.store(session, f"Fil {len(registered)}".encode())
                house.town.record(session, case, documents=(DocumentFacts(content, "ny.txt"),))
                registered.append(case.number_text)

    manifest = back_up(house.diarium.backup_source, vault, None, register).manifest
    assert len(registered) == 5
    assert (manifest.counts["case_file"], manifest.counts["record"], manifest.files) == (3, 6, 2)
    assert checking.verify(vault, manifest, None).is_whole
    assert back_up(house.diarium.backup_source, vault, None).manifest.counts["case_file"] == 8


def test_a_backup_of_an_older_version_is_restored_and_migrated(
    sqlite_house: House, run: Run, tmp_path: Path
) -> None:
    house, source = sqlite_house, sqlite_house.diarium.backup_source
    migrate.downgrade(source.database, OLDER)
    older = MetaData()
    older.reflect(source.database.engine)
    then = [table for table in older.sorted_tables if table.name != "alembic_version"]
    assert len(then) < len(source.tables)
    vault = Vault.prepare(tmp_path / "backups", is_encrypted=False)
    manifest = back_up(replace(source, tables=then), vault, None).manifest
    assert manifest.revision == OLDER
    place = tmp_path / "restored"
    back = run(house.settings, "restore", vault.folder, "--into", place)
    assert back.exit_code == 0, back.output
    migrate.upgrade(source.database)
    _require_same(house, from_environment({"DIARIUM_DATA": str(place)}))


def test_a_table_that_nobody_knows_is_not_left_out_without_a_word(sqlite_house: House, tmp_path: Path) -> None:
    with sqlite_house.diarium.database.unit_of_work() as session:
        session.execute(text("CREATE TABLE minutes (id INTEGER PRIMARY KEY)"))
    with pytest.raises(BackupFailed, match="minutes"):
        back_up(sqlite_house.diarium.backup_source, Vault.prepare(tmp_path / "b", is_encrypted=False), None)


def test_a_full_disk_is_told_and_leaves_the_backups_as_they_were(sqlite_house: House, tmp_path: Path) -> None:
    source, vault = sqlite_house.diarium.backup_source, Vault.prepare(tmp_path / "backups", is_encrypted=False)
    before = back_up(source, vault, None).manifest
    with sqlite_house.diarium.database.unit_of_work() as session:
        sqlite_house.town.store(session, os.urandom(3_000_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limits[1]))
    try:
        with pytest.raises(BackupFailed, match="inte plats"):
            back_up(source, vault, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert vault.ids() == [before.id]
    assert not list((vault.folder / "incoming").glob("*/manifest.json"))
    assert back_up(source, vault, None).new_objects > 0


@pytest.mark.parametrize(
    ("moments", "policy", "kept"),
    [
        (("2026-01-01T01", "2026-01-01T09", "2026-01-02T01"), "1d", {2}),
        (("2026-01-01T01", "2026-01-01T09", "2026-01-02T01"), "2d", {1, 2}),
        (("2025-11-03T01", "2025-12-30T01", "2026-01-02T01", "2026-01-05T01"), "2w", {2, 3}),
        (("2025-11-03T01", "2025-12-30T01", "2026-01-02T01", "2026-01-05T01"), "1d 3m", {0, 1, 3}),
    ],
)
def test_the_newest_of_each_day_week_and_month_is_kept(
    sqlite_house: House, tmp_path: Path, moments: tuple[str, ...], policy: str, kept: set[int]
) -> None:
    vault = Vault.prepare(tmp_path / "backups", is_encrypted=False)
    made = back_up(sqlite_house.diarium.backup_source, vault, None).manifest
    backups = [
        replace(made, id=str(index), made_at=f"{moment}:00:00+00:00") for index, moment in enumerate(moments)
    ]
    assert Policy.from_text(policy).kept(backups) == {str(index) for index in kept}


def _is_whole(folder: Path, backup_id: str) -> bool:
    try:
        vault = Vault.open(folder)
        return checking.verify(vault, read_manifest(vault, backup_id), None).is_whole
    except (BackupDamaged, NoBackup):
        return False


def _last_event(diarium: Diarium) -> int:
    with diarium.database.reading() as session:
        return session.scalar(select(func.max(AuditEvent.id))) or 0


def _require_same(house: House, settings: Settings) -> None:
    """The restored register says what the first one says, and everything derived from it is there."""
    diarium = Diarium(settings)
    try:
        with diarium.database.reading() as session, house.diarium.database.reading() as before:
            for query in (select(func.count()).select_from(AuditEvent), select(func.max(AuditEvent.id))):
                assert session.scalar(query) == before.scalar(query)
            assert set(session.scalars(select(Case.number_text))) == set(house.cases)
            events = select(AuditEvent.at, AuditEvent.after, AuditEvent.salt).order_by(AuditEvent.id)
            assert session.execute(events).all() == before.execute(events).all()
        assert all(diarium.blobs.verify(sha256) for sha256 in house.contents)
        assert diarium.letterbox.figures().waiting == house.diarium.letterbox.figures().waiting
        assert diarium.index.document_count() == house.diarium.index.document_count()
        assert not list(settings.data.glob("*restoring*"))
    finally:
        diarium.close()


def test_letters_that_wait_in_a_letterbox_elsewhere_are_not_written_over(
    sqlite_house: House, tmp_path: Path
) -> None:
    vault = Vault.prepare(tmp_path / "backups", is_encrypted=False)
    manifest = back_up(sqlite_house.diarium.backup_source, vault, None).manifest
    data = tmp_path / "place"
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    place = Place(data, f"sqlite:///{data / 'r.sqlite'}", elsewhere, data / "blobs", data / "exports")
    box = Letterbox(elsewhere)
    box.ensure()
    box.drop(Confirm(token="b" * 43))
    with pytest.raises(RestoreRefused):
        restoring.restore(vault, manifest, None, place)
    assert len(box.waiting(10)) == 1
    for letter in box.waiting(10):
        box.taken(letter.uid)
    restoring.restore(vault, manifest, None, place)
    assert len(box.waiting(10)) == 1  # the one of the backup
    box.close()
