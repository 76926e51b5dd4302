"""What the API answers: the views of the register, as JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import Schema, fields

from diarium.register.vocabulary import CaseStatus, Direction, Medium, PartyKind, PartyRole, RecordStatus
from diarium.search.port import Kind


class Moment(fields.AwareDateTime):
    """A moment as RFC 3339 in UTC: 2024-05-01T11:05:00Z."""

    def _serialize(self, value: dt.datetime | None, attr: str | None, obj: object, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(dt.UTC).isoformat(timespec="seconds")[:-6] + "Z"


class UploadSchema(Schema):
    """The receipt of an upload. `ticket` is good for a day, for the same user only; `size` in bytes."""

    ticket = fields.String()
    sha256 = fields.String()
    size = fields.Integer()
    file_name = fields.String()


class PartyViewSchema(Schema):
    """A party; `name` is null where it is hidden from you."""

    role = fields.Enum(PartyRole, by_value=True)
    kind = fields.Enum(PartyKind, by_value=True)
    name = fields.String(allow_none=True)
    identity_number = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    is_protected = fields.Boolean()


class RestrictionViewSchema(Schema):
    """A secrecy marking, in force or lifted."""

    uid = fields.UUID()
    citation = fields.String()
    subject = fields.String()
    scope = fields.String()
    made_on = fields.Date()
    made_by = fields.String()
    note = fields.String(allow_none=True)
    is_in_force = fields.Boolean()


class DocumentViewSchema(Schema):
    """A file of a record; `size` in bytes."""

    uid = fields.UUID()
    file_name = fields.String()
    size = fields.Integer()
    format_name = fields.String(allow_none=True)
    is_released = fields.Boolean()
    warnings = fields.List(fields.String())


class RecordViewSchema(Schema):
    """A record as you may see it: `title` is null and `files_hidden` true where it is hidden from you."""

    uid = fields.UUID()
    case_uid = fields.UUID()
    case_number = fields.String()
    authority_name = fields.String()
    number = fields.String()
    running_number = fields.Integer()
    direction = fields.Enum(Direction, by_value=True)
    official_on = fields.Date()
    registered_at = Moment()
    title = fields.String(allow_none=True)
    public_title = fields.String(allow_none=True)
    record_type = fields.String(allow_none=True)
    status = fields.Enum(RecordStatus, by_value=True)
    cancel_reason = fields.String(allow_none=True)
    medium = fields.Enum(Medium, by_value=True)
    physical_location = fields.String(allow_none=True)
    document_date = fields.Date(allow_none=True)
    note = fields.String(allow_none=True)
    version = fields.Integer()
    parties = fields.List(fields.Nested(PartyViewSchema))
    documents = fields.List(fields.Nested(DocumentViewSchema))
    restrictions = fields.List(fields.Nested(RestrictionViewSchema))
    files_hidden = fields.Boolean()


class CaseSummarySchema(Schema):
    """A case in a list; `title` is null where it is hidden from you."""

    uid = fields.UUID()
    number = fields.String()
    authority_code = fields.String()
    authority_name = fields.String()
    title = fields.String(allow_none=True)
    public_title = fields.String(allow_none=True)
    status = fields.Enum(CaseStatus, by_value=True)
    case_type = fields.String(allow_none=True)
    opened_on = fields.Date()
    decided_on = fields.Date(allow_none=True)
    closed_on = fields.Date(allow_none=True)
    cancel_reason = fields.String(allow_none=True)
    responsible = fields.String(allow_none=True)
    responsible_username = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    classification = fields.String(allow_none=True)
    classification_code = fields.String(allow_none=True)
    physical_location = fields.String(allow_none=True)
    is_restricted = fields.Boolean()
    version = fields.Integer()


class CaseViewSchema(CaseSummarySchema):
    """A case with what belongs to it."""

    note = fields.String(allow_none=True)
    parties = fields.List(fields.Nested(PartyViewSchema))
    restrictions = fields.List(fields.Nested(RestrictionViewSchema))
    records = fields.List(fields.Nested(RecordViewSchema))
    related = fields.List(fields.String())


class CasePageSchema(Schema):
    """A page of a list of cases, counted from 1."""

    cases = fields.List(fields.Nested(CaseSummarySchema))
    total = fields.Integer()
    page = fields.Integer()
    pages = fields.Integer()


class HitSchema(Schema):
    """A hit. `title` is null where it is hidden from you; `snippet` is escaped HTML with only <mark> in it."""

    uid = fields.UUID()
    kind = fields.Enum(Kind, by_value=True)
    number = fields.String()
    title = fields.String(allow_none=True)
    snippet = fields.String(allow_none=True)
    date = fields.Date(allow_none=True)
    authority = fields.String()
    record_type = fields.String()
    direction = fields.String()
    status = fields.String()
    score = fields.Float()


class FacetCountSchema(Schema):
    """How many hits have a value."""

    value = fields.String()
    count = fields.Integer()


class SearchAnswerSchema(Schema):
    """A page of hits, with the counts that further filters would give."""

    total = fields.Integer()
    page = fields.Integer()
    limit = fields.Integer()
    hits = fields.List(fields.Nested(HitSchema))
    facets = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(FacetCountSchema)))
    notes = fields.List(fields.String())
    suggestions = fields.List(fields.String())


class InfoSchema(Schema):
    """What this is. Source: the agreed profile for REST interfaces of Swedish public bodies, api-info."""

    api_name = fields.String()
    api_version = fields.String()
    api_released = fields.Date()
    api_documentation = fields.String()
    api_status = fields.String()
    organisation = fields.String()
    contact = fields.String()


class FieldErrorSchema(Schema):
    """What is wrong with a field, such as `parties.0.name`."""

    field = fields.String()
    message = fields.String()


class ProblemSchema(Schema):
    """An error. Source: RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String()
    errors = fields.List(fields.Nested(FieldErrorSchema))
