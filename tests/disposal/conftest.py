"""A municipality where some cases are long closed, and everything that disposes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from diarium.assistance.learning import UsageCounter
from diarium.audit.sealing import Sealer
from diarium.audit.seals import SealKey
from diarium.changes.worker import Consumer, Worker
from diarium.db.engine import Database
from diarium.disposal import deciding, executing, proposing
from diarium.disposal.contents import ContentRemover
from diarium.disposal.deciding import Ruling
from diarium.disposal.due import Wanted
from diarium.disposal.executing import Disposer
from diarium.disposal.models import DisposalItem, DisposalProposal, ItemState
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.permissions import SYSTEM, Actor, Role
from diarium.register import closing
from diarium.register.models import Case, DisposalDepth, Record
from diarium.search.engines import open_index
from diarium.search.folder_index import FolderIndex
from diarium.search.indexer import SearchIndexer
from tests.conftest import Municipality

DECISION = "KS 2026-01-15 § 7"


class Archive:
    """The archivists of a municipality, and the worker that disposes."""

    def __init__(self, town: Municipality, folder: Path, *, compact: Callable[[Database], bool]) -> None:
        self.town = town
        self.database = town.database
        self.key = SealKey.from_text(SealKey.new_text())
        self.sealer = Sealer(town.database, self.key, folder / "head.json")
        self.exports = folder / "exports"
        self.exports.mkdir(exist_ok=True)
        self.index_folder, self.blob_folder = folder / "index", folder / "files"
        self.index: FolderIndex = open_index(self.index_folder, "")
        self.proposer = town.archivist
        with town.database.unit_of_work() as session:
            other = identity.create_user(session, SYSTEM, "arne", "Arne Arkivchef", {"KS": [Role.ARCHIVIST]})
            session.flush()
            self.decider: Actor = identity.actor_of(other)
        self.disposer = Disposer(
            town.database,
            ContentRemover(town.database, town.blobs, untouched_for=0),
            self.key,
            self.exports,
            self.index,
            lambda: compact(town.database),
            followers=("search", "assistance"),
        )
        self.consumers: list[Consumer] = [
            SearchIndexer(town.database, self.index),
            UsageCounter(town.database),
        ]

    def old_case(self, session: Session, *, closed_on: dt.date | None = None, **facts: object) -> Case:
        """A case of class 2.1 (disposed of after ten years) that was closed long ago, without records."""
        case = self.town.case(session, **{"classification": "2.1", **facts})
        self.close(session, case, closed_on)
        return case

    def close(self, session: Session, case: Case, closed_on: dt.date | None = None) -> None:
        """Closes a case as if it had been on a day long ago."""
        session.flush()
        if session.scalar(select(Record.id).where(Record.case_id == case.id).limit(1)) is None:
            self.town.record(session, case)
        closing.close(session, self.town.registrar, case, reason="Klart.")
        day = closed_on or dt.date(today().year - 12, 5, 3)
        session.flush()
        session.execute(
            update(Case).where(Case.id == case.id).values(closed_on=day, opened_on=day - dt.timedelta(days=30))
        )
        session.refresh(case)

    def propose(
        self, depth: DisposalDepth = DisposalDepth.EVERYTHING, wanted: Wanted | None = None
    ) -> DisposalProposal:
        """A proposal of all that is due at KS."""
        with self.database.unit_of_work() as session:
            return proposing.propose(session, self.proposer, wanted or Wanted("KS"), depth).proposal

    def approve(self, proposal: DisposalProposal) -> None:
        """The other archivist decides it."""
        with self.database.unit_of_work() as session:
            waiting = [item for item in self.items(session, proposal) if item.state is ItemState.PROPOSED]
            version = session.get_one(DisposalProposal, proposal.id).version
            ruling = Ruling(DECISION, dt.date(2026, 1, 15), str(len(waiting)))
            deciding.approve(session, self.decider, proposal.uid, ruling, version=version)

    def work(self) -> int:
        """The worker's consumers and chores, until nothing is left to do."""
        return Worker(self.database, self.consumers, [self.disposer]).drain()

    def carry_out(self) -> None:
        """Disposes, lets everything follow, and ends what is done."""
        self.disposer.run()
        self.work()
        self.disposer.run()

    def dispose_all(self, depth: DisposalDepth = DisposalDepth.EVERYTHING) -> DisposalProposal:
        """From the proposal to the end."""
        proposal = self.propose(depth)
        self.approve(proposal)
        self.carry_out()
        with self.database.reading() as session:
            return session.get_one(DisposalProposal, proposal.id)

    @staticmethod
    def items(session: Session, proposal: DisposalProposal) -> Sequence[DisposalItem]:
        """The cases of a proposal."""
        query = select(DisposalItem).where(DisposalItem.proposal_id == proposal.id).order_by(DisposalItem.id)
        return session.scalars(query).all()

    def states(self, proposal: DisposalProposal) -> dict[str, ItemState]:
        """What became of each case."""
        with self.database.reading() as session:
            return {item.number_text: item.state for item in self.items(session, proposal)}

    def close_down(self) -> None:
        """Gives back what was opened."""
        self.index.close()


@pytest.fixture
def archive(municipality: Municipality, tmp_path: Path):  # type: ignore[no-untyped-def]
    """The archive of the small municipality, on both databases."""
    found = Archive(municipality, tmp_path, compact=executing.compacted)
    yield found
    found.close_down()


@pytest.fixture
def sqlite_archive(sqlite_municipality: Municipality, tmp_path: Path):  # type: ignore[no-untyped-def]
    """The archive of the small municipality, on SQLite."""
    found = Archive(sqlite_municipality, tmp_path, compact=executing.compacted)
    yield found
    found.close_down()
