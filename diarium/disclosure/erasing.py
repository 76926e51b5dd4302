"""Who asked is forgotten when it is not needed any more. A chore of the worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.disclosure import lookup
from diarium.disclosure.appeals import is_unsettled
from diarium.disclosure.models import DisclosureRequest
from diarium.disclosure.vocabulary import RequestState
from diarium.i18n import SOURCE_LOCALE, local_date, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM

KEPT = dt.timedelta(days=30)
_AT_A_TIME = 100


@dataclass(frozen=True, slots=True)
class ContactEraser:
    """Erases contact, name and wording of requests that have been closed for `KEPT`.

    While a refusal can be appealed against, or is, they stay: the asker must be reached. That they were erased is
    noted, not what they said. Source: TF 2 kap. 18 §; GDPR article 5.1 e; OSL 6 kap. 7 §.
    """

    database: Database
    clock: Callable[[], dt.datetime] = now
    name: str = "disclosure.contacts"
    every: float = 6 * 3600.0

    def run(self) -> int:
        """Erases what is due; returns how many requests that were."""
        done, last = 0, 0
        while True:
            due = self._due(last)
            if not due:
                return done
            for request_id in due:
                with self.database.unit_of_work() as session:
                    done += self._erase(session, request_id)
            last = due[-1]

    def _due(self, after: int) -> list[int]:
        with self.database.reading() as session:
            requests = session.scalars(
                select(DisclosureRequest)
                .where(DisclosureRequest.id > after, DisclosureRequest.erased_at.is_(None))
                .where(DisclosureRequest.closed_at <= self.clock() - KEPT)
                .options(selectinload(DisclosureRequest.decisions))
                .order_by(DisclosureRequest.id)
                .limit(_AT_A_TIME)
            ).all()
            return [request.id for request in requests]

    def _erase(self, session: Session, request_id: int) -> int:
        request = session.get_one(DisclosureRequest, request_id, with_for_update=True)
        if request.state is not RequestState.CLOSED or request.erased_at is not None:
            return 0
        if not self._is_over(request):
            return 0
        erase(session, request, self.clock())
        return 1

    def _is_over(self, request: DisclosureRequest) -> bool:
        day = local_date(self.clock())
        ended = [decision.appeal_ended_on for decision in request.decisions if decision.appeal_ended_on]
        if any(day < ended_on + KEPT for ended_on in ended):
            return False
        return not any(is_unsettled(decision, day) for decision in request.decisions)


def erase(session: Session, request: DisclosureRequest, moment: dt.datetime) -> None:
    """Erases who asked and in which words. What was asked for, reviewed and given out stays."""
    request.contact = request.asker_name = request.contact_way = request.message = None
    for delivery in request.deliveries:
        delivery.subject = delivery.body = None
    with use_locale(SOURCE_LOCALE):
        for item in request.items:
            if item.description is not None:
                named = item.record_id is not None or item.case_id is not None
                item.description = None if named else _("Beskrivningen är raderad.")
    request.erased_at = moment
    request.version += 1
    lookup.note(session, SYSTEM, request, "erased")
