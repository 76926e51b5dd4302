"""Disposal of a case (*gallring*): what it holds is removed, what explains its number stays.

Number, dates, direction, status and class stay, and a row that says by which decision it was disposed of: the
number series still explains itself, and no number is given twice. Source: arkivlagen (1990:782) 10 §; OSL 4 kap.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from diarium.changes import feed
from diarium.db.base import Base, now
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor
from diarium.register import journal
from diarium.register.errors import StatusConflict
from diarium.register.models import (
    Case,
    CaseDisposal,
    CaseNote,
    CaseOrigin,
    Deadline,
    Decision,
    DisposalDepth,
    Document,
    FileReview,
    Party,
    Record,
    Withdrawal,
)
from diarium.secrecy.models import Restriction
from diarium.secrecy.work_models import AccessGrant, CaseShare, RestrictionReview

EVENT = "case.disposed"
_CASE_TEXTS = (
    "foreign_number",
    "public_title",
    "case_type",
    "closing_reason",
    "cancel_reason",
    "physical_location",
    "note",
    "responsible_id",
    "unit_id",
    "registered_by_id",
)
_RECORD_TEXTS = (
    "public_title",
    "record_type",
    "received_at",
    "document_date",
    "physical_location",
    "cancel_reason",
    "note",
    "registered_by_id",
)
_CHUNK = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ruling:
    """By what a case is disposed of. `certificate`: how that is cited; `rule`, `basis`: as they read."""

    depth: DisposalDepth
    rule: str
    basis: str
    decision: str
    decided_on: dt.date
    decided_by: str
    certificate: str
    certificate_uid: uuid.UUID


@dataclass(frozen=True, slots=True)
class Belongings:
    """What belongs to a case before it is disposed of: keys, identifiers, contents of files by checksum.

    `trace_ids`: what its records were in other cases before they were moved here; `uids` holds theirs too.
    `living_ids`: the records that are here, with what they were before. One that was moved on is another case's:
    what the log and other rooms keep of it goes with that one.
    """

    case_id: int
    record_ids: tuple[int, ...]
    document_ids: tuple[int, ...]
    uids: frozenset[uuid.UUID]
    contents: frozenset[str]
    trace_ids: tuple[int, ...] = ()
    living_ids: tuple[int, ...] = ()


def lock(session: Session, case: Case) -> tuple[Record, ...]:
    """Locks the case with its records: nobody registers in it, changes it or asks for it meanwhile."""
    session.flush()
    session.refresh(case, with_for_update=True)
    query = select(Record).where(Record.case_id == case.id).order_by(Record.id)
    return tuple(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def belongings(session: Session, case: Case) -> Belongings:
    """What belongs to `case` in the register's own tables."""
    query = select(Record.id, Record.uid, Record.moved_to_id).where(Record.case_id == case.id)
    records = session.execute(query).all()
    here = {row.id: row.uid for row in records if row.moved_to_id is None}
    record_ids = tuple(row.id for row in records)
    documents = [
        row
        for chunk in chunks(record_ids)
        for row in session.execute(
            select(Document.id, Document.uid, Document.sha256).where(Document.record_id.in_(chunk))
        )
    ]
    traces = _traces(session, tuple(here))
    uids = {case.uid, *traces.values(), *here.values(), *(row.uid for row in documents)}
    document_ids = tuple(row.id for row in documents)
    for model in (Party, Restriction, AccessGrant, Withdrawal, CaseNote, Decision, Deadline, CaseShare):
        for condition in _owned(model, case.id, (*record_ids, *traces), document_ids):
            uids |= set(session.scalars(select(model.uid).where(condition)))
    return Belongings(
        case.id,
        record_ids,
        document_ids,
        frozenset(uids),
        frozenset(row.sha256 for row in documents),
        tuple(key for key in traces if key not in record_ids),
        (*here, *traces),
    )


def _traces(session: Session, record_ids: Sequence[int]) -> dict[int, uuid.UUID]:
    """What was moved here leaves its title and parties where it was: they go with it."""
    found: dict[int, uuid.UUID] = {}
    waiting = list(record_ids)
    while waiting:
        more: dict[int, uuid.UUID] = {}
        for chunk in chunks(waiting):
            rows = session.execute(select(Record.id, Record.uid).where(Record.moved_to_id.in_(chunk)))
            more |= {row.id: row.uid for row in rows}
        waiting = [key for key in more if key not in found]
        found |= {key: more[key] for key in waiting}
    return found


