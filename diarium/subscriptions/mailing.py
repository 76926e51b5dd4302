"""Sends e-mail to those who follow: the question whether they want it, and once a day what is new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

import structlog
from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from diarium.correspondence.smtp import WIRE_POLICY
from diarium.correspondence.transport import Fate, MailTransport
from diarium.db.base import now
from diarium.db.engine import Database
from diarium.errors import DomainError
from diarium.i18n import STOCKHOLM, use_locale
from diarium.public.service import PublicRegister
from diarium.subscriptions import news
from diarium.subscriptions.composing import Composer
from diarium.subscriptions.models import Subscription, beginning_of_day, target_of
from diarium.subscriptions.tokens import Purpose, hash_of

EVERY_SECONDS = 60.0
MORNING = dt.time(6)
MOST_FAILURES = 8
MOST_AT_ONCE = 200
_LEASE = dt.timedelta(minutes=30)
_FIRST_DELAY = dt.timedelta(minutes=15)
_LONGEST_DELAY = dt.timedelta(hours=12)
# No line is folded: the address in a header would be broken or written in another way.
_POLICY = WIRE_POLICY.clone(max_line_length=998)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FollowRound:
    """The worker's round to those who follow. Several workers may run it at once.

    `transport`: nothing where no e-mail is sent; then it only erases.
    """

    database: Database
    register: PublicRegister
    transport: MailTransport | None
    composer: Composer
    clock: Callable[[], dt.datetime] = now
    name: str = "following"
    every: float = EVERY_SECONDS

    def run(self) -> int:
        """Erases what was never confirmed, then sends what is due; how many e-mails were sent."""
        self.erase_unconfirmed()
        if self.transport is None:
            return 0
        sent = 0
        for due, write in ((self._unasked(), self._question), (self._unread(), self._digest)):
            claimed = self._claim(due)
            stop_at = self.clock() + _LEASE / 2
            for subscription in claimed:
                if self.clock() >= stop_at:
                    return (
                        sent  # with a slow mail server the lease could run out, and another worker send the same
                    )
                outcome = self._send(self.transport, subscription, write)
                if outcome is None:
                    return sent  # the mail server is away: the rest comes later
                sent += outcome
        return sent

    def erase_unconfirmed(self) -> int:
        """Erases the addresses whose owners did not answer in time; how many."""
        late = Subscription.confirmed_at.is_(None) & (Subscription.expires_at < self.clock())
        with self.database.reading() as session:
            uids = session.scalars(select(Subscription.uid).where(late).limit(1000)).all()
        if uids:
            with self.database.unit_of_work() as session:
                session.execute(delete(Subscription).where(late, Subscription.uid.in_(uids)))
        return len(uids)

    def _unasked(self) -> ColumnElement[bool]:
        return (
            Subscription.confirmed_at.is_(None)
            & Subscription.asked_at.is_(None)
            & (Subscription.expires_at > self.clock())
        )

    def _unread(self) -> ColumnElement[bool]:
        """Not looked at since this morning; before that, since yesterday's."""
        local = self.clock().astimezone(STOCKHOLM)
        morning = dt.datetime.combine(local.date(), MORNING, STOCKHOLM)
        if local < morning:
            morning = dt.datetime.combine(local.date() - dt.timedelta(days=1), MORNING, STOCKHOLM)
        unseen = or_(Subscription.checked_at.is_(None), Subscription.checked_at < morning)
        return Subscription.confirmed_at.is_not(None) & (Subscription.confirmed_at < morning) & unseen

    def _claim(self, due: ColumnElement[bool]) -> Sequence[Subscription]:
        """Takes what is due, so that no other worker does: until the lease has run out."""
        moment = self.clock()
        ready = due & or_(Subscription.next_try_at.is_(None), Subscription.next_try_at <= moment)
        with self.database.reading() as session:
            if session.scalar(select(Subscription.id).where(ready).limit(1)) is None:
                return ()  # on SQLite a unit of work is a lock on the whole register: not for nothing
        with self.database.unit_of_work() as session:
            query = select(Subscription).where(ready).order_by(Subscription.id).limit(MOST_AT_ONCE)
            found = session.scalars(query.with_for_update(skip_locked=True)).all()
            for subscription in found:
                subscription.next_try_at = moment + _LEASE
            return found

    def _send(self, transport: MailTransport, subscription: Subscription, write: _Writer) -> int | None:
        """How many e-mails were sent; nothing if the mail server is away."""
        until = beginning_of_day(self.clock())
        try:
            with use_locale(subscription.language):
                message = write(subscription, until)
        except DomainError as error:
            # A filter that is no more, an index that is being built: nothing to tell today, others go on.
            log.info("subscription skipped", subscription=str(subscription.uid), why=type(error).__name__)
            message = None
        if message is None:
            self._note(subscription, lambda row: _looked_at(row, self.clock(), until))
            return 0
        content = message.as_bytes(policy=_POLICY)
        result = transport.deliver(content, self.composer.sender, [subscription.email])
        if result.is_away:
            self._note(subscription, self._later)
            return None
        (recipient,) = result.recipients
        if recipient.fate in (Fate.ACCEPTED, Fate.UNCERTAIN):
            self._note(subscription, lambda row: self._sent(row, until))
        elif recipient.is_about_address:
            self._note(subscription, self._failed)
        else:
            # Our sender or our content was not taken: that is no fault of the address, which is not to be erased.
            log.warning("a mail to a follower was not taken", subscription=str(subscription.uid))
            self._note(subscription, self._later)
        return int(recipient.fate is Fate.ACCEPTED)

    def _question(self, subscription: Subscription, _until: dt.datetime) -> EmailMessage:
        target = target_of(subscription.target)
        case = news.followed_case(self.register, target) if target.case_uid else None
        return self.composer.question(subscription, case)

    def _digest(self, subscription: Subscription, until: dt.datetime) -> EmailMessage | None:
        found = news.read(self.register, target_of(subscription.target), subscription.seen_to, until)
        return self.composer.digest(subscription, found) if found is not None else None

    def _note(self, subscription: Subscription, change: Callable[[Subscription], None]) -> None:
        with self.database.unit_of_work() as session:
            row = _still_there(session, subscription)
            if row is not None:  # else it was ended meanwhile
                change(row)
                if row.failures >= MOST_FAILURES:
                    session.delete(row)

    def _sent(self, row: Subscription, until: dt.datetime) -> None:
        tokens = self.composer.tokens
        # Where the key was changed, the links in this e-mail are those that count from now on.
        row.token_hash = hash_of(tokens.token(row.uid, Purpose.UNFOLLOW))
        row.failures = max(0, row.failures - 1)
        if row.confirmed_at is None:
            row.confirm_hash = hash_of(tokens.token(row.uid, Purpose.CONFIRM))
            row.asked_at, row.next_try_at = self.clock(), None
            row.ask_count += 1
        else:
            _looked_at(row, self.clock(), until)

    def _failed(self, row: Subscription) -> None:
        """The address is unknown or its server has no time: tried for some days, then it is erased."""
        row.next_try_at = self.clock() + min(_LONGEST_DELAY, _FIRST_DELAY * 4**row.failures)
        row.failures += 1

    def _later(self, row: Subscription) -> None:
        row.next_try_at = self.clock() + _FIRST_DELAY


_Writer = Callable[[Subscription, dt.datetime], EmailMessage | None]


def _still_there(session: Session, subscription: Subscription) -> Subscription | None:
    return session.scalar(select(Subscription).where(Subscription.uid == subscription.uid).with_for_update())


def _looked_at(row: Subscription, moment: dt.datetime, until: dt.datetime) -> None:
    row.checked_at, row.next_try_at = moment, None
    row.seen_to = max(row.seen_to, until)
