"""The way of a request through the house: who answers it, what it is about, what it waits for."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.db.base import now
from diarium.disclosure import lookup, receiving, targets
from diarium.disclosure.errors import InvalidRequest, RequestConflict
from diarium.disclosure.models import DisclosureRequest, RequestedItem
from diarium.disclosure.vocabulary import RequestState
from diarium.disclosure.wording import kept_text
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission
from diarium.letterbox.letters import MAX_NAME, ContactWay
from diarium.register.models import Record
from diarium.register.vocabulary import RecordStatus


def assign(
    session: Session, actor: Actor, uid: uuid.UUID, username: str | None, *, version: int | None = None
) -> DisclosureRequest:
    """Gives the request to somebody who answers requests at the authority, or to nobody.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest at `handler`.
    """
    request = lookup.locked(session, actor, uid, version)
    handler = _handler(session, request, username)
    request.handler_id, request.handler = handler.id if handler else None, handler
    if handler is None and request.state is RequestState.IN_PROGRESS:
        request.state = RequestState.NEW
    lookup.note(session, actor, request, "assigned", after={"responsible": handler.name if handler else None})
    return request


def take(session: Session, actor: Actor, uid: uuid.UUID, *, version: int | None = None) -> DisclosureRequest:
    """The actor answers the request, whoever had it before.

    Raises: RequestNotFound, RequestConflict, EditConflict.
    """
    request = lookup.locked(session, actor, uid, version)
    begin(session, actor, request, anew=True)
    lookup.note(session, actor, request, "taken", after={"responsible": actor.name})
    return request


def begin(session: Session, actor: Actor, request: DisclosureRequest, *, anew: bool = False) -> None:
    """Notes that work is going on: by whoever has it, or else by the actor. The request is locked."""
    if anew or request.handler_id is None:
        request.handler_id = actor.user_id
        request.handler = session.get(User, actor.user_id) if actor.user_id is not None else None
    request.state, request.waiting_for = RequestState.IN_PROGRESS, None


def wait(
    session: Session, actor: Actor, uid: uuid.UUID, reason: str, *, version: int | None = None
) -> DisclosureRequest:
    """Notes that the request waits for somebody outside, and for what: never a pause without a reason.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest at `reason`.
    """
    request = lookup.locked(session, actor, uid, version)
    missing = _("Skriv vad begäran väntar på, till exempel ett förtydligande.")
    request.waiting_for = kept_text(request, reason, "reason", missing=missing)
    request.state = RequestState.WAITING
    lookup.note(session, actor, request, "waits", reason=request.waiting_for)
    return request


def resume(session: Session, actor: Actor, uid: uuid.UUID, *, version: int | None = None) -> DisclosureRequest:
    """Takes a waiting request up again. Raises: RequestNotFound, RequestConflict, EditConflict."""
    request = lookup.locked(session, actor, uid, version)
    if request.state is not RequestState.WAITING:
        raise RequestConflict(_("Begäran väntar inte på något."))
    begin(session, actor, request)
    lookup.note(session, actor, request, "resumed")
    return request


def set_contact(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    way: ContactWay | None,
    contact: str,
    name: str,
    *,
    version: int | None = None,
) -> DisclosureRequest:
    """Changes how the asker is reached, when they tell another way. Only that it was done is noted.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest, InvalidLetter at `contact`.
    """
    request = lookup.locked(session, actor, uid, version)
    if not lookup.sees_asker(actor, request):
        raise RequestConflict(_("Ta begäran först. Bara den som handlägger den ser hur svaret ska lämnas."))
    request.contact = receiving.written_contact(way, contact)
    request.contact_way = way
    request.asker_name = texts.line(name, MAX_NAME, "name") or None
    lookup.note(session, actor, request, "contact_changed")
    return request


def add_item(
    session: Session, actor: Actor, uid: uuid.UUID, number: str, *, version: int | None = None
) -> DisclosureRequest:
    """Adds a record, or a whole case, by its number.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest at `number`.
    """
    request = lookup.locked(session, actor, uid, version)
    target = _target(session, actor, request, number)
    if receiving.add_target(actor, request, target) is None:
        raise InvalidRequest(_("Den finns redan med i begäran."), field="number")
    lookup.note(session, actor, request, "item_added", after={"number": _number(target)})
    return request


def identify(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    item_uid: uuid.UUID,
    number: str,
    *,
    version: int | None = None,
) -> DisclosureRequest:
    """Says which record or case is meant by an item that was only described.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest at `number`.
    """
    request = lookup.locked(session, actor, uid, version)
    item = lookup.item_of(request, item_uid)
    if item.record_id is not None or item.case_id is not None:
        raise RequestConflict(_("Det är redan bestämt vad den delen gäller."))
    if not item.is_wanted:
        raise RequestConflict(_("Den delen är redan struken."))
    if item.review is not None:
        # That nothing fits the words was another review than that of what is found now.
        raise RequestConflict(_("Den delen är redan prövad. Lägg till handlingen eller ärendet som en ny del."))
    target = _target(session, actor, request, number)
    item.record, item.case = target.record, target.case if target.record is None else None
    begin(session, actor, request)
    lookup.note(session, actor, request, "item_identified", after={"number": _number(target)})
    return request


def spread_case(
    session: Session, actor: Actor, uid: uuid.UUID, item_uid: uuid.UUID, *, version: int | None = None
) -> DisclosureRequest:
    """Makes an item that is a whole case one item for each of its records, so that each is reviewed.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest if there are too many.
    """
    request = lookup.locked(session, actor, uid, version)
    item = lookup.item_of(request, item_uid)
    if item.case is None or not item.is_wanted:
        raise RequestConflict(_("Den delen är inget ärende."))
    records = session.scalars(
        select(Record)
        .where(Record.case_id == item.case_id, Record.status == RecordStatus.REGISTERED)
        .order_by(Record.running_number)
    ).all()
    if not records:
        raise RequestConflict(_("Ärendet har inga handlingar. Pröva ärendet som det är."))
    for record in records:
        receiving.add_target(actor, request, targets.Target(record.case, record))
    item.withdrawn_at = now()
    begin(session, actor, request)
    after = {"number": item.case.number_text, "items": len(records)}
    lookup.note(session, actor, request, "case_spread", after=after)
    return request


def withdraw_item(
    session: Session, actor: Actor, uid: uuid.UUID, item_uid: uuid.UUID, *, version: int | None = None
) -> DisclosureRequest:
    """Notes that an item is not wanted any more. It stays, with its reviews.

    Raises: RequestNotFound, RequestConflict, EditConflict.
    """
    request = lookup.locked(session, actor, uid, version)
    item = lookup.item_of(request, item_uid)
    if not item.is_wanted:
        raise RequestConflict(_("Den delen är redan struken."))
    item.withdrawn_at = now()
    lookup.note(session, actor, request, "item_withdrawn", after={"number": number_of(item)})
    return request


def number_of(item: RequestedItem) -> str:
    """How the item is called where only numbers may be told."""
    if item.record is not None:
        return item.record.number_text
    return item.case.number_text if item.case is not None else _("del %(number)s", number=item.position)


def _handler(session: Session, request: DisclosureRequest, username: str | None) -> User | None:
    if not username or not username.strip():
        return None
    found = session.scalar(select(User).where(User.username == username.strip().lower(), User.is_active))
    if found is None or not identity.actor_of(found).may(Permission.DISCLOSE, request.authority.code):
        raise InvalidRequest(
            _("%(owner)s har ingen användare ”%(name)s” som lämnar ut handlingar.",
              owner=request.authority.name, name=username),
            field="handler",
        )  # fmt: skip
    return found


def _target(session: Session, actor: Actor, request: DisclosureRequest, number: str) -> targets.Target:
    if not number.strip():
        raise InvalidRequest(_("Skriv handlingens eller ärendets nummer."), field="number")
    try:
        return targets.find(session, actor, request.authority, number)
    except DomainError as error:
        raise InvalidRequest(error.message, field="number") from error


def _number(target: targets.Target) -> str:
    return target.record.number_text if target.record is not None else target.case.number_text
