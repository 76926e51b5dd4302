"""What the form asks for while somebody types: cases, parties, suggestions. Answers are JSON."""

from __future__ import annotations

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from diarium.contacts import queries as contacts
from diarium.identity.permissions import Permission
from diarium.register import picking, queries
from diarium.register.vocabulary import STATUS_LABELS
from diarium.web import context, reading
from diarium.web.registration.blueprint import blueprint
from diarium.web.registration.page import open_suggestions

_LONGEST = 200


@blueprint.get("/arenden")
@context.staff(Permission.REGISTER)
def find_cases() -> ResponseReturnValue:
    """At most ten cases that fit `q`, those still open first. Marked titles that are shown are noted."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        hits = picking.find_cases(session, who, request.args.get("q", "")[:_LONGEST])
        marked = [hit.uid for hit in hits if hit.is_restricted and hit.title is not None]
        reading.note_list(queries.restricted_shown(session, who, cases=marked), "Registrera")
    return jsonify(
        hits=[
            {
                "number": hit.number,
                "title": hit.title,
                "status": str(STATUS_LABELS[hit.status]),
                "authority": hit.authority_name,
                "why": hit.why,
                "is_open": hit.takes_records,
                "url": url_for("cases.details", uid=hit.uid),
            }
            for hit in hits
        ]
    )


@blueprint.post("/parter")
@context.staff(Permission.REGISTER)
def find_parties() -> ResponseReturnValue:
    """Whom the typed name may mean. Sent, not asked for by address: names of persons stay out of logs."""
    text = request.form.get("q", "")[:_LONGEST]
    with context.diarium().database.reading() as session:
        hits = contacts.find(session, context.actor(), None, text)
    return jsonify(
        hits=[{"name": hit.name, "line": hit.line, "why": hit.why, "values": hit.form_values()} for hit in hits]
    )


@blueprint.post("/forslag")
@context.staff(Permission.REGISTER)
def suggest() -> ResponseReturnValue:
    """What is suggested for the form as it stands."""
    with context.diarium().database.reading() as session:
        found = open_suggestions(session, context.actor(), request.form.to_dict())
    return jsonify(
        suggestions=[
            {
                "field": item.field,
                "field_label": item.field_label,
                "value": item.value,
                "label": item.label,
                "why": item.why,
                "pair": item.pair,
                "is_best": item.is_best,
            }
            for item in found
        ]
    )


@blueprint.get("/nyckel")
@context.staff(Permission.REGISTER)
def token() -> ResponseReturnValue:
    """A token for forms that were opened before the user logged in anew."""
    return jsonify(csrf_token=generate_csrf())
