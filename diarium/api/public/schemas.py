"""What the open API takes and answers."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from diarium.i18n import LOCALES
from diarium.i18n import lazy_gettext as _l
from diarium.public.vocabulary import Visibility
from diarium.search.port import MAX_PAGE_SIZE, Kind, Sort

_BETWEEN = _l("Skriv ett heltal mellan {min} och {max}.")
DIRECTIONS = ("incoming", "outgoing", "drawn_up")


class PartySchema(Schema):
    """A party: an organisation or authority by name; `name` is null for private persons, who are never named."""

    role = fields.String()
    name = fields.String(allow_none=True)


class DocumentSchema(Schema):
    """A released file; `size` in bytes, `content` its address."""

    uid = fields.UUID()
    file_name = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    content = fields.String()


class CaseSchema(Schema):
    """A case; `title` is null where it is left out, and `visibility` says why."""

    uid = fields.UUID()
    number = fields.String()
    authority = fields.String()
    authority_name = fields.String()
    series = fields.String()
    year = fields.Integer()
    visibility = fields.Enum(Visibility, by_value=True)
    title = fields.String(allow_none=True)
    status = fields.String(allow_none=True)
    case_type = fields.String(allow_none=True)
    opened_on = fields.Date()
    closed_on = fields.Date(allow_none=True)
    class_code = fields.String(allow_none=True)
    class_title = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    parties = fields.List(fields.Nested(PartySchema))
    are_parties_omitted = fields.Boolean()
    page = fields.String()


class RecordSchema(Schema):
    """A record; `title` is null where it is left out, and `visibility` says why."""

    uid = fields.UUID()
    number = fields.String()
    case_uid = fields.UUID()
    case_number = fields.String()
    running_number = fields.Integer()
    authority = fields.String()
    authority_name = fields.String()
    visibility = fields.Enum(Visibility, by_value=True)
    direction = fields.String(allow_none=True)
    official_on = fields.Date()
    title = fields.String(allow_none=True)
    record_type = fields.String(allow_none=True)
    parties = fields.List(fields.Nested(PartySchema))
    are_parties_omitted = fields.Boolean()
    moved_to_uid = fields.UUID(allow_none=True)
    moved_to_number = fields.String(allow_none=True)
    documents = fields.List(fields.Nested(DocumentSchema))
    page = fields.String()


class CasesSchema(Schema):
    """A page of cases. `next_cursor`: where the next page begins, null on the last one."""

    cases = fields.List(fields.Nested(CaseSchema))
    next_cursor = fields.String(allow_none=True)


class RecordsSchema(Schema):
    """A page of records. `next_cursor`: where the next page begins, null on the last one."""

    records = fields.List(fields.Nested(RecordSchema))
    next_cursor = fields.String(allow_none=True)


class DailyListSchema(RecordsSchema):
    """The records of a day. `previous` and `following`: the days with records before and after it."""

    day = fields.Date()
    authority = fields.String(allow_none=True)
    previous = fields.Date(allow_none=True)
    following = fields.Date(allow_none=True)


class FoundSchema(Schema):
    """A hit: a case, or a record with its case. `snippet` is escaped HTML with only <mark> in it."""

    kind = fields.Enum(Kind, by_value=True)
    case = fields.Nested(CaseSchema)
    record = fields.Nested(RecordSchema, allow_none=True)
    snippet = fields.String(allow_none=True)


class ChoiceSchema(Schema):
    """A value to filter on, what it is called, and how many hits have it."""

    value = fields.String()
    label = fields.String()
    count = fields.Integer()


class AnswerSchema(Schema):
    """A page of hits, with the counts that further filters would give."""

    total = fields.Integer()
    hits = fields.List(fields.Nested(FoundSchema))
    facets = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(ChoiceSchema)))
    notes = fields.List(fields.String())
    suggestions = fields.List(fields.String())
    next_cursor = fields.String(allow_none=True)


class AuthoritySchema(Schema):
    """An authority whose register is open here."""

    code = fields.String()
    name = fields.String()


class AuthoritiesSchema(Schema):
    """The authorities whose registers are open here, in Swedish order."""

    authorities = fields.List(fields.Nested(AuthoritySchema))


class ClassSchema(Schema):
    """A class that shown cases belong to, and how many do."""

    code = fields.String()
    title = fields.String()
    cases = fields.Integer()


class ClassesSchema(Schema):
    """The classes that the shown cases belong to."""

    classes = fields.List(fields.Nested(ClassSchema))


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
    cursor = fields.String(load_default=None, validate=validate.Length(min=1, max=300))


def _code(example: str) -> fields.String:
    return fields.String(load_default=None, validate=validate.Length(min=1, max=40), metadata={"example": example})


class CaseQuerySchema(PagedSchema):
    """Which cases to list. A class takes in what lies below it."""

    authority = _code("KS")
    year = fields.Integer(load_default=None, validate=validate.Range(min=1600, max=9999, error=_BETWEEN))
    status = _code("open")
    class_code = _code("1.2")


class RecordQuerySchema(PagedSchema):
    """Which records to list; both days are within."""

    authority = _code("KS")
    direction = fields.String(load_default=None, validate=validate.OneOf(DIRECTIONS))
    date_from = fields.Date(load_default=None)
    date_to = fields.Date(load_default=None)


class DailyQuerySchema(PagedSchema):
    """Which day's list, by default the last day with any records; of one authority or of all."""

    authority = _code("KS")
    day = fields.Date(load_default=None)


def _facet() -> fields.List[str]:
    value = fields.String(validate=validate.Length(max=200))
    return fields.List(value, load_default=list, validate=validate.Length(max=20))


class SearchQuerySchema(QuerySchema):
    """What to search for. Filters may be given several times: joined with OR within one, with AND between them."""

    q = fields.String(load_default="", validate=validate.Length(max=1000), metadata={"example": "kollektivtrafik"})
    kind = _facet()
    authority = _facet()
    year = _facet()
    record_type = _facet()
    direction = _facet()
    status = _facet()
    classification = _facet()
    date_from = fields.Date(load_default=None)
    date_to = fields.Date(load_default=None)
    sort = fields.Enum(Sort, by_value=True, load_default=None)
    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MAX_PAGE_SIZE, error=_BETWEEN))
    cursor = fields.String(load_default=None, validate=validate.Length(min=1, max=300))
