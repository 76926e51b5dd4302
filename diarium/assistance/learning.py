"""Learns from registrations as they come: a consumer of the change feed that counts what goes with what.

Why a table of counts: with 100,000 records neither similar titles nor the habits of a class can be asked of the
register while somebody types. Here a suggestion is one statement by the primary key, over some twenty clues, and
the size of the table follows the vocabulary, not the number of records. Why a consumer: registering waits for
nothing, and what is corrected, marked, moved or cancelled later is counted as it reads then.

`UsageSource` keeps what each record is counted for now. A change is handled by comparing that with what it should
be and adding the difference, so a change that comes twice, late or in another order does no harm, and `rebuild`
is the same with nothing counted before.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from diarium.assistance import usage
from diarium.assistance.models import UsageCount, UsageSource
from diarium.changes.models import Change
from diarium.db.engine import Database
from diarium.register.models import Case, Record

CONSUMER = "assistance"
_BATCH = 500
_Place = tuple[int, str, str, str]
"""Authority, clue, field, value: the primary key of `UsageCount`."""


class UsageCounter:
    """Keeps the counts up to date."""

    name = CONSUMER

    def __init__(self, database: Database) -> None:
        self._database = database

    def handle(self, changes: Sequence[Change]) -> None:
        """Counts the records anew that changed, themselves or with their case."""
        records = {change.entity_uid for change in changes if change.entity_type == "record"}
        cases = {change.entity_uid for change in changes if change.entity_type == "case"}
        with self._database.reading() as session:
            ids = sorted(_touched(session, records, cases))
        for start in range(0, len(ids), _BATCH):
            with self._database.unit_of_work() as session:
                count(session, ids[start : start + _BATCH])


def rebuild(database: Database) -> int:
    """Forgets everything and counts every record of the register; returns how many. The feed's place stays."""
    with database.unit_of_work() as session:
        session.execute(delete(UsageSource))
        session.execute(delete(UsageCount))
    done, last = 0, 0
    while True:
        with database.unit_of_work() as session:
            query = select(Record.id).where(Record.id > last).order_by(Record.id).limit(_BATCH)
            ids = list(session.scalars(query))
            count(session, ids)
        if not ids:
            return done
        done, last = done + len(ids), ids[-1]


def count(session: Session, record_ids: Sequence[int]) -> None:
    """Brings the counts of these records to what they are now."""
    if not record_ids:
        return
    sources = _locked_sources(session, record_ids)
    wanted = {record.id: usage.of_record(record) for record in _records(session, record_ids)}
    differences: Counter[_Place] = Counter()
    days: dict[_Place, dt.date] = {}
    for record_id, source in sources.items():
        old, new = usage.of_json(source.counted), wanted.get(record_id)
        if old == new:
            continue
        for one, step in ((old, -1), (new, 1)):
            if one is None:
                continue
            for key in one.places():
                place = (one.authority_id, *key)
                differences[place] += step
                days[place] = max(one.day, days.get(place, one.day))
        source.counted = new.as_json() if new is not None else {}
    session.flush()
    _apply(session, differences, days)


def _touched(session: Session, records: Iterable[uuid.UUID], cases: Iterable[uuid.UUID]) -> set[int]:
    by_record = select(Record.id).where(Record.uid.in_(list(records)))
    by_case = select(Record.id).join(Record.case).where(Case.uid.in_(list(cases)))
    return set(session.scalars(by_record)) | set(session.scalars(by_case))


def _locked_sources(session: Session, record_ids: Sequence[int]) -> dict[int, UsageSource]:
    """The rows of these records, there and locked: of two workers one waits for the other."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [{"record_id": record_id, "counted": {}} for record_id in sorted(record_ids)]
    session.execute(insert(UsageSource).on_conflict_do_nothing(), rows)
    query = select(UsageSource).where(UsageSource.record_id.in_(record_ids)).order_by(UsageSource.record_id)
    found = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {source.record_id: source for source in found}


def _records(session: Session, record_ids: Sequence[int]) -> Iterable[Record]:
    of_case = selectinload(Record.case)
    return session.scalars(
        select(Record)
        .where(Record.id.in_(record_ids))
        .options(
            selectinload(Record.parties),
            selectinload(Record.restrictions),
            of_case.selectinload(Case.parties),
            of_case.selectinload(Case.restrictions),
            of_case.selectinload(Case.authority),
            of_case.selectinload(Case.classification),
            of_case.selectinload(Case.responsible),
            of_case.selectinload(Case.unit),
        )
        .execution_options(populate_existing=True)
    )


def _apply(session: Session, differences: Counter[_Place], days: dict[_Place, dt.date]) -> None:
    """Adds the differences, in the order of the key, so that two workers don't block each other."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if is_postgresql else sqlite.insert
    names = ("authority_id", "clue", "field", "value")
    changed = sorted((place, step) for place, step in differences.items() if step)
    rows = [
        {**dict(zip(names, place, strict=True)), "count": step, "last_used_on": days[place]}
        for place, step in changed
    ]
    if not rows:
        return
    statement = insert(UsageCount)
    later = statement.excluded.last_used_on > UsageCount.last_used_on
    session.execute(
        statement.on_conflict_do_update(
            index_elements=names,
            set_={
                "count": UsageCount.count + statement.excluded.count,
                "last_used_on": case((later, statement.excluded.last_used_on), else_=UsageCount.last_used_on),
            },
        ),
        rows,
    )
    for (authority_id, clue, field, value), step in changed:
        if step < 0:
            session.execute(
                delete(UsageCount).where(
                    UsageCount.authority_id == authority_id,
                    UsageCount.clue == clue,
                    UsageCount.field == field,
                    UsageCount.value == value,
                    UsageCount.count <= 0,
                )
            )
