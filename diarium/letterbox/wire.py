"""Letters as JSON, checked by marshmallow at both ends: the worker trusts nothing of the public process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from diarium.i18n import LOCALES
from diarium.i18n import gettext as _
from diarium.letterbox import letters
from diarium.letterbox.addresses import email_address
from diarium.letterbox.errors import InvalidLetter
from diarium.letterbox.letters import (
    Confirm,
    ContactWay,
    Follow,
    FollowTarget,
    Letter,
    LetterKind,
    Order,
    OrderedItem,
    Unfollow,
)

MAX_BYTES = 60_000
_TOKEN = validate.Regexp(rf"[A-Za-z0-9_-]{{20,{letters.MAX_TOKEN}}}\Z")


def _no_nul(text: str) -> None:
    if "\0" in text:
        raise ValidationError(_("Värdet kan inte användas."))


def _an_email_address(text: str) -> None:
    if email_address(text) != text:
        raise ValidationError(_("Värdet kan inte användas."))


def _text(most: int, least: int = 0, **options: Any) -> fields.String:
    return fields.String(validate=[validate.Length(min=least, max=most), _no_nul], **options)


class ItemSchema(Schema):
    """An `OrderedItem`."""

    record_number = _text(letters.MAX_NUMBER, 1, required=True)
    record_uid = fields.UUID(load_default=None, allow_none=True)
    authority = _text(10, load_default="")

    @post_load
    def _make(self, values: dict[str, Any], **_rest: object) -> OrderedItem:
        return OrderedItem(**values)


class OrderSchema(Schema):
    """An `Order`."""

    items = fields.List(fields.Nested(ItemSchema), required=True, validate=validate.Length(max=letters.MOST_ITEMS))
    contact_way = fields.Enum(ContactWay, by_value=True, required=True)
    contact = _text(letters.MAX_CONTACT, load_default="")
    name = _text(letters.MAX_NAME, load_default=None, allow_none=True)
    message = _text(letters.MAX_MESSAGE, load_default="")
    authority = _text(10, load_default="")
    language = fields.String(load_default="sv", validate=validate.OneOf(LOCALES))

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, values: Mapping[str, Any], **_rest: object) -> None:
        if not values["items"] and not values["message"].strip():
            raise ValidationError(_("Skriv vilka handlingar du vill ta del av."), "items")
        way, contact = values["contact_way"], values["contact"]
        if way is not ContactWay.VISIT and not contact.strip():
            raise ValidationError(_("Fyll i uppgiften."), "contact")
        if way is ContactWay.EMAIL and email_address(contact) != contact:
            raise ValidationError(_("Värdet kan inte användas."), "contact")

    @post_load
    def _make(self, values: dict[str, Any], **_rest: object) -> Order:
        return Order(**(values | {"items": tuple(values["items"])}))


class TargetSchema(Schema):
    """A `FollowTarget`."""

    case_uid = fields.UUID(load_default=None, allow_none=True)
    query = _text(letters.MAX_QUERY, load_default=None, allow_none=True)
    filters = fields.Dict(
        keys=_text(40, 1),
        values=fields.List(_text(100, 1), validate=validate.Length(max=letters.MAX_VALUES)),
        load_default=dict,
        validate=validate.Length(max=20),
    )
    date_from = fields.Date(load_default=None, allow_none=True)
    date_to = fields.Date(load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, values: Mapping[str, Any], **_rest: object) -> None:
        is_search = values["query"] is not None
        if is_search == (values["case_uid"] is not None):
            raise ValidationError(_("Välj ett ärende eller en sökning att följa."), "target")

    @post_load
    def _make(self, values: dict[str, Any], **_rest: object) -> FollowTarget:
        filters = {name: tuple(some) for name, some in values["filters"].items()}
        return FollowTarget(**(values | {"filters": MappingProxyType(filters)}))


class FollowSchema(Schema):
    """A `Follow`."""

    email = fields.String(required=True, validate=[validate.Length(max=letters.MAX_EMAIL), _an_email_address])
    target = fields.Nested(TargetSchema, required=True)
    language = fields.String(load_default="sv", validate=validate.OneOf(LOCALES))

    @post_load
    def _make(self, values: dict[str, Any], **_rest: object) -> Follow:
        return Follow(**values)


class ConfirmSchema(Schema):
    """A `Confirm`."""

    token = fields.String(required=True, validate=_TOKEN)

    @post_load
    def _make(self, values: dict[str, Any], **_rest: object) -> Confirm:
        return Confirm(**values)


class UnfollowSchema(Schema):
    """An `Unfollow`."""

    token = fields.String(required=True, validate=_TOKEN)

    @post_load
    def _make(self, values: dict[str, Any], **_rest: object) -> Unfollow:
        return Unfollow(**values)


_SCHEMAS: Mapping[LetterKind, type[Schema]] = {
    LetterKind.ORDER: OrderSchema,
    LetterKind.FOLLOW: FollowSchema,
    LetterKind.CONFIRM: ConfirmSchema,
    LetterKind.UNFOLLOW: UnfollowSchema,
}


def written(letter: Letter) -> str:
    """The letter as JSON. Raises: InvalidLetter with the field that is missing, too long or of the wrong form."""
    kind = letters.kind_of(letter)
    text = json.dumps(_SCHEMAS[kind]().dump(letter), ensure_ascii=False)
    read(kind, text)
    return text


def read(kind: str, text: str) -> Letter:
    """The letter in `text`. Raises: InvalidLetter if it is none, whoever wrote it."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InvalidLetter(_("Det som skickades är för stort."))
    try:
        letter: Letter = _SCHEMAS[LetterKind(kind)]().loads(text)
    except ValidationError as error:
        field, message = _first(error.messages)
        raise InvalidLetter(message, field=field) from None
    except (ValueError, RecursionError) as error:  # no JSON at all, or no kind that we know
        raise InvalidLetter(_("Det som skickades går inte att förstå.")) from error
    return letter


def _first(messages: object) -> tuple[str | None, str]:
    """The first field that is wrong, and what is wrong with it."""
    name: str | None = None
    while isinstance(messages, Mapping):
        key, messages = next(iter(messages.items()))
        name = name or (key if isinstance(key, str) and key != "_schema" else None)
    text = messages[0] if isinstance(messages, list) and messages else messages
    return name, str(text)