def dispose(session: Session, actor: Actor, case: Case, ruling: Ruling, owned: Belongings) -> CaseDisposal:
    """Disposes of what `case` holds in the register's own tables; the caller has locked it and checked it.

    What other rooms keep of its files must have been let go of before. Raises: StatusConflict if it is gone.
    """
    if case.disposed is DisposalDepth.EVERYTHING or case.disposed is ruling.depth:
        raise StatusConflict(_("Ärendet är redan gallrat."))
    made = CaseDisposal(
        case_id=case.id,
        depth=ruling.depth,
        rule=ruling.rule,
        basis=ruling.basis,
        decision=ruling.decision,
        decided_on=ruling.decided_on,
        decided_by_name=ruling.decided_by,
        certificate=ruling.certificate,
        certificate_uid=ruling.certificate_uid,
        disposed_at=now(),
        record_count=len(owned.record_ids),
        file_count=len(owned.document_ids),
        files=_files_by_record(session, owned),
    )
    session.add(made)
    session.flush()  # the database lets notes go only where this stands
    _remove_files(session, owned)
    if ruling.depth is DisposalDepth.EVERYTHING:
        _remove_facts(session, owned)
        with use_locale(SOURCE_LOCALE):
            _neutralise(session, case, owned)
            _neutralise_records(session, owned.trace_ids)
        for uid in session.scalars(select(Record.uid).where(Record.id.in_(owned.trace_ids))):
            feed.publish(session, "record", uid, "record.disposed")
    case.disposed = ruling.depth
    case.version += 1
    after = {
        "depth": ruling.depth,
        "decision": ruling.decision,
        "decided_on": ruling.decided_on,
        "certificate": ruling.certificate,
        "records": made.record_count,
        "files": made.file_count,
    }
    journal.case_changed(session, actor, case, EVENT, after=after)
    session.expire_all()
    return made


def chunks(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """`ids` in parts that a statement can hold."""
    yield from (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _files_by_record(session: Session, owned: Belongings) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for chunk in chunks(owned.record_ids):
        rows = session.execute(
            select(Record.running_number, Document.id)
            .join(Document, Document.record_id == Record.id)
            .where(Record.id.in_(chunk))
        )
        counted.update(str(row.running_number) for row in rows)
    return dict(counted)


def _remove_files(session: Session, owned: Belongings) -> None:
    for chunk in chunks(owned.document_ids):
        marks = select(Restriction.id).where(Restriction.document_id.in_(chunk))
        _delete(session, RestrictionReview, RestrictionReview.restriction_id.in_(marks))
        _delete(session, RestrictionReview, RestrictionReview.document_id.in_(chunk))
        _delete(session, Restriction, Restriction.document_id.in_(chunk))
        _delete(session, Withdrawal, Withdrawal.document_id.in_(chunk))
        _delete(session, FileReview, FileReview.document_id.in_(chunk))
        _delete(session, Document, Document.id.in_(chunk))


def _remove_facts(session: Session, owned: Belongings) -> None:
    """In an order in which nothing is left that points at what is gone."""
    for condition in _owned(Restriction, owned.case_id, owned.record_ids, ()):
        marks = select(Restriction.id).where(condition)
        _delete(session, RestrictionReview, RestrictionReview.restriction_id.in_(marks))
    for model in (Restriction, AccessGrant, CaseShare, Deadline, Decision, CaseNote, Party):
        for condition in _owned(model, owned.case_id, owned.record_ids, ()):
            _delete(session, model, condition)
    for condition in _owned(Restriction, 0, owned.trace_ids, ()):
        marks = select(Restriction.id).where(condition)
        _delete(session, RestrictionReview, RestrictionReview.restriction_id.in_(marks))
    for of_trace in (Restriction, AccessGrant, Withdrawal, Party):
        for condition in _owned(of_trace, 0, owned.trace_ids, ()):
            _delete(session, of_trace, condition)
    _delete(session, CaseOrigin, CaseOrigin.case_id == owned.case_id)
    for condition in _owned(Withdrawal, owned.case_id, owned.record_ids, ()):
        _delete(session, Withdrawal, condition & Withdrawal.ended_at.is_not(None))
        # What was taken from the web stays away from it; why, was told in words of the case.
        values = {"reason": _("Gallrat."), "made_by_id": None, "made_by_name": ""}
        session.execute(update(Withdrawal).where(condition).values(values))


def _neutralise(session: Session, case: Case, owned: Belongings) -> None:
    session.flush()
    _neutralise_records(session, owned.record_ids)
    for name in _CASE_TEXTS:
        setattr(case, name, None)
    case.title = _("Gallrat ärende")


def _neutralise_records(session: Session, ids: Sequence[int]) -> None:
    for chunk in chunks(ids):
        for record in session.scalars(select(Record).where(Record.id.in_(chunk))):
            for name in _RECORD_TEXTS:
                setattr(record, name, None)
            record.title = _("Gallrad handling")
            record.version += 1
    session.flush()


def _owned(
    model: type[Base], case_id: int, record_ids: Sequence[int], document_ids: Sequence[int]
) -> Iterator[ColumnElement[bool]]:
    """Conditions that together find the rows of a table that belong to the case, its records and its files."""
    columns = model.__table__.columns
    if "case_id" in columns:
        yield columns["case_id"] == case_id
    for name, ids in (("record_id", record_ids), ("document_id", document_ids)):
        if name in columns:
            yield from (columns[name].in_(chunk) for chunk in chunks(ids))


def _delete(session: Session, model: type[Base], condition: ColumnElement[bool]) -> None:
    session.execute(delete(model).where(condition).execution_options(synchronize_session=False))
