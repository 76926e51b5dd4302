"""Closed circles (*begränsad krets*): only the officer of the case and those named see what is marked.

Not even registrars do, unless they are named. What is not marked is not hidden by it.
Source: OSL 8 kap. 1–2 §§ (secrecy within an authority: who needs to know).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.identity.models import User
from diarium.identity.permissions import Actor
from diarium.register import grant_rows as rows
from diarium.register.errors import StatusConflict
from diarium.register.models import Case, Record
from diarium.register.rules import required_reason
from diarium.register.views import place_of
from diarium.secrecy import grants


def close_circle(session: Session, actor: Actor, target: Case | Record, reason: str) -> None:
    """From now on only the officer of the case and those named see what is marked; the actor is one of them.

    Grants to roles end: a circle is of persons. Raises: NotAllowed, InvalidFact, StatusConflict.
    """
    rows.require_decider(actor, target)
    reason = required_reason(reason)
    rows.lock(session, target)
    rows.require_decider(actor, target)
    if target.is_closed_circle:
        raise StatusConflict(_("Kretsen är redan begränsad."))
    ended = [item for item in rows.within(session, target) if item.role is not None and grants.holds(item)]
    for item in ended:
        grants.revoke(item, actor, _("Kretsen begränsades."))
    place = place_of(target)
    if actor.user_id is not None and actor.user_id != place.officer_id and not _is_named(session, actor, target):
        me = session.get_one(User, actor.user_id)
        rows.add(session, actor, target, user=me, reason=_("Begränsade kretsen: %(reason)s", reason=reason))
    rows.require_somebody(session, target)
    target.is_closed_circle = True
    after = {"shut_out": ", ".join(rows.who(item) for item in ended)} if ended else None
    rows.note(session, actor, target, "circle_closed", after=after, reason=reason)


def open_circle(session: Session, actor: Actor, target: Case | Record, reason: str) -> None:
    """Those who read what is marked at the authority see it again; those named stay let in.

    Raises: NotAllowed, InvalidFact, StatusConflict.
    """
    rows.require_decider(actor, target)
    reason = required_reason(reason)
    rows.lock(session, target)
    if not target.is_closed_circle:
        raise StatusConflict(_("Kretsen är inte begränsad."))
    target.is_closed_circle = False
    rows.note(session, actor, target, "circle_opened", reason=reason)


def inherit(session: Session, actor: Actor, source: Record, made: Record) -> None:
    """Closes the circle of `source` around `made` too, a record that tells what `source` tells."""
    if source.is_closed_circle and source is not made:
        made.is_closed_circle = True
        session.flush()
        follow(session, actor, source, made)


def follow(session: Session, actor: Actor, old: Record, moved: Record) -> None:
    """Lets those into a moved record who were in the closed circle that it came from, its officer too."""
    if not moved.is_closed_circle:
        return
    of_case = [] if old.is_closed_circle else rows.of(session, old.case)
    sources = [*rows.of(session, old), *of_case]
    users = {item.user_id: item for item in sources if item.user_id is not None and grants.holds(item)}
    reason = _("Följde med från %(number)s.", number=old.number_text)
    known = {item.user_id for item in rows.of(session, moved) if grants.holds(item)}
    for item in (item for item in users.values() if item.user_id not in known):
        rows.add(session, actor, moved, user=item.user, until=item.until, reason=reason)
    officer = old.case.responsible
    if officer is not None and officer.id not in {*users, *known, moved.case.responsible_id}:
        rows.add(session, actor, moved, user=officer, reason=reason)


def _is_named(session: Session, actor: Actor, target: Case | Record) -> bool:
    return any(item.user_id == actor.user_id and grants.holds(item) for item in rows.of(session, target))
