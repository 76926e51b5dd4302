"""Sends what is queued. What became of each try is known afterwards, or a person is asked: nothing goes twice
unseen.

A message is taken in a transaction of its own (state `sending`, with a lease) before the server is spoken to,
and what came of it is noted in another. A message found as `sending` when its lease has run out was being sent
when a worker stopped: it may or may not have left, so it is not tried again but becomes `uncertain`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from diarium.correspondence import guarding, outcome
from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.correspondence.transport import Fate, MailTransport, RecipientResult, SendResult
from diarium.correspondence.vocabulary import MessageState, RecipientState
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.files.errors import BlobMissing
from diarium.files.store import BlobStore
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM
from diarium.register.models import Record
from diarium.register.vocabulary import RecordStatus

LEASE = dt.timedelta(minutes=30)
MOST_AT_ONCE = 50
_MOST_DELAY_MINUTES = 60
_MOST_PAUSE_MINUTES = 10
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message that this worker has taken. `lease_until` tells its try from any other."""

    id: int
    lease_until: dt.datetime
    envelope_id: str
    sha256: str
    sender: str
    addresses: tuple[str, ...]


@dataclass(slots=True)
class MailRound:
    """The worker's mail round. Several workers may run it at once. While the server is away it pauses, longer
    and longer.
    """

    database: Database
    store: BlobStore
    transport: MailTransport
    clock: Callable[[], dt.datetime] = now
    name: str = "mail.out"
    every: float = 10.0
    _pause_until: dt.datetime | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)

    def run(self) -> int:
        """Sends what is due; how many messages were dealt with."""
        done = self._give_up_on_lost() + self._stop_cancelled()
        if self._pause_until is not None and self.clock() < self._pause_until:
            return done
        for _turn in range(MOST_AT_ONCE):
            taken = self._take()
            if taken is None:
                break
            result = self._send(taken)
            self._note(taken, result)
            done += 1
            if self._is_away(result):
                break
        return done

    def _is_away(self, result: SendResult) -> bool:
        self._failures = self._failures + 1 if result.is_away else 0
        minutes = min(_MOST_PAUSE_MINUTES, 2 ** (self._failures - 1)) if self._failures else 0
        self._pause_until = self.clock() + dt.timedelta(minutes=minutes) if minutes else None
        return result.is_away

    def _give_up_on_lost(self) -> int:
        """Messages whose worker stopped in the middle: nobody knows whether they left."""
        lost = (OutgoingMessage.state == MessageState.SENDING, OutgoingMessage.lease_until < self.clock())
        if not self._is_any(*lost):
            return 0
        with self.database.unit_of_work() as session:
            query = select(OutgoingMessage).where(*lost).limit(MOST_AT_ONCE)
            messages = session.scalars(query.with_for_update(skip_locked=True)).all()
            for message in messages:
                message.last_error = _("Programmet stoppades medan meddelandet skickades.")
                outcome.settle(message, MessageState.UNCERTAIN)
                outcome.tell(session, SYSTEM, message, "record.dispatch_uncertain")
            return len(messages)

    def _stop_cancelled(self) -> int:
        """Messages whose record was cancelled, or moved to another case, while they waited."""
        stopped = (
            OutgoingMessage.state == MessageState.QUEUED,
            OutgoingMessage.record.has(Record.status == RecordStatus.CANCELLED),
        )
        if not self._is_any(*stopped):
            return 0
        with self.database.unit_of_work() as session:
            query = select(OutgoingMessage).where(*stopped).limit(MOST_AT_ONCE)
            messages = session.scalars(query.with_for_update(skip_locked=True)).all()
            for message in messages:
                message.last_error = _("Handlingen makulerades innan meddelandet hade skickats.")
                outcome.settle(message, MessageState.CANCELLED)
                outcome.tell(session, SYSTEM, message, "record.dispatch_cancelled")
            return len(messages)

    def _take(self) -> _Taken | None:
        moment = self.clock()
        due = (
            OutgoingMessage.state == MessageState.QUEUED,
            OutgoingMessage.next_try_at <= moment,
            OutgoingMessage.record.has(Record.status == RecordStatus.REGISTERED),
        )
        if not self._is_any(*due):
            return None  # on SQLite a unit of work is a lock on the whole register: not for nothing
        with self.database.unit_of_work() as session:
            query = select(OutgoingMessage).where(*due).order_by(OutgoingMessage.next_try_at, OutgoingMessage.id)
            query = query.limit(1).with_for_update(skip_locked=True)
            message = session.scalar(query)
            while message is not None and (why := guarding.secret_since(message)) is not None:
                _hold(session, message, why)
                message = session.scalar(query)
            if message is None or message.content_sha256 is None or message.sender_email is None:
                return None
            message.state = MessageState.SENDING
            message.lease_until = moment + LEASE
            message.attempts += 1
            waiting = [item for item in message.recipients if item.state is RecipientState.WAITING]
            return _Taken(
                id=message.id,
                lease_until=message.lease_until,
                envelope_id=str(message.uid),
                sha256=message.content_sha256,
                sender=message.sender_email,
                addresses=tuple(item.address for item in waiting if item.address),
            )

    def _is_any(self, *conditions: ColumnElement[bool]) -> bool:
        with self.database.reading() as session:
            return session.scalar(select(OutgoingMessage.id).where(*conditions).limit(1)) is not None

    def _send(self, taken: _Taken) -> SendResult:
        try:
            with self.store.open(taken.sha256) as source:
                content = source.read()
        except BlobMissing:
            log.error("the content of a message is missing", message=taken.envelope_id)
            words = _("Meddelandets innehåll saknas i fillagret.")
            return SendResult(tuple(RecipientResult(address, Fate.REFUSED, words) for address in taken.addresses))
        return self.transport.deliver(content, taken.sender, taken.addresses, envelope_id=taken.envelope_id)

    def _note(self, taken: _Taken, result: SendResult) -> None:
        with self.database.unit_of_work() as session:
            message = session.get_one(OutgoingMessage, taken.id, with_for_update=True)
            in_hand = message.state in (MessageState.SENDING, MessageState.UNCERTAIN)
            if not in_hand or message.lease_until != taken.lease_until:
                # The lease ran out and a person has decided meanwhile; what they decided stands.
                log.warning("a late result is left aside", message=taken.envelope_id, answer=result.answer)
                return
            note_result(session, message, result, self.clock())


