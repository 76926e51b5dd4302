"""A closed circle that nobody is left in: an administrator names somebody, and sees nothing of what is in it.

People leave and accounts are closed. Then the marked parts of a case could never be read again; nor should whoever
runs the system read them. So the administrator sees the number and how many are left, and can name a person of the
authority, with a reason that stands in the history.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Integer, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Actor, Permission
from diarium.register import grant_rows as rows
from diarium.register.errors import StatusConflict
from diarium.register.models import Authority, Case, Record
from diarium.register.rules import required_reason
from diarium.register.views import place_of
from diarium.secrecy.errors import InvalidGrant
from diarium.secrecy.work_models import AccessGrant

PAGE_SIZE = 50
_Rows = Select[int, int, uuid.UUID, str, int, str, str, int | None, int]


@dataclass(frozen=True, slots=True)
class Circle:
    """A closed circle; `left`: how many persons in it still read at the authority, its officer too."""

    uid: uuid.UUID
    number: str
    authority_name: str
    left: int


@dataclass(frozen=True, slots=True)
class CirclePage:
    """Closed circles, the newest cases and records first; `older`: where the page after it begins."""

    circles: tuple[Circle, ...]
    older: int | None


def page(session: Session, actor: Actor, *, before: int | None = None, size: int = PAGE_SIZE) -> CirclePage:
    """The closed circles at the authorities that the actor administers. Constant number of statements."""
    codes = actor.authorities(Permission.ADMINISTER)
    both = union_all(_closed_cases(codes), _closed_records(codes)).subquery()
    query = select(both)
    if before is not None:
        query = query.where(both.c.key < before)
    found = session.execute(query.order_by(both.c.key.desc()).limit(size + 1)).all()
    shown = found[:size]
    named = _named(session, [row.id for row in shown if row.is_case], [row.id for row in shown if not row.is_case])
    reading = _reading(session, {row.officer_id for row in shown if row.officer_id is not None})
    circles = tuple(
        Circle(
            uid=row.uid,
            number=row.number if row.is_case else f"{row.number}-{row.running_number}",
            authority_name=row.authority_name,
            left=len(
                named.get((bool(row.is_case), row.id), frozenset())
                | {user_id for user_id, code in reading if (user_id, code) == (row.officer_id, row.code)}
            ),
        )
        for row in shown
    )
    return CirclePage(circles, shown[-1].key if len(found) > size else None)


def circle_for(session: Session, actor: Actor, uid: uuid.UUID) -> tuple[Circle, list[tuple[str, str]]]:
    """One closed circle and whom the administrator can name into it. Raises: NotFound."""
    target = _target(session, actor, uid)
    case = target if isinstance(target, Case) else target.case
    circle = Circle(target.uid, target.number_text, case.authority.name, len(_left(session, target)))
    return circle, _people(session, case.authority.code)


def name_person(session: Session, actor: Actor, uid: uuid.UUID, username: str, reason: str) -> AccessGrant:
    """Names a person who reads at the authority into the closed circle.

    Raises: NotFound also where the actor does not administer the authority; InvalidFact without a reason;
    InvalidGrant for somebody else or for oneself; StatusConflict while somebody is left, who then decides.
    """
    target = _target(session, actor, uid)
    reason = required_reason(reason)
    rows.lock(session, target)
    if _left(session, target):
        raise StatusConflict(_("Någon är kvar i kretsen. Bara den som ingår i den kan släppa in fler."))
    if username.strip() not in dict(_people(session, place_of(target).authority)):
        raise InvalidGrant(_("Välj en person som läser ärenden vid myndigheten."), field="username")
    user = session.scalars(select(User).where(User.username == username.strip())).one()
    if user.id == actor.user_id:
        raise InvalidGrant(_("Du kan inte släppa in dig själv. Välj någon annan."), field="username")
    grant = rows.add(session, actor, target, user=user, reason=reason)
    rows.note(session, actor, target, "access_granted", after={"let_in": rows.who(grant)}, reason=reason)
    return grant


def _target(session: Session, actor: Actor, uid: uuid.UUID) -> Case | Record:
    case = session.scalar(select(Case).where(Case.uid == uid))
    record = session.scalar(select(Record).where(Record.uid == uid)) if case is None else None
    target = case or record
    if (
        target is None
        or not target.is_closed_circle
        or not actor.may(Permission.ADMINISTER, place_of(target).authority)
    ):
        raise NotFound(_("Kretsen finns inte."))
    return target


def _closed_cases(codes: frozenset[str]) -> _Rows:
    return (
        select(
            (Case.id * 2).label("key"),
            Case.id.label("id"),
            Case.uid.label("uid"),
            Case.number_text.label("number"),
            literal(0, Integer).label("running_number"),
            Authority.name.label("authority_name"),
            Authority.code.label("code"),
            Case.responsible_id.label("officer_id"),
            literal(1, Integer).label("is_case"),
        )
        .join(Authority, Authority.id == Case.authority_id)
        .where(Case.is_closed_circle, Authority.code.in_(codes))
    )


def _closed_records(codes: frozenset[str]) -> _Rows:
    return (
        select(
            (Record.id * 2 + 1).label("key"),
            Record.id.label("id"),
            Record.uid.label("uid"),
            Case.number_text.label("number"),
            Record.running_number.label("running_number"),
            Authority.name.label("authority_name"),
            Authority.code.label("code"),
            Case.responsible_id.label("officer_id"),
            literal(0, Integer).label("is_case"),
        )
        .join(Case, Case.id == Record.case_id)
        .join(Authority, Authority.id == Case.authority_id)
        .where(Record.is_closed_circle, Authority.code.in_(codes))
    )


def _named(session: Session, case_ids: list[int], record_ids: list[int]) -> dict[tuple[bool, int], frozenset[int]]:
    """Persons let in who still read at the authority, by (whether it is a case, its number)."""
    found: dict[tuple[bool, int], set[int]] = {}
    query = (
        select(AccessGrant.case_id, AccessGrant.record_id, AccessGrant.user_id)
        .join(User, User.id == AccessGrant.user_id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.authority_code == AccessGrant.authority_code, Membership.role.in_(rows.READING_ROLES))
        .where(or_(AccessGrant.case_id.in_(case_ids), AccessGrant.record_id.in_(record_ids)), User.is_active)
        .where(AccessGrant.revoked_at.is_(None), func.coalesce(AccessGrant.until, today()) >= today())
    )
    for row in session.execute(query):
        key = (True, row.case_id) if row.case_id is not None else (False, row.record_id)
        found.setdefault(key, set()).add(row.user_id)
    return {key: frozenset(ids) for key, ids in found.items()}


def _left(session: Session, target: Case | Record) -> frozenset[int]:
    """Who is in the closed circle and still reads at the authority, its officer too."""
    is_case, place = isinstance(target, Case), place_of(target)
    found = _named(session, [target.id] if is_case else [], [] if is_case else [target.id])
    officer = rows.readers_among(session, [place.officer_id] if place.officer_id is not None else [], place)
    return found.get((is_case, target.id), frozenset()) | officer


def _reading(session: Session, ids: set[int]) -> set[tuple[int, str]]:
    """(number, authority) of those of the active users who read there."""
    query = select(Membership.user_id, Membership.authority_code).join(User, User.id == Membership.user_id)
    query = query.where(User.id.in_(ids), User.is_active, Membership.role.in_(rows.READING_ROLES))
    return {(row.user_id, row.authority_code) for row in session.execute(query)}


def _people(session: Session, code: str) -> list[tuple[str, str]]:
    readers = select(Membership.user_id).where(
        Membership.authority_code == code, Membership.role.in_(rows.READING_ROLES)
    )
    found = session.execute(
        select(User.username, User.name)
        .where(User.is_active, User.id.in_(readers))
        .order_by(User.name_key, User.id)
    )
    return [(row.username, row.name) for row in found]
