"""References of taken-over cases to cases and records that are not here, or not yet.

A package names what its cases refer to, wherever that lies. What is here is tied at once; the rest is kept with
the case's origin, is told in its next package, and is tied as soon as the other side comes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.register import following
from diarium.register.models import Case, CaseOrigin, CaseRelation, Record
from diarium.register.vocabulary import RecordStatus, RelationKind

TIED = "record.tied"
_ORIGINS_AT_ONCE = 200


class Tie(StrEnum):
    """What a reference is: between cases, or between what a moved record was and became."""

    RELATION = "relation"
    MOVED_TO = "moved_to"
    MOVED_FROM = "moved_from"


@dataclass(frozen=True, slots=True)
class LooseReference:
    """One reference. `record_uid`: the case's own record, where a record refers.

    `kind` and `is_outgoing`: of a relation; `authority`: the code of the other case's authority.
    """

    tie: Tie
    other_uid: uuid.UUID
    other_number: str
    record_uid: uuid.UUID | None = None
    kind: RelationKind | None = None
    is_outgoing: bool = True
    authority: str | None = None


def tie(session: Session, case: Case, references: Iterable[LooseReference]) -> list[LooseReference]:
    """Ties what is here and returns what is not. The same reference twice is tied once."""
    wanted = list(references)
    cases = _cases(session, case, [item for item in wanted if item.tie is Tie.RELATION])
    records = _records(session, [item for item in wanted if item.tie is not Tie.RELATION])
    loose = []
    for item in wanted:
        if item.tie is Tie.RELATION:
            other = cases.get(item.other_uid)
            is_tied = other is not None and _relate(session, case, other, item)
        else:
            is_tied = _follow(records, item)
        if not is_tied:
            loose.append(item)
    session.flush()
    following.publish_former(session, case, TIED)
    return loose


def keep(origin: CaseOrigin, loose: Sequence[LooseReference]) -> None:
    """Notes what is still loose."""
    origin.loose_references = [_written(item) for item in loose]
    origin.loose_count = len(loose)


def of(session: Session, case_ids: Sequence[int]) -> dict[int, tuple[LooseReference, ...]]:
    """What the given cases refer to that is not here."""
    rows = session.execute(
        select(CaseOrigin.case_id, CaseOrigin.loose_references).where(
            CaseOrigin.case_id.in_(case_ids), CaseOrigin.loose_count > 0
        )
    )
    return {row.case_id: tuple(_read(item) for item in row.loose_references) for row in rows}


def tie_what_came(session: Session, after: int = 0) -> int | None:
    """Tries again what was loose in the next cases after the key `after`; None when there are no more of them."""
    query = select(CaseOrigin).where(CaseOrigin.loose_count > 0, CaseOrigin.case_id > after)
    ordered = query.order_by(CaseOrigin.case_id).limit(_ORIGINS_AT_ONCE).with_for_update()
    origins = session.scalars(ordered).all()
    for origin in origins:
        before = [_read(item) for item in origin.loose_references]
        still = tie(session, origin.case, before)
        if len(still) != len(before):
            keep(origin, still)
    return origins[-1].case_id if origins else None


def _cases(session: Session, case: Case, wanted: Sequence[LooseReference]) -> dict[uuid.UUID, Case]:
    """The other cases by the identifier in the reference: those with it, else with the number at the authority."""
    if not wanted:
        return {}
    uids = {item.other_uid for item in wanted}
    found = {other.uid: other for other in session.scalars(select(Case).where(Case.uid.in_(uids)))}
    numbers = {item.other_number: item.other_uid for item in wanted if item.other_uid not in found}
    if numbers:
        by_number = select(Case).where(
            Case.authority_id == case.authority_id, Case.number_text.in_(numbers), Case.id != case.id
        )
        found |= {numbers[other.number_text]: other for other in session.scalars(by_number)}
    return found


def _relate(session: Session, case: Case, other: Case, item: LooseReference) -> bool:
    if item.kind is None or other is case:
        return False
    start, end = (case, other) if item.is_outgoing else (other, case)
    same = (CaseRelation.from_case_id == start.id, CaseRelation.to_case_id == end.id)
    if session.scalar(select(CaseRelation.id).where(*same, CaseRelation.kind == item.kind)) is None:
        session.add(CaseRelation(from_case=start, to_case=end, kind=item.kind))
        session.flush()
    return True


def _records(session: Session, wanted: Sequence[LooseReference]) -> dict[uuid.UUID, Record]:
    uids = {uid for item in wanted for uid in (item.other_uid, item.record_uid) if uid is not None}
    if not uids:
        return {}
    return {record.uid: record for record in session.scalars(select(Record).where(Record.uid.in_(uids)))}


def _follow(records: Mapping[uuid.UUID, Record], item: LooseReference) -> bool:
    own = records.get(item.record_uid) if item.record_uid else None
    other = records.get(item.other_uid)
    if own is None or other is None or own is other:
        return False
    was, became = (own, other) if item.tie is Tie.MOVED_TO else (other, own)
    if was in following.chain(became):
        return False  # a move always makes a new record: this would go round for ever
    if was is other and was.status is not RecordStatus.CANCELLED:
        return False  # a record that counts here was never moved, whatever a package says
    if was.moved_to is None:
        was.moved_to = became
    return True


def _written(item: LooseReference) -> dict[str, Any]:
    facts = {key: str(value) if isinstance(value, uuid.UUID) else value for key, value in asdict(item).items()}
    return {key: value for key, value in facts.items() if value is not None}


def _read(facts: Mapping[str, Any]) -> LooseReference:
    return LooseReference(
        tie=Tie(facts["tie"]),
        other_uid=uuid.UUID(facts["other_uid"]),
        other_number=facts["other_number"],
        record_uid=uuid.UUID(facts["record_uid"]) if facts.get("record_uid") else None,
        kind=RelationKind(facts["kind"]) if facts.get("kind") else None,
        is_outgoing=facts["is_outgoing"],
        authority=facts.get("authority"),
    )
