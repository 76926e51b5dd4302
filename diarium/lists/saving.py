"""Saved lists and searches: kept under a name by their owner, on demand shared with an authority."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.audit import service as audit
from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.lists import catalogue, filtering
from diarium.lists.errors import InvalidSavedList, UnknownSavedList
from diarium.lists.filtering import Criteria
from diarium.lists.models import SEARCH, Notice, SavedList, Subscription
from diarium.register import lookup, rules
from diarium.register.errors import EditConflict
from diarium.register.models import Authority

MAX_NAME = 120
MOST = 100
_MOST_PARAMETERS = 30
_MOST_VALUES = 20
_MOST_CHARACTERS = 1000
Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved list as somebody may use it. `is_own`: only then can it be changed."""

    uid: uuid.UUID
    name: str
    target: str
    parameters: dict[str, list[str]]
    sort: str | None
    subscription: Subscription
    by_email: bool
    shared_with: str | None
    owner_name: str
    is_own: bool
    version: int


@dataclass(frozen=True, slots=True)
class SavedFacts:
    """What its owner can change. `shared_with`: code of an authority, or nothing."""

    name: str
    subscription: Subscription = Subscription.NONE
    by_email: bool = False
    shared_with: str | None = None


def save(
    session: Session,
    actor: Actor,
    target: str,
    parameters: Parameters,
    facts: SavedFacts,
    *,
    sort: str | None = None,
) -> SavedView:
    """Keeps the list `target` (or a search) with its parameters under a name.

    Raises: InvalidSavedList with the field; UnknownList; NotAllowed for sharing.
    """
    owner_id = _owner(actor)
    if target != SEARCH:
        catalogue.find(actor, target)
    if (session.scalar(select(func.count()).where(SavedList.owner_id == owner_id)) or 0) >= MOST:
        raise InvalidSavedList(
            _("Du har %(most)s sparade sökningar, och fler ryms inte. Ta bort någon först.", most=MOST),
            field="name",
        )
    saved = SavedList(
        owner_id=owner_id,
        name=_free_name(session, owner_id, facts.name, None),
        target=target,
        parameters=_bounded(parameters),
        sort=sort,
        subscription=facts.subscription,
        by_email=facts.by_email,
        shared_with=_shared_with(session, actor, facts.shared_with),
    )
    session.add(saved)
    session.flush()
    audit.write(session, actor, "saved_list.created", _subject(saved), after=_facts(saved))
    return _view(actor, saved)


def change(session: Session, actor: Actor, uid: uuid.UUID, facts: SavedFacts, *, version: int) -> SavedView:
    """Renames, shares or subscribes. A subscription that begins counts from now on.

    Raises: UnknownSavedList; EditConflict; InvalidSavedList with the field; NotAllowed for sharing.
    """
    saved = _own(session, actor, uid)
    session.refresh(saved, with_for_update=True)
    if saved.version != version:
        raise EditConflict(
            _("Den sparade sökningen har ändrats i ett annat fönster. Se hur den är nu och ändra igen.")
        )
    before = _facts(saved)
    saved.name = _free_name(session, saved.owner_id, facts.name, saved.id)
    if facts.shared_with != (saved.shared_with.code if saved.shared_with else None):
        saved.shared_with = _shared_with(session, actor, facts.shared_with)
    if saved.subscription is Subscription.NONE:
        saved.seen = saved.last_checked = None
    saved.subscription, saved.by_email = facts.subscription, facts.by_email
    saved.version += 1
    session.flush()
    audit.write(session, actor, "saved_list.changed", _subject(saved), before=before, after=_facts(saved))
    return _view(actor, saved)


def remove(session: Session, actor: Actor, uid: uuid.UUID) -> None:
    """Removes a saved list of one's own with its notices; what it found stays in the register, of course.

    Raises: UnknownSavedList.
    """
    saved = _own(session, actor, uid)
    audit.write(session, actor, "saved_list.removed", _subject(saved), before=_facts(saved))
    session.execute(delete(Notice).where(Notice.saved_list_id == saved.id))
    session.delete(saved)


