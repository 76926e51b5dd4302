"""Where a page begins, as text that only leads on in the list that it came from.

A check sum binds the place to the list and its filters, so that a cursor that was cut, changed or carried over is
refused and not misread. It is no secret: whoever makes one up gets to a place in an open list.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence

from marshmallow import ValidationError

from diarium.i18n import gettext as _

_NOT_THE_LIST = frozenset({"cursor", "limit", "lang"})
Key = int | dt.date
_BIGGEST = 2**63 - 1
"""What a database takes for a number."""


def write(place: Sequence[Key], name: str, wanted: Mapping[str, object]) -> str:
    """The place in the list `name` with the filters `wanted`."""
    values = [value.isoformat() if isinstance(value, dt.date) else value for value in place]
    text = json.dumps([_sum(values, name, wanted), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def read(
    text: str | None, kinds: Sequence[type], name: str, wanted: Mapping[str, object]
) -> tuple[Key, ...] | None:
    """The place that `text` writes, its parts being of `kinds`. Raises: ValidationError, at "cursor"."""
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(content, list) or not content or content[0] != _sum(content[1:], name, wanted):
            raise ValueError
        return tuple(_key(value, kind) for value, kind in zip(content[1:], kinds, strict=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        message = _("Platsen går inte att läsa, eller hör till ett annat urval. Börja om från listans början.")
        raise ValidationError({"cursor": [message]}) from None


def _key(value: object, kind: type) -> Key:
    if kind is dt.date:
        return dt.date.fromisoformat(str(value))
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _BIGGEST:
        raise ValueError
    return value


def _sum(values: Sequence[object], name: str, wanted: Mapping[str, object]) -> str:
    filters = {key: str(value) for key, value in sorted(wanted.items()) if key not in _NOT_THE_LIST}
    text = json.dumps([name, filters, list(values)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
