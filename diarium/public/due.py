"""Publishes what has waited long enough: each day, the cases of which something has become due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import select, update

from diarium.changes import feed
from diarium.db.engine import Database
from diarium.i18n import today
from diarium.public.models import PublicCase
from diarium.register.spreading import PUBLIC_FACTS

_BATCH = 500


class PublishingChore:
    """Names the due cases to the change feed; the projector then shows what they have to show.

    Which cases wait stands in an indexed column of the open register, so a run with nothing to do reads one row of
    an index. A run that is cut short or repeated names a case once more and does no harm.
    """

    name = "publishing"
    every = 60.0

    def __init__(self, register: Database, public: Database, *, day: Callable[[], dt.date] = today) -> None:
        self._register = register
        self._public = public
        self._day = day

    def run(self) -> int:
        """Names at most a few hundred cases; the next run goes on with the rest."""
        day = self._day()
        with self._public.reading() as session:
            query = (
                select(PublicCase.uid).where(PublicCase.due_on <= day).order_by(PublicCase.due_on, PublicCase.id)
            )
            due = session.scalars(query.limit(_BATCH)).all()
        if not due:
            return 0
        with self._register.unit_of_work() as session:
            for uid in due:
                feed.publish(session, "case", uid, PUBLIC_FACTS)
        with self._public.unit_of_work() as session:
            # Only where the projector has not written another day meanwhile.
            named = update(PublicCase).where(PublicCase.uid.in_(due), PublicCase.due_on <= day)
            session.execute(named.values(due_on=None))
        return len(due)
