"""What staff see of requests: the queue, one request, what earlier reviews of a record said."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import ColumnElement, Tuple, func, literal, select, tuple_
from sqlalchemy.orm import Session, selectinload

from diarium.audit import service as audit
from diarium.disclosure import deciding, loading, lookup
from diarium.disclosure.errors import InvalidRequest, RequestNotFound
from diarium.disclosure.models import DisclosureRequest, DisclosureReview, MaskedCopy, RequestedItem
from diarium.disclosure.viewing import row_of, view_of
from diarium.disclosure.views import HistoryLine, RequestRow, RequestView
from diarium.disclosure.vocabulary import OPEN, OUTCOME_LABELS, DecisionKind, RequestState, ReviewOutcome
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.identity.permissions import POLICY, Actor, Permission
from diarium.register.models import Authority, Record
from diarium.register.views import sight_of_record

MAX_SIZE = 100
_MOST_REVIEWS = 50


class Box(StrEnum):
    """The requests of a list."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    OVERDUE = "overdue"
    WAITING = "waiting"
    CLOSED = "closed"


BOX_LABELS: Mapping[Box, str] = {
    Box.OPEN: _l("Att besvara"),
    Box.MINE: _l("Mina"),
    Box.UNASSIGNED: _l("Inte tagna"),
    Box.OVERDUE: _l("Försenade"),
    Box.WAITING: _l("Väntar"),
    Box.CLOSED: _l("Avslutade"),
}


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """How many requests are open, and of these the actor's own, nobody's, late and waiting ones."""

    open: int
    mine: int
    unassigned: int
    overdue: int
    waiting: int


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A page of requests; `next_cursor` leads on."""

    rows: tuple[RequestRow, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An earlier review of a record, for whoever reviews it next. `reason` is None where it is hidden."""

    reviewed_at: dt.datetime
    reviewed_by: str
    outcome: ReviewOutcome
    outcome_label: str
    citations: tuple[str, ...]
    reason: str | None
    reference: str
    request_uid: uuid.UUID
    may_open: bool


@dataclass(frozen=True, slots=True)
class MaskedFileOf:
    """A masked copy to be looked at, and the record that it was made of."""

    sha256: str
    file_name: str
    mime: str | None
    record: Record


def counts(session: Session, actor: Actor) -> RequestCounts:
    """How many requests wait at the authorities where the actor answers them. One query."""
    running = DisclosureRequest.state.in_((RequestState.NEW, RequestState.IN_PROGRESS))
    row = session.execute(
        select(
            func.count(),
            func.count().filter(DisclosureRequest.handler_id == (actor.user_id or 0)),
            func.count().filter(DisclosureRequest.handler_id.is_(None)),
            func.count().filter(running & (DisclosureRequest.due_on < today())),
            func.count().filter(DisclosureRequest.state == RequestState.WAITING),
        )
        .select_from(DisclosureRequest)
        .join(DisclosureRequest.authority)
        .where(lookup.visible(actor), DisclosureRequest.state.in_(OPEN))
    ).one()
    return RequestCounts(*row)


