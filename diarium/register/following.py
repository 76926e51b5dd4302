"""What a moved record has become: who hides the one hides the other, for they tell the same.

A record that is moved leaves title and parties behind in its old case (see `moving`). What is marked or protected
later, on the record that counts or in its case, also hides what was left behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from diarium.changes import feed
from diarium.register.models import Case, Record
from diarium.secrecy.models import Restriction


def chain(record: Record) -> Iterator[Record]:
    """The record, then what it became, and what that became. It ends: a move always makes a new record."""
    found: Record | None = record
    while found is not None:
        yield found
        found = found.moved_to


def marks_on(record: Record) -> list[Restriction]:
    """The markings, lifted ones too, of the record and its case, and of what it became and their cases."""
    return [mark for item in chain(record) for mark in (*item.restrictions, *item.case.restrictions)]


def was_protected_later(record: Record) -> bool:
    """Whether a party got protected identity after the record was moved: then its name was left behind openly.

    Names can have been corrected meanwhile, so nobody can tell which of those left behind it is.
    """
    known = {party.name for party in record.parties if party.is_protected}
    later = (party for item in chain(record) if item is not record for party in item.parties)
    return any(party.is_protected and party.name not in known for party in later)


def load(session: Session, records: Iterable[Record]) -> None:
    """Reads what the moved ones among `records` became, so that asking each costs no query of its own."""
    moved = [record for record in records if record.moved_to_id is not None]
    if not moved:
        return
    later = (
        select(Record.id, Record.moved_to_id)
        .where(Record.id.in_({record.moved_to_id for record in moved}))
        .cte("later", recursive=True)
    )
    later = later.union(select(Record.id, Record.moved_to_id).join(later, Record.id == later.c.moved_to_id))
    loads = (selectinload(Case.restrictions), selectinload(Case.parties), selectinload(Case.authority))
    found = session.scalars(
        select(Record)
        .where(Record.id.in_(select(later.c.id)))
        .options(
            selectinload(Record.restrictions),
            selectinload(Record.parties),
            selectinload(Record.case).options(*loads),
        )
    ).all()
    by_id = {record.id: record for record in found}
    for record in (*moved, *found):
        if record.moved_to_id is not None:
            set_committed_value(record, "moved_to", by_id[record.moved_to_id])


def publish_former(session: Session, target: Case | Record, kind: str) -> None:
    """Names to the feed the records that became `target`, or records of it: what they show follows it."""
    session.flush()
    of_target = Record.id == target.id if isinstance(target, Record) else Record.case_id == target.id
    former = (
        select(Record.id, Record.uid)
        .where(Record.moved_to_id.in_(select(Record.id).where(of_target)))
        .cte("former", recursive=True)
    )
    former = former.union(select(Record.id, Record.uid).join(former, Record.moved_to_id == former.c.id))
    for uid in session.scalars(select(former.c.uid)):
        feed.publish(session, "record", uid, kind)
