"""Marking records and cases as holding what may be secret, and lifting the marks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from diarium.errors import NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import following, journal
from diarium.register.commands import RestrictionFacts
from diarium.register.errors import InvalidFact
from diarium.register.models import Case, Record
from diarium.register.rules import required_reason
from diarium.register.views import sight_of_case, sight_of_record
from diarium.secrecy import marking
from diarium.secrecy.errors import NotInForce
from diarium.secrecy.models import Restriction


def mark(session: Session, actor: Actor, target: Case | Record, facts: RestrictionFacts) -> Restriction:
    """Adds a marking to a record or, where it can't be avoided, to a whole case.

    Raises: NotAllowed, UnknownProvision. Source: OSL 5 kap. 5 §.
    """
    code = _authority_code(target)
    actor.require(Permission.MARK, code)
    restriction = marking.new_restriction(
        session, actor, code, facts.provision, facts.scope, note=facts.note, review_on=facts.review_on
    )
    target.restrictions.append(restriction)
    after = {"provision": restriction.provision.citation, "scope": restriction.scope}
    _note(session, actor, target, "marked", after, None)
    return restriction


def lift(session: Session, actor: Actor, target: Case | Record, uid: uuid.UUID, reason: str) -> Restriction:
    """Lifts a marking of `target`. Only who sees what is marked can judge that it need not be.

    Raises: NotAllowed, NotFound, NotInForce, InvalidFact.
    """
    actor.require(Permission.MARK, _authority_code(target))
    seen = sight_of_case(actor, target) if isinstance(target, Case) else sight_of_record(actor, target)
    if not seen.everything:
        raise NotAllowed(_("Bara den som får se det markerade kan häva markeringen."))
    reason = required_reason(reason)
    journal.lock(session, target)
    restriction = next((item for item in target.restrictions if item.uid == uid), None)
    if restriction is None:
        raise NotFound(_("Markeringen finns inte."))
    marking.lift(restriction, actor, reason)
    after = {"provision": restriction.provision.citation, "scope": restriction.scope}
    _note(session, actor, target, "mark_lifted", after, reason)
    return restriction


def review(
    session: Session, actor: Actor, target: Case | Record, uid: uuid.UUID, next_on: dt.date, reason: str
) -> Restriction:
    """Notes that a marking was judged anew and still stands, and when to judge it the next time.

    Raises: NotAllowed, NotFound, NotInForce, InvalidFact. Source: OSL 5 kap. 5 § (a marking only reminds of the
    review that each request needs).
    """
    actor.require(Permission.MARK, _authority_code(target))
    seen = sight_of_case(actor, target) if isinstance(target, Case) else sight_of_record(actor, target)
    if not seen.everything:
        raise NotAllowed(_("Bara den som får se det markerade kan ompröva markeringen."))
    reason = required_reason(reason)
    if next_on <= today():
        raise InvalidFact(_("Ange en kommande dag."), field="review_on")
    journal.lock(session, target)
    restriction = next((item for item in target.restrictions if item.uid == uid), None)
    if restriction is None:
        raise NotFound(_("Markeringen finns inte."))
    if not restriction.is_in_force:
        raise NotInForce(_("Markeringen är hävd."))
    before = {"review_on": restriction.review_on}
    restriction.review_on = next_on
    after = {"provision": restriction.provision.citation, "scope": restriction.scope, "review_on": next_on}
    _note(session, actor, target, "mark_reviewed", after, reason, before)
    return restriction


def _authority_code(target: Case | Record) -> str:
    return target.authority.code if isinstance(target, Case) else target.case.authority.code


def _note(
    session: Session,
    actor: Actor,
    target: Case | Record,
    verb: str,
    after: Mapping[str, object],
    reason: str | None,
    before: Mapping[str, object] | None = None,
) -> None:
    journal.lock(session, target)
    target.version += 1
    if isinstance(target, Case):
        journal.case_changed(session, actor, target, f"case.{verb}", before=before, after=after, reason=reason)
    else:
        journal.record_changed(session, actor, target, f"record.{verb}", before=before, after=after, reason=reason)
    following.publish_former(session, target, "record.marks_followed")
