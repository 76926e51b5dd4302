"""Carries out what was decided: the worker's chore, one case in each transaction, taken up again after any crash.

A proposal is done when every case is gone from the register's tables, nothing more waits to be removed from the
stores, the indexes and the open register have followed, and their old pages are rewritten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.audit import redacting
from diarium.audit import service as audit
from diarium.audit.seals import SealKey
from diarium.changes.models import Change, ConsumerPosition
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.disposal import contents, obstacles, packages, proposing, sweeping
from diarium.disposal.contents import ContentRemover
from diarium.disposal.freezing import freeze
from diarium.disposal.models import DisposalContent, DisposalItem, DisposalProposal, ItemState, ProposalState
from diarium.disposal.obstacles import OBSTACLE_LABELS, Question
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM
from diarium.public.database import empty_log
from diarium.register import disposing
from diarium.register.disposing import Belongings
from diarium.register.models import Case, DisposalDepth, Document

MOST_AT_ONCE = 500
MOST_BYTES_REWRITTEN = 1024**3
"""Nobody can write while SQLite writes its file anew: a larger one is left to `diarium disposal compact`."""
FOLLOWERS = ("search", "public", "assistance")
"""Consumers of the feed that keep something of a case: a proposal is not done before they have followed."""
log = structlog.get_logger()


class Rewritable(Protocol):
    """An index whose files keep what was deleted until they are rewritten."""

    def optimize(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Disposer:
    """Disposes of what is decided. `compact`: leaves no traces of what is gone in the register's file."""

    database: Database
    remover: ContentRemover
    key: SealKey
    export_folder: Path
    index: Rewritable
    compact: Callable[[], bool]
    followers: Collection[str] = FOLLOWERS
    name: str = "disposal"
    every: float = 10.0

    def run(self) -> int:
        """Disposes of up to `MOST_AT_ONCE` cases, removes what may go, ends what is done. Returns the cases."""
        with use_locale(SOURCE_LOCALE):
            done = sum(self._try(item_id) for item_id in self._next())
            self.remover.run()
            for proposal_id in self._emptied():
                self._finish(proposal_id)
        return done

    def _next(self) -> Sequence[int]:
        with self.database.reading() as session:
            return session.scalars(
                select(DisposalItem.id)
                .join(DisposalItem.proposal)
                .where(DisposalProposal.state == ProposalState.EXECUTING, DisposalItem.state == ItemState.APPROVED)
                .order_by(DisposalItem.proposal_id, DisposalItem.id)
                .limit(MOST_AT_ONCE)
            ).all()

    def _try(self, item_id: int) -> bool:
        """One that can't be done now is tried again in the next round, and keeps the others from nothing."""
        try:
            return self._carry_out(item_id)
        except Exception:
            log.exception("case was not disposed of, tried again later", item=item_id)
            return False

    def _carry_out(self, item_id: int) -> bool:
        with self.database.unit_of_work() as session:
            item = session.get_one(DisposalItem, item_id, with_for_update=True)
            if item.state is not ItemState.APPROVED:
                return False  # another worker was faster
            proposal = session.get_one(DisposalProposal, item.proposal_id, with_for_update=True)
            case = session.get_one(Case, item.case_id)
            disposing.lock(session, case)
            why = _in_the_way(session, proposal, item, case)
            if why:
                _hold(session, proposal, item, why)
                return False
            self._dispose(session, proposal, item, case)
            return True

    def _dispose(self, session: Session, proposal: DisposalProposal, item: DisposalItem, case: Case) -> None:
        owned = disposing.belongings(session, case)
        told = _told_of_files(session, owned)
        swept = sweeping.sweep(session, case, owned, proposal.depth)
        proposal.packages_removed += packages.remove(session, self.export_folder, case.id)
        decision = _(
            "%(decision)s (%(certificate)s)", decision=proposal.decision, certificate=proposal.number_text
        )
        proposal.events_struck += redacting.strike_out(
            session,
            self.key,
            owned.uids | swept.uids,
            decision,
            sparing=(disposing.EVENT,),
            telling=None if proposal.depth is DisposalDepth.EVERYTHING else told | swept.contents,
        )
        disposing.dispose(session, SYSTEM, case, _ruling(proposal, item), owned)
        contents.queue(session, proposal, owned.contents | swept.contents)
        item.state, item.disposed_at, item.digest = ItemState.DISPOSED, now(), None
        session.flush()
        proposal.last_change_id = session.scalar(select(func.max(Change.id)).where(Change.entity_uid == case.uid))

    def _emptied(self) -> Sequence[int]:
        waits = select(DisposalItem.id).where(
            DisposalItem.proposal_id == DisposalProposal.id, DisposalItem.state == ItemState.APPROVED
        )
        kept = select(DisposalContent.sha256).where(DisposalContent.proposal_id == DisposalProposal.id)
        query = select(DisposalProposal.id).where(
            DisposalProposal.state == ProposalState.EXECUTING, ~waits.exists(), ~kept.exists()
        )
        with self.database.reading() as session:
            return session.scalars(query.order_by(DisposalProposal.id)).all()

    def _finish(self, proposal_id: int) -> None:
        """Rewrites what still holds old pages, then says that it is done; after a crash it does it again."""
        with self.database.reading() as session:
            proposal = session.get_one(DisposalProposal, proposal_id)
            if not self._have_followed(session, proposal.last_change_id):
                return
        self.index.optimize()
        if not self.compact():
            return  # somebody reads just now
        with self.database.unit_of_work() as session:
            proposal = session.get_one(DisposalProposal, proposal_id, with_for_update=True)
            if proposal.state is not ProposalState.EXECUTING:
                return
            proposal.state, proposal.finished_at = ProposalState.DONE, now()
            proposal.version += 1
            after = {
                "cases": proposing.count_items(session, proposal, ItemState.DISPOSED),
                "held": proposing.count_items(session, proposal, ItemState.HELD),
                "contents": proposal.contents_removed,
            }
            audit.write(session, SYSTEM, "disposal.done", proposing.subject_of(proposal), after=after)

    def _have_followed(self, session: Session, change_id: int | None) -> bool:
        change = session.get(Change, change_id) if change_id is not None else None
        if change is None:
            return True
        positions = {
            position.consumer: (position.transaction_id, position.change_id)
            for position in session.scalars(select(ConsumerPosition))
        }
        wanted = (change.transaction_id, change.id)
        return all(positions.get(name, (-1, -1)) >= wanted for name in self.followers)


