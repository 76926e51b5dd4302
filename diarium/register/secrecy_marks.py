"""Marking records and cases as holding what may be secret, looking at the marks anew, and lifting them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

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
from diarium.register.views import sight_of, sight_of_record
from diarium.secrecy import marking, reviewing
from diarium.secrecy.models import Restriction, Scope
from diarium.secrecy.work_models import Occasion, Outcome, RestrictionReview


@dataclass(frozen=True, slots=True)
class NewReview:
    """A review of a marking to be noted. `scope` and `document`: what it is narrowed to, where it is."""

    occasion: Occasion
    outcome: Outcome
    reason: str
    next_on: dt.date | None = None
    scope: Scope | None = None
    document: uuid.UUID | None = None


def mark(session: Session, actor: Actor, target: Case | Record, facts: RestrictionFacts) -> Restriction:
    """Adds a marking to a record or one of its files or, where it can't be avoided, to a whole case.

    Raises: NotAllowed, UnknownProvision; InvalidFact for a file that can't be marked. Source: OSL 5 kap. 5 §.
    """
    code = _authority_code(target)
    actor.require(Permission.MARK, code)
    if facts.document is not None and facts.scope is not Scope.FILES:
        raise InvalidFact(_("Välj att markeringen omfattar filerna, eller ingen enskild fil."), field="document")
    document_id = _document_id(actor, target, facts.document)
    restriction = marking.new_restriction(
        session,
        actor,
        code,
        facts.provision,
        facts.scope,
        note=facts.note,
        review_on=facts.review_on,
        document_id=document_id,
    )
    target.restrictions.append(restriction)
    _note(session, actor, target, "marked", _told(restriction, facts.document), None)
    return restriction


def lift(session: Session, actor: Actor, target: Case | Record, uid: uuid.UUID, reason: str) -> Restriction:
    """Lifts a marking of `target`. Only who sees what is marked can judge that it need not be.

    Raises: NotAllowed, NotFound, NotInForce, InvalidFact.
    """
    wanted = NewReview(Occasion.ROUTINE, Outcome.LIFTED, reason)
    return record_review(session, actor, target, uid, wanted).restriction


def review(
    session: Session, actor: Actor, target: Case | Record, uid: uuid.UUID, next_on: dt.date, reason: str
) -> Restriction:
    """Notes that a marking was judged anew and still stands, and when to judge it the next time.

    Raises: NotAllowed, NotFound, NotInForce, InvalidFact. Source: OSL 5 kap. 5 § (a marking only reminds of the
    review that each request needs).
    """
    wanted = NewReview(Occasion.ROUTINE, Outcome.KEPT, reason, next_on)
    return record_review(session, actor, target, uid, wanted).restriction


def record_review(
    session: Session, actor: Actor, target: Case | Record, uid: uuid.UUID, wanted: NewReview
) -> RestrictionReview:
    """Notes that a marking of `target` was looked at anew, and does to it what that came to.

    It says nothing of whether something is handed out: that is decided each time. Only who sees what is marked can
    judge. Raises: NotAllowed, NotFound, NotInForce; InvalidFact and InvalidReview with the field's name.
    """
    actor.require(Permission.MARK, _authority_code(target))
    if not sight_of(actor, target).everything:
        raise NotAllowed(_("Bara den som får se det markerade kan ompröva eller häva markeringen."))
    reason = required_reason(wanted.reason)
    if wanted.next_on is not None and wanted.next_on <= today():
        raise InvalidFact(_("Ange en kommande dag."), field="review_on")
    journal.lock(session, target, without_files=True)
    restriction = marking_of(target, uid)
    before = {"scope": restriction.scope, "review_on": restriction.review_on}
    facts = reviewing.ReviewFacts(
        occasion=wanted.occasion,
        outcome=wanted.outcome,
        reason=reason,
        next_on=wanted.next_on,
        scope=wanted.scope,
        document_id=_document_id(actor, target, wanted.document),
    )
    found = reviewing.review(session, restriction, actor, facts)
    after = {**_told(restriction, wanted.document), "review_on": restriction.review_on}
    after["occasion"] = wanted.occasion
    _note(session, actor, target, _VERBS[wanted.outcome], after, reason, before)
    return found


def marking_of(target: Case | Record, uid: uuid.UUID) -> Restriction:
    """The marking of `target` with `uid`. Raises: NotFound."""
    restriction = next((item for item in target.restrictions if item.uid == uid), None)
    if restriction is None:
        raise NotFound(_("Markeringen finns inte."))
    return restriction


_VERBS: Mapping[Outcome, str] = {
    Outcome.KEPT: "mark_reviewed",
    Outcome.NARROWED: "mark_narrowed",
    Outcome.LIFTED: "mark_lifted",
}


def _document_id(actor: Actor, target: Case | Record, document: uuid.UUID | None) -> int | None:
    """The number of the file; one that the actor may not see is no file to them."""
    if document is None:
        return None
    files = target.documents if isinstance(target, Record) else []
    found = next((item for item in files if item.uid == document), None)
    if found is None or not isinstance(target, Record) or not sight_of_record(actor, target).shows(found.id):
        raise InvalidFact(_("Filen finns inte i handlingen. Välj en av dess filer."), field="document")
    return found.id


def _told(restriction: Restriction, document: uuid.UUID | None) -> dict[str, object]:
    """What the event keeps; the file by its identifier, for a name may tell what is secret."""
    told: dict[str, object] = {"provision": restriction.provision.citation, "scope": restriction.scope}
    return {**told, "document": document} if document is not None else told


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
    journal.lock(session, target, without_files=True)
    target.version += 1
    if isinstance(target, Case):
        journal.case_changed(session, actor, target, f"case.{verb}", before=before, after=after, reason=reason)
    else:
        journal.record_changed(session, actor, target, f"record.{verb}", before=before, after=after, reason=reason)
    following.publish_former(session, target, "record.marks_followed")
