"""Requests come in: as orders from the open register, or written down by whoever answers the phone.

Nobody is asked who they are or why they ask (TF 2 kap. 18 §); the audit log is not told what they chose to tell.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.correspondence import addresses
from diarium.db.base import now
from diarium.disclosure import lookup, numbering, targets
from diarium.disclosure.errors import InvalidRequest
from diarium.disclosure.models import DisclosureRequest, RequestedItem
from diarium.disclosure.vocabulary import Channel
from diarium.errors import DomainError
from diarium.i18n import LOCALES, SOURCE_LOCALE, local_date
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.letterbox.letters import MAX_CONTACT, MAX_MESSAGE, MAX_NAME, ContactWay, Order, OrderedItem
from diarium.register import lookup as register
from diarium.register.models import Authority, Record
from diarium.workdays import next_workday

MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as somebody writes it down. `wanted`: numbers of records and cases; `message`: the asker's words.

    `received_at`: None for now. `contact_way` None: the asker stands at the counter, or comes back.
    """

    authority: str
    channel: Channel
    received_at: dt.datetime | None = None
    contact_way: ContactWay | None = None
    contact: str = ""
    name: str = ""
    message: str = ""
    language: str = SOURCE_LOCALE
    wanted: tuple[str, ...] = ()


def receive_order(
    session: Session, actor: Actor, order: Order, *, reference: str, uid: uuid.UUID, placed_at: dt.datetime
) -> tuple[DisclosureRequest, ...]:
    """Makes an order of the open register a request at each authority that it concerns.

    An order that was received before (`uid`, of the letter) makes nothing new. What can't be found by its number
    becomes an item to be identified by hand: no order is refused. Raises: NotAllowed.
    """
    made = []
    for authority, items in _by_authority(session, order):
        actor.require(Permission.DISCLOSE, authority.code)
        counter = numbering.locked_counter(session, authority, local_date(placed_at).year)
        known = session.scalar(
            select(DisclosureRequest).where(
                DisclosureRequest.authority_id == authority.id, DisclosureRequest.letter_uid == uid
            )
        )
        if known is not None:
            made.append(known)
            continue
        counter.last_number += 1
        request = _request(actor, authority, counter.last_number, Channel.WEB, placed_at)
        request.letter_uid, request.order_reference = uid, reference[:40]
        request.contact_way = order.contact_way
        request.contact = texts.clean(order.contact)[:MAX_CONTACT] or None
        request.asker_name = " ".join(texts.clean(order.name or "").split())[:MAX_NAME] or None
        request.message = texts.clean(order.message)[:MAX_MESSAGE] or None
        request.language = _language(order.language)
        session.add(request)
        _add_ordered(session, actor, request, items)
        _note_received(session, actor, request)
        made.append(request)
    return tuple(made)


def register_request(session: Session, actor: Actor, wanted: NewRequest) -> DisclosureRequest:
    """Writes down a request that came by phone, at the counter, by letter or by e-mail.

    Raises: NotAllowed; InvalidFact, InvalidRequest, InvalidText, CaseNotFound with the field's name.
    """
    authority = register.authority(session, wanted.authority)
    actor.require(Permission.DISCLOSE, authority.code)
    received_at = wanted.received_at or now()
    if received_at > now():
        raise InvalidRequest(_("Tidpunkten ligger i framtiden. Ange när begäran kom."), field="received_on")
    contact = _contact(wanted)
    message = texts.lines(wanted.message, MAX_MESSAGE, "message")
    numbers = [number.strip() for number in wanted.wanted if number.strip()]
    if not numbers and not message:
        raise InvalidRequest(
            _("Skriv vad som begärs: handlingens eller ärendets nummer, eller en beskrivning."), field="message"
        )
    found = _found(session, actor, authority, numbers)
    counter = numbering.locked_counter(session, authority, local_date(received_at).year)
    counter.last_number += 1
    request = _request(actor, authority, counter.last_number, wanted.channel, received_at)
    request.contact_way, request.contact = wanted.contact_way, contact
    request.asker_name = texts.line(wanted.name, MAX_NAME, "name") or None
    request.message = message or None
    request.language = _language(wanted.language)
    session.add(request)
    for target in found:
        add_target(actor, request, target)
    if not found:
        add_description(actor, request, message)
    _note_received(session, actor, request)
    return request


def add_target(actor: Actor, request: DisclosureRequest, target: targets.Target) -> RequestedItem | None:
    """Adds a record or case to what is asked for; nothing where it is there already."""
    for item in request.items:
        same = item.record is target.record and (target.record is not None or item.case is target.case)
        if same and item.is_wanted and (item.record is not None or item.case is not None):
            return None
    case = target.case if target.record is None else None
    return _add(actor, request, RequestedItem(record=target.record, case=case))