def mine(session: Session, actor: Actor) -> tuple[SavedView, ...]:
    """The actor's own saved lists, and those that colleagues share with an authority that the actor reads."""
    readable = select(Authority.id).where(Authority.code.in_(actor.authorities(Permission.READ)))
    rows = session.scalars(
        select(SavedList)
        .where(or_(SavedList.owner_id == (actor.user_id or -1), SavedList.shared_with_id.in_(readable)))
        .options(selectinload(SavedList.owner), selectinload(SavedList.shared_with))
        .order_by(SavedList.name, SavedList.id)
        .limit(5 * MOST)
    )
    return tuple(sorted((_view(actor, row) for row in rows), key=lambda view: not view.is_own))


def find(session: Session, actor: Actor, uid: uuid.UUID) -> SavedView:
    """A saved list that the actor may use. Raises: UnknownSavedList."""
    saved = session.scalar(select(SavedList).where(SavedList.uid == uid))
    if saved is None or not (saved.owner_id == actor.user_id or _is_shared_with(actor, saved)):
        raise UnknownSavedList(_("Den sparade sökningen finns inte."))
    return _view(actor, saved)


def criteria_of(parameters: Mapping[str, Sequence[str]], target: str) -> Criteria:
    """The filters that a saved list's parameters stand for."""
    filters = catalogue.LISTS[target].filters
    return filtering.read(filters, {name: values[0] for name, values in parameters.items() if values})


def shareable(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """(code, name) of the authorities with which the actor may share."""
    codes = actor.authorities(Permission.CORRECT)
    rows = session.execute(select(Authority.code, Authority.name).where(Authority.code.in_(codes)))
    return sorted(((code, name) for code, name in rows), key=lambda row: row[1])


def _owner(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotAllowed(_("Bara den som är inloggad kan spara sökningar."))
    return actor.user_id


def _own(session: Session, actor: Actor, uid: uuid.UUID) -> SavedList:
    saved = session.scalar(select(SavedList).where(SavedList.uid == uid, SavedList.owner_id == _owner(actor)))
    if saved is None:
        raise UnknownSavedList(_("Den sparade sökningen finns inte."))
    return saved


def _free_name(session: Session, owner_id: int, name: str, own_id: int | None) -> str:
    text = " ".join(rules.clean_text(name).split())
    if not text or len(text) > MAX_NAME:
        raise InvalidSavedList(_("Skriv ett namn med högst %(most)s tecken.", most=MAX_NAME), field="name")
    taken = select(SavedList.id).where(SavedList.owner_id == owner_id, SavedList.name == text)
    if session.scalar(taken.where(SavedList.id != (own_id or 0))) is not None:
        raise InvalidSavedList(_("Du har redan en sparad sökning med namnet ”%(name)s”.", name=text), field="name")
    return text


def _shared_with(session: Session, actor: Actor, code: str | None) -> Authority | None:
    if not code:
        return None
    owner = lookup.authority(session, code)
    actor.require(Permission.CORRECT, owner.code)
    return owner


def _bounded(parameters: Parameters) -> dict[str, list[str]]:
    kept = {
        name[:40]: [value.replace("\x00", "")[:_MOST_CHARACTERS] for value in values if value][:_MOST_VALUES]
        for name, values in list(parameters.items())[:_MOST_PARAMETERS]
    }
    return {name: values for name, values in kept.items() if values}


def _is_shared_with(actor: Actor, saved: SavedList) -> bool:
    return saved.shared_with is not None and actor.may(Permission.READ, saved.shared_with.code)


def _view(actor: Actor, saved: SavedList) -> SavedView:
    return SavedView(
        uid=saved.uid,
        name=saved.name,
        target=saved.target,
        parameters={str(name): [str(value) for value in values] for name, values in saved.parameters.items()},
        sort=saved.sort,
        subscription=saved.subscription,
        by_email=saved.by_email,
        shared_with=saved.shared_with.code if saved.shared_with else None,
        owner_name=saved.owner.name,
        is_own=saved.owner_id == actor.user_id,
        version=saved.version,
    )


def _facts(saved: SavedList) -> dict[str, object]:
    """Not the parameters: what somebody searches for may be secret."""
    return {
        "name": saved.name,
        "target": saved.target,
        "subscription": saved.subscription,
        "by_email": saved.by_email,
        "shared_with": saved.shared_with.code if saved.shared_with else None,
    }


def _subject(saved: SavedList) -> audit.Subject:
    return audit.Subject("saved_list", saved.uid, saved.name)
