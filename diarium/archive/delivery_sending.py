"""The worker's part of deliveries: checks packages, sends them in turns, tries again, clears up after itself.

A delivery is taken in a transaction of its own, with a lease that is renewed while something moves. What a crash
leaves is taken up by the next worker once the lease has run out, and goes on where it lies at the receiver.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from diarium.archive.agreement_models import TransportKind
from diarium.archive.delivery_course import LEASE, Taken, TurnCourse, is_mine
from diarium.archive.delivery_lookup import go, loaded, note
from diarium.archive.delivery_models import PackageDelivery
from diarium.archive.delivery_states import WAITING, DeliveryState, DeliveryStep
from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.opening import Opener, open_transport
from diarium.archive.transport.port import CHUNK, Arrival, Parcel, Stopped
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.i18n import SOURCE_LOCALE, use_locale
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM
from diarium.settings import DeliverySettings

WAITS = (30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800)
"""Seconds from one try to the next, as long as nothing comes across; then it gives up."""
CLEAR_UP_AGAIN = dt.timedelta(hours=6)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done with a delivery that was taken."""

    taken: Taken
    is_check: bool
    parcel: Parcel
    kind: TransportKind
    facts: dict[str, Any]
    token: str | None


@dataclass(slots=True)
class DeliveryRound:
    """The worker's round. Several workers may run it at once: each delivery is sent by one.

    `slice_seconds`: how long one is sent before another gets its turn. `only`: of no other delivery.
    """

    database: Database
    export_folder: Path
    policy: DeliverySettings
    opener: Opener = open_transport
    clock: Callable[[], dt.datetime] = now
    name: str = "deliveries"
    every: float = 5.0
    slice_seconds: float = 60.0
    only: uuid.UUID | None = None

    def run(self, stop: threading.Event | None = None) -> int:
        """Checks, sends and clears up what is due; how many deliveries were dealt with. Ends soon after `stop`."""
        end, done = time.monotonic() + self.slice_seconds, 0
        with use_locale(SOURCE_LOCALE):
            done += self._clear_up()
            while (work := self._take()) is not None:
                course = self._course(work, stop)
                self._check(work, course) if work.is_check else self._send(work, course)
                done += 1
                if time.monotonic() >= end or (stop is not None and stop.is_set()):
                    break
        return done

    def _due(self) -> ColumnElement[bool]:
        moment, row = self.clock(), PackageDelivery
        is_free = or_(row.lease_until.is_(None), row.lease_until < moment)
        to_check = and_(row.state == DeliveryState.READY, row.checked_at.is_(None))
        to_send = and_(row.state.in_(WAITING), row.transport != TransportKind.DOWNLOAD)
        due = and_(row.next_try_at <= moment, is_free, or_(to_check, to_send))
        return due if self.only is None else and_(due, row.uid == self.only)

    def _take(self) -> _Work | None:
        due = self._due()
        with self.database.reading() as session:
            # On SQLite a unit of work is a lock on the whole register: not for nothing.
            if session.scalar(select(PackageDelivery.id).where(due).limit(1)) is None:
                return None
        with self.database.unit_of_work() as session:
            query = select(PackageDelivery).where(due).order_by(PackageDelivery.next_try_at, PackageDelivery.id)
            while (row := session.scalar(query.limit(1).with_for_update(skip_locked=True))) is not None:
                delivery = session.scalars(loaded().where(PackageDelivery.id == row.id)).one()
                why = _what_has_changed(delivery)
                if why is None:
                    return self._taken(session, delivery)
                delivery.lease_until = None
                _give_up(session, delivery, why)
            return None

    def _taken(self, session: Session, delivery: PackageDelivery) -> _Work:
        is_check = delivery.state is DeliveryState.READY and delivery.checked_at is None
        if not is_check:
            self._begin(session, delivery)
        delivery.lease_until = self.clock() + LEASE
        return _Work(
            taken=Taken(delivery.id, delivery.lease_until),
            is_check=is_check,
            parcel=self._parcel(delivery),
            kind=delivery.transport,
            facts=dict(delivery.agreement.transport_settings),
            token=delivery.transfer_token,
        )

    def _parcel(self, delivery: PackageDelivery) -> Parcel:
        part, name = delivery.part, delivery.part.package_name or ""
        return Parcel(self.export_folder / name, name, delivery.total_bytes, part.package_sha256 or "")

    def _begin(self, session: Session, delivery: PackageDelivery) -> None:
        if delivery.state is DeliveryState.READY:
            step = DeliveryStep.RESUMED if delivery.sent_bytes else DeliveryStep.BEGUN
            go(session, SYSTEM, delivery, step, DeliveryState.SENDING)
            delivery.begun_at = self.clock()
        elif delivery.lease_until is not None:  # a worker stopped in the middle
            note(session, SYSTEM, delivery, DeliveryStep.RESUMED)

    def _check(self, work: _Work, course: TurnCourse) -> None:
        try:
            why = _what_is_wrong(work.parcel, course)
        except Stopped:
            return
        with self.database.unit_of_work() as session:
            delivery = _mine(session, course, work)
            if delivery is None:
                return
            delivery.lease_until = None
            if why is not None:
                _give_up(session, delivery, why)
                return
            delivery.checked_at = self.clock()
            note(session, SYSTEM, delivery, DeliveryStep.CHECKED, facts={"sha256": work.parcel.sha256})

    def _send(self, work: _Work, course: TurnCourse) -> None:
        try:
            work.parcel.path.stat()
            with self.opener(work.kind, work.facts, self.policy) as transport:
                arrival = transport.send(work.parcel, course)
        except Stopped:
            self._pause(work, course)
        except TransportError as error:
            self._failed(work, course, error)
        except OSError as error:  # our own file: the transports tell their own errors
            log.exception("a package can't be read", package=work.parcel.name)
            words = _("Paketet kan inte läsas: %(reason)s.", reason=error.strerror or type(error).__name__)
            self._failed(work, course, TransportError(words, is_lasting=False))
        else:
            self._arrived(work, course, arrival)

    def _course(self, work: _Work, stop: threading.Event | None) -> TurnCourse:
        end = time.monotonic() + self.slice_seconds

        def is_over() -> bool:
            return time.monotonic() >= end or (stop is not None and stop.is_set())

        return TurnCourse(self.database, work.taken, work.parcel, work.token, is_over=is_over)

    def _pause(self, work: _Work, course: TurnCourse) -> None:
        with self.database.unit_of_work() as session:
            delivery = _mine(session, course, work)
            if delivery is not None:
                delivery.lease_until, delivery.next_try_at = None, self.clock()
                delivery.last_error = None

    def _failed(self, work: _Work, course: TurnCourse, error: TransportError) -> None:
        with self.database.unit_of_work() as session:
            delivery = _mine(session, course, work)
            if delivery is None:
                return
            delivery.lease_until = None
            # What was brought across and is removed again is no step forward, however many turns it took.
            is_forward = course.has_moved and not error.is_undone
            delivery.attempts = 1 if is_forward else delivery.attempts + 1
            if error.is_lasting or delivery.attempts > len(WAITS):
                _give_up(session, delivery, error.message)
                return
            delivery.last_error = error.message
            delivery.next_try_at = self.clock() + dt.timedelta(seconds=WAITS[delivery.attempts - 1])
            note(session, SYSTEM, delivery, DeliveryStep.TRIED, text=error.message)

    def _arrived(self, work: _Work, course: TurnCourse, arrival: Arrival) -> None:
        with self.database.unit_of_work() as session:
            delivery = _mine(session, course, work)
            if delivery is None:
                log.warning("a late result is left aside", package=work.parcel.name)
                _note_late(session, work, arrival)
                return
            delivery.sent_at, delivery.sent_bytes = self.clock(), delivery.total_bytes
            delivery.remote_place, delivery.proof = arrival.place, arrival.proof
            delivery.lease_until = delivery.next_try_at = delivery.transfer_token = delivery.last_error = None
            delivery.has_leftover = False
            go(session, SYSTEM, delivery, DeliveryStep.SENT, DeliveryState.SENT, text=arrival.place)
            facts = {"proof": arrival.proof, "sha256": work.parcel.sha256}
            go(session, SYSTEM, delivery, DeliveryStep.RECEIVED, DeliveryState.RECEIVED, facts=facts)

    def _clear_up(self) -> int:
        """Removes half packages of withdrawn deliveries from the receivers."""
        left = and_(
            PackageDelivery.state == DeliveryState.WITHDRAWN,
            PackageDelivery.has_leftover,
            PackageDelivery.next_try_at <= self.clock(),
        )
        with self.database.reading() as session:
            found = session.scalars(loaded().where(left).limit(20)).all()
        for delivery in found:
            parcel, is_gone = self._parcel(delivery), True
            try:
                facts = delivery.agreement.transport_settings
                with self.opener(delivery.transport, facts, self.policy) as transport:
                    transport.discard(parcel, delivery.transfer_token)
            except TransportError as error:
                log.warning("half a package stays with the receiver", package=parcel.name, reason=error.message)
                is_gone = False
            with self.database.unit_of_work() as session:
                row = session.get_one(PackageDelivery, delivery.id, with_for_update=True)
                row.has_leftover = not is_gone
                row.next_try_at = None if is_gone else self.clock() + CLEAR_UP_AGAIN
        return len(found)


