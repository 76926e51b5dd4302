"""Looking at a marking anew.

What comes of it concerns the marking alone: whether anything is handed out is decided each time somebody asks.
Source: OSL 5 kap. 5 § (a marking reminds, it decides nothing).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor
from diarium.secrecy import marking
from diarium.secrecy.errors import InvalidReview, NotInForce
from diarium.secrecy.models import Restriction, Scope
from diarium.secrecy.work_models import Occasion, Outcome, RestrictionReview


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """A review as it was made. `scope` and `document_id`: what the marking is narrowed to, where it is.

    `next_on`: when to look at it the next time; without it the day that stands remains, if it lies ahead.
    """

    occasion: Occasion
    outcome: Outcome
    reason: str
    next_on: dt.date | None = None
    scope: Scope | None = None
    document_id: int | None = None


def review(session: Session, restriction: Restriction, actor: Actor, facts: ReviewFacts) -> RestrictionReview:
    """Notes the review and does to the marking what it came to.

    Raises: NotInForce if the marking was lifted; InvalidReview with the field's name.
    """
    if not restriction.is_in_force:
        raise NotInForce(_("Markeringen är redan hävd."))
    scope_before = restriction.scope
    if facts.outcome is Outcome.NARROWED:
        _narrow(restriction, facts)
    if facts.outcome is Outcome.LIFTED:
        marking.lift(restriction, actor, facts.reason)
    else:
        restriction.review_on = _next_day(restriction, facts)
    found = RestrictionReview(
        restriction=restriction,
        reviewed_on=today(),
        reviewed_by_id=actor.user_id,
        reviewed_by_name=actor.name,
        occasion=facts.occasion,
        outcome=facts.outcome,
        reason=facts.reason,
        scope_before=scope_before,
        scope_after=restriction.scope,
        document_id=restriction.document_id if facts.outcome is Outcome.NARROWED else None,
        next_on=restriction.review_on if restriction.is_in_force else None,
    )
    session.add(found)
    return found


def narrower(restriction: Restriction, *, of_case: bool) -> tuple[Scope, ...]:
    """What a marking can be narrowed to; the files once more, where one file of several is left."""
    if restriction.scope is Scope.WHOLE:
        return Scope.TITLE, Scope.PARTIES, Scope.FILES
    one_file_is_left = restriction.scope is Scope.FILES and restriction.document_id is None and not of_case
    return (Scope.FILES,) if one_file_is_left else ()


def reviews_of(session: Session, restriction: Restriction) -> Sequence[RestrictionReview]:
    """All reviews of a marking, the newest first."""
    query = select(RestrictionReview).where(RestrictionReview.restriction_id == restriction.id)
    return session.scalars(query.order_by(RestrictionReview.id.desc())).all()


def _narrow(restriction: Restriction, facts: ReviewFacts) -> None:
    of_case = restriction.case_id is not None
    if facts.scope is None or facts.scope not in narrower(restriction, of_case=of_case):
        raise InvalidReview(_("Välj något mindre än det som markeringen omfattar nu."), field="scope")
    if facts.document_id is not None and (of_case or facts.scope is not Scope.FILES):
        raise InvalidReview(_("Välj en fil bara när markeringen ska omfatta filerna."), field="document")
    if facts.scope is restriction.scope and facts.document_id is None:
        raise InvalidReview(_("Välj vilken fil som markeringen ska omfatta."), field="document")
    restriction.scope, restriction.document_id = facts.scope, facts.document_id


def _next_day(restriction: Restriction, facts: ReviewFacts) -> dt.date | None:
    if facts.next_on is None:
        if restriction.review_on is not None and restriction.review_on <= today():
            raise InvalidReview(_("Ange när markeringen ska prövas nästa gång."), field="review_on")
        return restriction.review_on
    if facts.next_on <= today():
        raise InvalidReview(_("Ange en kommande dag."), field="review_on")
    return facts.next_on
