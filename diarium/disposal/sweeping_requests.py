"""Requests to see what is disposed of: number, dates and outcome stay; what was said of its content goes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session, aliased

from diarium.db.base import Base
from diarium.disclosure.models import (
    DeliveredPart,
    DisclosureDecision,
    DisclosureDelivery,
    DisclosureRequest,
    DisclosureReview,
    MaskedCopy,
    RequestedItem,
)
from diarium.register.disposing import Belongings, chunks
from diarium.register.models import Case, DisposalDepth, Record


def let_go(
    session: Session, case: Case, owned: Belongings, depth: DisposalDepth
) -> tuple[set[uuid.UUID], set[str | None]]:
    """Lets go of masked copies and copies given out, and, with everything, of what reviews and decisions said.

    A request may be about several cases: its own texts go with the last of them. Returns whose events are to be
    struck out, and contents of files.
    """
    items = _items(session, case.id, owned.living_ids)
    reviews = _ids(session, DisclosureReview, "item_id", items)
    for chunk in chunks(owned.living_ids):
        of_record = DisclosureReview.record_id.in_(chunk)
        reviews = sorted({*reviews, *session.scalars(select(DisclosureReview.id).where(of_record))})
    uids, contents = _files(session, owned, reviews)
    if depth is not DisposalDepth.EVERYTHING:
        return uids, contents
    _strike(session, DisclosureReview, reviews, _REVIEW)
    _strike(session, RequestedItem, items, {"description": None})
    uids |= _uids(session, DisclosureReview, reviews) | _uids(session, RequestedItem, items)
    requests = _settled(session, items, case.id)
    _strike(session, DisclosureRequest, requests, _REQUEST)
    decisions = _ids(session, DisclosureDecision, "request_id", requests)
    deliveries = _ids(session, DisclosureDelivery, "request_id", requests)
    _strike(session, DisclosureDecision, decisions, _DECISION)
    _strike(session, DisclosureDelivery, deliveries, _DELIVERY)
    for model, ids in (
        (DisclosureRequest, requests),
        (DisclosureDecision, decisions),
        (DisclosureDelivery, deliveries),
    ):
        uids |= _uids(session, model, ids)
    return uids, contents


def _items(session: Session, case_id: int, record_ids: Sequence[int]) -> list[int]:
    found = set(session.scalars(select(RequestedItem.id).where(RequestedItem.case_id == case_id)))
    for chunk in chunks(record_ids):
        found |= set(session.scalars(select(RequestedItem.id).where(RequestedItem.record_id.in_(chunk))))
    return sorted(found)


def _files(session: Session, owned: Belongings, reviews: Sequence[int]) -> tuple[set[uuid.UUID], set[str | None]]:
    uids: set[uuid.UUID] = set()
    contents: set[str | None] = set()
    conditions = [MaskedCopy.review_id.in_(chunk) for chunk in chunks(reviews)]
    conditions += [MaskedCopy.document_id.in_(chunk) for chunk in chunks(owned.document_ids)]
    for condition in conditions:
        copies = session.execute(select(MaskedCopy.uid, MaskedCopy.sha256).where(condition)).all()
        uids |= {row.uid for row in copies}
        contents |= {row.sha256 for row in copies}
        session.execute(delete(MaskedCopy).where(condition).execution_options(synchronize_session=False))
    for chunk in chunks(reviews):
        given = DeliveredPart.review_id.in_(chunk)
        contents |= set(session.scalars(select(DeliveredPart.sha256).where(given)))
        _update(session, DeliveredPart, given, {"sha256": None, "file_name": None})
    return uids, contents


def _settled(session: Session, items: Sequence[int], case_id: int) -> list[int]:
    """Requests of which all that was asked for is disposed of now or was before."""
    requests = {
        request
        for chunk in chunks(items)
        for request in session.scalars(select(RequestedItem.request_id).where(RequestedItem.id.in_(chunk)))
    }
    living: set[int] = set()
    of_record = aliased(Case)
    for chunk in chunks(sorted(requests)):
        rows = session.execute(
            select(RequestedItem.request_id, Case.id, of_record.id, Case.disposed, of_record.disposed)
            .outerjoin(Record, Record.id == RequestedItem.record_id)
            .outerjoin(of_record, of_record.id == Record.case_id)
            .outerjoin(Case, Case.id == RequestedItem.case_id)
            .where(RequestedItem.request_id.in_(chunk))
        )
        for request, asked, home, asked_gone, home_gone in rows:
            is_this = case_id in (asked, home)
            if not is_this and DisposalDepth.EVERYTHING not in (asked_gone, home_gone):
                living.add(request)
    return sorted(requests - living)


def _ids(session: Session, model: type[Base], name: str, owners: Sequence[int]) -> list[int]:
    columns = model.__table__.columns
    return [
        found
        for chunk in chunks(owners)
        for found in session.scalars(select(columns["id"]).where(columns[name].in_(chunk)))
    ]


def _uids(session: Session, model: type[Base], ids: Sequence[int]) -> set[uuid.UUID]:
    columns = model.__table__.columns
    return {
        found
        for chunk in chunks(ids)
        for found in session.scalars(select(columns["uid"]).where(columns["id"].in_(chunk)))
    }


def _strike(session: Session, model: type[Base], ids: Sequence[int], values: Mapping[str, object]) -> None:
    for chunk in chunks(ids):
        _update(session, model, model.__table__.columns["id"].in_(chunk), values)


def _update(
    session: Session, model: type[Base], condition: ColumnElement[bool], values: Mapping[str, object]
) -> None:
    session.execute(update(model).where(condition).values(values).execution_options(synchronize_session=False))


_REVIEW: Mapping[str, object] = {
    "citations": [],
    "reason": None,
    "terms": None,
    "document_ids": [],
    "withheld_ids": [],
}
_REQUEST: Mapping[str, object] = {
    "contact": None,
    "asker_name": None,
    "message": None,
    "waiting_for": None,
    "close_note": None,
}
_DECISION: Mapping[str, object] = {
    "delegation_point": None,
    "subjects": [],
    "reasons": "",
    "instruction": "",
    "appeal_outcome": None,
}
_DELIVERY: Mapping[str, object] = {
    "note": None,
    "subject": None,
    "body": None,
    "sender_email": None,
    "last_error": None,
}