def _mine(session: Session, course: TurnCourse, work: _Work) -> PackageDelivery | None:
    """The delivery, locked, if this worker still has it."""
    if course.is_lost:
        return None
    session.get_one(PackageDelivery, work.taken.id, with_for_update=True)
    delivery = session.scalars(loaded().where(PackageDelivery.id == work.taken.id)).one()
    return delivery if is_mine(delivery, course.lease_until) else None


def _note_late(session: Session, work: _Work, arrival: Arrival) -> None:
    """Notes that a package came to its receiver though somebody had stopped the delivery a moment before."""
    delivery = session.get_one(PackageDelivery, work.taken.id, with_for_update=True)
    if delivery.state not in (DeliveryState.DRAFT, DeliveryState.WITHDRAWN):
        return  # another worker has it, and will find the package there
    delivery.remote_place = arrival.place
    words = _("Paketet hann fram innan sändningen stoppades och ligger hos mottagaren: %(place)s.",
              place=arrival.place)  # fmt: skip
    note(session, SYSTEM, delivery, DeliveryStep.SENT, text=words, facts={"proof": arrival.proof})


def _what_has_changed(delivery: PackageDelivery) -> str | None:
    """Why the delivery is not sent as it was approved; nothing if it is."""
    if not delivery.agreement.is_active:
        return _("Överenskommelsen är avslutad. Inget mer sänds. Återkalla leveransen, eller ta överenskommelsen "
                 "i bruk igen och sänd på nytt.")  # fmt: skip
    if delivery.agreement.transport is not delivery.transport:
        return _("Överenskommelsen säger nu ett annat sätt att sända än när leveransen godkändes. Läs igenom och "
                 "sänd på nytt.")  # fmt: skip
    return None


def _give_up(session: Session, delivery: PackageDelivery, why: str) -> None:
    delivery.last_error, delivery.next_try_at = why, None
    go(session, SYSTEM, delivery, DeliveryStep.FAILED, DeliveryState.FAILED, text=why)


def _what_is_wrong(parcel: Parcel, course: TurnCourse) -> str | None:
    """Why the package's file is not the one that was approved; nothing if it is."""
    gone = _("Paketet %(name)s finns inte kvar på disken. Gör uttaget igen.", name=parcel.name)
    digest, size = hashlib.sha256(), 0
    try:
        with parcel.path.open("rb") as source:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                course.alive()
    except FileNotFoundError:
        return gone
    except OSError as error:
        return _("Paketet kan inte läsas: %(reason)s.", reason=error.strerror or type(error).__name__)
    if (size, digest.hexdigest()) != (parcel.size, parcel.sha256):
        return _("Paketet %(name)s har ändrats på disken sedan det gjordes: kontrollsumman stämmer inte. Det får "
                 "inte levereras. Gör uttaget igen.", name=parcel.name)  # fmt: skip
    return None
