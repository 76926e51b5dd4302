"""What e-services hand in: an item in the authority's inbox, once, however often they try."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from flask import request, url_for
from marshmallow import Schema, ValidationError, fields, post_load, validate
from werkzeug.exceptions import UnsupportedMediaType

from diarium.api import context
from diarium.api.common import Moment
from diarium.api.files import tickets
from diarium.api.reading import read_json
from diarium.db.base import now
from diarium.files import service as files
from diarium.files.names import safe_file_name
from diarium.i18n import gettext as _
from diarium.identity.permissions import Actor, Permission
from diarium.identity.scopes import TokenScope
from diarium.intake import queries
from diarium.intake.errors import ItemNotFound
from diarium.intake.receiving import MAX_BODY, Arrival, ArrivedFile, receive_once
from diarium.intake.vocabulary import Channel, ItemState
from diarium.register.vocabulary import PartyKind

intake = context.Resource("intake", __name__, "Inkorg")

MAX_FILES = 100
EARLIEST = dt.timedelta(days=366)


class SenderSchema(Schema):
    """Who handed it in."""

    name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    email = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=254))
    kind = fields.Enum(PartyKind, by_value=True, load_default=None, allow_none=True)


class IntakeRequestSchema(Schema):
    """Something that came in through an e-service.

    `reference`: what the service calls it; handing in the same one again gives the same item. `received_at`: when
    the service took it in, now if not given. `files`: tickets of files that were uploaded before.
    """

    authority = fields.String(required=True, validate=validate.Length(min=1, max=10))
    reference = fields.String(required=True, validate=validate.Length(min=1, max=200))
    title = fields.String(required=True, validate=validate.Length(min=1, max=500))
    body = fields.String(load_default="", validate=validate.Length(max=MAX_BODY))
    sender = fields.Nested(SenderSchema, load_default=None, allow_none=True)
    received_at = fields.AwareDateTime(load_default=None, allow_none=True)
    record_type = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    case_number = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    files = fields.List(
        fields.String(validate=validate.Length(min=1, max=2000)),
        load_default=list,
        validate=validate.Length(max=MAX_FILES),
    )

    @post_load
    def _check_moment(self, data: dict[str, Any], **_options: object) -> dict[str, Any]:
        moment = data["received_at"]
        if moment is not None and not now() - EARLIEST <= moment <= now() + dt.timedelta(minutes=5):
            raise ValidationError(
                {"received_at": [_("Tidpunkten ska ligga inom det senaste året och inte i framtiden.")]}
            )
        return data


class IntakeAnswerSchema(Schema):
    """The item. `is_new`: the reference was not known before; `duplicate`: the same had come in before."""

    uid = fields.UUID()
    state = fields.Enum(ItemState, by_value=True)
    is_new = fields.Boolean()
    duplicate = fields.Boolean()
    received_at = Moment()
    official_on = fields.Date()
    deadline_on = fields.Date()
    record_number = fields.String(allow_none=True)


_FORM = {
    "type": "object",
    "required": ["authority", "reference", "title"],
    "properties": {
        **{
            name: {"type": "string"}
            for name in (
                "authority", "reference", "title", "body", "sender.name", "sender.email", "sender.kind",
                "received_at", "record_type", "case_number",
            )
        },
        "file": {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}},
    },
}  # fmt: skip
_DOCUMENTATION = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": IntakeRequestSchema},
            "multipart/form-data": {"schema": _FORM},
        },
    },
    "responses": {"200": {"description": "The reference was known: the item that there is"}},
}


@intake.operation(
    "POST",
    "/intake",
    Permission.REGISTER,
    scope=TokenScope.INTAKE_WRITE,
    answer=IntakeAnswerSchema,
    status=201,
    takes_files=True,
    documentation=_DOCUMENTATION,
)
def hand_in() -> tuple[dict[str, object], int, dict[str, str]]:
    """Puts something into the authority's inbox.

    As JSON with the tickets of files uploaded before (POST /files), or as a form with the files themselves in the
    fields `file`. The same `reference` from you again gives the same item and 200: try again as often as needed.
    """
    who = context.actor()
    wanted = _wanted()
    given = (*_from_tickets(who, wanted["files"]), *_from_form())
    sender = wanted["sender"] or {}
    arrival = Arrival(
        authority=wanted["authority"],
        channel=Channel.E_SERVICE,
        received_at=wanted["received_at"] or now(),
        subject=wanted["title"],
        sender_name=sender.get("name"),
        sender_email=sender.get("email"),
        sender_kind=sender.get("kind"),
        body=wanted["body"],
        files=given,
        reference_key=_key(who, wanted["reference"]),
        record_type=wanted["record_type"],
        case_number=wanted["case_number"],
    )
    with context.change() as session:
        received = receive_once(session, who, arrival, store=context.diarium().blobs)
        item = received.item
        answer: dict[str, object] = {
            "uid": item.uid,
            "state": item.state,
            "is_new": received.is_new,
            "duplicate": item.duplicate_of_id is not None,
            "received_at": item.received_at,
            "official_on": item.official_on,
            "deadline_on": item.deadline_on,
            "record_number": item.record.number_text if item.record else None,
        }
    location = {"Location": url_for("api_intake.show", uid=item.uid)}
    return answer, 201 if received.is_new else 200, location


@intake.operation(
    "GET", "/intake/<uuid:uid>", Permission.REGISTER, scope=TokenScope.INTAKE_READ, answer=IntakeAnswerSchema
)
def show(uid: uuid.UUID) -> dict[str, object]:
    """Tells what became of an item that you may know of: still to be registered, or registered with a number.

    Of what you handed in yourself and may not read, as most services may not, state and number are told.
    """
    who = context.actor()
    with context.diarium().database.reading() as session:
        own = queries.handed_in(session, who, uid, key_prefix=_key(who, ""))
        try:
            view = queries.item_details(session, who, uid)
        except ItemNotFound:
            if own is None:
                raise
            return {"uid": uid, "state": own.state, "record_number": own.record_number}
    return {
        "uid": view.uid,
        "state": view.state,
        "is_new": False,
        "duplicate": bool(view.duplicates),
        "received_at": view.received_at,
        "official_on": view.official_on,
        "deadline_on": view.deadline_on,
        "record_number": view.record.number if view.record else None,
    }


def _key(who: Actor, reference: str) -> str:
    """Two services may count alike: what one calls 17 is nothing to the other."""
    return f"api:{who.user_id}:{reference}"


def _wanted() -> dict[str, Any]:
    """What the body asks for, whichever form it has. Raises: ValidationError."""
    schema = IntakeRequestSchema()
    if request.mimetype == "application/json":
        loaded: dict[str, Any] = schema.load(cast(Mapping[str, Any], read_json(request.get_data(cache=False))))
        return loaded
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    flat = {name: value for name, value in request.form.items() if value != ""}
    sender = {name.removeprefix("sender."): flat.pop(name) for name in list(flat) if name.startswith("sender.")}
    whole: dict[str, object] = {**flat, "sender": sender or None, "files": []}
    # Through the same reader as a body in JSON: what no register can keep is refused there, and only there.
    checked: dict[str, Any] = schema.load(cast(Mapping[str, Any], read_json(json.dumps(whole).encode())))
    return checked


def _from_tickets(who: Actor, given: list[str]) -> tuple[ArrivedFile, ...]:
    uploads = [tickets().read(who.user_id, ticket) for ticket in given]
    return tuple(ArrivedFile(upload.file_name, upload.sha256) for upload in uploads)


def _from_form() -> tuple[ArrivedFile, ...]:
    """The files in the form, each stored in a transaction of its own."""
    if request.mimetype != "multipart/form-data":
        return ()
    given = request.files.getlist("file")
    if len(given) > MAX_FILES or set(request.files) - {"file"}:
        raise ValidationError({"file": [_("Skicka högst %(most)s filer, i fälten file.", most=MAX_FILES)]})
    services = context.diarium()
    arrived = []
    for upload in given:
        with services.database.unit_of_work() as session:
            stream = cast(BinaryIO, upload.stream)
            most = services.settings.max_upload_bytes
            sha256 = files.take_in(session, services.blobs, stream, max_bytes=most)
        arrived.append(ArrivedFile(safe_file_name(upload.filename or ""), sha256))
    return tuple(arrived)
