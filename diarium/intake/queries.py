"""What staff see of the inbox: always through the eyes of an actor (see `lookup.visible`)."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, Tuple, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from diarium.audit import service as audit
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.intake import lookup, suggesting, views
from diarium.intake.errors import ItemNotFound
from diarium.intake.models import IntakeFile, IntakeItem
from diarium.intake.receiving import subject_of
from diarium.intake.views import FileView, HistoryLine, ItemRow, ItemView, RegisteredAs, RelatedItem, Settled
from diarium.intake.vocabulary import Channel, ItemState
from diarium.register import queries as register
from diarium.register.models import Authority

MAX_SIZE = 100
MAX_RELATED = 20


class InvalidCursor(DomainError):
    """A place in a list that this program did not give out."""


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which items a list shows: by default those to be registered. `state` None: whatever became of them."""

    authority: str | None = None
    channel: Channel | None = None
    assigned_to_id: int | None = None
    unassigned: bool = False
    state: ItemState | None = ItemState.NEW
    overdue_only: bool = False


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How much waits: all of it, what is due today, what is late, and what is the actor's own."""

    unregistered: int
    due_today: int
    overdue: int
    mine: int


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of items, and the cursors of the pages before and after it."""

    rows: tuple[ItemRow, ...]
    next_cursor: str | None
    previous_cursor: str | None


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a service learns of an item that it handed in."""

    state: ItemState
    record_number: str | None


def counts(session: Session, actor: Actor) -> InboxCounts:
    """How much waits for the actor. One query."""
    day = today()
    row = session.execute(
        select(
            func.count(),
            func.count().filter(IntakeItem.deadline_on == day),
            func.count().filter(IntakeItem.deadline_on < day),
            func.count().filter(IntakeItem.assigned_to_id == (actor.user_id or 0)),
        )
        .select_from(IntakeItem)
        .join(IntakeItem.authority)
        .where(lookup.visible(actor), IntakeItem.state == ItemState.NEW)
    ).one()
    return InboxCounts(*row)


def inbox(
    session: Session, actor: Actor, wanted: InboxFilter, *, cursor: str | None = None, size: int = 50
) -> InboxPage:
    """A page of the items that the actor may know of, the oldest deadline first. Constant number of queries.

    Raises: InvalidCursor.
    """
    size = min(max(1, size), MAX_SIZE)
    backwards, after = _read_cursor(cursor)
    query = _filtered(select(IntakeItem).join(IntakeItem.authority).where(lookup.visible(actor)), wanted)
    if after is not None:
        key, place = tuple_(*_ORDER), _place(after)
        query = query.where(key < place if backwards else key > place)
    order = [column.desc() if backwards else column.asc() for column in _ORDER]
    found = session.scalars(query.options(*_ROW_LOADS).order_by(*order).limit(size + 1)).all()
    has_more, shown = len(found) > size, list(found[:size])
    if backwards:
        shown.reverse()
    hidden = lookup.hidden(session, actor, shown)
    rows = tuple(views.row_of(item, is_hidden=item.id in hidden) for item in shown)
    has_next = bool(rows) and (has_more if not backwards else True)
    has_previous = bool(rows) and (after is not None if not backwards else has_more)
    return InboxPage(
        rows,
        next_cursor=_write_cursor("a", shown[-1]) if has_next else None,
        previous_cursor=_write_cursor("b", shown[0]) if has_previous else None,
    )


def item_details(session: Session, actor: Actor, uid: uuid.UUID) -> ItemView:
    """An item with its text, files, duplicates, suggested cases and history. Constant number of queries.

    Raises: ItemNotFound.
    """
    item = lookup.item(session, actor, uid)
    is_new = item.state is ItemState.NEW
    return replace(
        views.view_of(item),
        duplicates=_duplicates(session, actor, item),
        cases=suggesting.for_item(session, actor, item).cases if is_new else (),
        parts=_parts(session, actor, item),
        merged_into=_related(session, actor, item.merged_into),
        split_from=_related(session, actor, item.split_from),
        history=_history(session, item),
    )


def next_item(session: Session, actor: Actor, *, after: uuid.UUID | None = None) -> uuid.UUID | None:
    """The item to register next: the first by deadline that is the actor's or nobody's, coming after `after`.

    From the end of the list it goes on at the beginning; None where nothing waits but `after` itself.
    """
    query = (
        select(IntakeItem.uid)
        .join(IntakeItem.authority)
        .where(lookup.visible(actor), IntakeItem.state == ItemState.NEW)
        .where(or_(IntakeItem.assigned_to_id.is_(None), IntakeItem.assigned_to_id == (actor.user_id or 0)))
        .order_by(*_ORDER)
        .limit(1)
    )
    if after is None:
        return session.scalar(query)
    query = query.where(IntakeItem.uid != after)
    former = session.scalar(select(IntakeItem).where(IntakeItem.uid == after))
    if former is None:
        return session.scalar(query)
    key, place = tuple_(*_ORDER), _place((former.deadline_on, former.received_at, former.id))
    following = session.scalar(query.where(key > place))
    return following if following is not None else session.scalar(query)


def file_of(session: Session, actor: Actor, item_uid: uuid.UUID, file_uid: uuid.UUID) -> tuple[str, str] | None:
    """File name and checksum of an item's file, None where the item has no such file. Raises: ItemNotFound."""
    item = lookup.item(session, actor, item_uid)
    file = session.scalar(select(IntakeFile).where(IntakeFile.item_id == item.id, IntakeFile.uid == file_uid))
    return (file.file_name, file.sha256) if file is not None else None


