"""The end of a request: everything answered, or another end with its reason; and taking it up again."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from diarium.db.base import now
from diarium.disclosure import lookup
from diarium.disclosure.delivering import given_reviews
from diarium.disclosure.errors import RequestConflict
from diarium.disclosure.handling import number_of
from diarium.disclosure.models import DisclosureRequest, RequestedItem
from diarium.disclosure.vocabulary import (
    EN_ROUTE,
    GIVES_OUT,
    NEEDS_A_PERSON,
    NEEDS_REASON,
    CloseReason,
    RequestState,
)
from diarium.disclosure.wording import kept_text
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor


def close(
    session: Session,
    actor: Actor,
    uid: uuid.UUID,
    reason: CloseReason,
    note: str = "",
    *,
    version: int | None = None,
) -> DisclosureRequest:
    """Ends the request. Answered is one where everything wanted was reviewed and given out, or refused, or not
    here, with word of it; other ends need a note.

    Raises: RequestNotFound, RequestConflict with what is missing, EditConflict; InvalidRequest at `note`.
    Source: OSL 6 kap. 3 § (who is refused must be told that a decision can be asked for).
    """
    request = lookup.locked(session, actor, uid, version)
    missing = None if reason is CloseReason.ANSWERED else _("Skriv kort varför begäran avslutas.")
    request.close_note = kept_text(request, note, "note", missing=missing)
    _require_nothing_on_its_way(request)
    if reason is CloseReason.ANSWERED:
        left = what_is_left(request)
        if left:
            raise RequestConflict(" ".join(left), field="reason")
    request.state, request.waiting_for = RequestState.CLOSED, None
    request.close_reason = reason
    request.closed_at, request.closed_by_name = now(), actor.name
    lookup.note(session, actor, request, "closed", after={"close_reason": reason}, reason=request.close_note)
    return request


def reopen(
    session: Session, actor: Actor, uid: uuid.UUID, reason: str, *, version: int | None = None
) -> DisclosureRequest:
    """Takes a closed request up again. What was erased is gone; what is written from now on is erased in its turn.

    Raises: RequestNotFound, RequestConflict, EditConflict; InvalidRequest at `reason`.
    """
    request = lookup.locked(session, actor, uid, version, closed=True)
    text = kept_text(request, reason, "reason", missing=_("Skriv varför begäran öppnas igen."))
    request.state = RequestState.IN_PROGRESS if request.handler_id is not None else RequestState.NEW
    request.closed_at = request.closed_by_name = request.close_reason = request.close_note = None
    request.erased_at = None
    lookup.note(session, actor, request, "reopened", reason=text)
    return request


def what_is_left(request: DisclosureRequest) -> list[str]:
    """What has to be done before the request is answered, in sentences; nothing if it is."""
    wanted = [item for item in request.items if item.is_wanted]
    unreviewed = [item for item in wanted if item.review is None]
    given = given_reviews(request)
    waiting = [
        item
        for item in wanted
        if item.review is not None and item.review.outcome in GIVES_OUT and item.review.id not in given
    ]
    limited = [item for item in wanted if item.review is not None and item.review.outcome in NEEDS_REASON]
    left = []
    if unreviewed:
        left.append(_("Pröva först: %(names)s.", names=_names(unreviewed)))
    if waiting:
        left.append(_("Lämna ut, eller stryk: %(names)s.", names=_names(waiting)))
    if limited and not _is_told(request, limited):
        left.append(
            _(
                "Den som frågade ska få besked om rätten till ett skriftligt beslut (OSL 6 kap. 3 §). Gör ett "
                "besked eller beslut och skriv vilken dag det lämnades."
            )
        )
    return left


def _is_told(request: DisclosureRequest, limited: list[RequestedItem]) -> bool:
    """Whether every limited item stands in something that the asker was told after its review."""
    told = {
        str(subject.get("review"))
        for decision in request.decisions
        if decision.told_on is not None
        for subject in decision.subjects
    }
    return all(item.review is not None and str(item.review.uid) in told for item in limited)


def _names(items: list[RequestedItem]) -> str:
    shown = [number_of(item) for item in items[:5]]
    return ", ".join(shown) + (" …" if len(items) > len(shown) else "")


def _require_nothing_on_its_way(request: DisclosureRequest) -> None:
    if any(delivery.state in EN_ROUTE for delivery in request.deliveries):
        raise RequestConflict(_("Ett brev är på väg. Vänta tills det har skickats."))
    if any(delivery.state in NEEDS_A_PERSON for delivery in request.deliveries):
        raise RequestConflict(
            _("Ett brev kunde inte skickas, eller det är oklart om det gick. Bestäm först vad som ska gälla.")
        )