def compacted(database: Database, *, up_to: int = MOST_BYTES_REWRITTEN) -> bool:
    """Leaves no traces of deleted rows in the register's own file. False if somebody reads from it right now.

    SQLite overwrites what it deletes (`secure_delete`), but its log holds old pages, and pages that were divided
    earlier may keep remnants: the log is emptied, and a file of up to so many bytes written anew. On PostgreSQL
    nobody can read old row versions; vacuum gives their room to others.
    """
    connection = database.engine.raw_connection()
    try:
        if database.is_postgresql:
            connection.rollback()
            connection.driver_connection.autocommit = True  # type: ignore[union-attr]
            try:
                cursor = connection.cursor()
                for table in _EMPTIED:
                    cursor.execute(f"VACUUM {table}")
                cursor.close()
            finally:
                # Whoever is given the connection next counts on transactions.
                connection.driver_connection.autocommit = False  # type: ignore[union-attr]
            return True
        path = Path(str(database.engine.url.database))
        if path.stat().st_size <= up_to:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.close()
    finally:
        connection.close()
    return empty_log(database)


def _in_the_way(session: Session, proposal: DisposalProposal, item: DisposalItem, case: Case) -> str:
    """Why the case can't be disposed of now, asked once more under its lock."""
    question = Question(proposal.ground, proposal.depth, proposal_id=proposal.id)
    barred = obstacles.obstacles_of(session, [case], question)[case.id]
    if barred:
        return " ".join(str(OBSTACLE_LABELS[obstacle]) for obstacle in barred)
    if freeze(session, [case.id])[case.id].digest != item.digest:
        return _("Ärendet har ändrats sedan förslaget lades.")
    return ""


def _hold(session: Session, proposal: DisposalProposal, item: DisposalItem, why: str) -> None:
    item.state, item.reason, item.digest = ItemState.HELD, why, None
    after = {"case": item.number_text}
    audit.write(session, SYSTEM, "disposal.held", proposing.subject_of(proposal), after=after, reason=why)


def _ruling(proposal: DisposalProposal, item: DisposalItem) -> disposing.Ruling:
    assert proposal.decision is not None
    assert proposal.decided_on is not None
    return disposing.Ruling(
        depth=proposal.depth,
        rule=item.rule,
        basis=item.basis,
        decision=proposal.decision,
        decided_on=proposal.decided_on,
        decided_by=proposal.decided_by_name or "",
        certificate=proposal.number_text,
        certificate_uid=proposal.uid,
    )


def _told_of_files(session: Session, owned: Belongings) -> frozenset[str]:
    """By what an event is known to tell of a file: its name, its content."""
    names: set[str] = set(owned.contents)
    for chunk in disposing.chunks(owned.document_ids):
        names |= set(session.scalars(select(Document.file_name).where(Document.id.in_(chunk))))
    return frozenset(names)


_EMPTIED = (
    "case_file",
    "record",
    "party",
    "document",
    "blob",
    "blob_text",
    "case_note",
    "decision",
    "deadline",
    "restriction",
    "restriction_review",
    "intake_item",
    "intake_file",
    "outgoing_message",
    "outgoing_recipient",
    "disclosure_review",
    "disclosure_item",
    "audit_event",
    "usage_source",
    "usage_count",
)
