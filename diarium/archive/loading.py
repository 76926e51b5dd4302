"""Reads the register into the package model, a batch of cases at a time: memory does not grow with the export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from diarium.archive import conversion, loading_rows
from diarium.archive.models import ExportItem
from diarium.archive.package_model import PackageCase, PackageRecord, PackageScheme
from diarium.classification.models import Classification, ClassificationScheme
from diarium.db.engine import Database
from diarium.register.models import Authority, Case, CaseRelation, Document, Record

RECORDS_AT_ONCE = 200
"""Records held in memory; a case with more of them is read in pages of this size."""
_CASES_AT_ONCE = 100


def load_case(session: Session, case_id: int) -> PackageCase:
    """One case with all its records in memory. Raises: sqlalchemy.exc.NoResultFound."""
    case = session.scalars(select(Case).where(Case.id == case_id).options(*_case_options())).one()
    return _convert(session, {case_id: case}, _records_of(session, [case_id]))[case_id]


def stream_cases(database: Database, export_id: int, part_id: int | None = None) -> Iterator[PackageCase]:
    """The cases of an export, or of one part of it, in the order in which they were chosen.

    Each batch is read in one snapshot. The number of queries depends on the number of batches, not of cases, but
    for cases with more records than `RECORDS_AT_ONCE`: their records are read in pages while somebody iterates
    over them.
    """
    last = 0
    while True:
        with database.reading() as session:
            items = session.execute(
                select(ExportItem.id, ExportItem.case_id, Case.record_count)
                .join(Case, Case.id == ExportItem.case_id)
                .where(_of(export_id, part_id), ExportItem.id > last)
                .order_by(ExportItem.id)
                .limit(_CASES_AT_ONCE)
            ).all()
        if not items:
            return
        last = items[-1].id
        for batch in _batches([(item.case_id, item.record_count) for item in items]):
            yield from _load(database, batch)


def load_schemes(session: Session, export_id: int, part_id: int | None = None) -> tuple[PackageScheme, ...]:
    """The schemes that the cases of an export, or of one part of it, were classified with, whole."""
    used = (
        select(Classification.scheme_id)
        .join(Case, Case.classification_id == Classification.id)
        .join(ExportItem, ExportItem.case_id == Case.id)
        .where(_of(export_id, part_id))
        .distinct()
    )
    found = session.scalars(
        select(ClassificationScheme)
        .where(ClassificationScheme.id.in_(used))
        .order_by(ClassificationScheme.valid_from, ClassificationScheme.id)
        .options(
            selectinload(ClassificationScheme.classes).options(
                joinedload(Classification.retention_rule),
                joinedload(Classification.parent),
                selectinload(Classification.record_types),
            )
        )
    )
    return tuple(conversion.to_scheme(scheme) for scheme in found)


def load_authority(session: Session, authority_id: int) -> Authority:
    """The authority with its series and units."""
    return session.scalars(
        select(Authority)
        .where(Authority.id == authority_id)
        .options(selectinload(Authority.series), selectinload(Authority.units))
    ).one()


def _of(export_id: int, part_id: int | None) -> ColumnElement[bool]:
    return ExportItem.export_id == export_id if part_id is None else ExportItem.part_id == part_id


class _RecordPages:
    """The records of a large case, fetched anew by each reader, a page at a time."""

    def __init__(self, database: Database, case_id: int) -> None:
        self._database = database
        self._case_id = case_id

    def __iter__(self) -> Iterator[PackageRecord]:
        last = 0
        while True:
            with _snapshot(self._database) as session:
                rows = session.scalars(
                    select(Record)
                    .where(Record.case_id == self._case_id, Record.running_number > last)
                    .order_by(Record.running_number)
                    .limit(RECORDS_AT_ONCE)
                    .options(joinedload(Record.case), *_record_options())
                ).all()
                page = _convert_records(session, rows)
            if not page:
                return
            last = page[-1].running_number
            yield from page


def _batches(cases: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Parts `(case id, record count)` into batches of at most `RECORDS_AT_ONCE` records, or of one larger case."""
    batch: list[tuple[int, int]] = []
    weight = 0
    for case_id, count in cases:
        if batch and weight + count > RECORDS_AT_ONCE:
            yield batch
            batch, weight = [], 0
        batch.append((case_id, count))
        weight += count
    if batch:
        yield batch


def _load(database: Database, batch: list[tuple[int, int]]) -> list[PackageCase]:
    ids = [case_id for case_id, _count in batch]
    large = {case_id for case_id, count in batch if count > RECORDS_AT_ONCE}
    with _snapshot(database) as session:
        query = select(Case).where(Case.id.in_(ids)).options(*_case_options())
        cases = {case.id: case for case in session.scalars(query)}
        records = _records_of(session, [case_id for case_id in ids if case_id not in large])
        converted = _convert(session, cases, records)
    return [
        replace(converted[case_id], records=_RecordPages(database, case_id))
        if case_id in large
        else converted[case_id]
        for case_id in ids
    ]


def _convert(
    session: Session, cases: Mapping[int, Case], records: Mapping[int, Sequence[Record]]
) -> dict[int, PackageCase]:
    beside = loading_rows.of_cases(session, cases)
    every_record = [row for rows in records.values() for row in rows]
    of_records = loading_rows.of_records(session, every_record)
    users = conversion.users_of(session, cases.values(), every_record, beside.values(), of_records.values())
    converted = {}
    for case_id, case in cases.items():
        own = tuple(
            conversion.to_record(row, case.number_text, users, of_records[row.id])
            for row in records.get(case_id, ())
        )
        converted[case_id] = conversion.to_case(case, own, users, beside[case_id])
    return converted


def _convert_records(session: Session, rows: Sequence[Record]) -> list[PackageRecord]:
    beside = loading_rows.of_records(session, rows)
    users = conversion.users_of(session, [], rows, (), beside.values())
    return [conversion.to_record(row, row.case.number_text, users, beside[row.id]) for row in rows]


def _records_of(session: Session, case_ids: Sequence[int]) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = {}
    query = select(Record).where(Record.case_id.in_(case_ids)).order_by(Record.case_id, Record.running_number)
    for record in session.scalars(query.options(*_record_options())):
        found.setdefault(record.case_id, []).append(record)
    return found


def _case_options() -> list[ORMOption]:
    return [
        joinedload(Case.series),
        joinedload(Case.unit),
        joinedload(Case.classification).options(
            joinedload(Classification.retention_rule),
            joinedload(Classification.parent),
            joinedload(Classification.scheme),
            selectinload(Classification.record_types),
        ),
        selectinload(Case.parties),
        selectinload(Case.restrictions),
        selectinload(Case.withdrawals),
        selectinload(Case.relations).options(loading_rows.other_case(CaseRelation.to_case)),
    ]


def _record_options() -> list[ORMOption]:
    return [
        loading_rows.numbered(Record.moved_to),
        selectinload(Record.parties),
        selectinload(Record.restrictions),
        selectinload(Record.withdrawals),
        selectinload(Record.documents).options(joinedload(Document.blob), selectinload(Document.withdrawals)),
    ]


@contextmanager
def _snapshot(database: Database) -> Iterator[Session]:
    """A reading session whose queries all see the same moment (SQLite's readers do anyway)."""
    with database.reading() as session:
        if database.is_postgresql:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
