"""Need to know by name: who is let into what is marked in one case or record, beside those who always are.

The rows belong here; who may write them, and what must be told of it, is the register's (`register.letting_in`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.db.base import now
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission
from diarium.secrecy import access
from diarium.secrecy.work_models import AccessGrant, CaseShare


def actor_of(session: Session, user: User) -> Actor:
    """The user with the roles that they have now, and with what they have been let into. Two statements."""
    return with_keys(session, identity.actor_of(user))


def with_keys(session: Session, actor: Actor) -> Actor:
    """`actor` with the keys to what they are let into today. At most two statements."""
    if actor.is_system or actor.user_id is None:
        return actor
    readable = actor.authorities(Permission.READ)
    grants = session.execute(
        select(AccessGrant.case_id, AccessGrant.record_id, AccessGrant.authority_code).where(
            _holds(AccessGrant), or_(AccessGrant.user_id == actor.user_id, *_by_role(actor))
        )
    ).all()
    shares = session.execute(
        select(CaseShare.case_id, CaseShare.to_authority_code, CaseShare.with_marked).where(
            _holds(CaseShare), CaseShare.to_authority_code.in_(readable)
        )
    ).all()
    keys = {access.shared_key(row.case_id) for row in shares}
    shown_marked = {row.case_id for row in shares if row.with_marked}
    keys |= {
        access.marked_key(row.case_id)
        for row in shares
        if row.with_marked and actor.may(Permission.READ_RESTRICTED, row.to_authority_code)
    }
    for row in grants:
        if row.authority_code in readable:
            keys.add(
                access.case_key(row.case_id, row.authority_code)
                if row.case_id is not None
                else access.record_key(row.record_id, row.authority_code)
            )
        elif row.case_id in shown_marked:
            keys.add(access.marked_key(row.case_id))
    return replace(actor, keys=frozenset(keys))


def of_target(
    session: Session, *, case_id: int | None = None, record_id: int | None = None
) -> Sequence[AccessGrant]:
    """All grants of a case or of a record, ended ones too, the newest first."""
    of = AccessGrant.case_id == case_id if case_id is not None else AccessGrant.record_id == record_id
    query = select(AccessGrant).where(of).options(selectinload(AccessGrant.user).lazyload(User.memberships))
    return session.scalars(query.order_by(AccessGrant.id.desc())).all()


def shared_among(session: Session, case_ids: Collection[int]) -> frozenset[int]:
    """Those of the cases that are, or were, shown to another authority. One statement."""
    query = select(CaseShare.case_id).where(CaseShare.case_id.in_(case_ids))
    return frozenset(session.scalars(query))


def revoke(grant: AccessGrant | CaseShare, actor: Actor, reason: str) -> None:
    """Ends a grant or a share at once; the row stays."""
    grant.revoked_at = now()
    grant.revoked_by_name = actor.name
    grant.revoke_reason = reason


def holds(grant: AccessGrant | CaseShare, day: dt.date | None = None) -> bool:
    """Whether it opens anything on `day`, by default today."""
    return grant.holds_on(day or today())


def _by_role(actor: Actor) -> list[ColumnElement[bool]]:
    return [
        and_(AccessGrant.authority_code == code, AccessGrant.role.in_(roles))
        for code, roles in sorted(actor.roles.items())
        if roles
    ]


def _holds(table: type[AccessGrant] | type[CaseShare]) -> ColumnElement[bool]:
    return and_(table.revoked_at.is_(None), or_(table.until.is_(None), table.until >= today()))
