"""The pages on which a marking is made, judged anew and lifted: the same for a case and for a record."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import secrecy_marks
from diarium.register.models import Case, Record
from diarium.register.views import sight_of
from diarium.secrecy import queries as provisions
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, marking
from diarium.web.cases import frame


@dataclass(frozen=True, slots=True)
class Heading:
    """What the form says it is about; `trail`: (text, address) of the pages above, the last its own."""

    number: str
    title: str | None
    trail: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Marked:
    """What is marked. `path`: of its pages; `find` it; `show` its own page with messages at the fields.

    `heading` is for the form of a new marking; it notes that the actor looked.
    """

    path: str
    find: Callable[[Session, uuid.UUID], Case | Record]
    show: Callable[[uuid.UUID, dict[str, str]], str]
    heading: Callable[[Session, uuid.UUID], Heading]


def add_to(blueprint: Blueprint, marked: Marked) -> None:
    """Adds the endpoints `mark`, `lift` and `review` to the blueprint of what is marked."""
    pages = _Pages(blueprint.name, marked)
    of_one = f"/{marked.path}/<uuid:uid>"
    staff = context.staff(Permission.MARK)
    for rule, name, view, methods in (
        (f"{of_one}/markera", "mark", pages.mark, ["GET", "POST"]),
        (f"{of_one}/hav/<uuid:restriction>", "lift", pages.lift, ["POST"]),
        (f"{of_one}/omprova/<uuid:restriction>", "review", pages.review, ["POST"]),
    ):
        blueprint.add_url_rule(rule, name, staff(view), methods=methods)


@dataclass(frozen=True)
class _Pages:
    blueprint: str
    marked: Marked

    def mark(self, uid: uuid.UUID) -> ResponseReturnValue:
        """Marks it as holding what may be secret."""
        if request.method == "GET":
            return self._form(uid, {})
        try:
            facts = marking.facts_of(request.form)
            with context.diarium().database.unit_of_work() as session:
                secrecy_marks.mark(session, context.actor(), self.marked.find(session, uid), facts)
        except DomainError as error:
            return self._form(uid, frame.mistakes(error)), 422
        return self._back(uid, _("Markeringen är gjord. Det öppna diariet ändras inom några sekunder."))

    def lift(self, uid: uuid.UUID, restriction: uuid.UUID) -> ResponseReturnValue:
        """Lifts a marking; it stays in the history."""
        try:
            with context.diarium().database.unit_of_work() as session:
                target, reason = self.marked.find(session, uid), request.form.get("reason", "")
                secrecy_marks.lift(session, context.actor(), target, restriction, reason)
        except DomainError as error:
            return self._at_marking(uid, error, restriction, "lift")
        return self._back(uid, _("Markeringen är hävd."))

    def review(self, uid: uuid.UUID, restriction: uuid.UUID) -> ResponseReturnValue:
        """Notes that a marking was judged anew and stands."""
        try:
            day, reason = frame.needed_day("review_on"), request.form.get("reason", "")
            with context.diarium().database.unit_of_work() as session:
                target = self.marked.find(session, uid)
                secrecy_marks.review(session, context.actor(), target, restriction, day, reason)
        except DomainError as error:
            return self._at_marking(uid, error, restriction, "review")
        return self._back(uid, _("Omprövningen är noterad."))

    def _form(self, uid: uuid.UUID, errors: dict[str, str]) -> str:
        with context.diarium().database.reading() as session:
            heading = self.marked.heading(session, uid)
            target = self.marked.find(session, uid)
            files = marking.chosen_from(target, sight_of(context.actor(), target))
            provision_options = provisions.options(session)
        return context.page(
            "secrecy/mark.html",
            number=heading.number,
            title=heading.title,
            action=url_for(f"{self.blueprint}.mark", uid=uid),
            back=self._address(uid),
            trail=heading.trail,
            errors=errors,
            values=request.form,
            provision_options=provision_options,
            scopes=SCOPE_LABELS,
            files=files,
        )

    def _at_marking(
        self, uid: uuid.UUID, error: DomainError, restriction: uuid.UUID, act: str
    ) -> ResponseReturnValue:
        return self.marked.show(uid, marking.at_marking(frame.mistakes(error), restriction, act)), 422

    def _back(self, uid: uuid.UUID, message: str) -> ResponseReturnValue:
        flash(message, "success")
        return redirect(self._address(uid))

    def _address(self, uid: uuid.UUID) -> str:
        return url_for(f"{self.blueprint}.details", uid=uid)
