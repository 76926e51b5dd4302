"""The sealed chain: whatever is done to events or seals behind the program's back is found."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from diarium.audit import sealing, verifying
from diarium.audit import service as audit
from diarium.audit.sealing import Checkpoint, Sealer
from diarium.audit.seals import SealKey
from diarium.audit.verifying import Tampering, Verdict
from diarium.db.engine import Database
from diarium.identity.permissions import SYSTEM
from tests.conftest import Municipality

ROUNDS = 1000
SUBJECT = audit.Subject("case", uuid.UUID(int=7), "KS 2026/1", "KS")


def sealer_of(database: Database, folder: Path) -> Sealer:
    return Sealer(database, SealKey.from_text(SealKey.new_text()), folder / "head.json")


def add_events(database: Database, count: int) -> None:
    with database.unit_of_work() as session:
        for number in range(count):
            audit.write(
                session,
                SYSTEM,
                "case.corrected",
                SUBJECT,
                before={"n": [count, number]},
                after={"n": number + 1.5},
            )


def checked(database: Database, sealer: Sealer) -> Verdict:
    points = [Checkpoint.from_text(sealer.head_file.read_text())] if sealer.head_file.exists() else []
    with database.reading() as session:
        return verifying.verify(session, [sealer.key.public], points)


def test_what_nobody_touched_is_intact(municipality: Municipality, tmp_path: Path) -> None:
    database, sealer = municipality.database, sealer_of(municipality.database, tmp_path)
    assert checked(database, sealer).findings == ()
    for _round in range(3):
        with database.unit_of_work() as session:
            municipality.record(session, note="emoji 🙂 och ”citat”")
        assert checked(database, sealer).findings == ()
        assert sealer.run() > 0
        verdict = checked(database, sealer)
        assert (verdict.findings, verdict.unsealed) == ((), 0)
    assert sealer.run() == 0


def test_a_long_log_is_sealed_in_several_links(sqlite_database: Database, tmp_path: Path) -> None:
    sealer = sealer_of(sqlite_database, tmp_path)
    add_events(sqlite_database, sealing.EVENTS_PER_SEAL + 1)
    assert sealer.run() == sealing.EVENTS_PER_SEAL + 1
    assert checked(sqlite_database, sealer).seals == 2


def test_events_that_came_after_the_last_seal_are_no_tampering(sqlite_database: Database, tmp_path: Path) -> None:
    sealer = sealer_of(sqlite_database, tmp_path)
    add_events(sqlite_database, 5)
    sealer.run()
    add_events(sqlite_database, 3)
    verdict = checked(sqlite_database, sealer)
    assert (verdict.events, verdict.unsealed, verdict.findings) == (5, 3, ())


def test_a_thousand_random_tamperings_are_all_found(sqlite_database: Database, tmp_path: Path) -> None:
    sealer, chance = sealer_of(sqlite_database, tmp_path), random.Random(7)
    for count in (14, 10, 16):
        add_events(sqlite_database, count)
        sealer.run()
    ways = (_change_event, _remove_event, _insert_event, _swap_events, _change_seal, _remove_seal, _insert_seal,
            _change_entry, _remove_entry, _swap_entries, _cut_off_the_end, _reorder_seals)  # fmt: skip
    _take_guards_away(sqlite_database)
    overlooked = []
    for number in range(ROUNDS):
        way = ways[number % len(ways)]
        with sqlite_database.engine.connect() as connection, connection.begin() as transaction:
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
            told = way(connection, chance)
            if not _findings(connection, sealer):
                overlooked.append(f"{number}: {way.__name__} {told}")
            transaction.rollback()
    assert overlooked == []
    assert checked(sqlite_database, sealer).findings == ()


def test_a_chain_cut_off_with_its_events_is_found_by_the_checkpoint(
    sqlite_database: Database, tmp_path: Path
) -> None:
    sealer = sealer_of(sqlite_database, tmp_path)
    for _round in range(2):
        add_events(sqlite_database, 5)
        sealer.run()
    _take_guards_away(sqlite_database)
    with sqlite_database.unit_of_work() as session:
        session.execute(text("DELETE FROM audit_sealed_event WHERE seal_number = 2"))
        session.execute(text("DELETE FROM audit_seal WHERE number = 2"))
        session.execute(text("DELETE FROM audit_event WHERE id > 5"))
    assert [found.kind for found in checked(sqlite_database, sealer).findings] == [Tampering.MISSING_SEAL]


def test_a_chain_made_anew_with_another_key_is_found(sqlite_database: Database, tmp_path: Path) -> None:
    sealer = sealer_of(sqlite_database, tmp_path)
    add_events(sqlite_database, 5)
    sealer.run()
    _take_guards_away(sqlite_database)
    with sqlite_database.unit_of_work() as session:
        session.execute(text("DELETE FROM audit_sealed_event"))
        session.execute(text("DELETE FROM audit_seal"))
        session.execute(text("UPDATE audit_event SET actor_name = 'Någon Annan'"))
    sealer_of(sqlite_database, tmp_path / "other").run()
    kinds = {found.kind for found in checked(sqlite_database, sealer).findings}
    assert Tampering.FOREIGN_KEY in kinds


@pytest.mark.postgresql
def test_seals_on_postgresql_can_only_be_added_to(municipality: Municipality, tmp_path: Path) -> None:
    sealer = sealer_of(municipality.database, tmp_path)
    sealer.run()
    for statement in ("UPDATE audit_seal SET digest = 'x'", "DELETE FROM audit_sealed_event"):
        with (
            pytest.raises(Exception, match="append-only"),
            municipality.database.unit_of_work() as session,
        ):
            session.execute(text(statement))


def _take_guards_away(database: Database) -> None:
    with database.unit_of_work() as session:
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {name}"))


def _findings(connection: Connection, sealer: Sealer) -> tuple[verifying.Finding, ...]:
    points = [Checkpoint.from_text(sealer.head_file.read_text())]
    with Session(bind=connection) as session:
        return verifying.verify(session, [sealer.key.public], points).findings


def _some(connection: Connection, chance: random.Random, table: str, key: str) -> int:
    return int(chance.choice(connection.execute(text(f"SELECT {key} FROM {table}")).scalars().all()))


def _change_event(connection: Connection, chance: random.Random) -> str:
    column, value = chance.choice(
        [("at", "2020-01-01 00:00:00.000000"), ("actor_id", 99), ("actor_name", "Mallory"),
         ("action", "case.read"),
         ("authority_code", "XX"), ("entity_type", "record"), ("entity_uid", "0"), ("entity_label", "KS 1900/1"),
         ("before", '{"n": -1}'), ("after", None), ("reason", "därför"), ("request_id", "x")]
    )  # fmt: skip
    number = _some(connection, chance, "audit_event", "id")
    connection.execute(text(f'UPDATE audit_event SET "{column}" = :v WHERE id = :n'), {"v": value, "n": number})
    return f"{column} of {number}"


def _remove_event(connection: Connection, chance: random.Random) -> str:
    number = _some(connection, chance, "audit_event", "id")
    connection.execute(text("PRAGMA foreign_keys=OFF"))
    if chance.random() < 0.5:
        connection.execute(text("DELETE FROM audit_sealed_event WHERE event_id = :n"), {"n": number})
    connection.execute(text("DELETE FROM audit_event WHERE id = :n"), {"n": number})
    return str(number)


def _insert_event(connection: Connection, chance: random.Random) -> str:
    number = -chance.randrange(0, 1000)
    connection.execute(
        text("INSERT INTO audit_event (id, at, actor_name, action, entity_type, entity_uid, entity_label) "
             "SELECT :n, at, actor_name, action, entity_type, entity_uid, entity_label FROM audit_event LIMIT 1"),
        {"n": number},
    )  # fmt: skip
    return str(number)


def _swap_events(connection: Connection, chance: random.Random) -> str:
    one, other = _two(connection, chance, "audit_event", "id")
    for column in ("before", "after"):
        connection.execute(
            text(f'UPDATE audit_event SET "{column}" = (SELECT "{column}" FROM audit_event e WHERE e.id = '
                 "CASE audit_event.id WHEN :a THEN :b ELSE :a END) WHERE id IN (:a, :b)"),
            {"a": one, "b": other},
        )  # fmt: skip
    return f"{one} {other}"


def _change_seal(connection: Connection, chance: random.Random) -> str:
    column, value = chance.choice(
        [("previous", "f" * 64), ("event_count", 1), ("last_event_id", 3),
         ("sealed_at", "2020-01-01 00:00:00.000000"),
         ("digest", "e" * 64), ("key_id", "a" * 16), ("signature", "AAAA"), ("signature", "å")]
    )  # fmt: skip
    number = _some(connection, chance, "audit_seal", "number")
    connection.execute(text(f"UPDATE audit_seal SET {column} = :v WHERE number = :n"), {"v": value, "n": number})
    return f"{column} of {number}"


def _remove_seal(connection: Connection, chance: random.Random) -> str:
    number = _some(connection, chance, "audit_seal", "number")
    if chance.random() < 0.5:
        connection.execute(text("DELETE FROM audit_sealed_event WHERE seal_number = :n"), {"n": number})
    connection.execute(text("DELETE FROM audit_seal WHERE number = :n"), {"n": number})
    return str(number)


def _insert_seal(connection: Connection, chance: random.Random) -> str:
    number = chance.choice([0, 4, 5, -1])
    connection.execute(
        text("INSERT INTO audit_seal SELECT :n, digest, event_count, last_event_id, sealed_at, digest, key_id, "
             "signature FROM audit_seal LIMIT 1"),
        {"n": number},
    )  # fmt: skip
    return str(number)


def _change_entry(connection: Connection, chance: random.Random) -> str:
    column, value = chance.choice(
        [("digest", "d" * 64), ("position", 999), ("seal_number", 1), ("seal_number", 9)]
    )
    number = _some(connection, chance, "audit_sealed_event", "event_id")
    if column == "seal_number":
        connection.execute(
            text("UPDATE audit_sealed_event SET seal_number = :v, position = 500 WHERE event_id = :n"),
            {"v": value, "n": number},
        )
    else:
        connection.execute(
            text(f"UPDATE audit_sealed_event SET {column} = :v WHERE event_id = :n"), {"v": value, "n": number}
        )
    return f"{column} of {number}"


def _remove_entry(connection: Connection, chance: random.Random) -> str:
    number = _some(connection, chance, "audit_sealed_event", "event_id")
    connection.execute(text("DELETE FROM audit_sealed_event WHERE event_id = :n"), {"n": number})
    return str(number)


def _swap_entries(connection: Connection, chance: random.Random) -> str:
    one, other = _two(connection, chance, "audit_sealed_event", "event_id")
    for source, target in ((one, -1), (other, one), (-1, other)):
        connection.execute(
            text("UPDATE audit_sealed_event SET event_id = :t WHERE event_id = :s"), {"s": source, "t": target}
        )
    return f"{one} {other}"


def _cut_off_the_end(connection: Connection, chance: random.Random) -> str:
    first = chance.choice([2, 3])
    last = connection.execute(
        text("SELECT last_event_id FROM audit_seal WHERE number = :n"), {"n": first - 1}
    ).scalar_one()
    connection.execute(text("DELETE FROM audit_sealed_event WHERE seal_number >= :n"), {"n": first})
    connection.execute(text("DELETE FROM audit_seal WHERE number >= :n"), {"n": first})
    if chance.random() < 0.5:
        connection.execute(text("DELETE FROM audit_event WHERE id > :last"), {"last": last})
    return str(first)


def _reorder_seals(connection: Connection, chance: random.Random) -> str:
    one, other = chance.sample([1, 2, 3], 2)
    for table, column in (("audit_seal", "number"), ("audit_sealed_event", "seal_number")):
        for source, target in ((one, -1), (other, one), (-1, other)):
            connection.execute(
                text(f"UPDATE {table} SET {column} = :t WHERE {column} = :s"), {"s": source, "t": target}
            )
    return f"{one} {other}"


def _two(connection: Connection, chance: random.Random, table: str, key: str) -> tuple[int, int]:
    numbers = connection.execute(text(f"SELECT {key} FROM {table}")).scalars().all()
    one, other = chance.sample(list(numbers), 2)
    return int(one), int(other)
