"""Empties the letterbox: what the public dropped becomes requests and subscriptions, once each.

Two databases can't be committed together. So a letter is handled first and taken out afterwards: a crash between
brings it again, and whoever handles it knows it by its `uid`, or does the same once more. What can't be handled
now comes again later and holds nothing else up.
"""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.db.engine import Database
from diarium.disclosure.models import DisclosureRequest
from diarium.disclosure.order_receipts import OrderReceipts, Outcome
from diarium.disclosure.receiving import receive_order
from diarium.identity.permissions import SYSTEM
from diarium.letterbox.box import Letterbox, WaitingLetter
from diarium.letterbox.letters import Confirm, Follow, Order, Unfollow

EVERY_SECONDS = 10.0
MOST_AT_ONCE = 100
RECEIPT_TRIED_FOR = dt.timedelta(days=1)
MOST_RECEIPTS = 10
"""So many does an address get a day."""
log = structlog.get_logger()


class Following(Protocol):
    """Whoever keeps the subscriptions. Each step may come twice."""

    def follow(self, session: Session, letter: Follow) -> None:
        """Somebody may want to follow."""
        ...

    def confirm(self, session: Session, letter: Confirm) -> None:
        """They do."""
        ...

    def unfollow(self, session: Session, letter: Unfollow) -> None:
        """They no longer do."""
        ...


@dataclass(frozen=True, slots=True)
class LetterCollector:
    """The worker's way to the letterbox. `receipts`: nothing where no e-mail is sent."""

    database: Database
    letterbox: Letterbox
    following: Following
    receipts: OrderReceipts | None = None
    name: str = "letterbox"
    every: float = EVERY_SECONDS

    def run(self) -> int:
        """Handles what waits; how many letters were taken out."""
        taken = 0
        unacknowledged: list[tuple[WaitingLetter, Order]] = []
        for waiting in self.letterbox.waiting(MOST_AT_ONCE):
            order = waiting.letter
            if not self._is_handled(waiting):
                self.letterbox.postpone(waiting.uid)
            elif isinstance(order, Order) and self.receipts is not None and self.receipts.is_wanted(order):
                unacknowledged.append((waiting, order))
            else:
                taken += self._take(waiting)
        # Receipts come last: a slow mail server must not keep the staff from what was ordered.
        if self.receipts is not None:
            taken += self._acknowledge(self.receipts, unacknowledged)
        self.letterbox.clean()
        return taken

    def _is_handled(self, waiting: WaitingLetter) -> bool:
        """Whatever is wrong with one letter, the others go on."""
        try:
            with self.database.unit_of_work() as session:
                self._handle(session, waiting)
        except Exception as error:
            _note("letter not handled, tried again later", waiting, error)
            return False
        return True

    def _handle(self, session: Session, waiting: WaitingLetter) -> None:
        match waiting.letter:
            case Order() as order:
                receive_order(
                    session,
                    SYSTEM,
                    order,
                    reference=waiting.reference,
                    uid=waiting.uid,
                    placed_at=waiting.placed_at,
                )
            case Follow() as letter:
                self.following.follow(session, letter)
            case Confirm() as letter:
                self.following.confirm(session, letter)
            case Unfollow() as letter:
                self.following.unfollow(session, letter)

    def _acknowledge(self, receipts: OrderReceipts, orders: Sequence[tuple[WaitingLetter, Order]]) -> int:
        """Sends receipts; how many letters were taken out. What the server does not take is tried for a day."""
        taken, outcome = 0, Outcome.SETTLED
        for waiting, order in orders:
            if not self.letterbox.reserve(waiting.uid):
                continue  # another worker has it
            if outcome is not Outcome.AWAY:
                outcome = self._receipt(receipts, waiting, order)
            if outcome is Outcome.SETTLED or waiting.placed_at < now() - RECEIPT_TRIED_FOR:
                taken += self._take(waiting)
            else:
                self.letterbox.postpone(waiting.uid)
        return taken

    def _receipt(self, receipts: OrderReceipts, waiting: WaitingLetter, order: Order) -> Outcome:
        try:
            if self._has_enough(order.contact):
                return Outcome.SETTLED
            return receipts.send(order, waiting.reference, waiting.uid)
        except Exception as error:
            _note("receipt not sent, tried again later", waiting, error)
            return Outcome.LATER

    def _has_enough(self, address: str) -> bool:
        """Nobody must be able to fill somebody else's mailbox with receipts."""
        query = select(func.count(DisclosureRequest.letter_uid.distinct())).where(
            func.lower(DisclosureRequest.contact) == address.lower(),
            DisclosureRequest.received_at > now() - dt.timedelta(days=1),
        )
        with self.database.reading() as session:
            return (session.scalar(query) or 0) > MOST_RECEIPTS

    def _take(self, waiting: WaitingLetter) -> int:
        self.letterbox.taken(waiting.uid)
        return 1


def _note(event: str, waiting: WaitingLetter, error: Exception) -> None:
    """The error's own words may quote what the letter says, which is not for the log."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    log.error(event, letter=str(waiting.uid), why=type(error).__name__, at=f"{last.filename}:{last.lineno}")
