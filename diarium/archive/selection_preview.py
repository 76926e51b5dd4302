"""What an export would hold, how many packages it becomes, and what to know before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.archive import selection
from diarium.archive.criteria import Criteria, PackageLimits
from diarium.archive.selection_problems import ProblemGroup, groups
from diarium.archive.selection_splitting import PlannedPart
from diarium.files.models import Blob
from diarium.files.store import BlobStore
from diarium.register import lookup
from diarium.register.models import Case, Document, Record


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export would hold. `size` in bytes, each file counted as often as it is used."""

    cases: int
    records: int
    documents: int
    size: int
    parts: tuple[PlannedPart, ...]
    problems: tuple[ProblemGroup, ...]

    @property
    def is_possible(self) -> bool:
        """Whether there is something to export and nothing stands in the way."""
        return self.cases > 0 and not any(group.is_blocking for group in self.problems)

    @property
    def oversized(self) -> tuple[PlannedPart, ...]:
        """The packages with one case that is larger than the limits."""
        return tuple(part for part in self.parts if part.is_over)


def preview(
    session: Session,
    criteria: Criteria,
    *,
    limits: PackageLimits | None = None,
    store: BlobStore | None = None,
) -> Preview:
    """What an export by `criteria` would hold. With `store`, each file is looked for on disk (not read).

    Raises: InvalidFact (no such authority), InvalidPeriod, InvalidCriteria.
    """
    authority = lookup.authority(session, criteria.authority_code)
    selection.check(session, criteria)
    limits = limits or PackageLimits()
    limits.check()
    chosen = selection.chosen(authority, criteria)
    cases = session.scalar(select(func.count()).select_from(Case).where(chosen.taken)) or 0
    records = session.scalar(select(func.count()).select_from(Record).join(Record.case).where(chosen.taken)) or 0
    documents, size = session.execute(
        select(func.count(), func.coalesce(func.sum(Blob.size), 0))
        .select_from(Document)
        .join(Document.record)
        .join(Record.case)
        .join(Document.blob)
        .where(chosen.taken)
    ).one()
    return Preview(
        cases,
        records,
        documents,
        int(size),
        selection.packages(session, authority, criteria, limits),
        tuple(groups(session, chosen, store)),
    )
