"""Cases over the API."""

from __future__ import annotations

import uuid
from typing import Any

from flask import url_for

from diarium.api import answers, context, requests
from diarium.identity.permissions import Permission
from diarium.register import closing, lookup, queries, registration
from diarium.register.commands import NewCase
from diarium.register.queries import CaseFilter, CasePage, CaseView
from diarium.register.schemas import NewCaseSchema

cases = context.Resource("cases", __name__, "Ärenden")


@cases.operation(
    "POST", "/cases", Permission.REGISTER, body=NewCaseSchema, answer=answers.CaseViewSchema, status=201
)
def open_case(command: NewCase) -> tuple[CaseView, int, dict[str, str]]:
    """Opens a case and gives it its number."""
    who = context.actor()
    with context.diarium().database.unit_of_work() as session:
        case = registration.open_case(session, who, command)
        view = queries.case_view(who, case, whole=True)
    return view, 201, {"Location": url_for("api_cases.show", uid=view.uid)}


@cases.operation("GET", "/cases", Permission.READ, query=requests.CaseQuerySchema, answer=answers.CasePageSchema)
def listing(wanted: dict[str, Any]) -> CasePage:
    """Lists the cases that you may know of, newest first."""
    narrowed = CaseFilter(authority=wanted["authority"], status=wanted["status"], year=wanted["year"])
    with context.diarium().database.reading() as session:
        return queries.case_page(session, context.actor(), narrowed, page=wanted["page"], size=wanted["limit"])


@cases.operation("GET", "/cases/<uuid:uid>", Permission.READ, answer=answers.CaseViewSchema)
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
    "POST", "/cases/<uuid:uid>/close", Permission.READ, body=requests.CloseSchema, answer=answers.CaseViewSchema
)
def close(wanted: dict[str, Any], uid: uuid.UUID) -> CaseView:
    """Closes a case: registrars, and the officer who is responsible for it.

    409 tells what must be in order first.
    """
    who = context.actor()
    with context.diarium().database.unit_of_work() as session:
        case = lookup.case_by_uid(session, who, uid)
        closing.close(session, who, case, day=wanted["closed_on"], reason=wanted["reason"])
        return queries.case_view(who, case, whole=True)
