"""A dispatch as an actor may see it: plain values, in which nothing hidden can be reached."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.correspondence.steering import CAN_CANCEL, CAN_MARK_SENT, CAN_RETRY, CAN_SETTLE
from diarium.correspondence.vocabulary import (
    MEANS_LABELS,
    MESSAGE_STATE_LABELS,
    RECIPIENT_STATE_LABELS,
    Means,
    MessageState,
    RecipientState,
)
from diarium.i18n import local_date
from diarium.identity.permissions import Actor, Permission
from diarium.register.views import concerns_protected, sight_of_record
from diarium.secrecy import access


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A recipient; `name`, `address` and the servers' words are None where they are hidden."""

    name: str | None
    address: str | None
    is_hidden: bool
    is_protected: bool
    state: RecipientState
    answer: str | None
    report: str | None
    reported_at: dt.datetime | None

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(RECIPIENT_STATE_LABELS[self.state])


@dataclass(frozen=True, slots=True)
class DispatchView:
    """A dispatch as the actor may see it; `subject`, `note` and the like are None where they are hidden.

    `is_restricted`: what is shown of it is noted as a reading. `has_content`: the message can be fetched.
    """

    uid: uuid.UUID
    record_uid: uuid.UUID
    record_number: str
    case_uid: uuid.UUID
    case_number: str
    authority_code: str
    means: Means
    state: MessageState
    is_settled: bool
    subject: str | None
    attachments: tuple[str, ...]
    recipients: tuple[RecipientView, ...]
    sender: str | None
    message_id: str | None
    queued_at: dt.datetime
    queued_by: str
    dispatched_on: dt.date | None
    sent_at: dt.datetime | None
    next_try_at: dt.datetime | None
    attempts: int
    last_error: str | None
    answer: str | None
    note: str | None
    secrecy_reason: str | None
    is_restricted: bool
    has_content: bool
    is_held: bool
    can_retry: bool
    can_cancel: bool
    can_mark_sent: bool
    can_settle: bool

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(MESSAGE_STATE_LABELS[self.state])

    @property
    def means_label(self) -> str:
        """The means in words."""
        return str(MEANS_LABELS[self.means])

    @property
    def day(self) -> dt.date:
        """The law day on which it left, else the one on which it was queued."""
        return self.dispatched_on or local_date(self.queued_at)


def view_of(actor: Actor, message: OutgoingMessage) -> DispatchView:
    """`message` through the eyes of `actor`."""
    record = message.record
    seen = sight_of_record(actor, record)
    shown = seen.title and seen.parties
    may_act = shown and actor.may(Permission.REGISTER, message.authority.code)
    recipients = tuple(_recipient(actor, message, item, seen.parties) for item in message.recipients)
    tells_all = shown and not any(item.is_hidden for item in recipients)
    marked = any(mark.is_in_force for mark in [*record.restrictions, *record.case.restrictions])
    return DispatchView(
        uid=message.uid,
        record_uid=record.uid,
        record_number=record.number_text,
        case_uid=record.case.uid,
        case_number=record.case.number_text,
        authority_code=message.authority.code,
        means=message.means,
        state=message.state,
        is_settled=message.is_settled,
        subject=message.subject if seen.title else None,
        attachments=tuple(message.attachment_names) if seen.files else (),
        recipients=recipients,
        sender=message.sender_email,
        message_id=message.message_id,
        queued_at=message.queued_at,
        queued_by=message.queued_by_name,
        dispatched_on=message.dispatched_on,
        sent_at=message.sent_at,
        next_try_at=message.next_try_at,
        attempts=message.attempts,
        last_error=message.last_error if tells_all else None,
        answer=message.answer,
        note=message.note if tells_all else None,
        secrecy_reason=message.secrecy_reason if tells_all else None,
        is_restricted=shown and (marked or concerns_protected(record)),
        has_content=seen.everything and message.content_sha256 is not None,
        is_held=message.state is MessageState.UNCERTAIN and message.lease_until is None,
        can_retry=may_act and message.state in CAN_RETRY,
        can_cancel=may_act and message.state in CAN_CANCEL,
        can_mark_sent=may_act and message.state in CAN_MARK_SENT,
        can_settle=may_act and message.state in CAN_SETTLE and not message.is_settled,
    )


def _recipient(actor: Actor, message: OutgoingMessage, item: OutgoingRecipient, visible: bool) -> RecipientView:
    """A server's words repeat the address: they are hidden with it."""
    may_see_protected = access.may_see_protected(actor, message.authority.code)
    shown = visible and (may_see_protected or not item.is_protected)
    return RecipientView(
        name=item.name if shown else None,
        address=item.address if shown else None,
        is_hidden=not shown,
        is_protected=item.is_protected and may_see_protected,
        state=item.state,
        answer=item.answer if shown else None,
        report=item.report if shown else None,
        reported_at=item.reported_at,
    )
