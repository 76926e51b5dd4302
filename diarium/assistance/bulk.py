"""Bulk registration: many similar files, each a record of its own, with what is wrong told per row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from diarium.assistance.errors import BatchNotFound, TooManyRows
from diarium.assistance.models import BulkBatch, BulkRow
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register import registration
from diarium.register.commands import NewRecord
from diarium.register.models import Record

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class BulkLine:
    """A row of the page: its place (from 1, kept when rows are mended and sent again) and what it registers."""

    row: int
    command: NewRecord


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row. `field` is named as by the command's errors."""

    row: int
    field: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row: a number or a problem. `was_there`: registered when the page was sent before."""

    row: int
    number: str | None = None
    record: uuid.UUID | None = None
    problem: RowProblem | None = None
    was_there: bool = False


def check(session: Session, actor: Actor, rows: Sequence[BulkLine]) -> tuple[RowProblem, ...]:
    """What would be wrong with the rows if they were registered now: nothing of them is left.

    Each row is registered within a savepoint and taken back, so the rules are those of registering, and no number
    is used. Raises: TooManyRows.
    """
    _check_size(rows)
    problems = []
    for line in rows:
        savepoint = session.begin_nested()
        try:
            registration.register(session, actor, line.command)
        except DomainError as error:
            problems.append(RowProblem(line.row, error.field, error.message))
        finally:
            savepoint.rollback()
    return tuple(problems)


def register_all(
    database: Database, actor: Actor, rows: Iterable[BulkLine], *, batch: uuid.UUID
) -> tuple[RowOutcome, ...]:
    """Registers the rows, each in a unit of work of its own: a bad one does not lose the others.

    `batch` is given to the page when it is shown. A row of it that was registered before, by the button pressed
    twice or before a crash, is not registered again: its number is told.

    Raises: BatchNotFound if it is somebody else's; TooManyRows.
    """
    listed = list(rows) if isinstance(rows, Sequence) else rows
    if isinstance(listed, list):
        _check_size(listed)
    with database.unit_of_work() as session:
        batch_id = _batch(session, actor, batch)
    return tuple(_register_one(database, actor, batch_id, line) for line in listed)


def _register_one(database: Database, actor: Actor, batch_id: int, line: BulkLine) -> RowOutcome:
    try:
        with database.unit_of_work() as session:
            if not _claim(session, batch_id, line.row):
                return _before(session, batch_id, line.row)
            record = registration.register(session, actor, line.command)
            where = (BulkRow.batch_id == batch_id, BulkRow.row == line.row)
            session.execute(update(BulkRow).where(*where).values(record_id=record.id))
            return RowOutcome(line.row, record.number_text, record.uid)
    except DomainError as error:
        return RowOutcome(line.row, problem=RowProblem(line.row, error.field, error.message))


def _claim(session: Session, batch_id: int, row: int) -> bool:
    """Whether the row is ours to register: of two transactions with the same row one waits, and finds it done."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    claim = insert(BulkRow).values(batch_id=batch_id, row=row).on_conflict_do_nothing()
    return session.scalar(claim.returning(BulkRow.row)) is not None


def _before(session: Session, batch_id: int, row: int) -> RowOutcome:
    record = session.scalars(
        select(Record)
        .join(BulkRow, BulkRow.record_id == Record.id)
        .where(BulkRow.batch_id == batch_id, BulkRow.row == row)
    ).one()
    return RowOutcome(row, record.number_text, record.uid, was_there=True)


def _batch(session: Session, actor: Actor, uid: uuid.UUID) -> int:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    facts = {"uid": uid, "user_id": actor.user_id, "created_at": now()}
    session.execute(insert(BulkBatch).values(**facts).on_conflict_do_nothing(index_elements=["uid"]))
    found = session.scalars(select(BulkBatch).where(BulkBatch.uid == uid)).one()
    if found.user_id != actor.user_id:
        raise BatchNotFound(_("Sidan hör till någon annan. Öppna massregistreringen igen."))
    return found.id


def _check_size(rows: Sequence[BulkLine]) -> None:
    if len(rows) > MOST_ROWS:
        raise TooManyRows(
            _("Registrera högst %(most)s filer åt gången. Du valde %(chosen)s.", most=MOST_ROWS, chosen=len(rows)),
            field="files",
        )
