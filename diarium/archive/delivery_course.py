"""Follows one turn of a sending: keeps how far it has come, and ends the turn when it should."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass

from diarium.archive.delivery_models import PackageDelivery
from diarium.archive.delivery_states import WAITING
from diarium.archive.transport.port import Parcel, Stopped
from diarium.db.base import now
from diarium.db.engine import Database

LEASE = dt.timedelta(minutes=10)
NOTE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this worker has taken. `lease_until` tells its turn from any other."""

    id: int
    lease_until: dt.datetime


def is_mine(delivery: PackageDelivery, lease_until: dt.datetime) -> bool:
    """Whether the worker that holds the lease still has the delivery."""
    return delivery.state in WAITING and delivery.lease_until == lease_until


class TurnCourse:
    """A `Course` over the delivery's row. `is_lost`: somebody stopped the delivery, or another worker has it.

    `lease_until`: renewed each time that it notes something, so that it tells this turn from any other.

    `is_over`: whether the turn should end, so that others get their own; the next goes on there.
    """

    def __init__(
        self,
        database: Database,
        taken: Taken,
        parcel: Parcel,
        token: str | None,
        *,
        is_over: Callable[[], bool],
    ) -> None:
        self._database = database
        self._id = taken.id
        self.lease_until = taken.lease_until
        self._parcel = parcel
        self._token = token
        self._is_over = is_over
        self._noted_at = 0.0
        self._began_at: int | None = None
        self.sent = 0
        self.is_lost = False

    @property
    def token(self) -> str | None:
        """See `Course`."""
        return self._token

    @property
    def has_moved(self) -> bool:
        """Whether this turn has brought anything across."""
        return self._began_at is not None and self.sent > self._began_at

    def keep(self, token: str) -> None:
        """See `Course`."""
        self._token = token
        self._note()

    def reached(self, sent: int) -> None:
        """See `Course`. The first time it tells where the turn begins."""
        self.sent = sent
        if self._began_at is None:
            self._began_at = sent
        # Something is brought across in every turn, however short it is.
        is_over = self.has_moved and sent < self._parcel.size and self._is_over()
        if is_over or sent == self._parcel.size or self._is_due():
            self._note()
        if is_over:
            raise Stopped

    def alive(self) -> None:
        """See `Course`."""
        if self._is_due():
            self._note()

    def _is_due(self) -> bool:
        return time.monotonic() - self._noted_at >= NOTE_SECONDS

    def _note(self) -> None:
        with self._database.unit_of_work() as session:
            delivery = session.get_one(PackageDelivery, self._id, with_for_update=True)
            if not is_mine(delivery, self.lease_until):
                self.is_lost = True
                raise Stopped
            delivery.lease_until = self.lease_until = now() + LEASE
            if self._began_at is not None:
                delivery.sent_bytes, delivery.has_leftover = self.sent, True
            delivery.transfer_token = self._token
        self._noted_at = time.monotonic()
