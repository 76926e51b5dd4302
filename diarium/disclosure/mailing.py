"""Sends what was queued for askers. A chore of the worker.

The message is put together when it leaves and is not kept: the asker's address stands in the request alone, and
the delivery's parts tell what was sent. As in `correspondence.sending`, a message is taken in one transaction and
what came of it is noted in another, so that nothing leaves twice unseen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from diarium.correspondence import composing
from diarium.correspondence.addresses import Mailbox, is_address
from diarium.correspondence.composing import Attachment, Letter
from diarium.correspondence.transport import Fate, MailTransport, SendResult
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.disclosure import delivering, lookup, sending
from diarium.disclosure.models import DisclosureDelivery, DisclosureRequest
from diarium.disclosure.vocabulary import DeliveryState
from diarium.files.errors import BlobMissing
from diarium.files.names import safe_file_name
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.i18n import local_date
from diarium.identity.permissions import SYSTEM

LEASE = dt.timedelta(minutes=30)
GIVE_UP_AFTER = dt.timedelta(hours=24)
MOST_AT_ONCE = 20
_MOST_DELAY_MINUTES = 60
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Taken:
    """A delivery that this worker has taken. `lease_until` tells its try from any other."""

    id: int
    lease_until: dt.datetime
    letter: Letter
    envelope_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DisclosureMailRound:
    """The worker's round with answers to requests. Several workers may run it at once."""

    database: Database
    store: BlobStore
    transport: MailTransport
    clock: Callable[[], dt.datetime] = now
    name: str = "disclosure.mail"
    every: float = 15.0

    def run(self) -> int:
        """Sends what is due; how many messages were dealt with."""
        done = self._give_up_on_lost()
        for _turn in range(MOST_AT_ONCE):
            taken = self._take()
            if taken is None:
                break
            result = self.transport.deliver(
                taken.content,
                taken.letter.sender.address,
                [box.address for box in taken.letter.recipients],
                envelope_id=taken.envelope_id,
            )
            self._note(taken, result)
            done += 1
            if result.is_away:
                break
        return done

    def _is_any(self, *conditions: ColumnElement[bool]) -> bool:
        with self.database.reading() as session:
            return session.scalar(select(DisclosureDelivery.id).where(*conditions).limit(1)) is not None

    def _give_up_on_lost(self) -> int:
        """Messages whose worker stopped in the middle: nobody knows whether they left."""
        lost = (
            DisclosureDelivery.state == DeliveryState.SENDING,
            DisclosureDelivery.lease_until < self.clock(),
        )
        if not self._is_any(*lost):
            return 0
        with self.database.unit_of_work() as session:
            query = _with_request().where(*lost).limit(MOST_AT_ONCE)
            found = session.scalars(query.with_for_update(skip_locked=True)).all()
            for delivery in found:
                _leave(session, delivery, DeliveryState.UNCERTAIN,
                       _("Programmet stoppades medan meddelandet skickades."))  # fmt: skip
            return len(found)

    def _take(self) -> _Taken | None:
        moment = self.clock()
        due = (DisclosureDelivery.state == DeliveryState.QUEUED, DisclosureDelivery.next_try_at <= moment)
        while self._is_any(*due):
            with self.database.unit_of_work() as session:
                query = _with_request().where(*due).order_by(DisclosureDelivery.id).limit(1)
                delivery = session.scalar(query.with_for_update(skip_locked=True))
                if delivery is None:
                    return None
                why = sending.why_not(delivery)
                letter = None if why else self._letter(delivery)
                if letter is None:
                    words = why or _("Det som ska skickas är inte helt: en fil eller adressen saknas.")
                    _leave(session, delivery, DeliveryState.FAILED, words)
                    continue
                delivery.state, delivery.lease_until = DeliveryState.SENDING, moment + LEASE
                delivery.attempts += 1
                content = composing.content_of(letter, delivery.uid)
                return _Taken(delivery.id, moment + LEASE, letter, str(delivery.uid), content)
        return None

    def _letter(self, delivery: DisclosureDelivery) -> Letter | None:
        """The message; nothing where a file or the address is gone."""
        request = delivery.request
        if not is_address(request.contact) or not delivery.sender_email or delivery.body is None:
            return None
        attachments = []
        for part in delivery.parts:
            if part.sha256 is None:
                continue
            try:
                with self.store.open(part.sha256) as source:
                    content = source.read()
            except BlobMissing:
                log.error("a file to be given out is missing", delivery=str(delivery.uid))
                return None
            mime = part.blob.mime if part.blob is not None else None
            attachments.append(Attachment(safe_file_name(part.file_name or ""), mime, content))
        owner = request.authority
        reply = Mailbox(owner.email, owner.name) if owner.email and is_address(owner.email) else None
        return Letter(
            sender=Mailbox(delivery.sender_email, owner.name),
            reply_to=reply,
            recipients=(Mailbox(request.contact or ""),),
            subject=delivery.subject or request.reference,
            body=delivery.body,
            written_at=self.clock(),
            attachments=tuple(attachments),
        )

    def _note(self, taken: _Taken, result: SendResult) -> None:
        with self.database.unit_of_work() as session:
            # First the request, as every step of a person does: two who wait for each other would both fail.
            of_delivery = select(DisclosureDelivery.request_id).where(DisclosureDelivery.id == taken.id)
            session.get_one(DisclosureRequest, session.scalars(of_delivery).one(), with_for_update=True)
            delivery = session.get_one(DisclosureDelivery, taken.id, with_for_update=True)
            in_hand = delivery.state in (DeliveryState.SENDING, DeliveryState.UNCERTAIN)
            if not in_hand or delivery.lease_until != taken.lease_until:
                # The lease ran out and a person has decided meanwhile; what they decided stands.
                log.warning("a late result is left aside", delivery=taken.envelope_id)
                return
            self._enter(session, delivery, result)

    def _enter(self, session: Session, delivery: DisclosureDelivery, result: SendResult) -> None:
        """What came of the try. The server's words may repeat the address: they are not kept."""
        moment = self.clock()
        if result.of(Fate.ACCEPTED):
            delivery.state, delivery.lease_until, delivery.last_error = DeliveryState.SENT, None, None
            delivery.delivered_on = local_date(moment)
            delivery.request.version += 1
            delivering.tell(session, SYSTEM, delivery)
        elif result.of(Fate.UNCERTAIN):
            words = _("Förbindelsen bröts när e-postservern kan ha tagit emot brevet.")
            _leave(session, delivery, DeliveryState.UNCERTAIN, words)
        elif result.of(Fate.REFUSED):
            _leave(session, delivery, DeliveryState.FAILED, _("E-postservern tog inte emot brevet."))
        elif moment - delivery.made_at > GIVE_UP_AFTER:
            _leave(session, delivery, DeliveryState.FAILED, _("Försöken avbröts efter ett dygn."))
        else:
            minutes = min(_MOST_DELAY_MINUTES, 2 ** min(delivery.attempts - 1, 10))
            delivery.state, delivery.lease_until = DeliveryState.QUEUED, None
            delivery.next_try_at = moment + dt.timedelta(minutes=minutes)
            delivery.last_error = _("E-postservern går inte att nå just nu. Ett nytt försök görs.")


def _with_request() -> Select[DisclosureDelivery]:
    """Deliveries together with their requests: locked both, or a review made meanwhile would come too late."""
    return select(DisclosureDelivery).join(DisclosureDelivery.request)


def _leave(session: Session, delivery: DisclosureDelivery, state: DeliveryState, words: str) -> None:
    """Leaves the delivery to a person."""
    delivery.state, delivery.last_error = state, words
    delivery.next_try_at = None
    delivery.request.version += 1
    lookup.note(session, SYSTEM, delivery.request, f"mail_{state}", after={"delivery": delivery.uid})