def queue(
    session: Session,
    actor: Actor,
    box: Box = Box.OPEN,
    *,
    authority: str | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> RequestPage:
    """A page of requests, the oldest first; of closed ones the newest. Constant number of queries.

    Raises: InvalidRequest for a cursor that this program did not give out.
    """
    size = min(max(1, size), MAX_SIZE)
    backwards = box is Box.CLOSED
    query = select(DisclosureRequest).join(DisclosureRequest.authority)
    query = query.where(lookup.visible(actor), *_in_box(actor, box))
    if authority:
        query = query.where(Authority.code == authority)
    if cursor:
        key, place = tuple_(*_ORDER), _place(cursor)
        query = query.where(key < place if backwards else key > place)
    order = [column.desc() if backwards else column.asc() for column in _ORDER]
    found = session.scalars(query.options(*loading.ROW_LOADS).order_by(*order).limit(size + 1)).all()
    more = _cursor(found[size - 1]) if len(found) > size else None
    return RequestPage(tuple(row_of(request) for request in found[:size]), more)


def details(session: Session, actor: Actor, uid: uuid.UUID) -> RequestView:
    """A request with its items, reviews, decisions, deliveries and history. Constant number of queries.

    Raises: RequestNotFound.
    """
    request = loading.loaded(session, actor, uid)
    events = audit.history(session, [request.uid])
    history = tuple(
        HistoryLine(event.at, event.actor_name, event.action, (event.after or {}).get("number"), event.reason)
        for event in events
    )
    return replace(view_of(actor, request), history=history)


def shown_of(view: RequestView) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """(cases, records) whose content the view shows: what is marked of them is noted as read."""
    shown = [item for item in view.items if item.title is not None]
    return (
        [item.case_uid for item in shown if item.case_uid is not None],
        [item.record_uid for item in shown if item.record_uid is not None],
    )


def reviews_of_record(session: Session, actor: Actor, record: Record) -> tuple[ReviewRow, ...]:
    """What requests for the record came to before, the newest first, also before it was moved here.

    It helps the next one who reviews it and binds nobody: each request is reviewed anew. Nothing for readers of
    another authority. Constant number of queries.
    """
    if not actor.may(Permission.READ, record.case.authority.code):
        return ()
    moved_here = select(Record.id).where(Record.moved_to_id == record.id)
    found = session.scalars(
        select(DisclosureReview)
        .where((DisclosureReview.record_id == record.id) | DisclosureReview.record_id.in_(moved_here))
        .options(
            selectinload(DisclosureReview.item)
            .selectinload(RequestedItem.request)
            .selectinload(DisclosureRequest.authority)
        )
        .order_by(DisclosureReview.id.desc())
        .limit(_MOST_REVIEWS)
    ).all()
    shown = bool(found) and sight_of_record(actor, record).everything
    return tuple(_review_row(actor, made, shown=shown) for made in found)


def proposal(session: Session, actor: Actor, uid: uuid.UUID, kind: DecisionKind) -> deciding.Proposal:
    """The texts that a decision of the kind begins with. Raises: RequestNotFound."""
    return deciding.propose(loading.loaded(session, actor, uid), kind)


def masked_copy(session: Session, actor: Actor, uid: uuid.UUID) -> MaskedFileOf:
    """A masked copy that the actor may look at. Raises: RequestNotFound."""
    found = session.scalar(select(MaskedCopy).where(MaskedCopy.uid == uid))
    record = found.review.record if found is not None else None
    if found is None or record is None:
        raise RequestNotFound(_("Filen finns inte."))
    code = found.review.item.request.authority.code
    if not actor.may(Permission.DISCLOSE, code) or not sight_of_record(actor, record).everything:
        raise RequestNotFound(_("Filen finns inte."))
    return MaskedFileOf(found.sha256, found.file_name, found.blob.mime, record)


def answering_authorities(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """(code, name) of the authorities where the actor answers requests."""
    codes = actor.authorities(Permission.DISCLOSE)
    rows = session.execute(
        select(Authority.code, Authority.name).where(Authority.code.in_(codes)).order_by(Authority.name)
    )
    return tuple((row.code, row.name) for row in rows)


def handlers(session: Session, authority_code: str) -> tuple[tuple[str, str], ...]:
    """(user name, name) of those who answer requests at the authority."""
    roles = [role for role, permissions in POLICY.items() if Permission.DISCLOSE in permissions]
    members = select(Membership.user_id).where(
        Membership.authority_code == authority_code, Membership.role.in_(roles)
    )
    rows = session.execute(
        select(User.username, User.name)
        .where(User.is_active, User.id.in_(members))
        .order_by(User.name_key, User.id)
    )
    return tuple((row.username, row.name) for row in rows)


def _review_row(actor: Actor, made: DisclosureReview, *, shown: bool) -> ReviewRow:
    request = made.item.request
    return ReviewRow(
        reviewed_at=made.reviewed_at,
        reviewed_by=made.reviewed_by_name,
        outcome=made.outcome,
        outcome_label=str(OUTCOME_LABELS[made.outcome]),
        citations=tuple(made.citations),
        reason=made.reason if shown else None,
        reference=request.reference,
        request_uid=request.uid,
        may_open=actor.may(Permission.DISCLOSE, request.authority.code),
    )


def _in_box(actor: Actor, box: Box) -> list[ColumnElement[bool]]:
    is_open = DisclosureRequest.state.in_(OPEN)
    running = DisclosureRequest.state.in_((RequestState.NEW, RequestState.IN_PROGRESS))
    conditions: dict[Box, list[ColumnElement[bool]]] = {
        Box.OPEN: [is_open],
        Box.MINE: [is_open, DisclosureRequest.handler_id == (actor.user_id or 0)],
        Box.UNASSIGNED: [is_open, DisclosureRequest.handler_id.is_(None)],
        Box.OVERDUE: [running, DisclosureRequest.due_on < today()],
        Box.WAITING: [DisclosureRequest.state == RequestState.WAITING],
        Box.CLOSED: [DisclosureRequest.state == RequestState.CLOSED],
    }
    return conditions[box]


def _cursor(request: DisclosureRequest) -> str:
    text = f"{request.received_at.isoformat()}|{request.id}"
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def _place(cursor: str) -> Tuple:
    try:
        text = base64.urlsafe_b64decode(cursor[:200] + "=" * (-len(cursor) % 4)).decode("ascii")
        moment, number = text.split("|")
        received_at = dt.datetime.fromisoformat(moment)
        if received_at.tzinfo is None or not 0 <= int(number) < 2**62:
            raise ValueError(text)
    except ValueError:
        raise InvalidRequest(_("Platsen i listan finns inte. Börja om från listans början.")) from None
    return tuple_(
        *(literal(value, column.type) for value, column in zip((received_at, int(number)), _ORDER, strict=True))
    )


_ORDER = (DisclosureRequest.received_at, DisclosureRequest.id)
