"""Units of an authority: added, renamed, retired, and who works in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from diarium import texts
from diarium.audit import revision
from diarium.audit import service as audit
from diarium.changes import feed
from diarium.db.swedish import sort_key
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor
from diarium.register import journal
from diarium.register.administration.authorities import administered
from diarium.register.errors import InvalidFact, StatusConflict
from diarium.register.models import Authority, Case, Deadline, Unit, UnitMember
from diarium.register.vocabulary import FINISHED, DeadlineState


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in a list."""

    uid: uuid.UUID
    name: str
    is_active: bool
    open_cases: int
    members: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be a member; `is_member`: is one."""

    username: str
    name: str
    is_member: bool


def add_unit(session: Session, actor: Actor, code: str, name: str) -> Unit:
    """Adds a unit to the authority with `code`. Raises: NotFound; InvalidFact and InvalidText at "name"."""
    authority = administered(session, actor, code, lock=True)
    unit = Unit(authority=authority, name=_free_name(session, authority, name))
    session.add(unit)
    session.flush()
    audit.write(session, actor, "unit.added", subject(unit), after={"name": unit.name})
    return unit


def rename_unit(session: Session, actor: Actor, code: str, uid: uuid.UUID, name: str, *, seen: str) -> Unit:
    """Gives a unit another name, also on the cases that it has. Raises: NotFound; InvalidFact; Stale."""
    unit = unit_of(session, actor, code, uid, lock=True)
    before = facts_of(unit)
    revision.require_seen(before, seen)
    unit.name = _free_name(session, unit.authority, name, but=unit)
    if revision.note(session, actor, "unit.changed", subject(unit), before, facts_of(unit)):
        feed.publish(session, "unit", unit.uid, "unit.changed")
    return unit


def retire_unit(
    session: Session, actor: Actor, code: str, uid: uuid.UUID, *, move_to: uuid.UUID | None = None
) -> int:
    """Takes a unit out of use; its open cases and watched days go to the unit `move_to`. Returns how many cases.

    Finished cases keep the unit that they had. Raises: NotFound; StatusConflict if it has open cases or watched
    days and no other unit takes them; InvalidFact for a unit that can't.
    """
    unit = unit_of(session, actor, code, uid, lock=True)
    cases = session.scalars(
        select(Case)
        .where(Case.unit_id == unit.id, Case.status.not_in(FINISHED))
        .order_by(Case.id)
        .with_for_update()
    ).all()
    deadlines = session.scalars(
        select(Deadline).where(Deadline.unit_id == unit.id, Deadline.state == DeadlineState.OPEN).with_for_update()
    ).all()
    target = unit_of(session, actor, code, move_to) if move_to is not None else None
    if target is not None and (target is unit or not target.is_active):
        raise InvalidFact(_("Välj en annan enhet som används."), field="move_to")
    if target is None and (cases or deadlines):
        raise StatusConflict(
            ngettext(
                "Enheten har %(num)s öppet ärende eller bevakning. Välj vilken enhet som tar över.",
                "Enheten har %(num)s öppna ärenden eller bevakningar. Välj vilken enhet som tar över.",
                len(cases) + len(deadlines),
            ),
            field="move_to",
        )
    for case in cases:
        case.unit = target
        case.version += 1
        before, after = {"unit": unit.name}, {"unit": target.name if target else None}
        journal.case_changed(session, actor, case, "case.assigned", before=before, after=after)
    for deadline in deadlines:
        deadline.unit = target
        deadline.version += 1
    _set_active(session, actor, unit, False, {"moved_to": target.name if target else None, "cases": len(cases)})
    return len(cases)


def reopen_unit(session: Session, actor: Actor, code: str, uid: uuid.UUID) -> None:
    """Takes a retired unit into use again. Raises: NotFound."""
    _set_active(session, actor, unit_of(session, actor, code, uid, lock=True), True, {})


def set_members(
    session: Session, actor: Actor, code: str, uid: uuid.UUID, usernames: Iterable[str], *, seen: str
) -> None:
    """Says who works in the unit: users with a role at its authority. Raises: NotFound; InvalidFact; Stale."""
    unit = unit_of(session, actor, code, uid, lock=True)
    before = members_of(session, unit)
    revision.require_seen(before, seen)
    wanted = set(usernames)
    known = {user.username: user for user in session.scalars(_possible_members(unit))}
    if strangers := sorted(wanted - known.keys()):
        raise InvalidFact(
            _("%(names)s har ingen roll vid myndigheten.", names=", ".join(strangers)), field="members"
        )
    present = {
        item.user_id: item
        for item in session.scalars(select(UnitMember).where(UnitMember.unit_id == unit.id)).all()
    }
    ids = {known[name].id for name in wanted}
    for gone in present.keys() - ids:
        session.delete(present[gone])
    session.add_all(UnitMember(unit_id=unit.id, user_id=new) for new in ids - present.keys())
    session.flush()
    revision.note(session, actor, "unit.members_set", subject(unit), before, members_of(session, unit))


def listing(session: Session, actor: Actor, code: str) -> tuple[UnitRow, ...]:
    """The units of the authority, those in use first. Constant number of queries. Raises: NotFound."""
    authority = administered(session, actor, code)
    cases = (
        select(func.count())
        .select_from(Case)
        .where(Case.unit_id == Unit.id, Case.status.not_in(FINISHED))
        .scalar_subquery()
    )
    members = select(func.count()).select_from(UnitMember).where(UnitMember.unit_id == Unit.id).scalar_subquery()
    rows = session.execute(
        select(Unit.uid, Unit.name, Unit.is_active, cases, members).where(Unit.authority_id == authority.id)
    )
    return tuple(sorted((UnitRow(*row) for row in rows), key=lambda row: (not row.is_active, sort_key(row.name))))


def people(session: Session, unit: Unit) -> tuple[Person, ...]:
    """Those who can be members of the unit, by name."""
    members = set(session.scalars(select(UnitMember.user_id).where(UnitMember.unit_id == unit.id)))
    return tuple(
        Person(user.username, user.name, user.id in members) for user in session.scalars(_possible_members(unit))
    )


def members_of(session: Session, unit: Unit) -> dict[str, object]:
    """The unit's members, as pages show and events keep them."""
    query = select(User.username).join(UnitMember, UnitMember.user_id == User.id)
    return {"members": sorted(session.scalars(query.where(UnitMember.unit_id == unit.id)))}


