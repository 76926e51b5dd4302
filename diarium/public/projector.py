"""Keeps the open register in step with the register: consumer of the change feed, and rebuild from scratch."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from diarium.changes import feed
from diarium.changes.models import Change
from diarium.db.engine import Database
from diarium.files.errors import BlobMissing
from diarium.files.store import BlobStore, LocalBlobStore
from diarium.i18n import today
from diarium.public import indexing, register_reading, reviewing, writing
from diarium.public.database import empty_log, ensure_projection, lock_state
from diarium.public.models import PendingWork, PublicCase, PublicDocument, PublicRecord
from diarium.public.projection import ProjectedCase, project_case
from diarium.public.vocabulary import Work
from diarium.register import publishing
from diarium.search.errors import SearchError
from diarium.search.port import SearchIndex

CONSUMER = "public"
_BATCH = 100
log = structlog.get_logger()


class Projector:
    """Projects every changed case whole: database first, then copies of released files, then the public index.

    `contents` is the register's blob store, `released` the folder of the public side's own copies; `day` tells
    which day it is.
    """

    name = CONSUMER

    def __init__(
        self,
        register: Database,
        public: Database,
        contents: BlobStore,
        released: LocalBlobStore,
        index: SearchIndex,
        *,
        day: Callable[[], dt.date] = today,
    ) -> None:
        self._register = register
        self._public = public
        self._contents = contents
        self._released = released
        self._index = index
        self._day = day

    @property
    def tables(self) -> Database:
        """The tables that are written here."""
        return self._public

    def handle(self, changes: Sequence[Change]) -> None:
        """Brings the changed cases up to date; what may no longer be shown is gone when it returns."""
        records = {change.entity_uid for change in changes if change.entity_type == "record"}
        cases = {change.entity_uid for change in changes if change.entity_type == "case"}
        uids = sorted(self._with_former(cases | self._cases_of(records)))
        for start in range(0, len(uids), _BATCH):
            self._project(uids[start : start + _BATCH])
        self._follow_up()

    def hasten(self, cases: Collection[uuid.UUID]) -> bool:
        """Shows cases at once as they are now, without waiting for the worker's turn; whether that was done.

        The pages and downloads read the tables, so what was withdrawn is gone from them when this returns, and it
        is no longer found. What is still shown is found again, and files' copies and freed pages are removed, with
        the worker; so is all of it where somebody else writes to the open register for too long.
        """
        try:
            self._project(sorted(self._with_former(set(cases))))
            with self._public.reading() as session:
                self._index.apply([], indexing.keys_of(session, cases))
        except (OperationalError, SearchError):
            log.warning("open register is busy, the worker will follow", exc_info=True)
            return False
        return True

    def ensure(self) -> None:
        """Makes the tables and fills them if they are new, of another version or were left half filled."""
        if ensure_projection(self._public):
            self.rebuild()
        elif self._index.document_count() == 0:
            indexing.rebuild(self._public, self._index)
        self._follow_up()

    def rebuild(self) -> int:
        """Projects the whole register anew and tells how many cases it has looked at.

        Cases are replaced a hundred at a time, so that readers always see each one whole; what is no longer to be
        shown goes last. An interrupted rebuild goes on where it stopped.
        """
        seen = 0
        self._begin_rebuild()
        while batch := self._next_of_rebuild():
            self._project([uid for _key, uid in batch], rebuilt_to=batch[-1][0])
            seen += len(batch)
        self._end_rebuild()
        indexing.rebuild(self._public, self._index)
        self._sweep()
        self._follow_up()
        log.info("open register rebuilt", cases=seen)
        return seen

    def close(self) -> None:
        """Gives the connections to the open register's database back."""
        self._public.close()

    def _cases_of(self, records: set[uuid.UUID]) -> set[uuid.UUID]:
        """The cases that hold the records, in the register or still in the open one."""
        if not records:
            return set()
        with self._register.reading() as session:
            found = register_reading.cases_of_records(session, sorted(records))
        with self._public.reading() as session:
            query = select(PublicCase.uid).join(PublicCase.records).where(PublicRecord.uid.in_(records))
            return found | set(session.scalars(query))

    def _with_former(self, cases: set[uuid.UUID]) -> set[uuid.UUID]:
        if not cases:
            return cases
        with self._register.reading() as session:
            return cases | register_reading.cases_of_former(session, cases)

    def _project(self, uids: Sequence[uuid.UUID], *, rebuilt_to: int | None = None) -> None:
        with self._public.unit_of_work() as session:
            # The lock comes before the reading: see lock_state.
            state = lock_state(session)
            state.revision += 1
            if rebuilt_to is not None:
                state.rebuilt_to = rebuilt_to
            with self._register.reading() as register:
                authorities = register_reading.authorities(register)
                cases = register_reading.cases_with(register, uids)
                text_of = register_reading.texts_of(register, cases)
                day = self._day()
                shown = [found for case in cases if (found := project_case(case, text_of, day)) is not None]
                to_review = reviewing.changed(cases, text_of, day)
            if to_review:
                with self._register.unit_of_work() as register:
                    publishing.note_findings(register, to_review)
            writing.write_authorities(session, authorities)
            writing.replace_cases(session, uids, list(self._with_files(shown)), state.revision)

    def _with_files(self, cases: Sequence[ProjectedCase]) -> Iterator[ProjectedCase]:
        """`cases` whose released files lie in the public folder; a missing file is left out, the rest goes on."""
        for case in cases:
            missing = {
                document.uid
                for record in case.records
                for document in record.documents
                if not self._copy(document.sha256, document.size)
            }
            yield case.without_documents(missing) if missing else case

    def _copy(self, sha256: str, size: int) -> bool:
        if self._released.exists(sha256):
            return True
        try:
            with self._contents.open(sha256) as source:
                self._released.put_stream(source, max_bytes=size, allow_empty=True)
        except BlobMissing:
            log.error("released file has no content", sha256=sha256)
            return False
        return True

    def _follow_up(self) -> None:
        """What a projection leaves to do, also what an earlier crash left."""
        is_withdrawn = indexing.catch_up(self._public, self._index)
        self._remove_unused_contents()
        if is_withdrawn and empty_log(self._public):
            indexing.purge(self._public, self._index)

    def _remove_unused_contents(self) -> None:
        with self._public.unit_of_work() as session:
            lock_state(session)
            items = session.scalars(select(PendingWork).where(PendingWork.work == Work.BLOB)).all()
            candidates = {item.key for item in items}
            self._unlink(candidates - _used_contents(session, candidates))
            session.execute(delete(PendingWork).where(PendingWork.id.in_([item.id for item in items])))

    def _sweep(self) -> None:
        with self._public.unit_of_work() as session:
            lock_state(session)
            used = set(session.scalars(select(PublicDocument.sha256).distinct()))
            self._unlink(set(self._released.iter_hashes()) - used)

    def _unlink(self, contents: set[str]) -> None:
        for sha256 in contents:
            self._released.path(sha256).unlink(missing_ok=True)

    def _begin_rebuild(self) -> None:
        with self._public.unit_of_work() as session:
            state = lock_state(session)
            if state.rebuilt_to is not None:
                return
            # What changes from now on comes through the feed once more.
            with self._register.unit_of_work() as register:
                end = feed.settled_end(register)
                if end is not None:
                    feed.advance(register, CONSUMER, end)
            state.rebuilt_to, state.rebuild_started_at_revision = 0, state.revision
            with self._register.reading() as register:
                writing.write_authorities(session, register_reading.authorities(register))

    def _next_of_rebuild(self) -> list[tuple[int, uuid.UUID]]:
        with self._public.unit_of_work() as session:
            last = lock_state(session).rebuilt_to or 0
        with self._register.reading() as register:
            return register_reading.uids_after(register, last, _BATCH)

    def _end_rebuild(self) -> None:
        with self._public.unit_of_work() as session:
            state = lock_state(session)
            started = state.rebuild_started_at_revision or 0
            _remove_older(session, started)
            state.rebuilt_to, state.rebuild_started_at_revision, state.is_filled = None, None, True


def _remove_older(session: Session, revision: int) -> None:
    """What a rebuild did not come across is no longer in the register."""
    query = select(PublicCase).where(PublicCase.revision <= revision).options(*writing.WHOLE_CASE).limit(_BATCH)
    while old := session.scalars(query).all():
        writing.remove_cases(session, old)


def _used_contents(session: Session, candidates: set[str]) -> set[str]:
    return set(session.scalars(select(PublicDocument.sha256).where(PublicDocument.sha256.in_(candidates))))
