"""The way out for e-mail, as the rest of the house sees it: who sends, what becomes of it at each recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from typing import Protocol


class Fate(StrEnum):
    """What the server has done with a message for one recipient.

    `DEFERRED`: not taken now, worth another try. `UNCERTAIN`: the line broke when the server may have taken it
    already.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """The fate of a message at one address, with the server's own words.

    `is_about_address`: the server said it of this address, not of the sender or of the content.
    """

    address: str
    fate: Fate
    words: str
    is_about_address: bool = False


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one try. `answer`: the server's word on the content; `is_away`: the server can't be used at
    all now (no connection, no trust, no login), so that other messages need not be tried either.
    """

    recipients: tuple[RecipientResult, ...]
    answer: str | None = None
    is_away: bool = False

    def of(self, fate: Fate) -> tuple[RecipientResult, ...]:
        """The recipients with that fate."""
        return tuple(item for item in self.recipients if item.fate is fate)


class MailTransport(Protocol):
    """Sends messages. What goes wrong on the way is told in the result and never raised."""

    def send(
        self, message: EmailMessage, recipients: Sequence[str], *, envelope_id: str | None = None
    ) -> SendResult:
        """Sends `message` from the address in its From field. It must have From, Date and Message-ID."""
        ...

    def deliver(
        self, content: bytes, sender: str, recipients: Sequence[str], *, envelope_id: str | None = None
    ) -> SendResult:
        """Sends the finished `content` exactly as it stands (7-bit, CRLF). `envelope_id` comes back in reports."""
        ...
