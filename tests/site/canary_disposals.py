"""Disposal in a municipality of canaries: a case is made old, proposed and decided, as archivists do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select, update

from diarium.audit.seals import SealKey
from diarium.classification.models import Classification, Retention, RetentionRule
from diarium.disposal import deciding, executing, proposing
from diarium.disposal.contents import ContentRemover
from diarium.disposal.deciding import Ruling
from diarium.disposal.due import Wanted
from diarium.disposal.executing import Disposer
from diarium.i18n import today
from diarium.register.models import Case, DisposalDepth
from diarium.search.whoosh_engine import WhooshIndex
from tests.conftest import Municipality

YEARS = 10


class Disposals:
    """The archive of a municipality. Every class is disposed of after ten years."""

    def __init__(self, town: Municipality, folder: Path) -> None:
        self.town = town
        self.folder = folder
        self.index = WhooshIndex(folder / "internal")
        self.disposer = Disposer(
            town.database,
            ContentRemover(town.database, town.blobs, untouched_for=0),
            SealKey.from_text(SealKey.new_text()),
            folder / "exports",
            self.index,
            lambda: executing.compacted(town.database),
            followers=(),
        )
        with town.database.unit_of_work() as session:
            rule = RetentionRule(retention=Retention.DISPOSE, years=YEARS, basis="Nämnden")
            session.add(rule)
            session.flush()
            session.execute(update(Classification).values(retention_rule_id=rule.id))

    def dispose(self, case_id: int, depth: DisposalDepth = DisposalDepth.EVERYTHING) -> None:
        """Disposes of a closed case, as if it had been closed long ago."""
        town, long_ago = self.town, dt.date(today().year - YEARS - 2, 3, 1)
        with town.database.unit_of_work() as session:
            facts = {"closed_on": long_ago, "opened_on": long_ago}
            session.execute(update(Case).where(Case.id == case_id).values(facts))
            uid = session.scalars(select(Case.uid).where(Case.id == case_id)).one()
            made = proposing.propose(session, town.archivist, Wanted("KS"), depth, case_uids=[uid]).proposal
        ruling = Ruling("KS § 7", today(), "1")
        with town.database.unit_of_work() as session:
            deciding.approve(session, town.archivist, made.uid, ruling, version=1, four_eyes=False)
        assert self.disposer.run() == 1
        self.disposer.run()

    def kept(self) -> Iterator[tuple[str, bytes]]:
        """Every byte of the register's own tables and store."""
        for path in sorted(self.folder.glob("register.sqlite*")):
            yield path.name, path.read_bytes()
        for path in sorted(path for path in (self.folder / "files").rglob("*") if path.is_file()):
            yield path.name, path.read_bytes() + path.name.encode()

    def close(self) -> None:
        """Gives files back."""
        self.index.close()