def note_result(session: Session, message: OutgoingMessage, result: SendResult, moment: dt.datetime) -> None:
    """Enters what came of a try into the message that was taken for it."""
    by_address = {item.address: item for item in message.recipients}
    message.answer = result.answer or message.answer
    for told in result.recipients:
        by_address[told.address].answer = told.words
        if told.fate is Fate.ACCEPTED:
            by_address[told.address].state = RecipientState.ACCEPTED
        elif told.fate is Fate.REFUSED:
            by_address[told.address].state = RecipientState.REFUSED
    accepted, unsure = result.of(Fate.ACCEPTED), result.of(Fate.UNCERTAIN)
    troubles = [told.words for told in result.recipients if told.fate is not Fate.ACCEPTED]
    message.last_error = troubles[0] if troubles else None
    if accepted:
        outcome.left_house(message)
    if unsure:
        outcome.settle(message, MessageState.UNCERTAIN)
    else:
        _wait_or_end(message, [by_address[told.address] for told in result.of(Fate.DEFERRED)], moment)
    if accepted:
        outcome.tell(session, SYSTEM, message, "record.dispatched")
    if message.state in (MessageState.FAILED, MessageState.PARTLY_SENT):
        outcome.tell(session, SYSTEM, message, "record.dispatch_failed")
    if message.state is MessageState.UNCERTAIN:
        outcome.tell(session, SYSTEM, message, "record.dispatch_uncertain")


def _hold(session: Session, message: OutgoingMessage, why: str) -> None:
    """Leaves a message to a person: what it says or whom it goes to has become secret while it waited."""
    message.last_error, message.lease_until = why, None
    outcome.settle(message, MessageState.UNCERTAIN)
    outcome.tell(session, SYSTEM, message, "record.dispatch_uncertain")
    session.flush()


def _wait_or_end(message: OutgoingMessage, deferred: Sequence[OutgoingRecipient], moment: dt.datetime) -> None:
    """Another try later for those whom the server did not take now, until a day has gone."""
    again_at = moment + dt.timedelta(minutes=min(_MOST_DELAY_MINUTES, 2 ** min(message.attempts - 1, 10)))
    if deferred and message.give_up_at is not None and again_at <= message.give_up_at:
        outcome.settle(message, MessageState.QUEUED)
        message.next_try_at = again_at
        return
    for item in deferred:
        item.state = RecipientState.REFUSED
    if deferred:
        message.last_error = _("Försöken avbröts efter ett dygn. E-postserverns sista besked: %(words)s",
                               words=message.last_error or "–")  # fmt: skip
    outcome.settle(message, outcome.final_state(message))
