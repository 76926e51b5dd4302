"""What a try, a person or a report makes of a dispatch: its state, and what the register is told of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import MessageState, RecipientState
from diarium.db.base import now
from diarium.i18n import local_date
from diarium.identity.permissions import Actor
from diarium.register import journal

_REACHED = (RecipientState.ACCEPTED, RecipientState.DELIVERED)
_LOST = (RecipientState.REFUSED, RecipientState.BOUNCED)


def final_state(message: OutgoingMessage) -> MessageState:
    """The state that the recipients' states add up to, once none of them waits."""
    reached = sum(item.state in _REACHED for item in message.recipients)
    if reached == len(message.recipients):
        return MessageState.SENT
    return MessageState.PARTLY_SENT if reached else MessageState.FAILED


def settle(message: OutgoingMessage, state: MessageState) -> None:
    """Puts the message into a state in which no worker has it."""
    message.state = state
    if state is not MessageState.QUEUED:
        message.next_try_at = None
    if state not in (MessageState.FAILED, MessageState.PARTLY_SENT):
        message.is_settled = False


def left_house(message: OutgoingMessage) -> None:
    """Notes the moment at which the message left for the first recipient."""
    if message.sent_at is None:
        message.sent_at = now()
        message.dispatched_on = local_date(message.sent_at)


def tell(session: Session, actor: Actor, message: OutgoingMessage, action: str, reason: str | None = None) -> None:
    """Notes `action` ("record.dispatched") on the record, with numbers only: who was written to stands in the
    message, where it is shown to those who may see it.
    """
    states = [item.state for item in message.recipients]
    after = {
        "message": message.uid,
        "means": message.means,
        "recipients": len(states),
        "reached": sum(state in _REACHED for state in states),
        "lost": sum(state in _LOST for state in states),
    }
    journal.record_changed(session, actor, message.record, action, after=after, reason=reason)
