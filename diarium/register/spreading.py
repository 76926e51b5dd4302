"""Tells the feed which cases a change of something else concerns: a class's rule, a series, an authority's name.

A consumer of the change feed. It names the cases a few hundred at a time and puts the rest behind what has come
meanwhile: a class of a hundred thousand cases delays the withdrawal of a single record by no more than a batch,
no transaction is large, and a crash costs nothing but the repetition of a batch.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from diarium.changes import feed
from diarium.changes.models import Change
from diarium.classification.models import Classification
from diarium.db.engine import Database
from diarium.identity.models import User
from diarium.register.models import Authority, Case, DiarySeries, Unit

CONSUMER = "spread"
PUBLIC_FACTS = "case.public_facts_changed"
"""Kind of a change of what the open register shows of a case; nothing that staff search for."""
OFFICER = "case.officer_renamed"
_GOES_ON = "spread.after."
_BATCH = 500
_CaseColumn = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
# What a case shows of another thing: the thing's kind in the feed, its identifier, and the case's column.
_OWNERS: Mapping[str, tuple[InstrumentedAttribute[uuid.UUID], InstrumentedAttribute[int], _CaseColumn]] = {
    "authority": (Authority.uid, Authority.id, Case.authority_id),
    "series": (DiarySeries.uid, DiarySeries.id, Case.series_id),
    "unit": (Unit.uid, Unit.id, Case.unit_id),
    "classification": (Classification.uid, Classification.id, Case.classification_id),
    "user": (User.uid, User.id, Case.responsible_id),
}


class CaseSpreader:
    """For each changed thing, publishes its cases to the feed as changed; consumers read their present state."""

    name = CONSUMER

    def __init__(self, database: Database, *, batch: int = _BATCH) -> None:
        self._database = database
        self._batch = batch

    def handle(self, changes: Sequence[Change]) -> None:
        """Publishes the next cases of each thing that changed. The same change twice only repeats them."""
        for change in changes:
            if change.entity_type in _OWNERS:
                with self._database.unit_of_work() as session:
                    self._spread(session, change)

    def _spread(self, session: Session, change: Change) -> None:
        uid_column, id_column, case_column = _OWNERS[change.entity_type]
        owner = select(id_column).where(uid_column == change.entity_uid).scalar_subquery()
        rows = session.execute(
            select(Case.id, Case.uid)
            .where(case_column == owner, Case.id > _place(change))
            .order_by(Case.id)
            .limit(self._batch)
        ).all()
        kind = OFFICER if change.entity_type == "user" else PUBLIC_FACTS
        for row in rows:
            feed.publish(session, "case", row.uid, kind)
        if len(rows) == self._batch:
            feed.publish(session, change.entity_type, change.entity_uid, f"{_GOES_ON}{rows[-1].id}")


def _place(change: Change) -> int:
    """The case after which to go on: a change that is not a continuation begins with the first."""
    text = change.kind.removeprefix(_GOES_ON)
    return int(text) if text != change.kind else 0
