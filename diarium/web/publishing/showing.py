"""What the public sees of a case or record, field by field, and for all else why not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.public import explaining
from diarium.register import lookup, publishing
from diarium.register.models import Case, Record, Withdrawal
from diarium.register.views import sight_of
from diarium.web import context, reading
from diarium.web.arguments import whole_number
from diarium.web.publishing.blueprint import blueprint

RECORDS_A_PAGE = 100
_MOST_RECORDS = 10**9


@blueprint.get("/arende/<uuid:uid>/webben")
@context.staff(Permission.READ)
def case(uid: uuid.UUID) -> ResponseReturnValue:
    """What the public sees of a case."""
    return show_case(uid, {})


@blueprint.get("/handling/<uuid:uid>/webben")
@context.staff(Permission.READ)
def record(uid: uuid.UUID) -> ResponseReturnValue:
    """What the public sees of a record."""
    return show_record(uid, {})


def show_case(uid: uuid.UUID, errors: Mapping[str, str]) -> str:
    """The page of a case, with what went wrong in its form."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = lookup.case_to_read(session, who, uid)
        told = explaining.explain(session, who, found.uid)
        values = _acts(found, publishing.in_force(found))
        reading.note(found)
    after = whole_number(request.args.get("efter"), 0, _MOST_RECORDS)
    shown = told.records[after : after + RECORDS_A_PAGE]
    next_url = None
    if after + RECORDS_A_PAGE < len(told.records):
        next_url = f"{url_for('publishing.case', uid=uid)}?efter={after + RECORDS_A_PAGE}"
    return context.page(
        "publishing/case.html",
        told=told,
        records=shown,
        next_url=next_url,
        errors=errors,
        back=url_for("cases.details", uid=uid),
        trail=[(told.number, url_for("cases.details", uid=uid)), (_("På webben"), "")],
        **values,
    )


def show_record(uid: uuid.UUID, errors: Mapping[str, str]) -> str:
    """The page of a record, with what went wrong in one of its forms."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = lookup.record_to_read(session, who, uid)
        told = explaining.explain(session, who, found.case.uid)
        withdrawn_files = {
            document.uid: item
            for document in found.documents
            if (item := publishing.in_force(document)) is not None
        }
        values = _acts(found, publishing.in_force(found))
        reading.note(found)
    number = told.number
    return context.page(
        "publishing/record.html",
        told=told.of_record(uid),
        of_case=told,
        withdrawn_files=withdrawn_files,
        errors=errors,
        back=url_for("records.details", uid=uid),
        trail=[
            (number, url_for("cases.details", uid=told.uid)),
            (told.of_record(uid).number, url_for("records.details", uid=uid)),
            (_("På webben"), ""),
        ],
        **values,
    )


def _acts(target: Case | Record, withdrawal: Withdrawal | None) -> dict[str, object]:
    """What the actor may do with the target, and what they may know of its withdrawal."""
    who = context.actor()
    code = publishing.case_of(target).authority.code
    sees_all = sight_of(who, target).everything
    return {
        "withdrawal": withdrawal,
        "sees_all": sees_all,
        "may_withdraw": who.may(Permission.CORRECT, code),
    }
