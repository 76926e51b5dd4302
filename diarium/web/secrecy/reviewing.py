"""The page of one marking: what it says, how it was looked at anew, and the form for looking at it again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.identity.permissions import Permission
from diarium.register import endings, secrecy_marks
from diarium.register.errors import InvalidFact
from diarium.register.models import Case
from diarium.register.secrecy_marks import NewReview
from diarium.register.views import place_of, sight_of
from diarium.secrecy import reviewing
from diarium.secrecy.models import SCOPE_LABELS, Restriction, Scope
from diarium.secrecy.work_models import OCCASION_LABELS, OUTCOME_LABELS, Occasion, Outcome, RestrictionReview
from diarium.web import context
from diarium.web.cases import frame
from diarium.web.marking import chosen_file, chosen_from
from diarium.web.secrecy.blueprint import KINDS, Kind, add_rule, heading_of


@dataclass(frozen=True)
class _Pages:
    kind: Kind

    def marking(self, uid: uuid.UUID, restriction: uuid.UUID) -> ResponseReturnValue:
        """One marking with its reviews; by form a new review."""
        if request.method == "GET":
            return self._page(uid, restriction, {})
        try:
            wanted = _wanted(request.form)
            with context.diarium().database.unit_of_work() as session:
                target = self.kind.find(session, uid)
                secrecy_marks.record_review(session, context.actor(), target, restriction, wanted)
        except DomainError as error:
            return self._page(uid, restriction, frame.mistakes(error)), 422
        flash(_("Omprövningen är noterad."), "success")
        return redirect(self.kind.url("marking", uid=uid, restriction=restriction))

    def _page(self, uid: uuid.UUID, restriction: uuid.UUID, errors: Mapping[str, str]) -> str:
        who = context.actor()
        with context.diarium().database.reading() as session:
            target = self.kind.find(session, uid)
            mark = secrecy_marks.marking_of(target, restriction)
            seen = sight_of(who, target)
            files = chosen_from(target, seen)
            may_review = (
                mark.is_in_force and seen.everything and who.may(Permission.MARK, place_of(target).authority)
            )
            reviews = [_told(item, shows=seen.everything) for item in reviewing.reviews_of(session, mark)]
            scopes = reviewing.narrower(mark, of_case=isinstance(target, Case))
            return context.page(
                "secrecy/marking.html",
                heading=heading_of(session, self.kind, target),
                facts=_facts(session, mark, shows_note=seen.everything),
                mark=mark,
                reviews=reviews,
                may_review=may_review,
                action=self.kind.url("marking", uid=uid, restriction=restriction),
                back=self.kind.page_of(uid),
                errors=errors,
                values=request.form,
                occasions=OCCASION_LABELS.items(),
                outcomes=[
                    (outcome, OUTCOME_CHOICES[outcome])
                    for outcome in Outcome
                    if scopes or outcome is not Outcome.NARROWED
                ],
                scopes=[(scope, SCOPE_LABELS[scope]) for scope in scopes],
                files=files if Scope.FILES in scopes else [],
            )


for _kind in KINDS:
    add_rule(
        _kind, "markering/<uuid:restriction>", "marking", _Pages(_kind).marking, ["GET", "POST"], Permission.READ
    )

OUTCOME_CHOICES: Mapping[Outcome, str] = {
    Outcome.KEPT: _l("Behåll markeringen som den är"),
    Outcome.NARROWED: _l("Låt markeringen omfatta mindre"),
    Outcome.LIFTED: _l("Häv markeringen"),
}


def _wanted(values: Mapping[str, str]) -> NewReview:
    """The review that the form asks for. Raises: InvalidFact."""
    occasion, outcome, scope = (values.get(name, "") for name in ("occasion", "outcome", "scope"))
    if occasion not in list(Occasion):
        raise InvalidFact(_("Välj varför markeringen prövas."), field="occasion")
    if outcome not in list(Outcome):
        raise InvalidFact(_("Välj vad prövningen ledde till."), field="outcome")
    narrows = outcome == Outcome.NARROWED
    return NewReview(
        occasion=Occasion(occasion),
        outcome=Outcome(outcome),
        reason=values.get("reason", ""),
        next_on=frame.typed_day("review_on") if outcome != Outcome.LIFTED else None,
        scope=Scope(scope) if narrows and scope in list(Scope) else None,
        document=chosen_file(values) if narrows else None,
    )


def _facts(session: Session, mark: Restriction, *, shows_note: bool) -> list[tuple[str, object]]:
    last_day = endings.last_day_of(session, mark)
    return [
        (_("Lagrum"), f"{mark.provision.citation} – {mark.provision.subject}"),
        (_("Omfattar"), _scope(mark)),
        (_("Gjord"), mark.made_on.isoformat()),
        (_("Av"), f"{mark.made_by_name}, {mark.authority_code}"),
        (_("Anteckning"), mark.note if shows_note else None),
        (_("Längsta tid i år"), mark.provision.max_years or None),
        (_("Sista dag"), last_day.isoformat() if last_day else None),
        (_("Prövas igen"), mark.review_on.isoformat() if mark.review_on and mark.is_in_force else None),
        (_("Hävd"), _lifted(mark)),
    ]


def _scope(mark: Restriction) -> str:
    return _("En enda fil") if mark.document_id is not None else str(SCOPE_LABELS[mark.scope])


def _lifted(mark: Restriction) -> str | None:
    if mark.lifted_at is None:
        return None
    return _("%(day)s av %(name)s", day=mark.lifted_at.date().isoformat(), name=mark.lifted_by_name)


def _told(review: RestrictionReview, *, shows: bool) -> dict[str, object]:
    """A review as a line; its reason may tell what is marked."""
    narrowed = review.outcome is Outcome.NARROWED
    return {
        "day": review.reviewed_on.isoformat(),
        "who": review.reviewed_by_name,
        "occasion": OCCASION_LABELS[review.occasion],
        "outcome": OUTCOME_LABELS[review.outcome],
        "scopes": (SCOPE_LABELS[review.scope_before], SCOPE_LABELS[review.scope_after]) if narrowed else None,
        "reason": review.reason if shows else None,
        "next_on": review.next_on.isoformat() if review.next_on else None,
    }
