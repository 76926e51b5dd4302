"""What an e-mail holds, whatever kind of file it came in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

MAX_RECIPIENTS = 1_000
MAX_ATTACHMENTS = 1_000
MAX_NESTING = 5
MAX_HEADER_CHARACTERS = 10_000
MAX_ADDRESS_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class MailAddress:
    """A person or a mailbox; either part may be empty."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name and self.address else self.name or self.address


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """A file in an e-mail. `name` is safe to show and never empty; `mime` is what the sender claims."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MailMessage:
    """An e-mail. `date` is aware, None if missing or impossible; `warnings` tell in Swedish what is odd."""

    subject: str
    sender: MailAddress | None
    recipients: tuple[MailAddress, ...]
    date: dt.datetime | None
    message_id: str | None
    body: str
    attachments: tuple[MailAttachment, ...] = ()
    warnings: tuple[str, ...] = ()
