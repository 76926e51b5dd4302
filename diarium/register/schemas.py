"""The form in which the doors hand facts over: checked by marshmallow, turned into commands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate

from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.correction import CaseCorrection, RecordCorrection
from diarium.register.errors import InvalidFact
from diarium.register.registration import default_party_role
from diarium.register.vocabulary import Direction, Initiative, Medium, PartyKind, PartyRole
from diarium.secrecy.models import Scope

# marshmallow's own messages in the users' language, for every schema of the program.
fields.Field.default_error_messages |= {
    "required": _l("Fyll i uppgiften."),
    "null": _l("Fyll i uppgiften."),
    "validator_failed": _l("Värdet kan inte användas."),
}
fields.String.default_error_messages |= {
    "invalid": _l("Skriv text."),
    "invalid_utf8": _l("Texten går inte att läsa."),
}
fields.Boolean.default_error_messages |= {"invalid": _l("Svara ja eller nej.")}
fields.Date.default_error_messages |= {
    "invalid": _l("Skriv datumet som 2024-05-01."),
    "format": _l("Skriv datumet som 2024-05-01."),
}
fields.DateTime.default_error_messages |= {
    "invalid": _l("Skriv tidpunkten som 2024-05-01T13:05:00+02:00."),
    "invalid_awareness": _l("Skriv tidpunkten med tidszon, som 2024-05-01T13:05:00+02:00."),
}
fields.Enum.default_error_messages |= {"unknown": _l("Välj ett av de värden som finns.")}
fields.List.default_error_messages |= {"invalid": _l("Ange en lista.")}
validate.Length.message_min = _l("Skriv minst {min} tecken.")
validate.Length.message_max = _l("Högst {max}.")
validate.Length.message_all = _l("Skriv mellan {min} och {max} tecken.")

_SHORT = validate.Length(max=500)


class PartySchema(Schema):
    """A sender, recipient or party."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    kind = fields.Enum(PartyKind, by_value=True, load_default=PartyKind.PERSON)
    role = fields.Enum(PartyRole, by_value=True, load_default=PartyRole.SENDER)
    identity_number = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20))
    organisation = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    address = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300))
    postal_code = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20))
    city = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    country = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    email = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=254))
    phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    is_protected = fields.Boolean(load_default=False)

    @post_load
    def _make(self, data: dict[str, Any], **_options: object) -> PartyFacts:
        return PartyFacts(**data)


class RestrictionSchema(Schema):
    """A marking: provision such as "26:1" and what it covers."""

    provision = fields.String(required=True, validate=validate.Length(min=1, max=40))
    scope = fields.Enum(Scope, by_value=True, load_default=Scope.WHOLE)
    document = fields.UUID(load_default=None, allow_none=True)
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=2000))
    review_on = fields.Date(load_default=None, allow_none=True)

    @post_load
    def _make(self, data: dict[str, Any], **_options: object) -> RestrictionFacts:
        return RestrictionFacts(**data)


class NewCaseSchema(Schema):
    """A case to be opened."""

    authority = fields.String(required=True, validate=validate.Length(min=1, max=10))
    title = fields.String(required=True)
    opened_on = fields.Date(load_default=None, allow_none=True)
    public_title = fields.String(load_default=None, allow_none=True, validate=_SHORT)
    series = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=10))
    case_type = fields.String(load_default=None, allow_none=True)
    classification = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    initiative = fields.Enum(Initiative, by_value=True, load_default=None, allow_none=True)
    responsible = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=80))
    unit = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    physical_location = fields.String(load_default=None, allow_none=True)
    foreign_number = fields.String(load_default=None, allow_none=True)
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20_000))
    parties = fields.List(fields.Nested(PartySchema), load_default=list, validate=validate.Length(max=200))
    restrictions = fields.List(
        fields.Nested(RestrictionSchema), load_default=list, validate=validate.Length(max=20)
    )

    @post_load
    def _make(self, data: dict[str, Any], **_options: object) -> NewCase:
        return NewCase(**_tuples(data))


