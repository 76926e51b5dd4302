"""Finds items for an actor: what nobody has judged yet is for registrars, and for those whom it is given to."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session, selectinload

from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Actor, Permission
from diarium.intake.errors import ItemNotFound
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import STATE_LABELS, ItemState
from diarium.register import views
from diarium.register.errors import EditConflict, StatusConflict
from diarium.register.models import Authority, Case, Record

RECORD_LOADS = selectinload(IntakeItem.record).options(
    selectinload(Record.restrictions),
    selectinload(Record.parties),
    selectinload(Record.case).options(
        selectinload(Case.authority), selectinload(Case.restrictions), selectinload(Case.parties)
    ),
)


def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition for items that `actor` may know of; the query must have `Authority` joined.

    Nobody has yet judged what these are: each may be secret. Whoever registers and reads what is marked at the
    authority sees them all, other officers what has been assigned to them. Source: OSL 8 kap. 1–2 §§, 10 kap. 2 §.
    """
    if actor.is_system:
        return true()
    may_register = actor.authorities(Permission.REGISTER)
    every = may_register & actor.authorities(Permission.READ_RESTRICTED)
    conditions: list[ColumnElement[bool]] = []
    if every:
        conditions.append(Authority.code.in_(every))
    if may_register and actor.user_id is not None:
        conditions.append(Authority.code.in_(may_register) & (IntakeItem.assigned_to_id == actor.user_id))
    return or_(*conditions) if conditions else false()


def item(session: Session, actor: Actor, uid: uuid.UUID) -> IntakeItem:
    """The item with `uid`.

    Raises: ItemNotFound also where the actor may not know of it, or may not see what it became.
    """
    found = session.scalar(
        select(IntakeItem).join(IntakeItem.authority).where(IntakeItem.uid == uid, visible(actor))
    )
    if found is None or hidden(session, actor, [found]):
        raise ItemNotFound(_("Posten finns inte i inkorgen."))
    return found


def may_know_of(actor: Actor, found: IntakeItem) -> bool:
    """The same as `visible`, for an item that is at hand."""
    code = found.authority.code
    if actor.is_system:
        return True
    if not actor.may(Permission.REGISTER, code):
        return False
    is_own = actor.user_id is not None and found.assigned_to_id == actor.user_id
    return is_own or actor.may(Permission.READ_RESTRICTED, code)


def hidden(session: Session, actor: Actor, items: Collection[IntakeItem]) -> frozenset[int]:
    """The ids of those `items` that became a record that the actor may not see all of: they tell too much.

    So does an item that was merged into one, or split from one, that became such a record. A constant number of
    queries, however many items there are and however often they were merged.
    """
    if actor.is_system:
        return frozenset()
    # Held until the end: what the session holds it does not ask for again.
    origins = load_origins(session, items)
    found = frozenset(
        item.id
        for item in items
        if any(not views.sight_of_record(actor, record).everything for record in records_of(item))
    )
    del origins
    return found


def records_of(found: IntakeItem) -> tuple[Record, ...]:
    """What the item became, and what became of those that it was merged into or split from."""
    seen: dict[int, IntakeItem] = {}
    waiting: list[IntakeItem | None] = [found]
    while waiting:
        item = waiting.pop()
        if item is not None and item.id not in seen:
            seen[item.id] = item
            waiting += [item.merged_into, item.split_from]
    return tuple(item.record for item in seen.values() if item.record is not None)


def load_origins(session: Session, items: Collection[IntakeItem]) -> Sequence[IntakeItem]:
    """The items that `items` were merged into or split from, and those again, with their records. One query."""
    linked = [item.id for item in items if item.merged_into_id is not None or item.split_from_id is not None]
    if not linked:
        return ()
    links = (IntakeItem.id, IntakeItem.merged_into_id, IntakeItem.split_from_id)
    chain = select(*links).where(IntakeItem.id.in_(linked)).cte("chain", recursive=True)
    chain = chain.union(
        select(*links).where(or_(IntakeItem.id == chain.c.merged_into_id, IntakeItem.id == chain.c.split_from_id))
    )
    query = select(IntakeItem).where(IntakeItem.id.in_(select(chain.c.id))).options(RECORD_LOADS)
    return session.scalars(query).all()


def for_settling(session: Session, actor: Actor, uid: uuid.UUID, version: int) -> IntakeItem:
    """The item with `uid`, locked, still new and still as the actor saw it.

    Raises: ItemNotFound; NotAllowed; StatusConflict if somebody has settled it, EditConflict if it was changed.
    """
    return all_for_settling(session, actor, [uid], version=version)[0]


def all_for_settling(
    session: Session, actor: Actor, uids: Sequence[uuid.UUID], *, version: int
) -> list[IntakeItem]:
    """The items with `uids`, locked in one order so that nobody waits for each other; `version` is the first's.

    Raises: as `for_settling`.
    """
    found = [item(session, actor, uid) for uid in uids]
    lock(session, found)
    for one in found:
        actor.require(Permission.REGISTER, one.authority.code)
        require_new(one)
    if found[0].version != version:
        raise EditConflict(
            _("Någon annan har ändrat posten under tiden. Läs den igen innan du går vidare."), field="version"
        )
    return found


def lock(session: Session, items: Iterable[IntakeItem]) -> None:
    """Makes others who would change `items` wait until this transaction ends, and reads them anew."""
    session.flush()
    for one in sorted(items, key=lambda item: item.id):
        session.refresh(one, with_for_update=True)


def require_new(found: IntakeItem) -> None:
    """Raises: StatusConflict that tells who has settled it, when and how."""
    if found.state is ItemState.NEW:
        return
    raise StatusConflict(
        _(
            "Posten är redan avklarad: %(state)s av %(name)s %(time)s.",
            state=str(STATE_LABELS[found.state]).lower(),
            name=found.settled_by.name if found.settled_by else "diarium",
            time=show_time(found.settled_at),
        ),
        field="state",
    )
