"""What letting in by name and closing the circle share: the rows, who decides, and what is told of each step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.models import Membership, User
from diarium.identity.permissions import POLICY, ROLE_LABELS, Actor, Permission, Role
from diarium.register import following, journal
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, Record
from diarium.register.views import place_of, require_insight
from diarium.secrecy import access, grants
from diarium.secrecy.work_models import AccessGrant

READING_ROLES = tuple(role for role in Role if Permission.READ in POLICY[role])
"""The roles that read content: to let in others would open nothing."""


def require_decider(actor: Actor, target: Case | Record) -> None:
    """Raises: NotAllowed unless the actor marks at the authority and sees all that is marked in `target`."""
    actor.require(Permission.MARK, place_of(target).authority)
    require_insight(actor, target)
    if not access.needs_to_know(actor, place_of(target)):
        raise NotAllowed(_("Bara den som får se det markerade kan bestämma vilka fler som får det."))


def require_insight_within(session: Session, actor: Actor, cases: Sequence[Case]) -> None:
    """For changes of who handles `cases`: their officers see what is marked, in closed circles of records too.

    At most two statements, however many cases. Raises: NotAllowed.
    """
    for case in cases:
        require_insight(actor, case)
    for record in _closed_records(session, cases):
        require_insight(actor, record)


def require_somebody_within(session: Session, case: Case) -> None:
    """Raises: StatusConflict where the closed circle of the case, or of one of its records, is left empty."""
    targets: list[Case | Record] = [case] if case.is_closed_circle else []
    for target in (*targets, *_closed_records(session, [case])):
        require_somebody(session, target)


def _closed_records(session: Session, cases: Sequence[Case]) -> Sequence[Record]:
    ids = [case.id for case in cases]
    query = select(Record).where(Record.case_id.in_(ids), Record.is_closed_circle).order_by(Record.id)
    return session.scalars(query).all()


def lock(session: Session, target: Case | Record) -> None:
    """The case before its record: a circle around the case ends what is given to roles in its records."""
    if isinstance(target, Record):
        journal.lock(session, target.case, without_files=True)
    journal.lock(session, target, without_files=True)


def of(session: Session, target: Case | Record) -> Sequence[AccessGrant]:
    """The grants of a case, or of a record, ended ones too, the newest first."""
    if isinstance(target, Case):
        return grants.of_target(session, case_id=target.id)
    return grants.of_target(session, record_id=target.id)


def within(session: Session, target: Case | Record) -> Sequence[AccessGrant]:
    """The grants of a record; those of a case with those of its records."""
    if isinstance(target, Record):
        return of(session, target)
    records = select(Record.id).where(Record.case_id == target.id)
    of_case = or_(AccessGrant.case_id == target.id, AccessGrant.record_id.in_(records))
    return session.scalars(select(AccessGrant).where(of_case).order_by(AccessGrant.id)).all()


def add(
    session: Session,
    actor: Actor,
    target: Case | Record,
    *,
    reason: str,
    user: User | None = None,
    role: Role | None = None,
    until: dt.date | None = None,
) -> AccessGrant:
    """Adds a grant and gives it its keys. The caller has checked that it may be given."""
    grant = AccessGrant(
        case_id=target.id if isinstance(target, Case) else None,
        record_id=target.id if isinstance(target, Record) else None,
        authority_code=place_of(target).authority,
        user=user,
        role=role,
        reason=reason,
        until=until,
        made_by_id=actor.user_id,
        made_by_name=actor.name,
    )
    session.add(grant)
    session.flush()
    return grant


def require_somebody(session: Session, target: Case | Record, *, without: AccessGrant | None = None) -> None:
    """For a closed circle. Raises: StatusConflict where nobody would be left who could open it again."""
    named = [
        item.user_id
        for item in of(session, target)
        if item is not without and item.user_id is not None and item.until is None and grants.holds(item)
    ]
    place = place_of(target)
    if not readers_among(session, {*named, *([place.officer_id] if place.officer_id is not None else [])}, place):
        raise StatusConflict(
            _("Ingen skulle stå kvar i kretsen utan slutdag. Släpp först in någon, eller upphäv begränsningen.")
        )


def readers_among(session: Session, ids: Collection[int], place: access.Place) -> frozenset[int]:
    """Those of the users who still read at the authority of `place`: others see nothing there, named or not."""
    query = select(User.id).join(Membership, Membership.user_id == User.id)
    query = query.where(User.id.in_(ids), User.is_active, Membership.role.in_(READING_ROLES))
    return frozenset(session.scalars(query.where(Membership.authority_code == place.authority)))


def who(grant: AccessGrant) -> str:
    """Who is let in, in words."""
    if grant.user is not None:
        return grant.user.name
    return _("Alla med rollen %(role)s", role=str(ROLE_LABELS[grant.role]).lower()) if grant.role else ""


def note(
    session: Session,
    actor: Actor,
    target: Case | Record,
    verb: str,
    *,
    after: Mapping[str, object] | None = None,
    reason: str,
) -> None:
    """The event, and the feed: the index and former records follow."""
    target.version += 1
    if isinstance(target, Case):
        journal.case_changed(session, actor, target, f"case.{verb}", after=after, reason=reason)
    else:
        journal.record_changed(session, actor, target, f"record.{verb}", after=after, reason=reason)
    following.publish_former(session, target, "record.marks_followed")
