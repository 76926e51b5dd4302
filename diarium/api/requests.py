"""What the API takes in: the register's own schemas, with tickets for files, and the query strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from diarium.i18n import LOCALES, SOURCE_LOCALE
from diarium.i18n import lazy_gettext as _l
from diarium.register.commands import NewRecord
from diarium.register.schemas import NewRecordSchema
from diarium.register.vocabulary import CaseStatus
from diarium.search.port import MAX_HITS_SHOWN, MAX_PAGE_SIZE, Sort

# marshmallow's own messages about whole objects and numbers, in the users' language.
Schema.error_messages |= {"unknown": _l("Uppgiften finns inte."), "type": _l("Ange ett objekt med uppgifter.")}
fields.Integer.default_error_messages |= {"invalid": _l("Skriv ett heltal.")}
fields.UUID.default_error_messages |= {"invalid_uuid": _l("Skriv en identitet (UUID).")}

_BETWEEN = _l("Skriv ett heltal mellan {min} och {max}.")
_PAGE = validate.Range(min=1, max=100_000, error=_BETWEEN)


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


class QuerySchema(Schema):
    """What every query may say: `lang`, the language of messages."""

    lang = fields.String(load_default=SOURCE_LOCALE, validate=validate.OneOf(LOCALES))


class CaseQuerySchema(QuerySchema):
    """Which cases to list."""

    authority = fields.String(load_default=None, validate=validate.Length(max=10))
    status = fields.Enum(CaseStatus, by_value=True, load_default=None)
    year = fields.Integer(load_default=None, validate=validate.Range(min=1600, max=9999, error=_BETWEEN))
    page = fields.Integer(load_default=1, validate=_PAGE)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=MAX_PAGE_SIZE, error=_BETWEEN))


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
