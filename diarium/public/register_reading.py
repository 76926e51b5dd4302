"""Reads whole cases from the register for the projection, with the same number of queries however many."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from diarium.classification.models import PublishingRule
from diarium.files.models import BlobText
from diarium.public.projection import MAX_TEXT, publishing_rule
from diarium.register.models import Authority, Case, Record

_WHOLE_CASE = (
    joinedload(Case.authority),
    joinedload(Case.series),
    joinedload(Case.unit),
    joinedload(Case.classification),
    selectinload(Case.restrictions),
    selectinload(Case.parties),
    selectinload(Case.records).options(
        selectinload(Record.restrictions), selectinload(Record.parties), selectinload(Record.documents)
    ),
)


def authorities(session: Session) -> list[tuple[str, str]]:
    """Codes and names of all authorities."""
    return [(row.code, row.name) for row in session.execute(select(Authority.code, Authority.name))]


def cases_with(session: Session, uids: Sequence[uuid.UUID]) -> Sequence[Case]:
    """The cases with `uids`, whole."""
    return session.scalars(select(Case).where(Case.uid.in_(uids)).options(*_WHOLE_CASE)).all()


def uids_after(session: Session, last_id: int, limit: int) -> list[tuple[int, uuid.UUID]]:
    """Keys and identifiers of the next `limit` cases after the case with key `last_id`."""
    query = select(Case.id, Case.uid).where(Case.id > last_id).order_by(Case.id).limit(limit)
    return [(row.id, row.uid) for row in session.execute(query)]


def cases_of_records(session: Session, record_uids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """The identifiers of the cases that hold the records."""
    return set(session.scalars(select(Case.uid).join(Case.records).where(Record.uid.in_(record_uids))))


def texts_of(session: Session, cases: Sequence[Case]) -> Callable[[str], str]:
    """The texts of the released files of `cases`, by checksum."""
    wanted = {
        document.sha256
        for case in cases
        if publishing_rule(case) is PublishingRule.METADATA_AND_FILES
        for record in case.records
        for document in record.documents
        if document.is_released
    }
    query = select(BlobText.sha256, BlobText.text).where(BlobText.sha256.in_(wanted))
    texts = {sha256: text[: 2 * MAX_TEXT] for sha256, text in session.execute(query)} if wanted else {}
    return lambda sha256: texts.get(sha256, "")
