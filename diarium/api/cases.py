"""Cases over the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from diarium.api import answers, context, noting, requests
from diarium.api.paging import next_page
from diarium.identity.permissions import Actor, Permission
from diarium.identity.scopes import TokenScope
from diarium.lists import views
from diarium.register import closing, correction, lookup, queries, registration, secrecy_marks
from diarium.register.commands import NewCase, RestrictionFacts
from diarium.register.correction import CaseCorrection
from diarium.register.models import Case
from diarium.register.queries import CaseView
from diarium.register.schemas import NewCaseSchema, RestrictionSchema

cases = context.Resource("cases", __name__, "Ärenden")
READ, WRITE = TokenScope.REGISTER_READ, TokenScope.REGISTER_WRITE


@cases.operation(
    "POST",
    "/cases",
    Permission.REGISTER,
    scope=WRITE,
    body=NewCaseSchema,
    answer=answers.CaseViewSchema,
    status=201,
)
def open_case(command: NewCase) -> tuple[CaseView, int, dict[str, str]]:
    """Opens a case and gives it its number."""
    who = context.actor()
    with context.change() as session:
        case = registration.open_case(session, who, command)
        view = queries.case_view(who, case, whole=True)
    return view, 201, {"Location": url_for("api_cases.show", uid=view.uid)}


@cases.operation(
    "GET", "/cases", Permission.READ, scope=READ, query=requests.CaseQuerySchema, answer=answers.CasePageSchema
)
def listing(wanted: dict[str, Any]) -> tuple[dict[str, object], int, dict[str, str]]:
    """Lists the cases that you may know of, a page at a time.

    Showing the title of something that is marked is noted in the audit log.
    """
    filters = {
        "authority": wanted["authority"],
        "status": wanted["status"] or "",
        "year": str(wanted["year"] or ""),
        "class": wanted["classification"],
        "responsible": wanted["responsible"],
        "opened_from": str(wanted["opened_from"] or ""),
        "opened_to": str(wanted["opened_to"] or ""),
    }
    with context.diarium().database.reading() as session:
        page = views.case_views(
            session,
            context.actor(),
            filters,
            sort=wanted["sort"],
            cursor=wanted["cursor"],
            size=wanted["limit"],
        )
    noting.note_list(page.shown, "GET /cases")
    return {"cases": page.views, "next_cursor": page.next_cursor}, 200, next_page(page.next_cursor)


@cases.operation("GET", "/cases/<uuid:uid>", Permission.READ, scope=READ, answer=answers.CaseViewSchema)
def show(uid: uuid.UUID) -> CaseView:
    """Shows a case with its records.

    Looking at something that is marked, or about a protected person, is noted in the audit log.
    """
    who = context.actor()
    with context.diarium().database.unit_of_work() as session:
        view = queries.case_details(session, who, uid)
        queries.note_reading(session, who, lookup.case_by_uid(session, who, uid))
    return view


@cases.operation(
    "PATCH",
    "/cases/<uuid:uid>",
    Permission.CORRECT,
    scope=WRITE,
    body=requests.CaseCorrectionRequestSchema,
    answer=answers.CaseViewSchema,
    needs_match=True,
)
def correct(wanted: tuple[CaseCorrection, str], uid: uuid.UUID) -> CaseView:
    """Corrects facts of a case. What they were, and why they are changed, is kept."""
    facts, reason = wanted
    return _changed(
        uid,
        lambda session, who, case, version: correction.correct_case(
            session, who, case, facts, reason, version=version
        ),
    )


@cases.operation(
    "POST",
    "/cases/<uuid:uid>/assign",
    Permission.CORRECT,
    scope=WRITE,
    body=requests.AssignSchema,
    answer=answers.CaseViewSchema,
    needs_match=True,
)
def assign(wanted: dict[str, Any], uid: uuid.UUID) -> CaseView:
    """Hands a case to an officer and a unit."""
    return _changed(
        uid,
        lambda session, who, case, version: closing.assign(
            session, who, case, wanted["responsible"], wanted["unit"], version=version
        ),
    )


@cases.operation(
    "POST",
    "/cases/<uuid:uid>/close",
    Permission.READ,
    scope=WRITE,
    body=requests.CloseSchema,
    answer=answers.CaseViewSchema,
    needs_match=True,
)
def close(wanted: dict[str, Any], uid: uuid.UUID) -> CaseView:
    """Closes a case: registrars, and the officer who is responsible for it.

    409 tells what must be in order first.
    """
    return _changed(
        uid,
        lambda session, who, case, version: closing.close(
            session, who, case, day=wanted["closed_on"], reason=wanted["reason"], version=version
        ),
    )


@cases.operation(
    "POST",
    "/cases/<uuid:uid>/reopen",
    Permission.READ,
    scope=WRITE,
    body=requests.ReasonSchema,
    answer=answers.CaseViewSchema,
    needs_match=True,
)
def reopen(wanted: dict[str, Any], uid: uuid.UUID) -> CaseView:
    """Opens a closed case again; it keeps its number."""
    return _changed(
        uid,
        lambda session, who, case, version: closing.reopen(session, who, case, wanted["reason"], version=version),
    )


@cases.operation(
    "POST",
    "/cases/<uuid:uid>/cancel",
    Permission.CANCEL,
    scope=WRITE,
    body=requests.ReasonSchema,
    answer=answers.CaseViewSchema,
    needs_match=True,
)
def cancel(wanted: dict[str, Any], uid: uuid.UUID) -> CaseView:
    """Cancels a case. Its number and the reason stay, and the number is not used again."""
    return _changed(
        uid,
        lambda session, who, case, version: closing.cancel_case(
            session, who, case, wanted["reason"], version=version
        ),
    )


@cases.operation(
    "POST",
    "/cases/<uuid:uid>/restrictions",
    Permission.MARK,
    scope=TokenScope.SECRECY_WRITE,
    body=RestrictionSchema,
    answer=answers.CaseViewSchema,
    status=201,
)
def mark(facts: RestrictionFacts, uid: uuid.UUID) -> CaseView:
    """Marks a case as holding what may be secret."""
    who = context.actor()
    with context.change() as session:
        secrecy_marks.mark(session, who, lookup.case_by_uid(session, who, uid), facts)
        return queries.case_details(session, who, uid)


def _changed(uid: uuid.UUID, step: Callable[[Session, Actor, Case, int], object]) -> CaseView:
    """Takes a step with the case as the caller saw it (If-Match), and shows what has become of it."""
    who = context.actor()
    with context.change() as session:
        seen = queries.case_details(session, who, uid)
        context.require_match(answers.CaseViewSchema, seen)
        step(session, who, lookup.case_by_uid(session, who, uid), seen.version)
        session.flush()
        return queries.case_details(session, who, uid)
