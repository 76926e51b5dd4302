"""Finds requests for an actor: those of the authorities where they answer requests, locked where they change."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from diarium.audit import service as audit
from diarium.disclosure.errors import RequestConflict, RequestNotFound
from diarium.disclosure.models import DisclosureRequest, RequestedItem
from diarium.disclosure.vocabulary import RequestState
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.register.errors import EditConflict
from diarium.register.models import Authority


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition for requests that `actor` may know of; the query must have `Authority` joined."""
    return true() if actor.is_system else Authority.code.in_(actor.authorities(Permission.DISCLOSE))


def request(session: Session, actor: Actor, uid: uuid.UUID) -> DisclosureRequest:
    """The request with `uid`. Raises: RequestNotFound also where the actor answers no requests there."""
    found = session.scalar(
        select(DisclosureRequest)
        .join(DisclosureRequest.authority)
        .where(DisclosureRequest.uid == uid, visible(actor))
    )
    if found is None:
        raise RequestNotFound(_("Begäran finns inte."))
    return found


def locked(
    session: Session, actor: Actor, uid: uuid.UUID, version: int | None, *, closed: bool | None = False
) -> DisclosureRequest:
    """The request with `uid`, locked until the transaction ends and counted up, for a step that changes it.

    `version`: as the actor saw it; None asks for no check. `closed`: the step is one for closed requests, or None
    for any.

    Raises: RequestNotFound; EditConflict if somebody changed it; RequestConflict if it is closed, or is not.
    """
    found = request(session, actor, uid)
    session.refresh(found, with_for_update=True)
    if version is not None and found.version != version:
        raise EditConflict(
            _("Någon annan har arbetat med begäran sedan du öppnade sidan. Läs igenom och gör om steget.")
        )
    if closed is not None and (found.state is RequestState.CLOSED) is not closed:
        raise RequestConflict(
            _("Begäran är inte avslutad.") if closed else _("Begäran är avslutad. Öppna den igen först.")
        )
    found.version += 1
    return found


def item_of(request: DisclosureRequest, uid: uuid.UUID) -> RequestedItem:
    """The item of the request. Raises: RequestNotFound."""
    found = next((item for item in request.items if item.uid == uid), None)
    if found is None:
        raise RequestNotFound(_("Den delen av begäran finns inte."))
    return found


def sees_asker(actor: Actor, request: DisclosureRequest) -> bool:
    """Whether the actor may see who asks and what they wrote: whoever handles it, and the office.

    Source: TF 2 kap. 18 §: nobody is told who asks without need.
    """
    own = actor.user_id is not None and actor.user_id == request.handler_id
    return actor.is_system or own or actor.may(Permission.READ_RESTRICTED, request.authority.code)


def subject_of(request: DisclosureRequest) -> audit.Subject:
    """The request as audit events name it."""
    return audit.Subject("disclosure", request.uid, request.reference, request.authority.code)


def note(
    session: Session,
    actor: Actor,
    request: DisclosureRequest,
    action: str,
    *,
    after: dict[str, object] | None = None,
    reason: str | None = None,
) -> None:
    """Notes `disclosure.<action>` in the audit log. Who asks is never written there: events can't be erased."""
    session.flush()
    audit.write(session, actor, f"disclosure.{action}", subject_of(request), after=after, reason=reason)
