"""`secrecy.access.needs_to_know` as conditions in a query, for the cases of authorities that the actor reads."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select, true

from diarium.identity.permissions import Actor, Permission
from diarium.register.models import Authority, Case, Record
from diarium.secrecy import access


def hides_marked(actor: Actor, case: type[Case], record: type[Record] | None = None) -> ColumnElement[bool] | None:
    """The condition that `actor` does not see what is marked in `case`, or in `record` of it; never null.

    None where nothing is ever hidden from the actor. The rows must be of authorities that the actor reads.
    """
    if actor.is_system:
        return None
    office = actor.authorities(Permission.READ_RESTRICTED)
    reasons: list[ColumnElement[bool]] = []
    if office >= actor.authorities(Permission.READ):
        reasons.append(_closed(case, record))  # first: it is true of few, and cheap to ask
    elif office:
        reasons.append(or_(case.authority_id.not_in(_ids(office)), _closed(case, record)))
    reasons.append(or_(case.responsible_id.is_(None), case.responsible_id != (actor.user_id or -1)))
    let_in = access.let_in(actor)
    if let_in.cases:
        outside = case.id.not_in(sorted(let_in.cases))
        reasons.append(outside if record is None else or_(outside, record.is_closed_circle))
    if let_in.records and record is not None:
        reasons.append(record.id.not_in(sorted(let_in.records)))
    return and_(*reasons)


def sees_marked(actor: Actor, case: type[Case], record: type[Record] | None = None) -> ColumnElement[bool]:
    """The opposite of `hides_marked`."""
    hides = hides_marked(actor, case, record)
    return true() if hides is None else not_(hides)


def _closed(case: type[Case], record: type[Record] | None) -> ColumnElement[bool]:
    of_case = case.is_closed_circle.expression
    return of_case if record is None else or_(of_case, record.is_closed_circle)


def _ids(codes: frozenset[str]) -> Select[int]:
    return select(Authority.id).where(Authority.code.in_(sorted(codes)))
