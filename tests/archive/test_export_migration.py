"""Exports made before they had parts keep their package."""

from __future__ import annotations

import uuid

from sqlalchemy import MetaData, Table, insert, select

from diarium.archive.criteria import Criteria
from diarium.archive.exporting import criteria_of
from diarium.archive.models import Export, ExportItem, ExportState
from diarium.db import migrate
from diarium.db.engine import Database, open_database
from tests.archive.register_examples import PERIOD
from tests.db.test_migrations import _any_value

UID = uuid.UUID("11111111-2222-4333-8444-555555555555")


def test_the_one_package_becomes_the_first_part_and_goes_back(any_database_url: str) -> None:
    database = open_database(any_database_url)
    migrate.upgrade(database, "0015")
    known = MetaData()
    known.reflect(database.engine)
    _insert(database, known.tables["authority"], {"id": 1, "code": "KS"})
    package = {"state": "validated", "total": 7, "package_name": "ks.zip", "package_sha256": "a" * 64}
    times = {"period_from": PERIOD[0], "period_to": PERIOD[1]}
    uid = UID if database.is_postgresql else UID.hex
    rest = {"id": 1, "uid": uid, "authority_id": 1, "package_size": 99, "requested_by_id": None}
    _insert(database, known.tables["export"], package | times | rest)
    for _round in range(2):
        migrate.upgrade(database)
        with database.reading() as session:
            export = session.scalars(select(Export)).one()
            (part,) = export.parts
            assert (part.uid, part.number, part.state) == (UID, 1, ExportState.VALIDATED)
            assert (part.package_name, part.package_size) == ("ks.zip", 99)
            assert (part.case_count, part.file_count, part.has_protected) == (7, 0, False)
            assert criteria_of(export) == Criteria("KS", *PERIOD)
            assert session.scalars(select(ExportItem)).all() == []
        migrate.downgrade(database, "0015")
        with database.engine.connect() as connection:
            old = MetaData()
            old.reflect(connection, only=["export"])
            row = connection.execute(select(old.tables["export"])).mappings().one()
            assert (row["package_name"], row["package_sha256"], row["package_size"]) == ("ks.zip", "a" * 64, 99)
    database.close()


def _insert(database: Database, table: Table, facts: dict[str, object]) -> None:
    """A row with these facts; what else must be there is anything."""
    values = {
        column.name: facts.get(column.name, None if column.nullable else _any_value(column))
        for column in table.columns
    }
    with database.unit_of_work() as session:
        session.execute(insert(table).values(values))
