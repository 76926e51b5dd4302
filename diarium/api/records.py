"""Records over the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from diarium.api import answers, context, noting, requests
from diarium.api.files import tickets
from diarium.api.paging import next_page
from diarium.api.requests import RecordRequest, TicketFacts
from diarium.files.names import safe_file_name
from diarium.identity.permissions import Actor, Permission
from diarium.identity.scopes import TokenScope
from diarium.lists import views
from diarium.register import closing, correction, lookup, queries, registration, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.correction import RecordCorrection
from diarium.register.models import Record
from diarium.register.queries import RecordView
from diarium.register.schemas import RestrictionSchema

records = context.Resource("records", __name__, "Handlingar")
READ, WRITE = TokenScope.REGISTER_READ, TokenScope.REGISTER_WRITE


@records.operation(
    "POST",
    "/records",
    Permission.REGISTER,
    scope=WRITE,
    body=requests.RecordRequestSchema,
    answer=answers.RecordViewSchema,
    status=201,
)
def register(wanted: RecordRequest) -> tuple[RecordView, int, dict[str, str]]:
    """Registers a record in a case that exists or in a new one.

    Its files are uploaded before, with POST /files. Nothing is stored, and no number used, if anything is refused.
    """
    who = context.actor()
    command = replace(wanted.command, documents=_facts(who, wanted.documents))
    with context.change() as session:
        view = queries.record_view(who, registration.register(session, who, command))
    return view, 201, {"Location": url_for("api_records.show", uid=view.uid)}


@records.operation(
    "GET",
    "/records",
    Permission.READ,
    scope=READ,
    query=requests.RecordQuerySchema,
    answer=answers.RecordPageSchema,
)
def listing(wanted: dict[str, Any]) -> tuple[dict[str, object], int, dict[str, str]]:
    """Lists the records that you may know of, a page at a time.

    Showing the title of something that is marked is noted in the audit log.
    """
    filters = {
        "authority": wanted["authority"],
        "direction": wanted["direction"] or "",
        "type": wanted["record_type"],
        "date_from": str(wanted["date_from"] or ""),
        "date_to": str(wanted["date_to"] or ""),
    }
    with context.diarium().database.reading() as session:
        page = views.record_views(
            session,
            context.actor(),
            filters,
            sort=wanted["sort"],
            cursor=wanted["cursor"],
            size=wanted["limit"],
        )
    noting.note_list(page.shown, "GET /records")
    return {"records": page.views, "next_cursor": page.next_cursor}, 200, next_page(page.next_cursor)


@records.operation("GET", "/records/<uuid:uid>", Permission.READ, scope=READ, answer=answers.RecordViewSchema)
def show(uid: uuid.UUID) -> RecordView:
    """Shows a record.

    Looking at something that is marked, or about a protected person, is noted in the audit log.
    """
    who = context.actor()
    with context.diarium().database.unit_of_work() as session:
        view = queries.record_details(session, who, uid)
        queries.note_reading(session, who, lookup.record_by_uid(session, who, uid))
    return view


@records.operation(
    "PATCH",
    "/records/<uuid:uid>",
    Permission.CORRECT,
    scope=WRITE,
    body=requests.RecordCorrectionRequestSchema,
    answer=answers.RecordViewSchema,
    needs_match=True,
)
def correct(wanted: tuple[RecordCorrection, str], uid: uuid.UUID) -> RecordView:
    """Corrects facts of a record. What they were, and why they are changed, is kept."""
    facts, reason = wanted
    return _changed(
        uid,
        lambda session, who, record, version: correction.correct_record(
            session, who, record, facts, reason, version=version
        ),
    )


@records.operation(
    "POST",
    "/records/<uuid:uid>/cancel",
    Permission.CANCEL,
    scope=WRITE,
    body=requests.ReasonSchema,
    answer=answers.RecordViewSchema,
    needs_match=True,
)
def cancel(wanted: dict[str, Any], uid: uuid.UUID) -> RecordView:
    """Cancels a record. Its number and the reason stay, and the number is not used again."""
    return _changed(
        uid,
        lambda session, who, record, version: closing.cancel_record(
            session, who, record, wanted["reason"], version=version
        ),
    )


@records.operation(
    "POST",
    "/records/<uuid:uid>/documents",
    Permission.REGISTER,
    scope=WRITE,
    body=requests.DocumentsSchema,
    answer=answers.RecordViewSchema,
    status=201,
)
def add_documents(wanted: dict[str, Any], uid: uuid.UUID) -> RecordView:
    """Adds uploaded files to a record, behind those it has."""
    who = context.actor()
    files = _facts(who, wanted["documents"])
    with context.change() as session:
        record = lookup.record_by_uid(session, who, uid)
        registration.add_documents(session, who, record, files)
        return queries.record_view(who, record)


@records.operation(
    "POST",
    "/records/<uuid:uid>/restrictions",
    Permission.MARK,
    scope=TokenScope.SECRECY_WRITE,
    body=RestrictionSchema,
    answer=answers.RecordViewSchema,
    status=201,
)
def mark(facts: RestrictionFacts, uid: uuid.UUID) -> RecordView:
    """Marks a record as holding what may be secret."""
    who = context.actor()
    with context.change() as session:
        record = lookup.record_by_uid(session, who, uid)
        secrecy_marks.mark(session, who, record, facts)
        return queries.record_view(who, record)


def _changed(uid: uuid.UUID, step: Callable[[Session, Actor, Record, int], object]) -> RecordView:
    """Takes a step with the record as the caller saw it (If-Match), and shows what has become of it."""
    who = context.actor()
    with context.change() as session:
        seen = queries.record_details(session, who, uid)
        context.require_match(answers.RecordViewSchema, seen)
        step(session, who, lookup.record_by_uid(session, who, uid), seen.version)
        session.flush()
        return queries.record_details(session, who, uid)


def _facts(who: Actor, documents: Iterable[TicketFacts]) -> tuple[DocumentFacts, ...]:
    facts = []
    for item in documents:
        upload = tickets().read(who.user_id, item.ticket)
        name = safe_file_name(item.file_name or upload.file_name)
        facts.append(DocumentFacts(upload.sha256, name, item.description, item.is_released))
    return tuple(facts)
