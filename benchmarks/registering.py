"""Registering through the use case against inserting the same rows into the same tables."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from sqlalchemy import RowMapping, Table, func, insert, select, text

from benchmarks.ground import Ground, empty_register, postgresql
from benchmarks.measure import Comparison, Sizes, in_turns
from diarium.db.base import Base
from diarium.files.models import Blob
from diarium.register import registration
from diarium.register.commands import DocumentFacts, NewCase, NewRecord, PartyFacts
from diarium.register.vocabulary import Direction, PartyKind, PartyRole

AREA = "Registering"
_DAY = dt.date(2024, 3, 1)
# Far above the numbers that the use case gives.
_FIRST_NUMBER = 10_000_000


def run(sizes: Sizes, folder: Path) -> Iterator[Comparison]:
    """One comparison for each database that is there."""
    with empty_register(f"sqlite:///{folder / 'register.sqlite'}", folder / "sqlite") as ground:
        yield _compare(ground, f"SQLite {sqlite3.sqlite_version}", sizes)
    with postgresql() as url:
        if url is not None:
            with empty_register(url, folder / "postgresql") as ground:
                with ground.database.engine.connect() as connection:
                    version = connection.scalar(text("SHOW server_version"))
                yield _compare(ground, f"PostgreSQL {version}", sizes)


def _compare(ground: Ground, database: str, sizes: Sizes) -> Comparison:
    blob = ground.store.put_bytes(b"Yttrande")
    with ground.database.unit_of_work() as session:
        session.add(Blob(sha256=blob.sha256, size=blob.size))
    command = _command(blob.sha256)
    return in_turns(
        AREA,
        f"case with record, two parties, file, audit and feed on {database}",
        "bare inserts of the same rows, as many transactions",
        lambda: _register(ground, command),
        BareInserts(ground, command).insert,
        rounds=sizes.rounds,
        calls=sizes.calls,
    )


def _command(sha256: str) -> NewRecord:
    sender = PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION, PartyRole.SENDER)
    return NewRecord(
        direction=Direction.INCOMING,
        official_on=_DAY,
        title="Yttrande över remiss om kollektivtrafik",
        record_type="Yttrande",
        new_case=NewCase(
            authority="KS",
            title="Remiss om kollektivtrafik",
            opened_on=_DAY,
            classification="1.3.1",
            responsible="registrator",
            unit="Kansliet",
            parties=(PartyFacts("Trafikbolaget AB", PartyKind.ORGANISATION, PartyRole.PARTY),),
        ),
        parties=(sender,),
        documents=(DocumentFacts(sha256, "Yttrande.txt"),),
    )


def _register(ground: Ground, command: NewRecord) -> None:
    with ground.database.unit_of_work() as session:
        registration.register(session, ground.registrar, command)


class BareInserts:
    """Inserts what one registration leaves behind, again and again, with new keys."""

    def __init__(self, ground: Ground, command: NewRecord) -> None:
        self._engine = ground.database.engine.execution_options(diarium_writes=True)
        self._numbers = count(_FIRST_NUMBER)
        before = {table: self._highest(table) for table in _tables()}
        _register(ground, command)
        self._rows = [(table, self._added(table, before[table])) for table in _tables()]

    def insert(self) -> None:
        """All rows of one registration, in one transaction."""
        number = next(self._numbers)
        keys: dict[tuple[str, object], object] = {}
        with self._engine.begin() as connection:
            for table, rows in self._rows:
                for row in rows:
                    answer = connection.execute(insert(table), _fresh(table, row, number, keys))
                    if answer.inserted_primary_key is not None:
                        keys[table.name, row["id"]] = answer.inserted_primary_key[0]

    def _highest(self, table: Table) -> int:
        with self._engine.connect() as connection:
            return connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0

    def _added(self, table: Table, before: int) -> Sequence[RowMapping]:
        with self._engine.connect() as connection:
            return (
                connection.execute(select(table).where(table.c.id > before).order_by(table.c.id)).mappings().all()
            )


def _tables() -> list[Table]:
    """Those with numbered rows, owners before what they own."""
    return [table for table in Base.metadata.sorted_tables if "id" in table.c]


def _fresh(
    table: Table, row: RowMapping, number: int, keys: dict[tuple[str, object], object]
) -> dict[str, object]:
    """`row` without its key, belonging to the rows that were inserted before it."""
    values = {name: value for name, value in row.items() if name != "id" and not table.c[name].computed}
    if "uid" in values:
        values["uid"] = uuid.uuid4()
    if table.name == "case_file":
        values |= {"number": number, "number_text": f"KS 2024/{number}"}
    for column in table.c:
        for key in column.foreign_keys:
            known = keys.get((key.column.table.name, row[column.name]))
            if known is not None:
                values[column.name] = known
    return values