class NewRecordSchema(Schema):
    """A record to be registered in `case` (its number) or in `new_case`."""

    direction = fields.Enum(Direction, by_value=True, required=True)
    official_on = fields.Date(required=True)
    title = fields.String(required=True)
    case = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    new_case = fields.Nested(NewCaseSchema, load_default=None, allow_none=True)
    authority = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=10))
    public_title = fields.String(load_default=None, allow_none=True, validate=_SHORT)
    record_type = fields.String(load_default=None, allow_none=True)
    received_at = fields.AwareDateTime(load_default=None, allow_none=True)
    document_date = fields.Date(load_default=None, allow_none=True)
    medium = fields.Enum(Medium, by_value=True, load_default=Medium.DIGITAL)
    physical_location = fields.String(load_default=None, allow_none=True)
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=20_000))
    parties = fields.List(fields.Nested(PartySchema), load_default=list, validate=validate.Length(max=1000))
    restrictions = fields.List(
        fields.Nested(RestrictionSchema), load_default=list, validate=validate.Length(max=20)
    )

    @pre_load
    def _default_roles(self, data: Mapping[str, Any], **_options: object) -> Mapping[str, Any]:
        """A party without a role is the record's other side."""
        parties = data.get("parties") if isinstance(data, dict) else None
        if not isinstance(parties, list) or data.get("direction") not in list(Direction):
            return data
        role = default_party_role(Direction(data["direction"])).value
        named = [{"role": role, **party} if isinstance(party, dict) else party for party in parties]
        return {**data, "parties": named}

    @post_load
    def _make(self, data: dict[str, Any], **_options: object) -> NewRecord:
        return NewRecord(**_tuples(data))


def new_record(facts: Mapping[str, object]) -> NewRecord:
    """The command for `facts`. Raises: marshmallow.ValidationError with the messages per field."""
    command: NewRecord = NewRecordSchema(unknown=EXCLUDE).load(facts)
    return command


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}


class _FormCorrection(Schema):
    """Shared by the correction forms: what stands in the form shall be; an empty field empties the fact."""

    def load_form(self, form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        """The facts of `form` and the messages of those that can't be read."""
        given = {key: value.strip() or None for key, value in form.items() if key in self.fields}
        try:
            loaded: dict[str, Any] = self.load(given)
        except ValidationError as failure:
            messages = failure.messages_dict.items()
            return {}, {key: " ".join(str(item) for item in _listed(text)) for key, text in messages}
        return loaded, {}


class CaseCorrectionSchema(_FormCorrection):
    """The facts of a case that can be corrected."""

    title = fields.String()
    public_title = fields.String(allow_none=True)
    case_type = fields.String(allow_none=True)
    classification = fields.String(allow_none=True)
    physical_location = fields.String(allow_none=True)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> tuple[CaseCorrection, dict[str, str]]:
        """The correction that a form asks for, and the messages per field."""
        loaded, errors = cls().load_form(form)
        return CaseCorrection(**loaded), errors


class RecordCorrectionSchema(_FormCorrection):
    """The facts of a record that can be corrected."""

    title = fields.String()
    public_title = fields.String(allow_none=True)
    record_type = fields.String(allow_none=True)
    direction = fields.Enum(Direction, by_value=True)
    official_on = fields.Date()
    document_date = fields.Date(allow_none=True)
    physical_location = fields.String(allow_none=True)

    @classmethod
    def from_form(cls, form: Mapping[str, str]) -> tuple[RecordCorrection, dict[str, str]]:
        """The correction that a form asks for, and the messages per field."""
        loaded, errors = cls().load_form(form)
        return RecordCorrection(**loaded), errors


def day_or_error(text: str, field: str) -> dt.date | None:
    """The day written as 2024-05-01, or nothing. Raises: InvalidFact."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidFact(_("Skriv datumet som 2024-05-01."), field=field) from None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
