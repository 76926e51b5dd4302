"""Removes contents of files that nothing uses any more: row and bytes, never one that somebody has just stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import Column, delete, select
from sqlalchemy.orm import Session

from diarium.assistance.models import Draft
from diarium.db.base import Base
from diarium.db.engine import Database
from diarium.disposal.models import DisposalContent, DisposalProposal
from diarium.files.models import Blob, BlobText
from diarium.files.store import LocalBlobStore
from diarium.register.disposing import chunks

UNTOUCHED_FOR = 3600.0
"""So many seconds a content must have lain untouched: who stores the same one now will soon refer to it."""
_BATCH = 200


@dataclass(frozen=True, slots=True)
class ContentRemover:
    """Removes what disposals have let go of."""

    database: Database
    blobs: LocalBlobStore
    untouched_for: float = UNTOUCHED_FOR

    def run(self) -> int:
        """Looks at every content that waits. Returns how many were removed."""
        removed, last = 0, ""
        while True:
            with self.database.reading() as session:
                query = select(DisposalContent.sha256).where(DisposalContent.sha256 > last)
                batch = session.scalars(query.order_by(DisposalContent.sha256).limit(_BATCH)).all()
            if not batch:
                return removed
            removed += sum(self._look_at(sha256) for sha256 in batch)
            last = batch[-1]

    def _look_at(self, sha256: str) -> bool:
        """The bytes go before the commit: a crash leaves a row without them, which still waits to be removed."""
        with self.database.unit_of_work() as session:
            waiting = session.get(DisposalContent, sha256, with_for_update=True)
            if waiting is None:
                return False  # another worker was faster
            blob = session.get(Blob, sha256, with_for_update=True)
            of = session.get_one(DisposalProposal, waiting.proposal_id, with_for_update=True)
            if is_used(session, sha256):
                of.contents_kept += 1
                session.delete(waiting)
                return False
            if not self.blobs.remove(sha256, untouched_for=self.untouched_for):
                return False
            session.execute(delete(BlobText).where(BlobText.sha256 == sha256))
            session.execute(delete(Blob).where(Blob.sha256 == sha256))
            of.contents_removed += 1
            of.bytes_removed += blob.size if blob is not None else 0
            session.delete(waiting)
            return True


def queue(session: Session, proposal: DisposalProposal, contents: Collection[str]) -> None:
    """Notes that `contents` are let go of."""
    for chunk in chunks(sorted(contents)):
        known = set(session.scalars(select(DisposalContent.sha256).where(DisposalContent.sha256.in_(chunk))))
        session.add_all(
            DisposalContent(sha256=sha256, proposal_id=proposal.id) for sha256 in chunk if sha256 not in known
        )
    session.flush()


def is_used(session: Session, sha256: str) -> bool:
    """Whether any row of any room still refers to the content, or somebody's draft does."""
    for column in _references():
        if session.scalar(select(column).where(column == sha256).limit(1)) is not None:
            return True
    drafts = session.scalars(select(Draft.files)).all()
    return any(file.get("sha256") == sha256 for files in drafts for file in files)


def _references() -> Iterator[Column[str]]:
    """Every column that points at a content, whatever room it belongs to; its own text is part of it."""
    for table in Base.metadata.sorted_tables:
        if table.name == BlobText.__tablename__:
            continue
        for column in table.columns:
            if any(key.column is Blob.__table__.c.sha256 for key in column.foreign_keys):
                yield column
