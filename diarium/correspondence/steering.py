"""What a person does with a dispatch: try again, stop, say what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.correspondence import guarding, outcome
from diarium.correspondence.dispatching import GIVE_UP_AFTER
from diarium.correspondence.errors import MessageConflict, MessageNotFound
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import MESSAGE_STATE_LABELS, MessageState, RecipientState
from diarium.db.base import now
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import rules
from diarium.register.views import sight_of_record
from diarium.register.vocabulary import RecordStatus

CAN_RETRY = (MessageState.FAILED, MessageState.PARTLY_SENT, MessageState.UNCERTAIN)
CAN_CANCEL = (MessageState.QUEUED, MessageState.UNCERTAIN)
CAN_MARK_SENT = (MessageState.UNCERTAIN,)
CAN_SETTLE = (MessageState.FAILED, MessageState.PARTLY_SENT)
_REACHED = (RecipientState.ACCEPTED, RecipientState.DELIVERED)


def retry(session: Session, actor: Actor, uid: uuid.UUID) -> OutgoingMessage:
    """Queues the message again for those whom it has not reached.

    Raises: MessageNotFound; NotAllowed; MessageConflict unless it failed or is uncertain, and where what it
    says or whom it goes to has become secret since it was written.
    """
    message = _locked(session, actor, uid, CAN_RETRY)
    if message.record.status is RecordStatus.CANCELLED:
        raise MessageConflict(_("Handlingen är makulerad och kan inte skickas."))
    for item in message.recipients:
        if item.state not in _REACHED:
            item.state = RecipientState.WAITING
    if (why := guarding.secret_since(message)) is not None:
        raise MessageConflict(why)
    moment = now()
    outcome.settle(message, MessageState.QUEUED)
    message.next_try_at, message.give_up_at = moment, moment + GIVE_UP_AFTER
    message.lease_until = None
    outcome.tell(session, actor, message, "record.dispatch_queued")
    return message


def cancel(session: Session, actor: Actor, uid: uuid.UUID) -> OutgoingMessage:
    """Takes a message out of the queue, or ends an uncertain one as not sent. Its record stays as it is.

    Raises: MessageNotFound; NotAllowed; MessageConflict where it is on its way or gone.
    """
    message = _locked(session, actor, uid, CAN_CANCEL)
    reached = any(item.state in _REACHED for item in message.recipients)
    for item in message.recipients:
        if item.state is RecipientState.WAITING:
            item.state = RecipientState.REFUSED
            item.answer = _("Avbrutet av %(name)s.", name=actor.name)
    message.lease_until = None
    outcome.settle(message, MessageState.PARTLY_SENT if reached else MessageState.CANCELLED)
    message.is_settled = reached
    outcome.tell(session, actor, message, "record.dispatch_cancelled")
    return message


def mark_sent(session: Session, actor: Actor, uid: uuid.UUID, reason: str) -> OutgoingMessage:
    """Says of an uncertain message that it did leave, and how one knows.

    Raises: MessageNotFound; NotAllowed; InvalidFact; MessageConflict unless it is uncertain.
    """
    reason = rules.required_reason(reason)
    message = _locked(session, actor, uid, CAN_MARK_SENT)
    for item in message.recipients:
        if item.state is RecipientState.WAITING:
            item.state = RecipientState.ACCEPTED
            item.answer = _("Markerat som skickat av %(name)s.", name=actor.name)
    message.lease_until = None
    outcome.left_house(message)
    outcome.settle(message, outcome.final_state(message))
    outcome.tell(session, actor, message, "record.dispatched", reason)
    return message


def settle(session: Session, actor: Actor, uid: uuid.UUID, reason: str) -> OutgoingMessage:
    """Takes a failed message off the list of what somebody must see to, with what was done instead.

    Raises: MessageNotFound; NotAllowed; InvalidFact; MessageConflict unless it failed.
    """
    reason = rules.required_reason(reason)
    message = _locked(session, actor, uid, CAN_SETTLE)
    message.is_settled = True
    message.note = reason
    outcome.tell(session, actor, message, "record.dispatch_settled", reason)
    return message


def _locked(session: Session, actor: Actor, uid: uuid.UUID, allowed: Iterable[MessageState]) -> OutgoingMessage:
    query = select(OutgoingMessage).where(OutgoingMessage.uid == uid).with_for_update()
    message = session.scalar(query.execution_options(populate_existing=True))
    if message is None or not actor.may(Permission.READ, message.authority.code):
        raise MessageNotFound(_("Utskicket finns inte."))
    actor.require(Permission.REGISTER, message.authority.code)
    seen = sight_of_record(actor, message.record)
    if not (seen.title and seen.parties):
        raise NotAllowed(_("Uppgifterna är sekretessmarkerade. Bara den som får se dem kan göra detta."))
    if message.state not in allowed:
        state = MESSAGE_STATE_LABELS[message.state]
        raise MessageConflict(_("Utskickets läge är nu ”%(state)s”. Läs sidan igen.", state=state))
    return message
