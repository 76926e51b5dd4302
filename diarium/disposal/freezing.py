"""A case as it was when it was proposed: what it held, and a digest by which a later change is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.db.base import Base
from diarium.files.models import Blob
from diarium.register.models import Case, CaseNote, Deadline, Decision, Document, Party, Record
from diarium.register.vocabulary import Medium
from diarium.secrecy.models import Restriction

_BATCH = 500


@dataclass(slots=True)
class Frozen:
    """What a case holds. `paper_count`: records with an original on paper; `byte_count`: of its files."""

    record_count: int = 0
    file_count: int = 0
    byte_count: int = 0
    paper_count: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def digest(self) -> str:
        """The same as long as nothing of the case has changed."""
        return self._hash.hexdigest()

    def take(self, name: str, row: dict[str, object]) -> None:
        """Takes a row of a table into the digest."""
        facts = json.dumps([name, audit.plain(row)], ensure_ascii=False, sort_keys=True, default=str)
        self._hash.update(facts.encode("utf-8", "surrogatepass"))


def freeze(session: Session, case_ids: Sequence[int]) -> dict[int, Frozen]:
    """By case id, what it holds. A constant number of statements for each five hundred cases."""
    found = {case_id: Frozen() for case_id in case_ids}
    for start in range(0, len(case_ids), _BATCH):
        batch = case_ids[start : start + _BATCH]
        for owner, name, row in _rows(session, batch):
            found[owner].take(name, row)
        _count(session, batch, found)
    return found


def _rows(session: Session, batch: Collection[int]) -> Iterator[tuple[int, str, dict[str, object]]]:
    for table, owner_name in _TABLES:
        by_record = owner_name == "record_id"
        owner = Record.case_id.expression if by_record else table.columns[owner_name]
        query = select(owner.label("owner__"), *table.columns)
        if by_record:
            query = query.join(_table(Record), Record.id == table.c.record_id)
        rows = session.execute(query.where(owner.in_(batch)).order_by(owner, *table.primary_key.columns))
        for row in rows:
            facts = dict(row._mapping)
            yield facts.pop("owner__"), table.name, facts


def _count(session: Session, batch: Collection[int], found: dict[int, Frozen]) -> None:
    records = session.execute(
        select(Record.case_id, Record.medium, func.count())
        .where(Record.case_id.in_(batch))
        .group_by(Record.case_id, Record.medium)
    )
    for case_id, medium, count in records:
        found[case_id].record_count += count
        found[case_id].paper_count += 0 if medium is Medium.DIGITAL else count
    files = session.execute(
        select(Record.case_id, func.count(), func.coalesce(func.sum(Blob.size), 0))
        .join(Document, Document.record_id == Record.id)
        .join(Blob, Blob.sha256 == Document.sha256)
        .where(Record.case_id.in_(batch))
        .group_by(Record.case_id)
    )
    for case_id, count, size in files:
        found[case_id].file_count, found[case_id].byte_count = count, int(size)


def _table(model: type[Base]) -> Table:
    found = model.__table__
    assert isinstance(found, Table)
    return found


_TABLES = (
    (_table(Case), "id"),
    (_table(Record), "case_id"),
    (_table(Party), "case_id"),
    (_table(Party), "record_id"),
    (_table(Document), "record_id"),
    (_table(CaseNote), "case_id"),
    (_table(Decision), "case_id"),
    (_table(Deadline), "case_id"),
    (_table(Restriction), "case_id"),
    (_table(Restriction), "record_id"),
)
