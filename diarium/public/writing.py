"""Writes projected cases into the tables of the open register and notes what has to follow."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload, undefer

from diarium.db.swedish import sort_key
from diarium.public.models import PendingWork, PublicAuthority, PublicCase, PublicDocument, PublicRecord
from diarium.public.projection import ProjectedCase, ProjectedDocument, ProjectedParty, ProjectedRecord
from diarium.public.vocabulary import Work


def replace_cases(
    session: Session, uids: Iterable[uuid.UUID], cases: Sequence[ProjectedCase], revision: int
) -> None:
    """Puts `cases` in the place of everything shown before of the cases with `uids`."""
    before = stored_cases(session, uids)
    works = _follow_up(before)
    texts_before = {text for case in before for text in _shown_texts(case)}
    remove(session, before)
    rows = [case_row(case, revision) for case in cases]
    session.add_all(rows)
    works |= _follow_up(rows)
    if texts_before - {text for case in rows for text in _shown_texts(case)}:
        works.add((Work.PURGE, ""))
    note_work(session, works)
    session.flush()


def remove_cases(session: Session, before: Sequence[PublicCase]) -> None:
    """Withdraws whole cases."""
    note_work(session, _follow_up(before) | {(Work.PURGE, "")})
    remove(session, before)


def stored_cases(session: Session, uids: Iterable[uuid.UUID]) -> Sequence[PublicCase]:
    """The cases with `uids` as they are shown now, whole."""
    query = select(PublicCase).where(PublicCase.uid.in_(list(uids))).options(*WHOLE_CASE)
    return session.scalars(query).all()


WHOLE_CASE = (
    selectinload(PublicCase.records).selectinload(PublicRecord.documents).options(undefer(PublicDocument.text)),
)


def remove(session: Session, cases: Sequence[PublicCase]) -> None:
    """Deletes the rows of `cases`; their records and documents go with them (foreign keys)."""
    for case in cases:
        session.expunge(case)
    session.execute(delete(PublicCase).where(PublicCase.id.in_([case.id for case in cases])))


def note_work(session: Session, works: Iterable[tuple[Work, str]]) -> None:
    """Keeps what has to follow until it is done."""
    session.add_all(PendingWork(work=work, key=key) for work, key in sorted(works))


def write_authorities(session: Session, authorities: Iterable[tuple[str, str]]) -> None:
    """Brings codes and names of the authorities up to date."""
    known = {row.code: row for row in session.scalars(select(PublicAuthority))}
    for code, name in authorities:
        row = known.get(code)
        if row is None:
            session.add(PublicAuthority(code=code, name=name))
        elif row.name != name:
            row.name = name


def case_row(case: ProjectedCase, revision: int) -> PublicCase:
    """The rows of a projected case; each released field by name."""
    return PublicCase(
        uid=case.uid,
        authority_code=case.authority_code,
        authority_name=case.authority_name,
        series_code=case.series_code,
        year=case.year,
        number=case.number,
        number_text=case.number_text,
        visibility=case.visibility,
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        title=case.title,
        title_key=sort_key(case.title or ""),
        case_type=case.case_type,
        status=case.status,
        class_code=case.class_code,
        class_title=case.class_title,
        unit=case.unit,
        parties=_party_rows(case.parties),
        are_parties_omitted=case.are_parties_omitted,
        registered_count=case.registered_count,
        last_event_on=case.last_event_on,
        published_at=case.published_at,
        due_on=case.due_on,
        disposed_on=case.disposed_on,
        disposed_by=case.disposed_by,
        revision=revision,
        records=[_record_row(record, case.authority_code, revision) for record in case.records],
    )


def _record_row(record: ProjectedRecord, authority_code: str, revision: int) -> PublicRecord:
    return PublicRecord(
        uid=record.uid,
        authority_code=authority_code,
        running_number=record.running_number,
        number_text=record.number_text,
        visibility=record.visibility,
        direction=record.direction,
        official_on=record.official_on,
        title=record.title,
        title_key=sort_key(record.title or ""),
        record_type=record.record_type,
        parties=_party_rows(record.parties),
        are_parties_omitted=record.are_parties_omitted,
        moved_to_uid=record.moved_to_uid,
        moved_to_number=record.moved_to_number,
        published_at=record.published_at,
        revision=revision,
        documents=[_document_row(document) for document in record.documents],
    )


def _document_row(document: ProjectedDocument) -> PublicDocument:
    return PublicDocument(
        uid=document.uid,
        place=document.place,
        file_name=document.file_name,
        sha256=document.sha256,
        size=document.size,
        mime=document.mime,
        text=document.text,
    )


def _party_rows(parties: Iterable[ProjectedParty]) -> list[dict[str, str | None]]:
    return [asdict(party) for party in parties]


def _follow_up(cases: Iterable[PublicCase]) -> set[tuple[Work, str]]:
    works = set()
    for case in cases:
        works.add((Work.INDEX, f"case:{case.uid}"))
        for record in case.records:
            works.add((Work.INDEX, f"record:{record.uid}"))
            works |= {(Work.BLOB, document.sha256) for document in record.documents}
    return works


def _shown_texts(case: PublicCase) -> set[str]:
    """Whatever could be searched for; if any of it is gone, the index's files must be cleaned of it."""
    texts = {case.title, case.case_type, case.class_title, *(party["name"] for party in case.parties)}
    for record in case.records:
        texts |= {record.title, record.record_type, *(party["name"] for party in record.parties)}
        texts |= {document.text for document in record.documents}
    return {text for text in texts if text}