def add_description(actor: Actor, request: DisclosureRequest, text: str) -> RequestedItem:
    """Adds something that the asker could only describe."""
    return _add(actor, request, RequestedItem(description=text))


def written_contact(way: ContactWay | None, text: str) -> str | None:
    """The contact as it is kept. Raises: InvalidRequest, InvalidLetter, InvalidText at `contact`."""
    contact = texts.lines(text, MAX_CONTACT, "contact")
    if way is None or way is ContactWay.VISIT:
        return contact or None
    if not contact:
        raise InvalidRequest(
            _("Skriv adressen eller numret som svaret ska gå till, eller välj att den som frågar kommer själv."),
            field="contact",
        )
    return addresses.mailbox(contact, "contact").address if way is ContactWay.EMAIL else contact


def _contact(wanted: NewRequest) -> str | None:
    return written_contact(wanted.contact_way, wanted.contact)


def _request(
    actor: Actor, authority: Authority, number: int, channel: Channel, received_at: dt.datetime
) -> DisclosureRequest:
    day = local_date(received_at)
    return DisclosureRequest(
        authority=authority,
        year=day.year,
        number=number,
        channel=channel,
        received_at=received_at,
        due_on=next_workday(day),
        registered_by_id=actor.user_id,
        registered_by_name=actor.name,
        version=1,
        items=[],
    )


def _add(actor: Actor, request: DisclosureRequest, item: RequestedItem) -> RequestedItem:
    if len(request.items) >= MOST_ITEMS:
        raise InvalidRequest(
            _("En begäran kan ha högst %(most)s delar. Lägg upp en till för resten.", most=MOST_ITEMS),
            field="wanted",
        )
    item.position = len(request.items) + 1
    item.added_by_name = actor.name
    item.reviews = []
    request.items.append(item)
    return item


def _found(
    session: Session, actor: Actor, authority: Authority, numbers: Sequence[str]
) -> tuple[targets.Target, ...]:
    found = []
    for number in numbers:
        try:
            found.append(targets.find(session, actor, authority, number))
        except DomainError as error:
            raise InvalidRequest(error.message, field="wanted") from error
    return tuple(found)


def _language(code: str) -> str:
    return code if code in LOCALES else SOURCE_LOCALE


def _by_authority(session: Session, order: Order) -> list[tuple[Authority, list[OrderedItem]]]:
    """The order's items by the authority that has them, in one order so that two workers never wait crosswise.

    An item whose authority can't be told goes with the others of the order, else to the authority that was chosen,
    else to the municipality's first: helping the asker to the right one is its duty (6 § förvaltningslagen, OSL
    6 kap. 4 §).
    """
    every = list(session.scalars(select(Authority).order_by(Authority.id)))
    by_code = {authority.code: authority for authority in every}
    by_uid = _authorities_of(session, order.items)
    told = {
        item: by_uid.get(item.record_uid) or by_code.get(item.authority.strip().upper()) for item in order.items
    }
    chosen = by_code.get(order.authority.strip().upper(), every[0])
    usual = next((authority for authority in told.values() if authority is not None), chosen)
    grouped: dict[int, list[OrderedItem]] = {}
    for item, authority in told.items():
        grouped.setdefault((authority or usual).id, []).append(item)
    if not grouped:
        grouped[usual.id] = []
    return [(authority, grouped[authority.id]) for authority in every if authority.id in grouped]


def _authorities_of(session: Session, items: Sequence[OrderedItem]) -> Mapping[uuid.UUID | None, Authority]:
    uids = [item.record_uid for item in items if item.record_uid is not None]
    if not uids:
        return {}
    found = session.scalars(select(Record).where(Record.uid.in_(uids)))
    return {record.uid: record.case.authority for record in found}


def _add_ordered(session: Session, actor: Actor, request: DisclosureRequest, items: Sequence[OrderedItem]) -> None:
    for item in items[:MOST_ITEMS]:
        number = " ".join(texts.clean(item.record_number).split())
        target = targets.find_ordered(session, actor, request.authority, number, item.record_uid)
        if target is not None:
            add_target(actor, request, target)
        elif number:
            add_description(actor, request, number)
    if not request.items:
        add_description(actor, request, request.message or _("Se vad som begärs i meddelandet."))


def _note_received(session: Session, actor: Actor, request: DisclosureRequest) -> None:
    session.flush()
    after = {"channel": request.channel, "items": len(request.items), "due_on": request.due_on}
    lookup.note(session, actor, request, "received", after=after)
