"""Dispatches by other means than e-mail, noted by hand on the record that left."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from diarium.correspondence.errors import InvalidLetter
from diarium.correspondence.models import OutgoingMessage, OutgoingRecipient
from diarium.correspondence.vocabulary import Means, MessageState, RecipientState
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register import journal, lookup, rules
from diarium.register.errors import StatusConflict
from diarium.register.models import Record
from diarium.register.views import sight_of_record
from diarium.register.vocabulary import Direction, PartyRole, RecordStatus

MAX_NOTE = 2000
BY_HAND = (Means.POST, Means.HANDED_OVER, Means.OTHER)


@dataclass(frozen=True, slots=True)
class Note:
    """How and when something left. `recipients`: a name a line; without any, the record's recipients."""

    means: str
    day: dt.date | None
    recipients: str = ""
    note: str = ""


def note(session: Session, actor: Actor, record_uid: uuid.UUID, facts: Note) -> OutgoingMessage:
    """Notes that the record was sent by post, handed over or sent in another way.

    Raises: RecordNotFound; NotAllowed; StatusConflict; InvalidLetter and InvalidFact with the field's name.
    """
    record = lookup.record_by_uid(session, actor, record_uid, Permission.REGISTER)
    _require_sight(actor, record)
    means = _means(facts.means)
    day = _day(facts.day)
    text = rules.clean_text(facts.note)
    if len(text) > MAX_NOTE:
        raise InvalidLetter(
            _("Anteckningen är %(length)s tecken lång. Korta den till högst %(most)s.",
              length=len(text), most=MAX_NOTE),
            field="note",
        )  # fmt: skip
    recipients = _recipients(record, facts.recipients)
    journal.lock(session, record)
    if record.status is RecordStatus.CANCELLED or record.direction is Direction.INCOMING:
        raise StatusConflict(_("Bara en utgående eller upprättad handling som gäller kan noteras som skickad."))
    message = OutgoingMessage(
        authority=record.case.authority,
        case=record.case,
        record=record,
        means=means,
        state=MessageState.NOTED,
        note=text or None,
        dispatched_on=day,
        queued_by_id=actor.user_id,
        queued_by_name=actor.name,
        recipients=recipients,
    )
    session.add(message)
    session.flush()
    after = {"message": message.uid, "means": means, "dispatched_on": day, "recipients": len(recipients)}
    journal.record_changed(session, actor, record, "record.dispatched", after=after)
    return message


def _require_sight(actor: Actor, record: Record) -> None:
    seen = sight_of_record(actor, record)
    if not (seen.title and seen.parties):
        raise NotAllowed(
            _("Handlingen är sekretessmarkerad. Bara den som får se den kan notera att den skickats.")
        )


def _means(value: str) -> Means:
    if value not in list(BY_HAND):
        raise InvalidLetter(_("Välj hur handlingen skickades."), field="means")
    return Means(value)


def _day(value: dt.date | None) -> dt.date:
    if value is None:
        raise InvalidLetter(_("Ange den dag då handlingen skickades."), field="day")
    return rules.not_in_future(value, "day")


def _recipients(record: Record, text: str) -> list[OutgoingRecipient]:
    names = [line for line in rules.clean_text(text).split("\n") if line]
    if len(names) > 50:
        raise InvalidLetter(_("Skriv högst 50 mottagare, en på varje rad."), field="recipients")
    if not names:
        return [
            OutgoingRecipient(name=party.name, is_protected=party.is_protected, state=RecipientState.ACCEPTED)
            for party in record.parties
            if party.role is PartyRole.RECIPIENT
        ]
    protected = {party.name.casefold() for party in [*record.parties, *record.case.parties] if party.is_protected}
    return [
        OutgoingRecipient(
            name=rules.short_text(name, 200, "recipients"),
            is_protected=name.casefold() in protected,
            state=RecipientState.ACCEPTED,
        )
        for name in names
    ]
