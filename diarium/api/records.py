"""Records over the API."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import url_for

from diarium.api import answers, context, requests
from diarium.api.files import tickets
from diarium.api.requests import RecordRequest, TicketFacts
from diarium.files.names import safe_file_name
from diarium.identity.permissions import Actor, Permission
from diarium.register import lookup, queries, registration, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.queries import RecordView
from diarium.register.schemas import RestrictionSchema

records = context.Resource("records", __name__, "Handlingar")


@records.operation(
    "POST",
    "/records",
    Permission.REGISTER,
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
    with context.diarium().database.unit_of_work() as session:
        view = queries.record_view(who, registration.register(session, who, command))
    return view, 201, {"Location": url_for("api_records.show", uid=view.uid)}


@records.operation("GET", "/records/<uuid:uid>", Permission.READ, answer=answers.RecordViewSchema)
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
    "POST",
    "/records/<uuid:uid>/documents",
    Permission.REGISTER,
    body=requests.DocumentsSchema,
    answer=answers.RecordViewSchema,
    status=201,
)
def add_documents(wanted: dict[str, Any], uid: uuid.UUID) -> RecordView:
    """Adds uploaded files to a record, behind those it has."""
    who = context.actor()
    files = _facts(who, wanted["documents"])
    with context.diarium().database.unit_of_work() as session:
        record = lookup.record_by_uid(session, who, uid)
        registration.add_documents(session, who, record, files)
        return queries.record_view(who, record)


@records.operation(
    "POST",
    "/records/<uuid:uid>/restrictions",
    Permission.MARK,
    body=RestrictionSchema,
    answer=answers.RecordViewSchema,
    status=201,
)
def mark(facts: RestrictionFacts, uid: uuid.UUID) -> RecordView:
    """Marks a record as holding what may be secret."""
    who = context.actor()
    with context.diarium().database.unit_of_work() as session:
        record = lookup.record_by_uid(session, who, uid)
        secrecy_marks.mark(session, who, record, facts)
        return queries.record_view(who, record)


def _facts(who: Actor, documents: Iterable[TicketFacts]) -> tuple[DocumentFacts, ...]:
    facts = []
    for item in documents:
        upload = tickets().read(who.user_id, item.ticket)
        name = safe_file_name(item.file_name or upload.file_name)
        facts.append(DocumentFacts(upload.sha256, name, item.description, item.is_released))
    return tuple(facts)
