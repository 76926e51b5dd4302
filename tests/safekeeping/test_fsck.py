"""Whatever is damaged is named, what is derived is made anew, and a sound register has no findings."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from diarium.archive.models import Export, ExportPart, ExportState
from diarium.changes.models import ConsumerPosition
from diarium.composition import Diarium
from diarium.public.models import PublicDocument
from diarium.register.models import Authority, Record
from diarium.safekeeping import fsck
from diarium.search.port import IndexDocument
from tests.safekeeping.conftest import House, Run, furnished


def test_a_sound_register_has_no_findings_and_each_damage_is_named_and_mended(house: House) -> None:
    assert house.check() == []
    for damage, name, is_mended in DAMAGES:
        if not _is_sqlite(house) and damage not in OF_ROWS:
            continue  # nothing of it lies in the database
        undo = damage(house)
        found = house.check()
        assert name in {finding.id for finding in found}, (name, found)
        if is_mended:
            fsck.repair(house.diarium.installation, found)
        else:
            fsck.repair(house.diarium.installation, found)
            assert name in {finding.id for finding in house.check()}, name
            undo()
        assert house.check() == [], name


def test_numbers_that_are_not_explained_are_named(house: House) -> None:
    with house.diarium.database.unit_of_work() as session:
        session.execute(text("UPDATE series_counter SET last_number = 5"))
    found = [finding for finding in house.check() if finding.id == "number.gap"]
    assert [("KS" in finding.place, "4–5" in finding.what) for finding in found] == [(True, True)]
    with house.diarium.database.unit_of_work() as session:
        session.execute(text("UPDATE series_counter SET last_number = 2"))
    assert "number.counter_behind" in {finding.id for finding in house.check()}
    with house.diarium.database.unit_of_work() as session:
        session.execute(text("UPDATE series_counter SET last_number = 3"))
        session.execute(text("UPDATE case_file SET status = 'cancelled' WHERE number = 2"))
    assert "case.cancelled_without_reason" in {finding.id for finding in house.check()}


def test_what_waits_for_the_worker_is_no_damage(sqlite_house: House) -> None:
    house = sqlite_house
    with house.diarium.database.unit_of_work() as session:
        case = house.town.case(session, title="Alldeles nytt", classification="1.1")
        house.town.record(session, case)
    assert house.check() == []
    house.work()
    assert house.check() == []


def test_a_gap_with_cases_from_elsewhere_is_a_notice(sqlite_house: House) -> None:
    house = sqlite_house
    with house.diarium.database.unit_of_work() as session:
        session.execute(text("UPDATE series_counter SET last_number = 9"))
        session.execute(
            text(
                "INSERT INTO case_origin (case_id, import_uid, package_id, creator, system, fingerprint, status, "
                "is_read_only, "
                "loose_references, loose_count, "
                "earlier, taken_over_at, taken_over_by_name) "
                "SELECT id, uid, 'p', 'c', 's', 'f', 'closed', 1, '[]', 0, '[]', registered_at, 'Rut' "
                "FROM case_file LIMIT 1"
            )
        )
    found = fsck.check(house.diarium.installation)
    assert {(finding.id, str(finding.severity)) for finding in found} == {("number.gap", "notice")}


@pytest.mark.postgresql
def test_a_dump_in_another_cluster_is_found_and_the_feed_goes_on(tmp_path: Path, postgresql_url: str) -> None:
    house = furnished(postgresql_url, tmp_path / "data")
    with house.diarium.database.unit_of_work() as session:
        # As if pg_dump had brought the rows here from a cluster that had counted further.
        session.execute(text("ALTER TABLE change DISABLE TRIGGER change_append_only"))
        session.execute(text("UPDATE change SET transaction_id = transaction_id + 900000000"))
        session.execute(text("ALTER TABLE change ENABLE TRIGGER change_append_only"))
        session.execute(text("UPDATE consumer_position SET transaction_id = transaction_id + 900000000"))
    with house.diarium.database.unit_of_work() as session:
        case = house.town.case(session, title="Efter flytten", classification="1.1")
        house.town.record(session, case)
    house.work()
    before = house.diarium.index.document_count()
    found = house.check()
    assert "feed.foreign_cluster" in {finding.id for finding in found}
    fsck.repair(house.diarium.installation, [each for each in found if each.id.startswith("feed.")])
    house.work()
    assert house.diarium.index.document_count() == before + 2
    assert house.check() == []
    with house.diarium.database.unit_of_work() as session, pytest.raises(Exception, match="append-only"):
        session.execute(text("UPDATE change SET transaction_id = 0"))
    house.diarium.close()


def test_the_command_tells_by_its_exit_code(sqlite_house: House, run: Run, tmp_path: Path) -> None:
    house = sqlite_house
    assert run(house.settings, "fsck").exit_code == 0
    house.diarium.index.apply([], [_a_key(house)])
    told = run(house.settings, "fsck", "--json")
    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert {each["id"] for each in answer["findings"]} >= {"index.missing"}
    assert all({"id", "severity", "place", "what", "mend"} <= set(each) for each in answer["findings"])
    mended = run(house.settings, "fsck", "--repair")
    assert mended.exit_code == 0, mended.output
    assert "Allt stämmer efter lagningen" in mended.stdout
    nowhere = Diarium(house.settings).settings
    house.diarium.close()
    Path(nowhere.database_url.removeprefix("sqlite:///")).write_bytes(b"This is no database at all." * 200)
    assert run(nowhere, "fsck").exit_code == 2


def test_no_finding_tells_a_title_or_a_name(sqlite_house: House) -> None:
    house = sqlite_house
    for damage, _name, _mended in DAMAGES:
        if damage not in (_shorter_content, _lost_projection):  # what others damage would be gone already
            damage(house)
    told = " ".join(f"{each.place} {each.what} {each.mend}" for each in house.check())
    assert "Ärende nummer" not in told
    assert "Trafikbolaget" not in told


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> House:
    """One register for all rounds: each puts back what it damaged."""
    folder = tmp_path_factory.mktemp("still")
    return furnished(f"sqlite:///{folder / 'register.sqlite'}", folder / "data")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_byte_that_is_changed_anywhere_in_the_files_is_named(still: House, data: st.DataObject) -> None:
    settings_, blobs = still.settings, still.diarium.blobs
    paths = [blobs.path(sha256) for sha256 in still.contents]
    paths += sorted(path for path in settings_.public_blob_folder.rglob("*") if path.is_file())
    path = data.draw(st.sampled_from(paths))
    original = path.read_bytes()
    place = data.draw(st.integers(0, len(original) - 1))
    change = data.draw(st.integers(1, 255))
    path.chmod(0o644)
    path.write_bytes(original[:place] + bytes([original[place] ^ change]) + original[place + 1 :])
    try:
        found = still.check()
        assert [finding for finding in found if path.name in finding.place and finding.id.endswith(".damaged")]
    finally:
        path.write_bytes(original)
    assert still.check() == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_row_that_is_changed_or_removed_is_named(still: House, data: st.DataObject) -> None:
    table, column = data.draw(
        st.sampled_from(
            [("audit_event", "action"), ("audit_event", "actor_name"), ("case_file", "title"), ("record", "title"),
             ("record", "running_number"), ("case_file", "record_count"), ("blob", "size"), ("document", "sha256"),
             ("audit_seal", "digest"), ("audit_sealed_event", "digest"), ("case_file", None), ("record", None),
             ("audit_event", None), ("blob", None), ("audit_seal", None)]
        )
    )  # fmt: skip
    raw = still.diarium.database.engine.raw_connection()
    cursor = raw.cursor()
    triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    cursor.execute("PRAGMA foreign_keys=OFF")
    for name, _sql in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    ids = [row[0] for row in cursor.execute(f"SELECT rowid FROM {table} ORDER BY rowid")]
    chosen = ids[data.draw(st.integers(0, 10_000)) % len(ids)]
    columns = ["rowid", *(item[1] for item in cursor.execute(f"PRAGMA table_info({table})"))]
    row = cursor.execute(f"SELECT rowid, * FROM {table} WHERE rowid = ?", (chosen,)).fetchone()
    was = None if column is None else row[columns.index(column)]
    other = "0" * 64 if column in ("sha256", "digest") else "X"
    if column is None:
        cursor.execute(f"DELETE FROM {table} WHERE rowid = ?", (chosen,))
    else:
        new = was + 1000 if isinstance(was, int) else other
        cursor.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (new, chosen))
    raw.commit()
    try:
        found = still.check()
    finally:
        if column is None:
            marks = ", ".join("?" * len(row))
            cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)
        else:
            cursor.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (was, chosen))
        for _name, sql in triggers:
            cursor.execute(sql)
        raw.commit()
        cursor.execute("PRAGMA foreign_keys=ON")
        raw.close()
    assert found, (table, column)
    assert still.check() == []


Undo = Callable[[], None]
Damage = Callable[[House], Undo]


def _nothing() -> None: ...


def _lost_content(house: House) -> Undo:
    path = house.diarium.blobs.path(house.contents[1])
    original = path.read_bytes()
    path.unlink()
    return lambda: _write(path, original)


def _shorter_content(house: House) -> Undo:
    path = house.diarium.blobs.path(house.contents[1])
    original = path.read_bytes()
    _write(path, original[:-1])
    return lambda: _write(path, original)


def _lost_entry(house: House) -> Undo:
    house.diarium.index.apply([], [_a_key(house)])
    return _nothing


def _strange_entry(house: House) -> Undo:
    key = "record:00000000-0000-4000-8000-000000000000"
    house.diarium.index.apply([_entry(key)], [])
    return _nothing


def _old_entry(house: House) -> Undo:
    house.diarium.index.apply([_entry(_a_key(house))], [])
    return _nothing


def _strange_public_entry(house: House) -> Undo:
    house.diarium.public_index.apply([_entry("case:00000000-0000-4000-8000-000000000000")], [])
    return _nothing


def _changed_projection(house: House) -> Undo:
    with house.diarium.projector.tables.unit_of_work() as session:
        session.execute(text(f"UPDATE {_public(house)}case_file SET title = 'Hemligt' WHERE number = 2"))
    return _nothing


def _lost_projection(house: House) -> Undo:
    with house.diarium.projector.tables.unit_of_work() as session:
        session.execute(text(f"DELETE FROM {_public(house)}record"))
    return _nothing


def _strange_projection(house: House) -> Undo:
    with house.diarium.projector.tables.unit_of_work() as session:
        session.execute(
            text(f"UPDATE {_public(house)}case_file SET uid = :uid WHERE number = 3"), {"uid": _uid(house)}
        )
    return _nothing


def _lost_public_file(house: House) -> Undo:
    house.diarium.released.path(_released(house)).unlink()
    return _nothing


def _changed_public_file(house: House) -> Undo:
    _write(house.diarium.released.path(_released(house)), b"Something else")
    return _nothing


def _strange_public_file(house: House) -> Undo:
    house.diarium.released.put_bytes(b"This was never released.")
    return _nothing


def _beyond_the_end(house: House) -> Undo:
    with house.diarium.database.unit_of_work() as session:
        session.get_one(ConsumerPosition, "search").change_id += 10_000
        session.get_one(ConsumerPosition, "search").transaction_id += 0 if _is_sqlite(house) else 10_000
    return _nothing


def _changed_event(house: House) -> Undo:
    change = "UPDATE audit_event SET actor_name = {} WHERE id = 3"

    def set_to(value: str) -> None:
        with house.diarium.database.unit_of_work() as session:
            if _is_sqlite(house):
                sql = session.scalar(text("SELECT sql FROM sqlite_master WHERE name LIKE 'audit_event%update%'"))
                name = session.scalar(text("SELECT name FROM sqlite_master WHERE name LIKE 'audit_event%update%'"))
                session.execute(text(f"DROP TRIGGER {name}"))
            else:
                sql = "ALTER TABLE audit_event ENABLE TRIGGER ALL"
                session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER ALL"))
            session.execute(text(change.format(value)))
            session.execute(text(sql or ""))

    set_to("actor_name || 'x'")
    return lambda: set_to("substr(actor_name, 1, length(actor_name) - 1)")


def _lost_record_number(house: House) -> Undo:
    with house.diarium.database.unit_of_work() as session:
        found = session.scalars(select(Record).where(Record.running_number == 2)).first()
        assert found is not None
        uid = found.uid
        session.execute(text("UPDATE record SET running_number = 7 WHERE id = :id"), {"id": found.id})

    def undo() -> None:
        with house.diarium.database.unit_of_work() as session:
            record = session.scalars(select(Record).where(Record.uid == uid)).one()
            session.execute(text("UPDATE record SET running_number = 2 WHERE id = :id"), {"id": record.id})
        house.work()
        fsck.rebuild(house.diarium.installation)

    return undo


def _lost_package(house: House) -> Undo:
    with house.diarium.database.unit_of_work() as session:
        board = session.scalars(select(Authority)).first()
        assert board is not None
        made = Export(
            authority_id=board.id, period_from=dt.date(2024, 1, 1), period_to=dt.date(2024, 12, 31), criteria={},
            state=ExportState.VALIDATED, requested_by_name="Arja",
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.add(
            ExportPart(export_id=made.id, number=1, state=ExportState.VALIDATED, package_name="ks_1.zip",
                       package_sha256="0" * 64, package_size=7)
        )  # fmt: skip

    def undo() -> None:
        with house.diarium.database.unit_of_work() as session:
            session.execute(text("UPDATE export_part SET package_name = NULL"))

    return undo


DAMAGES: tuple[tuple[Damage, str, bool], ...] = (
    (_lost_content, "content.missing", False),
    (_shorter_content, "content.damaged", False),
    (_changed_event, "seal.changed_event", False),
    (_lost_record_number, "record.numbers", False),
    (_lost_package, "package.missing", False),
    (_beyond_the_end, "feed.beyond_end", True),
    (_lost_entry, "index.missing", True),
    (_strange_entry, "index.extra", True),
    (_old_entry, "index.stale", True),
    (_strange_public_entry, "public_index.extra", True),
    (_changed_projection, "projection.stale", True),
    (_lost_projection, "projection.stale", True),
    (_strange_projection, "projection.extra", True),
    (_lost_public_file, "public_file.missing", True),
    (_changed_public_file, "public_file.damaged", True),
    (_strange_public_file, "public_file.extra", True),
)

OF_ROWS = (
    _changed_event,
    _lost_record_number,
    _beyond_the_end,
    _lost_entry,
    _changed_projection,
    _strange_projection,
)


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def _a_key(house: House) -> str:
    with house.diarium.database.reading() as session:
        return f"record:{session.scalars(select(Record.uid).order_by(Record.id)).first()}"


def _entry(key: str) -> IndexDocument:
    return IndexDocument(key, key, "record", "KS 2026/99-1", "Något helt annat", "KS", 2026, frozenset({"public"}))


def _released(house: House) -> str:
    with house.diarium.projector.tables.reading() as session:
        found = session.scalars(select(PublicDocument.sha256)).first()
    assert found is not None
    return found


def _is_sqlite(house: House) -> bool:
    return not house.diarium.database.is_postgresql


def _public(house: House) -> str:
    return "" if _is_sqlite(house) else "public_register."


def _uid(house: House) -> str:
    return "0" * 32 if _is_sqlite(house) else "00000000-0000-0000-0000-000000000000"
