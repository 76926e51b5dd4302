"""Reads what other tables hold about cases and records: each kind in one query for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload
from sqlalchemy.orm.strategy_options import _AbstractLoad

from diarium.archive.conversion import CaseRows, RecordRows, Reviews
from diarium.correspondence.models import OutgoingMessage
from diarium.files.models import Blob
from diarium.register import loose_references
from diarium.register.models import Case, CaseNote, CaseOrigin, CaseRelation, Deadline, Decision, Record
from diarium.register.models.disposal import CaseDisposal
from diarium.secrecy.models import Restriction
from diarium.secrecy.work_models import CaseShare, RestrictionReview


def of_cases(session: Session, cases: Mapping[int, Case]) -> dict[int, CaseRows]:
    """What stands about the cases in other tables, in the order of its writing."""
    case_ids = list(cases)
    found = {case_id: CaseRows() for case_id in case_ids}
    relations = select(CaseRelation).where(CaseRelation.to_case_id.in_(case_ids)).order_by(CaseRelation.id)
    for relation in session.scalars(relations.options(other_case(CaseRelation.from_case))):
        found[relation.to_case_id].incoming.append(relation)
    notes = select(CaseNote).where(CaseNote.case_id.in_(case_ids)).order_by(CaseNote.id)
    for note in session.scalars(notes.options(joinedload(CaseNote.corrects))):
        found[note.case_id].notes.append(note)
    deadlines = select(Deadline).where(Deadline.case_id.in_(case_ids)).order_by(Deadline.id)
    deadlines = deadlines.options(joinedload(Deadline.unit), numbered(Deadline.record))
    for deadline in session.scalars(deadlines):
        found[deadline.case_id].deadlines.append(deadline)
    decisions = select(Decision).where(Decision.case_id.in_(case_ids)).order_by(Decision.id)
    for decision in session.scalars(decisions.options(numbered(Decision.record))):
        found[decision.case_id].decisions.append(decision)
    for share in session.scalars(select(CaseShare).where(CaseShare.case_id.in_(case_ids)).order_by(CaseShare.id)):
        found[share.case_id].shares.append(share)
    disposals = select(CaseDisposal).where(CaseDisposal.case_id.in_(case_ids)).order_by(CaseDisposal.id)
    for disposal in session.scalars(disposals):
        found[disposal.case_id].disposals.append(disposal)
    for origin in session.scalars(select(CaseOrigin).where(CaseOrigin.case_id.in_(case_ids))):
        found[origin.case_id].origin = origin
    for case_id, loose in loose_references.of(session, case_ids).items():
        found[case_id].loose = loose
    reviews = _reviews(session, Restriction.case_id.in_(case_ids))
    for case_id, case in cases.items():
        found[case_id].reviews = _of(case.restrictions, reviews)
    return found


def of_records(session: Session, records: Sequence[Record]) -> dict[int, RecordRows]:
    """What stands about the records in other tables, in the order of its writing."""
    record_ids = [record.id for record in records]
    found = {record_id: RecordRows() for record_id in record_ids}
    moved = select(Record).where(Record.moved_to_id.in_(record_ids)).order_by(Record.id.desc())
    for former in session.scalars(moved.options(joinedload(Record.case))):
        if former.moved_to_id is not None:
            found[former.moved_to_id].former = former
    sent = select(OutgoingMessage).where(OutgoingMessage.record_id.in_(record_ids)).order_by(OutgoingMessage.id)
    for message in session.scalars(sent.options(selectinload(OutgoingMessage.recipients))):
        found[message.record_id].dispatches.append(message)
    by_uid = {record.uid: found[record.id] for record in records}
    for loose in loose_references.of(session, sorted({record.case_id for record in records})).values():
        for item in loose:
            if item.record_uid in by_uid:
                by_uid[item.record_uid].loose = (*by_uid[item.record_uid].loose, item)
    reviews = _reviews(session, Restriction.record_id.in_(record_ids))
    wanted = {record.id: _not_among_files(record, found[record.id].dispatches) for record in records}
    keys = sorted(set().union(*wanted.values()))
    contents = {blob.sha256: blob for blob in session.scalars(select(Blob).where(Blob.sha256.in_(keys)))}
    for record in records:
        found[record.id].messages = {key: contents[key] for key in wanted[record.id]}
        found[record.id].reviews = _of(record.restrictions, reviews)
    return found


def other_case(side: InstrumentedAttribute[Case]) -> _AbstractLoad:
    """A case at the other end of a reference, with its authority."""
    return joinedload(side).joinedload(Case.authority)


def numbered(reference: InstrumentedAttribute[Record | None]) -> _AbstractLoad:
    """A record that something refers to, with the case that its number is written with."""
    return selectinload(reference).joinedload(Record.case)


def _reviews(session: Session, of_which: ColumnElement[bool]) -> Reviews:
    found: Reviews = {}
    query = select(RestrictionReview).join(RestrictionReview.restriction).where(of_which)
    for review in session.scalars(query.order_by(RestrictionReview.id)):
        found.setdefault(review.restriction_id, []).append(review)
    return found


def _of(marks: Iterable[Restriction], reviews: Reviews) -> Reviews:
    return {mark.id: reviews[mark.id] for mark in marks if mark.id in reviews}


def _not_among_files(record: Record, dispatches: Iterable[OutgoingMessage]) -> set[str]:
    """The contents of the messages that were sent of the record and are none of its files."""
    files = {document.sha256 for document in record.documents}
    return {message.content_sha256 for message in dispatches if message.content_sha256} - files
