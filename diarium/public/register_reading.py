"""Reads whole cases from the register for the projection, with the same number of queries however many."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.classification.models import PublishingRule
from diarium.files.models import BlobText
from diarium.public.findings import MAX_TEXT, FileText
from diarium.public.projection import TextOf
from diarium.public.verdicts import publishing_rule
from diarium.register import following
from diarium.register.models import Authority, Case, Document, Record

_WHOLE_CASE = (
    joinedload(Case.authority),
    joinedload(Case.series),
    joinedload(Case.unit),
    joinedload(Case.classification),
    selectinload(Case.restrictions),
    selectinload(Case.withdrawals),
    selectinload(Case.disposals),
    selectinload(Case.parties),
    selectinload(Case.records).options(
        selectinload(Record.restrictions),
        selectinload(Record.withdrawals),
        selectinload(Record.parties),
        selectinload(Record.documents).options(selectinload(Document.withdrawals), selectinload(Document.review)),
    ),
)
# What a moved record became decides what is told of the one that was left behind.
_OF_LATER = (
    selectinload(Record.withdrawals),
    joinedload(Record.case).options(
        selectinload(Case.withdrawals), joinedload(Case.series), joinedload(Case.classification)
    ),
)


def authorities(session: Session) -> list[tuple[str, str]]:
    """Codes and names of all authorities."""
    return [(row.code, row.name) for row in session.execute(select(Authority.code, Authority.name))]


def cases_with(session: Session, uids: Sequence[uuid.UUID]) -> Sequence[Case]:
    """The cases with `uids`, whole, and what their moved records became."""
    cases = session.scalars(select(Case).where(Case.uid.in_(uids)).options(*_WHOLE_CASE)).all()
    moved = [record for case in cases for record in case.records if record.moved_to_id is not None]
    if moved:
        following.load(session, moved)
        later = {item.id for record in moved for item in following.chain(record)}
        session.scalars(select(Record).where(Record.id.in_(later)).options(*_OF_LATER)).all()
    return cases


def uids_after(session: Session, last_id: int, limit: int) -> list[tuple[int, uuid.UUID]]:
    """Keys and identifiers of the next `limit` cases after the case with key `last_id`."""
    query = select(Case.id, Case.uid).where(Case.id > last_id).order_by(Case.id).limit(limit)
    return [(row.id, row.uid) for row in session.execute(query)]


def cases_of_records(session: Session, record_uids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """The identifiers of the cases that hold the records."""
    return set(session.scalars(select(Case.uid).join(Case.records).where(Record.uid.in_(record_uids))))


def cases_of_former(session: Session, case_uids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """The cases in which records of the given cases were before they were moved: they tell where these went."""
    later = select(Record.id).join(Record.case).where(Case.uid.in_(list(case_uids))).cte("later", recursive=True)
    later = later.union(select(Record.id).join(later, Record.moved_to_id == later.c.id))
    query = select(Case.uid).join(Case.records).where(Record.id.in_(select(later.c.id)))
    return set(session.scalars(query))


def texts_of(session: Session, cases: Sequence[Case]) -> TextOf:
    """The texts of the released files of `cases`, by checksum, of those that were examined."""
    wanted = {
        document.sha256
        for case in cases
        if publishing_rule(case)[0] is PublishingRule.METADATA_AND_FILES
        for record in case.records
        for document in record.documents
        if document.is_released
    }
    query = select(BlobText.sha256, BlobText.text, BlobText.is_truncated).where(BlobText.sha256.in_(wanted))
    texts = (
        {row.sha256: file_text(row.text, is_truncated=row.is_truncated) for row in session.execute(query)}
        if wanted
        else {}
    )
    return texts.get


def file_text(text: str, *, is_truncated: bool) -> FileText:
    """As much of a text as is looked through."""
    most = 2 * MAX_TEXT
    return FileText(text[:most], is_whole=not is_truncated and len(text) <= most)
