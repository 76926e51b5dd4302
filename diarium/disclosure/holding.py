"""What may not be disposed of: somebody asks for it, or a court may still say that they were to have it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from diarium.disclosure.appeals import is_unsettled
from diarium.disclosure.models import DisclosureDecision, DisclosureRequest, RequestedItem
from diarium.disclosure.vocabulary import DecisionKind, RequestState
from diarium.i18n import today
from diarium.register.models import Case, Record


def has_open_request(session: Session, record: Record) -> bool:
    """Whether the record is asked for, or a refusal of it can still be overturned: then it may not be disposed of.

    Also what was asked for before it was moved here, or together with its case. Source: TF 2 kap. 15 §.
    """
    return record.id in held_records(session, [record.id])


def is_case_held(session: Session, case: Case) -> bool:
    """Whether the case, or any record of it, is held so."""
    ids = list(session.scalars(select(Record.id).where(Record.case_id == case.id)))
    return bool(held_records(session, ids)) or case.id in _held(session, RequestedItem.case_id == case.id)[1]


def held_cases(session: Session, case_ids: Collection[int]) -> frozenset[int]:
    """Those of the cases that are held, themselves or by one of their records. A constant number of statements."""
    if not case_ids:
        return frozenset()
    records = session.execute(select(Record.id, Record.case_id).where(Record.case_id.in_(case_ids)))
    homes = {row.id: row.case_id for row in records}
    held = held_records(session, list(homes))
    whole = _held(session, RequestedItem.case_id.in_(case_ids))[1]
    return frozenset({homes[record_id] for record_id in held} | (whole & set(case_ids)))


def held_records(session: Session, record_ids: Collection[int]) -> frozenset[int]:
    """Those of the records that are held. A constant number of statements."""
    if not record_ids:
        return frozenset()
    rows = session.execute(select(Record.id, Record.case_id).where(Record.id.in_(record_ids)))
    cases = {row.id: row.case_id for row in rows}
    earlier = _earlier(session, record_ids)
    asked = {former for formers in earlier.values() for former in formers} | set(record_ids)
    wanted = RequestedItem.record_id.in_(asked) | RequestedItem.case_id.in_(set(cases.values()))
    records, whole_cases = _held(session, wanted)
    return frozenset(
        record_id
        for record_id in record_ids
        if records & ({record_id} | earlier.get(record_id, set())) or cases.get(record_id) in whole_cases
    )


def _earlier(session: Session, record_ids: Collection[int]) -> dict[int, set[int]]:
    """By record, what it was before it was moved."""
    former = (
        select(Record.moved_to_id.label("present"), Record.id.label("former"))
        .where(Record.moved_to_id.in_(record_ids))
        .cte("former", recursive=True)
    )
    former = former.union(select(former.c.present, Record.id).join(former, Record.moved_to_id == former.c.former))
    found: dict[int, set[int]] = {}
    for present, earlier in session.execute(select(former.c.present, former.c.former)):
        found.setdefault(present, set()).add(earlier)
    return found


def _held(session: Session, wanted: ColumnElement[bool]) -> tuple[set[int], set[int]]:
    """The ids of records and of cases in requests that are open or may still be overturned."""
    formal = select(DisclosureDecision.request_id).where(DisclosureDecision.kind != DecisionKind.NOTICE)
    items = session.scalars(
        select(RequestedItem)
        .join(RequestedItem.request)
        .where(wanted, RequestedItem.withdrawn_at.is_(None))
        .where((DisclosureRequest.state != RequestState.CLOSED) | DisclosureRequest.id.in_(formal))
        .options(selectinload(RequestedItem.request).selectinload(DisclosureRequest.decisions))
    ).all()
    holding = [item for item in items if _holds(item.request)]
    return (
        {item.record_id for item in holding if item.record_id is not None},
        {item.case_id for item in holding if item.case_id is not None},
    )


def _holds(request: DisclosureRequest) -> bool:
    if request.state is not RequestState.CLOSED:
        return True
    return any(is_unsettled(decision, today()) for decision in request.decisions)
