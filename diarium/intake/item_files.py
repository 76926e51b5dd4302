"""Looks into the files of what waits in the inbox, so that they can be read there before they are registered."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from diarium.db.engine import Database
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.files.models import Blob
from diarium.intake.models import IntakeFile, IntakeItem
from diarium.intake.vocabulary import ItemState
from diarium.register.examination import LocalContents, keep

MOST_AT_A_TIME = 20


@dataclass(slots=True)
class _Place:
    """The last file that was looked at; from there on a look costs nothing where nothing has come."""

    last: int = 0


@dataclass(frozen=True, slots=True)
class ItemFilesChore:
    """Examines the files of new items, each content once, in the sandbox. Registering does not wait for it."""

    database: Database
    contents: LocalContents
    sandbox: ExtractionSandbox
    name: str = "intake.files"
    every: float = 5.0
    _place: _Place = field(default_factory=_Place)

    def run(self) -> int:
        """Examines some of what has come since; returns how many."""
        with self.database.reading() as session:
            newest = session.scalar(select(func.max(IntakeFile.id))) or 0
            rows = session.execute(
                select(IntakeFile.id, IntakeFile.sha256, IntakeFile.file_name)
                .join(IntakeItem, IntakeFile.item_id == IntakeItem.id)
                .join(Blob, Blob.sha256 == IntakeFile.sha256)
                .where(IntakeFile.id > self._place.last, IntakeItem.state == ItemState.NEW)
                .where(Blob.examined_at.is_(None))
                .order_by(IntakeFile.id)
                .limit(MOST_AT_A_TIME)
            ).all()
        # One content may have come twice.
        for sha256, file_name in {row.sha256: row.file_name for row in rows}.items():
            result = self.sandbox.process(self.contents.path(sha256), file_name)
            with self.database.unit_of_work() as session:
                keep(session, sha256, result)
        self._place.last = rows[-1].id if len(rows) == MOST_AT_A_TIME else newest
        return len({row.sha256 for row in rows})