def unit_of(session: Session, actor: Actor, code: str, uid: uuid.UUID, *, lock: bool = False) -> Unit:
    """The unit with `uid` of the authority with `code`. Raises: NotFound."""
    authority = administered(session, actor, code, lock=lock)
    found = session.scalar(select(Unit).where(Unit.uid == uid, Unit.authority_id == authority.id))
    if found is None:
        raise NotFound(_("Enheten finns inte."))
    if lock:
        session.refresh(found, with_for_update=True)
    return found


def facts_of(unit: Unit) -> dict[str, object]:
    """What `rename_unit` changes, as pages show and events keep it."""
    return {"name": unit.name}


def subject(unit: Unit) -> audit.Subject:
    """The unit as audit events name it."""
    return audit.Subject("unit", unit.uid, unit.name, unit.authority.code)


def _free_name(session: Session, authority: Authority, text: str, but: Unit | None = None) -> str:
    name = texts.required_line(text, 200, "name", _("Skriv enhetens namn."))
    query = select(Unit.id).where(Unit.authority_id == authority.id, func.lower(Unit.name) == name.lower())
    if but is not None:
        query = query.where(Unit.id != but.id)
    if session.scalar(query.limit(1)) is not None:
        raise InvalidFact(_("Myndigheten har redan en enhet som heter ”%(name)s”.", name=name), field="name")
    return name


def _possible_members(unit: Unit) -> Select[User]:
    at_authority = select(Membership.user_id).where(Membership.authority_code == unit.authority.code)
    return select(User).where(User.id.in_(at_authority), User.is_active).order_by(User.name_key, User.id)


def _set_active(session: Session, actor: Actor, unit: Unit, is_active: bool, more: dict[str, object]) -> None:
    if unit.is_active == is_active:
        return
    unit.is_active = is_active
    action = "unit.reopened" if is_active else "unit.retired"
    after = {"is_active": is_active, **more}
    audit.write(session, actor, action, subject(unit), before={"is_active": not is_active}, after=after)
