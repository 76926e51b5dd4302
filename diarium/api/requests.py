"""What the API takes in: the register's own schemas, with tickets for files, and the query strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from diarium.i18n import LOCALES
from diarium.i18n import lazy_gettext as _l
from diarium.register.commands import NewRecord
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.schemas import NewRecordSchema
from diarium.register.vocabulary import CaseStatus, Direction
from diarium.search.port import MAX_HITS_SHOWN, MAX_PAGE_SIZE, Sort
from diarium.webhooks.vocabulary import EventKind

# marshmallow's own messages about whole objects and numbers, in the users' language.
Schema.error_messages |= {"unknown": _l("Uppgiften finns inte."), "type": _l("Ange ett objekt med uppgifter.")}
fields.Integer.default_error_messages |= {"invalid": _l("Skriv ett heltal.")}
fields.UUID.default_error_messages |= {"invalid_uuid": _l("Skriv en identitet (UUID).")}

_BETWEEN = _l("Skriv ett heltal mellan {min} och {max}.")
CASE_SORTS = ("-number", "number", "-opened", "opened")
RECORD_SORTS = ("-registered", "registered", "-number", "number", "-date", "date")


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """An uploaded file to be bound to a record."""

    ticket: str
    file_name: str | None = None
    description: str | None = None
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """A record with the tickets of its files."""

    command: NewRecord
    documents: tuple[TicketFacts, ...]


class TicketSchema(Schema):
    """A file that was uploaded with POST /files. Without `file_name` it keeps the name it came with."""

    ticket = fields.String(required=True, validate=validate.Length(min=1, max=2000))
    file_name = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=255))
    description = fields.String(load_default=None, allow_none=True)
    is_released = fields.Boolean(load_default=False)

    @post_load
    def _make(self, data: dict[str, Any], **_options: object) -> TicketFacts:
        return TicketFacts(**data)


class DocumentsSchema(Schema):
    """Files for a record that is registered already."""

    documents = fields.List(fields.Nested(TicketSchema), required=True, validate=validate.Length(min=1, max=500))


class RecordRequestSchema(NewRecordSchema):
    """A record to be registered, in the case with number `case` or in `new_case`, with its files."""

    documents = fields.List(fields.Nested(TicketSchema), load_default=list, validate=validate.Length(max=500))

    @post_load
    def _make(self, data: dict[str, Any], **options: object) -> RecordRequest:
        documents = tuple(data.pop("documents"))
        return RecordRequest(super()._make(data, **options), documents)


class CloseSchema(Schema):
    """Closing a case: on `closed_on`, today if not given."""

    closed_on = fields.Date(load_default=None, allow_none=True)
    reason = fields.String(load_default="", validate=validate.Length(max=2000))


class ReasonSchema(Schema):
    """Why something is done. The reason is kept in the log."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=2000))


class AssignSchema(Schema):
    """Who handles a case: an officer's user name and a unit's name, null for nobody."""

    responsible = fields.String(required=True, allow_none=True, validate=validate.Length(max=80))
    unit = fields.String(required=True, allow_none=True, validate=validate.Length(max=200))


class CaseCorrectionRequestSchema(ReasonSchema):
    """What of a case shall read otherwise; what is not named stays as it is."""

    title = fields.String(validate=validate.Length(min=1))
    public_title = fields.String(allow_none=True, validate=validate.Length(max=500))
    case_type = fields.String(allow_none=True)
    classification = fields.String(allow_none=True, validate=validate.Length(max=40))
    physical_location = fields.String(allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_options: object) -> tuple[CaseCorrection, str]:
        reason = data.pop("reason")
        return CaseCorrection(**data), reason


class RecordCorrectionRequestSchema(ReasonSchema):
    """What of a record shall read otherwise; what is not named stays as it is."""

    title = fields.String(validate=validate.Length(min=1))
    public_title = fields.String(allow_none=True, validate=validate.Length(max=500))
    record_type = fields.String(allow_none=True)
    direction = fields.Enum(Direction, by_value=True)
    official_on = fields.Date()
    document_date = fields.Date(allow_none=True)
    physical_location = fields.String(allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_options: object) -> tuple[RecordCorrection, str]:
        reason = data.pop("reason")
        return RecordCorrection(**data), reason


class WebhookRequestSchema(Schema):
    """A webhook to be made."""

    authority = fields.String(required=True, validate=validate.Length(min=1, max=10))
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    url = fields.String(required=True, validate=validate.Length(min=1, max=500))
    kinds = fields.List(
        fields.Enum(EventKind, by_value=True), required=True, validate=validate.Length(min=1, max=len(EventKind))
    )


class QuerySchema(Schema):
    """What every query may say: `lang`, the language of messages; otherwise Accept-Language counts."""

    lang = fields.String(validate=validate.OneOf(LOCALES), metadata={"example": "sv"})


class PagedSchema(QuerySchema):
    """Paging: `cursor` is the `next_cursor` of the page before."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(min=1, max=MAX_PAGE_SIZE, error=_BETWEEN),
        metadata={"example": 20},
    )
    cursor = fields.String(load_default=None, validate=validate.Length(min=1, max=2000))


class CaseQuerySchema(PagedSchema):
    """Which cases to list, and in which order: "-" before it for falling."""

    authority = fields.String(load_default="", validate=validate.Length(max=10), metadata={"example": "KS"})
    status = fields.Enum(CaseStatus, by_value=True, load_default=None)
    year = fields.Integer(load_default=None, validate=validate.Range(min=1600, max=9999, error=_BETWEEN))
    classification = fields.String(load_default="", validate=validate.Length(max=40))
    responsible = fields.String(load_default="", validate=validate.Length(max=80))
    opened_from = fields.Date(load_default=None)
    opened_to = fields.Date(load_default=None)
    sort = fields.String(load_default="-number", validate=validate.OneOf(CASE_SORTS))


class RecordQuerySchema(PagedSchema):
    """Which records to list, and in which order: "-" before it for falling."""

    authority = fields.String(load_default="", validate=validate.Length(max=10), metadata={"example": "KS"})
    direction = fields.Enum(Direction, by_value=True, load_default=None)
    record_type = fields.String(load_default="", validate=validate.Length(max=100))
    date_from = fields.Date(load_default=None)
    date_to = fields.Date(load_default=None)
    sort = fields.String(load_default="-registered", validate=validate.OneOf(RECORD_SORTS))


def _facet() -> fields.List[str]:
    value = fields.String(validate=validate.Length(max=200))
    return fields.List(value, load_default=list, validate=validate.Length(max=20))


class SearchQuerySchema(QuerySchema):
    """What to search for. Filters may be given several times: joined with OR within one, with AND between them."""

    q = fields.String(load_default="", validate=validate.Length(max=1000))
    kind = _facet()
    authority = _facet()
    year = _facet()
    record_type = _facet()
    direction = _facet()
    status = _facet()
    classification = _facet()
    date_from = fields.Date(load_default=None)
    date_to = fields.Date(load_default=None)
    sort = fields.Enum(Sort, by_value=True, load_default=Sort.RELEVANCE)
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=MAX_HITS_SHOWN, error=_BETWEEN))
    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MAX_PAGE_SIZE, error=_BETWEEN))
