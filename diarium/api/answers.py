"""What the API answers: the views of the register, as JSON."""

from __future__ import annotations

from marshmallow import Schema, fields

from diarium.api.common import Moment
from diarium.identity.scopes import TokenScope
from diarium.register.models import DisposalDepth
from diarium.register.vocabulary import CaseStatus, Direction, Medium, PartyKind, PartyRole, RecordStatus
from diarium.search.port import Kind
from diarium.webhooks.vocabulary import DeliveryState, EventKind


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


class DisposalViewSchema(Schema):
    """A disposal (gallring): how much, when, by which decision of the authority, told in which certificate."""

    depth = fields.Enum(DisposalDepth, by_value=True)
    disposed_at = Moment()
    decision = fields.String()
    decided_on = fields.Date()
    certificate = fields.String()


class DocumentViewSchema(Schema):
    """A file of a record; `size` in bytes."""

    uid = fields.UUID()
    file_name = fields.String()
    size = fields.Integer()
    format_name = fields.String(allow_none=True)
    is_released = fields.Boolean()
    warnings = fields.List(fields.String())


class RecordSummarySchema(Schema):
    """A record in a list; `title` is null where it is hidden from you."""

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
    disposed = fields.Enum(DisposalDepth, by_value=True, allow_none=True)
    version = fields.Integer()


class RecordViewSchema(RecordSummarySchema):
    """A record as you may see it: `title` is null and `files_hidden` true where it is hidden from you."""

    note = fields.String(allow_none=True)
    parties = fields.List(fields.Nested(PartyViewSchema))
    documents = fields.List(fields.Nested(DocumentViewSchema))
    restrictions = fields.List(fields.Nested(RestrictionViewSchema))
    files_hidden = fields.Boolean()


class CaseSummarySchema(Schema):
    """A case in a list; `title` is null where it is hidden from you. `disposed`: how much of it is disposed of."""

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
    disposed = fields.Enum(DisposalDepth, by_value=True, allow_none=True)
    version = fields.Integer()


class CaseViewSchema(CaseSummarySchema):
    """A case with what belongs to it."""

    note = fields.String(allow_none=True)
    parties = fields.List(fields.Nested(PartyViewSchema))
    restrictions = fields.List(fields.Nested(RestrictionViewSchema))
    records = fields.List(fields.Nested(RecordViewSchema))
    related = fields.List(fields.String())
    disposals = fields.List(fields.Nested(DisposalViewSchema))


class CasePageSchema(Schema):
    """A page of a list of cases. `next_cursor`: where the next page begins, null on the last one."""

    cases = fields.List(fields.Nested(CaseSummarySchema))
    next_cursor = fields.String(allow_none=True)


class RecordPageSchema(Schema):
    """A page of a list of records. `next_cursor`: where the next page begins, null on the last one."""

    records = fields.List(fields.Nested(RecordSummarySchema))
    next_cursor = fields.String(allow_none=True)


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


class NamedSchema(Schema):
    """A code and what it is called."""

    code = fields.String()
    name = fields.String()


class AuthoritiesSchema(Schema):
    """Authorities whose registers you read."""

    authorities = fields.List(fields.Nested(NamedSchema))


class ClassSchema(Schema):
    """A class of the scheme in force; `level` is 1 at the top."""

    code = fields.String()
    title = fields.String()
    level = fields.Integer()
    publishing = fields.String()
    record_types = fields.List(fields.String())


class ClassesSchema(Schema):
    """The classes of the scheme in force, in its order."""

    classes = fields.List(fields.Nested(ClassSchema))


class RecordTypesSchema(Schema):
    """The record types in use."""

    record_types = fields.List(fields.String())


class WebhookSchema(Schema):
    """A webhook. `secret` signs its deliveries; it is told when it is made, never again."""

    uid = fields.UUID()
    authority = fields.String()
    name = fields.String()
    url = fields.String()
    kinds = fields.List(fields.Enum(EventKind, by_value=True))
    is_active = fields.Boolean()
    created_at = Moment()
    created_by = fields.String()
    version = fields.Integer()
    secret = fields.String()


class WebhooksSchema(Schema):
    """The webhooks of the authorities that you administer."""

    webhooks = fields.List(fields.Nested(WebhookSchema))


class DeliverySchema(Schema):
    """A delivery to a webhook. `last_status`: what its address answered, null where it did not."""

    uid = fields.UUID()
    kind = fields.String()
    number = fields.String(allow_none=True)
    occurred_at = Moment()
    state = fields.Enum(DeliveryState, by_value=True)
    attempts = fields.Integer()
    next_try_at = Moment(allow_none=True)
    last_tried_at = Moment(allow_none=True)
    last_status = fields.Integer(allow_none=True)
    last_error = fields.String(allow_none=True)
    delivered_at = Moment(allow_none=True)


class DeliveriesSchema(Schema):
    """Deliveries to a webhook, the newest first. `next_cursor`: where the next page begins."""

    deliveries = fields.List(fields.Nested(DeliverySchema))
    next_cursor = fields.String(allow_none=True)


class TokenSchema(Schema):
    """Your token: who acts with it, what for and how long."""

    actor = fields.String()
    scopes = fields.List(fields.Enum(TokenScope, by_value=True))
    authorities = fields.List(fields.String())
