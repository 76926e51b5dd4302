"""Where a page of a list begins, as an address carries it: the last row seen, never a row count."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from marshmallow import Schema, ValidationError, fields, validate

from diarium.i18n import gettext as _
from diarium.lists.errors import InvalidCursor

Key = str | int | dt.date | dt.datetime
MOST_CHARACTERS = 2000
MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the row with number `id` in the order `sort` of the list `name`.

    `values`: what it was sorted by, so that the place stays when the row is changed; empty where that is private
    or missing. `is_missing`: the row stood among those without a value. `is_backward`: what lies before is wanted.
    """

    name: str
    sort: str
    id: int
    values: tuple[Key, ...] = ()
    is_missing: bool = False
    is_backward: bool = False


class _Schema(Schema):
    n = fields.String(required=True, validate=validate.Length(max=40))
    s = fields.String(required=True, validate=validate.Length(max=60))
    i = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=MAX_ID))
    v = fields.List(fields.Raw(), required=True, validate=validate.Length(max=6))
    m = fields.Boolean(required=True, truthy={True}, falsy={False})
    b = fields.Boolean(required=True, truthy={True}, falsy={False})


def write(cursor: Cursor) -> str:
    """The cursor as text for an address."""
    values = [
        [_kind(value), value.isoformat() if isinstance(value, dt.date) else value] for value in cursor.values
    ]
    content = {
        "n": cursor.name,
        "s": cursor.sort,
        "i": cursor.id,
        "v": values,
        "m": cursor.is_missing,
        "b": cursor.is_backward,
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii").rstrip("=")


def read(text: str, name: str, sort: str) -> Cursor:
    """The cursor that `text` writes. Raises: InvalidCursor also if it is of another list or order."""
    try:
        if len(text) > MOST_CHARACTERS:
            raise ValueError
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True).decode("utf-8"))
        loaded = cast("dict[str, object]", _Schema().load(content))
        found = Cursor(
            name=str(loaded["n"]),
            sort=str(loaded["s"]),
            id=cast(int, loaded["i"]),
            values=tuple(_value(item) for item in cast("list[object]", loaded["v"])),
            is_missing=bool(loaded["m"]),
            is_backward=bool(loaded["b"]),
        )
    except (ValueError, ValidationError, binascii.Error, RecursionError):
        raise bad() from None
    if (found.name, found.sort) != (name, sort):
        raise bad()
    return found


def check_kinds(cursor: Cursor, kinds: Sequence[type]) -> None:
    """Raises: InvalidCursor unless the values are of `kinds`."""
    if len(cursor.values) != len(kinds) or any(
        type(value) is not kind for value, kind in zip(cursor.values, kinds, strict=True)
    ):
        raise bad()


def bad() -> InvalidCursor:
    """What to raise for a place that can't be found."""
    return InvalidCursor(
        _("Länken till sidan går inte att läsa, eller hör till en annan sortering. Här är listans början.")
    )


def _kind(value: Key) -> str:
    return {dt.datetime: "t", dt.date: "d", int: "i"}.get(type(value), "s")


def _value(item: object) -> Key:
    match item:
        case ["t", str(text)]:
            moment = dt.datetime.fromisoformat(text)
            if moment.tzinfo is None:
                raise ValueError
            return moment.astimezone(dt.UTC)
        case ["d", str(text)]:
            return dt.date.fromisoformat(text)
        case ["i", int(number)] if not isinstance(number, bool) and abs(number) <= MAX_ID:
            return number
        case ["s", str(text)] if "\x00" not in text:
            text.encode("utf-8")  # a lone surrogate is a ValueError
            return text
    raise ValueError
