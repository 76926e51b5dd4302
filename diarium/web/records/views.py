"""The page of a record."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from diarium.correspondence import queries as letters
from diarium.disclosure import queries as requests
from diarium.files.tickets import UploadedFile
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register import lookup, queries, readings
from diarium.register.models import DEPTH_LABELS
from diarium.register.views import place_of
from diarium.register.vocabulary import (
    DIRECTION_LABELS,
    FINISHED,
    MEDIUM_LABELS,
    PARTY_KIND_LABELS,
    PARTY_ROLE_LABELS,
    RECORD_STATUS_LABELS,
)
from diarium.secrecy import access
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, reading, uploads
from diarium.web.cases.views import kept_rights
from diarium.web.publishing import panel

blueprint = Blueprint("records", __name__, url_prefix="/intern")


@blueprint.get("/handling/<uuid:uid>")
@context.staff(Permission.READ)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One record. Looking at marked material is noted."""
    return show(uid)


def show(
    uid: uuid.UUID,
    errors: Mapping[str, str] | None = None,
    kept: Sequence[UploadedFile] = (),
    conflict: Sequence[tuple[str, str]] = (),
) -> str:
    """The page of a record, with what went wrong in one of its small forms."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        record = lookup.record_to_read(session, who, uid)
        view = queries.record_view(who, record)
        code = record.case.authority.code
        may_lift = who.may(Permission.MARK, code) and queries.sight_of_record(who, record).everything
        moved_to = (record.moved_to.number_text, record.moved_to.uid) if record.moved_to else None
        is_open = record.case.status not in FINISHED
        sent = letters.dispatches_of_record(session, who, record)
        disclosures = requests.reviews_of_record(session, who, record)
        is_inside = who.may(Permission.READ, code)
        web = panel.of_record(session, record) if is_inside else None
        sees_marked = is_inside and access.needs_to_know(who, place_of(record))
        may_review_readings = readings.may_review(who, record)
        reading.note(record)
    return context.page(
        "records/details.html",
        view=view,
        moved_to=moved_to,
        is_open=is_open,
        dispatches=sent,
        disclosures=disclosures,
        web=web,
        may=kept_rights({permission.value: who.may(permission, code) for permission in Permission}, view.disposed),
        depths=DEPTH_LABELS,
        may_lift=may_lift,
        sees_marked=sees_marked,
        may_review_readings=may_review_readings,
        errors=errors or {},
        conflict=conflict,
        values=request.form,
        kept=uploads.as_tickets(list(kept)),
        directions=DIRECTION_LABELS,
        record_statuses=RECORD_STATUS_LABELS,
        roles=PARTY_ROLE_LABELS,
        kinds=PARTY_KIND_LABELS,
        media=MEDIUM_LABELS,
        scopes=SCOPE_LABELS,
        show_time=show_time,
    )
