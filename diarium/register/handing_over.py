"""Handing over all open cases and watched days of a colleague, in one step: somebody leaves or is long away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from diarium.errors import NotAllowed
from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.identity.permissions import Actor, Permission
from diarium.register import grant_rows, journal, lookup, work_views
from diarium.register.errors import EditConflict, InvalidFact
from diarium.register.models import Authority, Case, Deadline
from diarium.register.rules import required_reason
from diarium.register.views import CaseView, case_view
from diarium.register.vocabulary import FINISHED, DeadlineState


@dataclass(frozen=True, slots=True)
class HandOverPreview:
    """What would be handed over. `cases` are the first of `case_count`; `mark` tells when it has changed."""

    cases: tuple[CaseView, ...]
    case_count: int
    deadline_count: int
    mark: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds open cases or watches days at an authority."""

    username: str
    name: str
    is_active: bool


def holders(session: Session, actor: Actor, authority: str) -> tuple[Holder, ...]:
    """Those who have something to hand over at the authority, by name. Raises: NotAllowed, InvalidFact."""
    owner = _owner(session, actor, authority)
    with_cases = select(Case.responsible_id).where(Case.authority_id == owner.id, Case.status.not_in(FINISHED))
    with_deadlines = (
        select(Deadline.responsible_id)
        .join(Deadline.case)
        .where(Case.authority_id == owner.id, Deadline.state == DeadlineState.OPEN)
    )
    rows = session.execute(
        select(User.username, User.name, User.is_active)
        .where(or_(User.id.in_(with_cases), User.id.in_(with_deadlines)))
        .order_by(User.name_key, User.id)
    )
    return tuple(Holder(row.username, row.name, row.is_active) for row in rows)


def preview(
    session: Session, actor: Actor, from_username: str, *, authority: str, most: int = 200
) -> HandOverPreview:
    """What `from_username` would hand over at `authority`. Constant number of queries.

    Raises: NotAllowed; InvalidFact for an unknown authority or user.
    """
    owner = _owner(session, actor, authority)
    giver = _giver(session, from_username)
    keys = session.execute(_cases(owner, giver).with_only_columns(Case.id, Case.version).order_by(Case.id)).all()
    loads = [selectinload(getattr(Case, name)) for name in ("authority", "unit", "classification", "restrictions")]
    rows = session.scalars(_cases(owner, giver).options(*loads).order_by(Case.id).limit(most))
    count = select(func.count()).select_from(_deadlines(owner, giver).subquery())
    shown = tuple(case_view(actor, case) for case in rows)
    days = session.scalar(count) or 0
    return HandOverPreview(shown, len(keys), days, _mark([(row.id, row.version) for row in keys]))


def hand_over(
    session: Session,
    actor: Actor,
    from_username: str,
    to_username: str,
    *,
    authority: str,
    reason: str = "",
    seen: str | None = None,
) -> int:
    """Hands all open cases of one officer at `authority`, and the days that they watch there, to another.

    Returns how many cases. Finished cases stay with whom they had. `seen`: the preview's mark; where the cases are
    others now, nothing is handed over. One unit of work: all or none.

    Raises: NotAllowed; InvalidFact with the field's name, also where there is nothing to hand over; EditConflict.
    """
    owner = _owner(session, actor, authority)
    reason = required_reason(reason)
    giver, taker = _giver(session, from_username), lookup.officer(session, owner, to_username)
    if taker is None:
        raise InvalidFact(_("Välj vem som tar över."), field="to")
    if taker.id == giver.id:
        raise InvalidFact(_("Välj någon annan än den som lämnar över."), field="to")
    query = _cases(owner, giver).order_by(Case.id).with_for_update()
    cases = session.scalars(query.execution_options(populate_existing=True)).all()
    if seen is not None and seen != _mark([(case.id, case.version) for case in cases]):
        raise EditConflict(_("Ärendena har ändrats sedan du såg listan. Kontrollera den och lämna över igen."))
    grant_rows.require_insight_within(session, actor, cases)  # whoever takes over sees what is marked
    locked = _deadlines(owner, giver).order_by(Deadline.id).with_for_update()
    deadlines = session.scalars(locked.execution_options(populate_existing=True)).all()
    if not cases and not deadlines:
        raise InvalidFact(_("%(name)s har inget att lämna över.", name=from_username), field="from")
    _require_sight(session, actor, deadlines)
    _give_cases(session, actor, cases, taker, reason)
    _give_deadlines(session, actor, deadlines, taker, reason)
    return len(cases)


def _require_sight(session: Session, actor: Actor, deadlines: Sequence[Deadline]) -> None:
    """Whoever watches a day sees what it is about. Raises: NotAllowed."""
    eyes = work_views.eyes_of(session, actor, list({item.case_id: item.case for item in deadlines}.values()))
    if any(eyes[item.case_id].deadline(item).text is None for item in deadlines):
        raise NotAllowed(_("Bara den som får se vad bevakningarna gäller kan lämna över dem."))


def _give_cases(session: Session, actor: Actor, cases: Sequence[Case], taker: User, reason: str) -> None:
    for case in cases:
        before = {"responsible": case.responsible.username if case.responsible else None}
        case.responsible = taker
        case.version += 1
        after = {"responsible": taker.username}
        journal.case_changed(session, actor, case, "case.assigned", before=before, after=after, reason=reason)


def _give_deadlines(
    session: Session, actor: Actor, deadlines: Sequence[Deadline], taker: User, reason: str
) -> None:
    for deadline in deadlines:
        before = {"watched_by": deadline.responsible.username if deadline.responsible else None}
        deadline.responsible = taker
        deadline.version += 1
        after = {"deadline": deadline.uid, "watched_by": taker.username}
        journal.case_changed(
            session, actor, deadline.case, "case.deadline_changed", before=before, after=after, reason=reason
        )


def _owner(session: Session, actor: Actor, code: str) -> Authority:
    """The authority; asked for the permission first, so that nobody learns of others."""
    actor.require(Permission.CORRECT, code)
    return lookup.authority(session, code)


def _giver(session: Session, username: str) -> User:
    """Also a user whose account is closed: they have left already."""
    found = session.scalar(select(User).where(User.username == username.strip()))
    if found is None:
        raise InvalidFact(_("Välj vem som lämnar över."), field="from")
    return found


def _cases(owner: Authority, giver: User) -> Select[Case]:
    query = select(Case).where(Case.responsible_id == giver.id, Case.status.not_in(FINISHED))
    return query.where(Case.authority_id == owner.id)


def _deadlines(owner: Authority, giver: User) -> Select[Deadline]:
    query = select(Deadline).join(Deadline.case).where(Case.authority_id == owner.id)
    return query.where(Deadline.responsible_id == giver.id, Deadline.state == DeadlineState.OPEN)


def _mark(versions: Sequence[tuple[int, int]]) -> str:
    return hashlib.sha256(repr(sorted(versions)).encode()).hexdigest()[:16]
