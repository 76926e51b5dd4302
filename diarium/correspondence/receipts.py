"""Reports that come back on what was sent (delivery status notifications, RFC 3464): matched and entered."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.correspondence import outcome
from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.correspondence.vocabulary import MessageState, RecipientState
from diarium.db.base import now
from diarium.identity.permissions import SYSTEM

MAX_REPORT = 5 * 1024 * 1024
_MOST_RECIPIENTS = 200
_MOST_WORDS = 500
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,198}>")
_IDENTIFIED = (MessageState.SENT, MessageState.PARTLY_SENT, MessageState.FAILED, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a report says of one recipient. `names`: the address as we gave it or as it was forwarded, written in
    the ways that servers have. `action`: failed, delayed, delivered, relayed or expanded.
    """

    names: tuple[str, ...]
    action: str
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report, with what it says of the message that it is about."""

    envelope_id: str | None
    message_id: str | None
    recipients: tuple[RecipientReport, ...]


def read(content: bytes) -> Report | None:
    """The delivery report in a message, nothing if it is none. Never raises on what comes from outside."""
    if len(content) > MAX_REPORT:
        return None
    # compat32 gives the fields as they stand; the newer policies fail on bad ones.
    message = BytesParser(policy=policy.compat32).parsebytes(content)
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    blocks = list(_status_blocks(message))
    if not blocks:
        return None
    recipients = [_recipient(block) for block in blocks if _field(block, "Final-Recipient")]
    return Report(
        envelope_id=_field(blocks[0], "Original-Envelope-Id") or None,
        message_id=_original_message_id(message),
        recipients=tuple(recipients[:_MOST_RECIPIENTS]),
    )


def note_report(session: Session, content: bytes) -> OutgoingMessage | None:
    """Enters a delivery report that came in as a message; the dispatch that it is about.

    Nothing where the message is no report, or about something that we have not sent. A report can be forged by
    whoever knows the message's identifier, so it only adds to what is known and starts nothing. The same report
    twice changes nothing.
    """
    report = read(content)
    message = None if report is None else _message_of(session, report)
    if report is None or message is None:
        return None
    by_address = {(item.address or "").casefold(): item for item in message.recipients}
    changed: set[RecipientState] = set()
    for told in report.recipients:
        recipient = next((by_address[name] for name in told.names if name in by_address), None)
        if recipient is None and len(message.recipients) == 1:
            recipient = message.recipients[0]  # forwarded by its server: the report names where it went on to
        if recipient is not None and _enter(recipient, told):
            changed.add(recipient.state)
    if not changed:
        return message
    if message.state in (MessageState.SENT, MessageState.PARTLY_SENT):
        outcome.settle(message, outcome.final_state(message))
    if RecipientState.BOUNCED in changed:
        message.is_settled = False
        message.last_error = next(told.words for told in report.recipients if told.action == "failed")
        outcome.tell(session, SYSTEM, message, "record.dispatch_failed")
    if RecipientState.DELIVERED in changed:
        outcome.tell(session, SYSTEM, message, "record.dispatch_delivered")
    return message


def _enter(recipient: OutgoingRecipient, told: RecipientReport) -> bool:
    """Whether the report says something new of the recipient's state."""
    state = {"failed": RecipientState.BOUNCED, "delivered": RecipientState.DELIVERED}.get(told.action)
    if state is recipient.state or recipient.report == told.words:
        return False
    recipient.report, recipient.reported_at = told.words, now()
    if state is None or recipient.state is RecipientState.WAITING:
        return False  # only a delay, or passed on to a server that sends no reports
    recipient.state = state
    return True


def _message_of(session: Session, report: Report) -> OutgoingMessage | None:
    query = select(OutgoingMessage).where(OutgoingMessage.state.in_(_IDENTIFIED)).with_for_update()
    try:
        found = session.scalar(query.where(OutgoingMessage.uid == uuid.UUID(report.envelope_id or "")))
    except ValueError:
        found = None
    if found is None and report.message_id is not None:
        found = session.scalar(query.where(OutgoingMessage.message_id == report.message_id))
    return found


def _status_blocks(message: Message) -> Iterator[Message]:
    """The blocks of fields of the report's machine-readable part: one on the message, then one a recipient."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            if isinstance(payload, list):
                yield from (block for block in payload if isinstance(block, Message))
            return


def _recipient(block: Message) -> RecipientReport:
    written = [_field(block, name).partition(";")[2].strip() for name in ("Original-Recipient", "Final-Recipient")]
    status, words = _field(block, "Status"), _field(block, "Diagnostic-Code").partition(";")[2]
    return RecipientReport(
        names=tuple(name.casefold() for text in written if text for name in (text, _from_xtext(text))),
        action=_field(block, "Action").lower(),
        words=" ".join(part for part in (status, words.strip()) if part)[:_MOST_WORDS] or _field(block, "Action"),
    )


def _original_message_id(message: Message) -> str | None:
    """The identifier in the returned message or its returned head."""
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            head = BytesParser(policy=policy.compat32).parsebytes(
                payload if isinstance(payload, bytes) else b"", headersonly=True
            )
        elif part.get_content_type() == "message/rfc822" and isinstance(part.get_payload(), list):
            inner = part.get_payload(0)
            if not isinstance(inner, Message):
                continue
            head = inner
        else:
            continue
        found = _MESSAGE_ID.search(_field(head, "Message-ID"))
        if found:
            return found[0]
    return None


def _field(block: Message, name: str) -> str:
    """A field in one line of visible characters."""
    text = str(block.get(name, ""))
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _from_xtext(text: str) -> str:
    return re.sub(r"\+([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), text)