def handed_in(session: Session, actor: Actor, uid: uuid.UUID, *, key_prefix: str) -> HandedIn | None:
    """What became of an item that `actor` handed in under a reference that begins with `key_prefix`.

    State and number alone, of what they may not read too; None where it is none of theirs.
    """
    item = session.scalar(
        select(IntakeItem)
        .where(IntakeItem.uid == uid, IntakeItem.channel == Channel.E_SERVICE)
        .where(IntakeItem.reference_key.startswith(key_prefix, autoescape=True))
    )
    if item is None or not actor.may(Permission.REGISTER, item.authority.code):
        return None
    return HandedIn(item.state, item.record.number_text if item.record else None)


def may_open(session: Session, actor: Actor, uid: uuid.UUID) -> bool:
    """Whether the actor may see the item with `uid`, as it is now."""
    try:
        lookup.item(session, actor, uid)
    except ItemNotFound:
        return False
    return True


def note_reading(session: Session, actor: Actor, uid: uuid.UUID) -> None:
    """Writes an audit event if the actor looked at an item that became something marked or about a protected
    person. Raises: ItemNotFound."""
    item = lookup.item(session, actor, uid)
    if any(register.needs_note(record) for record in lookup.records_of(item)):
        audit.write(session, actor, "intake.read", subject_of(item))


_ORDER = (IntakeItem.deadline_on, IntakeItem.received_at, IntakeItem.id)
_ROW_LOADS = (
    selectinload(IntakeItem.authority),
    selectinload(IntakeItem.assigned_to),
    selectinload(IntakeItem.files),
    lookup.RECORD_LOADS,
)


def _place(values: tuple[dt.date, dt.datetime, int]) -> Tuple:
    return tuple_(*(literal(value, column.type) for value, column in zip(values, _ORDER, strict=True)))


def _filtered(query: Select[IntakeItem], wanted: InboxFilter) -> Select[IntakeItem]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.authority:
        conditions.append(Authority.code == wanted.authority)
    if wanted.channel is not None:
        conditions.append(IntakeItem.channel == wanted.channel)
    if wanted.assigned_to_id is not None:
        conditions.append(IntakeItem.assigned_to_id == wanted.assigned_to_id)
    if wanted.unassigned:
        conditions.append(IntakeItem.assigned_to_id.is_(None))
    if wanted.state is not None:
        conditions.append(IntakeItem.state == wanted.state)
    if wanted.overdue_only:
        conditions.append((IntakeItem.state == ItemState.NEW) & (IntakeItem.deadline_on < today()))
    return query.where(*conditions)


def _duplicates(session: Session, actor: Actor, item: IntakeItem) -> tuple[RelatedItem, ...]:
    """The others of the same family: the first of them, and those that are duplicates of that one."""
    first = item.duplicate_of_id or item.id
    query = select(IntakeItem).where(
        or_(IntakeItem.id == first, IntakeItem.duplicate_of_id == first), IntakeItem.id != item.id
    )
    return _related_items(session, actor, query)


def _parts(session: Session, actor: Actor, item: IntakeItem) -> tuple[RelatedItem, ...]:
    query = select(IntakeItem).where(
        or_(IntakeItem.split_from_id == item.id, IntakeItem.merged_into_id == item.id)
    )
    return _related_items(session, actor, query)


def _related_items(session: Session, actor: Actor, query: Select[IntakeItem]) -> tuple[RelatedItem, ...]:
    found = session.scalars(
        query.join(IntakeItem.authority)
        .where(lookup.visible(actor))
        .options(lookup.RECORD_LOADS)
        .order_by(IntakeItem.id)
        .limit(MAX_RELATED)
    ).all()
    hidden = lookup.hidden(session, actor, found)
    return tuple(views.related(other) for other in found if other.id not in hidden)


def _related(session: Session, actor: Actor, other: IntakeItem | None) -> RelatedItem | None:
    if other is None or not lookup.may_know_of(actor, other) or lookup.hidden(session, actor, [other]):
        return None
    return views.related(other)


def _history(session: Session, item: IntakeItem) -> tuple[HistoryLine, ...]:
    events = audit.history(session, [item.uid])
    return tuple(HistoryLine(event.at, event.actor_name, event.action, event.reason) for event in events)


def _write_cursor(direction: str, item: IntakeItem) -> str:
    text = f"{direction}|{item.deadline_on.isoformat()}|{item.received_at.isoformat()}|{item.id}"
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def _read_cursor(cursor: str | None) -> tuple[bool, tuple[dt.date, dt.datetime, int] | None]:
    if not cursor:
        return False, None
    try:
        text = base64.urlsafe_b64decode(cursor[:200] + "=" * (-len(cursor) % 4)).decode("ascii")
        direction, deadline, moment, number = text.split("|")
        received_at = dt.datetime.fromisoformat(moment)
        if direction not in ("a", "b") or received_at.tzinfo is None or not 0 <= int(number) < 2**62:
            raise ValueError(text)
        return direction == "b", (dt.date.fromisoformat(deadline), received_at, int(number))
    except ValueError:
        raise InvalidCursor(_("Platsen i listan finns inte. Börja om från listans början.")) from None


__all__ = [
    "FileView",
    "HandedIn",
    "HistoryLine",
    "InboxCounts",
    "InboxFilter",
    "InboxPage",
    "InvalidCursor",
    "ItemRow",
    "ItemView",
    "RegisteredAs",
    "RelatedItem",
    "Settled",
    "counts",
    "file_of",
    "handed_in",
    "inbox",
    "item_details",
    "may_open",
    "next_item",
    "note_reading",
]
