"""Keeps the internal index in step with the register: a feed consumer, and the rebuild from scratch."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.changes import feed
from diarium.changes.models import Change
from diarium.db.engine import Database
from diarium.files.models import BlobText
from diarium.register import following, spreading
from diarium.register.models import Case, Document, Party, Record
from diarium.register.views import concerns_protected, place_of
from diarium.search.port import IndexDocument, Kind, SearchIndex
from diarium.secrecy import access, grants

CONSUMER = "search"
_BATCH = 200


class SearchIndexer:
    """Indexes every changed case and record; a change of a case touches all its records."""

    name = CONSUMER

    def __init__(self, database: Database, index: SearchIndex) -> None:
        self._database = database
        self._index = index

    def handle(self, changes: Sequence[Change]) -> None:
        """Brings the entries of the changed cases and records up to date, in one commit of the index."""
        cases = {
            change.entity_uid
            for change in changes
            if change.entity_type == "case" and change.kind != spreading.PUBLIC_FACTS
        }
        records = {change.entity_uid for change in changes if change.entity_type == "record"}
        if not cases and not records:
            return
        with self._database.reading() as session:
            documents = [
                *_case_documents(session, cases),
                *_record_documents(session, _record_ids(session, cases, records)),
            ]
        self._index.apply(documents, [])


def rebuild(database: Database, index: SearchIndex) -> int:
    """Builds the index anew from the register and returns how many entries it has.

    The feed's end is read first and noted when the new index stands: what changes meanwhile is indexed again
    afterwards, and a rebuild that fails leaves everything as it was.
    """
    with database.reading() as session:
        end = feed.settled_end(session)
    count = index.rebuild(everything(database))
    if end is not None:
        with database.unit_of_work() as session:
            feed.advance(session, CONSUMER, end)
    return count


def everything(database: Database) -> Iterator[IndexDocument]:
    """Every entry that the register gives, for an index that is built from nothing."""
    last = 0
    while True:
        with database.reading() as session:
            rows = session.execute(
                select(Case.id, Case.uid).where(Case.id > last).order_by(Case.id).limit(_BATCH)
            ).all()
            if not rows:
                return
            uids = {row.uid for row in rows}
            yield from _case_documents(session, uids)
            yield from _record_documents(session, _record_ids(session, uids, set()))
            last = rows[-1].id


def _record_ids(session: Session, cases: set[uuid.UUID], records: set[uuid.UUID]) -> Sequence[int]:
    query = select(Record.id).join(Record.case).where(or_(Case.uid.in_(cases), Record.uid.in_(records)))
    return session.scalars(query).all()


def _case_documents(session: Session, uids: set[uuid.UUID]) -> Iterator[IndexDocument]:
    query = select(Case).where(Case.uid.in_(uids)).options(*_CASE_LOADS, selectinload(Case.parties))
    cases = session.scalars(query).all()
    shared = grants.shared_among(session, [case.id for case in cases])
    for case in cases:
        restricted = any(item.is_in_force for item in case.restrictions)
        yield IndexDocument(
            key=f"case:{case.uid}",
            case_key=f"case:{case.uid}",
            kind=Kind.CASE,
            number=case.number_text,
            number_forms=(_plain_number(case), *([case.foreign_number] if case.foreign_number else [])),
            title=case.title,
            parties=_names(case.parties),
            authority=case.authority.code,
            year=case.year,
            status=case.status,
            classification=case.classification.code if case.classification else "",
            officer=case.responsible.name if case.responsible else "",
            date=case.opened_on,
            readers=access.reader_tokens(
                place_of(case),
                is_restricted=restricted,
                is_protected=any(party.is_protected for party in case.parties),
                is_shared=case.id in shared,
            ),
            version=case.version,
        )


def _record_documents(session: Session, ids: Sequence[int]) -> Iterator[IndexDocument]:
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        query = (
            select(Record)
            .where(Record.id.in_(batch))
            .options(
                selectinload(Record.parties),
                selectinload(Record.restrictions),
                selectinload(Record.case).options(*_CASE_LOADS, selectinload(Case.parties)),
            )
        )
        texts = _texts(session, batch)
        records = session.scalars(query).all()
        following.load(session, records)
        shared = grants.shared_among(session, {record.case_id for record in records})
        for record in records:
            # What was moved away may have become something that is not shared.
            is_shared = record.case_id in shared and record.moved_to_id is None
            yield _record_document(record, texts[record.id], is_shared=is_shared)


def _record_document(record: Record, body: str, *, is_shared: bool = False) -> IndexDocument:
    case = record.case
    named = not following.was_protected_later(record)
    return IndexDocument(
        key=f"record:{record.uid}",
        case_key=f"case:{case.uid}",
        kind=Kind.RECORD,
        number=record.number_text,
        number_forms=(f"{_plain_number(case)}-{record.running_number}",),
        title=record.title,
        parties=_names(record.parties) if named else (),
        senders=_names(record.senders) if named else (),
        recipients=_names(record.recipients) if named else (),
        body=body,
        authority=case.authority.code,
        year=record.official_on.year,
        record_type=record.record_type or "",
        direction=record.direction,
        status=case.status,
        classification=case.classification.code if case.classification else "",
        officer=case.responsible.name if case.responsible else "",
        date=record.official_on,
        readers=_readers(record, is_shared=is_shared),
        version=record.version,
    )


def _readers(record: Record, *, is_shared: bool) -> frozenset[str]:
    """Who finds it: who sees everything of it, and of what it became where it was moved."""
    is_protected = concerns_protected(record)
    each = [
        access.reader_tokens(place_of(item), is_restricted=True, is_protected=is_protected, is_shared=is_shared)
        for item in following.chain(record)
        if any(mark.is_in_force for mark in (*item.restrictions, *item.case.restrictions))
    ]
    if not each:
        return access.reader_tokens(
            place_of(record), is_restricted=False, is_protected=is_protected, is_shared=is_shared
        )
    return frozenset.intersection(*each)


_CASE_LOADS = (
    selectinload(Case.authority),
    selectinload(Case.series),
    selectinload(Case.classification),
    selectinload(Case.responsible),
    selectinload(Case.restrictions),
)


def _texts(session: Session, record_ids: Sequence[int]) -> defaultdict[int, str]:
    texts: defaultdict[int, str] = defaultdict(str)
    rows = session.execute(
        select(Document.record_id, Document.file_name, BlobText.text)
        .outerjoin(BlobText, BlobText.sha256 == Document.sha256)
        .where(Document.record_id.in_(record_ids))
        .order_by(Document.record_id, Document.position)
    )
    for record_id, file_name, text in rows:
        texts[record_id] += f"{file_name}\n{text or ''}\n"
    return texts


def _names(parties: Sequence[Party]) -> tuple[str, ...]:
    """Protected persons are in no index, not even the internal one."""
    return tuple(party.name for party in parties if not party.is_protected)


def _plain_number(case: Case) -> str:
    return f"{case.series.code} {case.year}/{case.number}"
