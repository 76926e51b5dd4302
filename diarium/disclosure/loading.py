"""Reads requests with all that belongs to them in a constant number of queries."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.disclosure import lookup
from diarium.disclosure.models import (
    DeliveredPart,
    DisclosureDecision,
    DisclosureDelivery,
    DisclosureRequest,
    DisclosureReview,
    RequestedItem,
)
from diarium.identity.permissions import Actor
from diarium.register import following
from diarium.register.models import Case, Document, Record

ROW_LOADS = (
    selectinload(DisclosureRequest.authority),
    selectinload(DisclosureRequest.handler),
    selectinload(DisclosureRequest.items).options(
        selectinload(RequestedItem.record).selectinload(Record.case), selectinload(RequestedItem.case)
    ),
)
_CASE_LOADS = (
    selectinload(Case.authority),
    selectinload(Case.restrictions),
    selectinload(Case.parties),
)
RECORD_LOADS = (
    selectinload(Record.restrictions),
    selectinload(Record.parties),
    selectinload(Record.documents).joinedload(Document.blob),
    selectinload(Record.case).options(*_CASE_LOADS),
)
_REVIEW_LOADS = (
    selectinload(DisclosureReview.masked_copies),
    selectinload(DisclosureReview.record).options(*RECORD_LOADS),
)
_WHOLE_LOADS = (
    selectinload(DisclosureRequest.authority),
    selectinload(DisclosureRequest.handler),
    selectinload(DisclosureRequest.items).options(
        selectinload(RequestedItem.record).options(*RECORD_LOADS),
        selectinload(RequestedItem.case).options(*_CASE_LOADS),
        selectinload(RequestedItem.reviews).options(*_REVIEW_LOADS),
    ),
    selectinload(DisclosureRequest.decisions).selectinload(DisclosureDecision.request),
    selectinload(DisclosureRequest.deliveries)
    .selectinload(DisclosureDelivery.parts)
    .selectinload(DeliveredPart.item),
)


def loaded(session: Session, actor: Actor, uid: uuid.UUID) -> DisclosureRequest:
    """The request with all that belongs to it, read in a constant number of queries. Raises: RequestNotFound."""
    lookup.request(session, actor, uid)
    query = select(DisclosureRequest).where(DisclosureRequest.uid == uid).options(*_WHOLE_LOADS)
    request = session.scalars(query.execution_options(populate_existing=True)).one()
    records = {item.record for item in request.items} | {
        made.record for item in request.items for made in item.reviews
    }
    following.load(session, [record for record in records if record is not None])
    return request
