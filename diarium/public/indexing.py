"""The public index: made from the public tables alone, so that it can hold nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from diarium.db.engine import Database
from diarium.public.models import PendingWork, PublicCase, PublicDocument, PublicRecord
from diarium.public.vocabulary import READERS, Work
from diarium.search.port import IndexDocument, Kind, SearchIndex

_BATCH = 500


def catch_up(database: Database, index: SearchIndex) -> bool:
    """Indexes what waits since the last projections; whether something was withdrawn and has to be purged.

    Safe to repeat: the work is noted as done only after the index has taken it.
    """
    while True:
        with database.reading() as session:
            waiting = _waiting(session, Work.INDEX, _BATCH)
            keys = {item.key for item in waiting}
            documents = list(_documents(session, keys))
        if not waiting:
            break
        index.apply(documents, sorted(keys - {document.key for document in documents}))
        _done(database, waiting)
    with database.reading() as session:
        return bool(_waiting(session, Work.PURGE, 1))


def purge(database: Database, index: SearchIndex) -> None:
    """Rewrites the index's files, in which deleted entries would stay readable until they are merged."""
    with database.reading() as session:
        waiting = _waiting(session, Work.PURGE, _BATCH)
    if waiting:
        index.optimize()
        _done(database, waiting)


def rebuild(database: Database, index: SearchIndex) -> int:
    """Builds the index anew from the public tables and tells how many entries it has."""
    with database.reading() as session:
        waiting = [*_waiting(session, Work.INDEX, None), *_waiting(session, Work.PURGE, None)]
    count = index.rebuild(everything(database))
    _done(database, waiting)
    return count


def _waiting(session: Session, work: Work, limit: int | None) -> Sequence[PendingWork]:
    return session.scalars(
        select(PendingWork).where(PendingWork.work == work).order_by(PendingWork.id).limit(limit)
    ).all()


def _done(database: Database, items: Sequence[PendingWork]) -> None:
    with database.unit_of_work() as session:
        for start in range(0, len(items), _BATCH):
            ids = [item.id for item in items[start : start + _BATCH]]
            session.execute(delete(PendingWork).where(PendingWork.id.in_(ids)))


def _documents(session: Session, keys: Iterable[str]) -> Iterator[IndexDocument]:
    uids = {kind: [uuid.UUID(key[len(kind) + 1 :]) for key in keys if key.startswith(f"{kind}:")] for kind in Kind}
    cases = session.scalars(select(PublicCase).where(PublicCase.uid.in_(uids[Kind.CASE])))
    yield from (_case_document(case) for case in cases)
    query = select(PublicRecord).where(PublicRecord.uid.in_(uids[Kind.RECORD])).options(*_RECORD_LOADS)
    yield from (_record_document(record) for record in session.scalars(query))


_RECORD_LOADS = (
    joinedload(PublicRecord.case),
    selectinload(PublicRecord.documents).options(undefer(PublicDocument.text)),
)


def keys_of(session: Session, cases: Collection[uuid.UUID]) -> list[str]:
    """The keys of the entries of some cases and of their records."""
    records = select(PublicRecord.uid).join(PublicRecord.case).where(PublicCase.uid.in_(cases))
    return [
        *(f"{Kind.CASE}:{uid}" for uid in cases),
        *(f"{Kind.RECORD}:{uid}" for uid in session.scalars(records)),
    ]


def everything(database: Database) -> Iterator[IndexDocument]:
    """Every entry that the public tables give, for an index that is built from nothing."""
    last = 0
    while True:
        with database.reading() as session:
            query = select(PublicCase).where(PublicCase.id > last).order_by(PublicCase.id).limit(_BATCH)
            cases = session.scalars(query).all()
            if not cases:
                return
            yield from (_case_document(case) for case in cases)
            records = (
                select(PublicRecord)
                .where(PublicRecord.case_id.in_([case.id for case in cases]))
                .options(*_RECORD_LOADS)
                .execution_options(yield_per=_BATCH)
            )
            yield from (_record_document(record) for record in session.scalars(records))
            last = cases[-1].id


def _case_document(case: PublicCase) -> IndexDocument:
    return IndexDocument(
        key=f"case:{case.uid}",
        case_key=f"case:{case.uid}",
        kind=Kind.CASE,
        number=case.number_text,
        number_forms=(f"{case.series_code} {case.year}/{case.number}",),
        title=case.title or "",
        parties=tuple(_names(case.parties)),
        authority=case.authority_code,
        year=case.year,
        record_type=case.case_type or "",
        status=case.status or "",
        classification=case.class_code or "",
        date=case.opened_on,
        readers=READERS,
        version=case.revision,
    )


def _record_document(record: PublicRecord) -> IndexDocument:
    case = record.case
    return IndexDocument(
        key=f"record:{record.uid}",
        case_key=f"case:{case.uid}",
        kind=Kind.RECORD,
        number=record.number_text,
        number_forms=(f"{case.series_code} {case.year}/{case.number}-{record.running_number}",),
        title=record.title or "",
        parties=tuple(_names(record.parties)),
        senders=tuple(_names(record.parties, "sender")),
        recipients=tuple(_names(record.parties, "recipient")),
        body="\n".join(document.text for document in record.documents if document.text),
        authority=record.authority_code,
        year=record.official_on.year,
        record_type=record.record_type or "",
        direction=record.direction,
        status=case.status or "",
        classification=case.class_code or "",
        date=record.official_on,
        readers=READERS,
        version=record.revision,
    )


def _names(parties: Iterable[dict[str, str | None]], role: str | None = None) -> Iterator[str]:
    for party in parties:
        name = party["name"]
        if name and (role is None or party["role"] == role):
            yield name
