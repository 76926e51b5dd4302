"""Makes the exports that are asked for, beside everything else that the worker does."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from diarium.archive.exporting_run import run_export
from diarium.archive.models import UNDER_WAY, Export
from diarium.archive.package_model import Delivery
from diarium.db.engine import Database
from diarium.files.store import BlobStore


@dataclass(frozen=True, slots=True)
class ExportRound:
    """Makes each export that waits, or that a crash left half made, the oldest first.

    An export takes as long as its files are large: it is a long chore, in a thread of its own. Several workers may
    run at once: each export is made by one of them.
    """

    database: Database
    store: BlobStore
    export_folder: Path
    delivery: Delivery | None = None
    name: str = "exports"
    every: float = 1.0

    def run(self, stop: threading.Event) -> int:
        """Makes them until `stop` is set; what is not finished then is gone on with at the next start."""
        made = 0
        for uid in self._waiting():
            if stop.is_set():
                break
            run_export(
                self.database,
                self.store,
                self.export_folder,
                uid,
                delivery=self.delivery,
                is_stopping=stop.is_set,
            )
            made += self._is_finished(uid)
        return made

    def _waiting(self) -> Sequence[UUID]:
        query = select(Export.uid).where(Export.state.in_(UNDER_WAY))
        with self.database.reading() as session:
            return session.scalars(query.order_by(Export.id)).all()

    def _is_finished(self, uid: UUID) -> bool:
        with self.database.reading() as session:
            return session.scalars(select(Export.state).where(Export.uid == uid)).one() not in UNDER_WAY
