"""Reads bodies and query strings that anybody may have written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

import flask
from marshmallow import Schema
from webargs import core
from webargs.flaskparser import FlaskParser, abort

from diarium.i18n import gettext as _

MAX_JSON_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 20
MAX_NUMBER_DIGITS = 18


class StrictParser(FlaskParser):
    """Takes JSON only as `application/json`, and refuses what no register can keep before a schema sees it."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": "raise"}  # noqa: RUF012

    def _raw_load_json(self, req: flask.Request) -> object:
        if not core.is_json(req.mimetype):
            abort(415)
        return read_json(req.get_data(cache=False))

    def load_querystring(self, req: flask.Request, schema: Schema) -> object:
        for value in req.args.values():
            _check_text(value)
        return super().load_querystring(req, schema)


def read_json(body: bytes) -> object:
    """The value in `body`. Aborts with 400 for what is not JSON, nested too deeply or not storable as text."""
    try:
        value: object = json.loads(body, parse_constant=_refuse, parse_int=_whole_number)
    except RecursionError:
        _malformed(_too_deep())
    except ValueError:  # also wrong UTF-8
        _malformed(_("Innehållet är inte giltig JSON i UTF-8."))
    _check(value)
    return value


def _check(value: object) -> None:
    """Walks without recursion: the value's depth is the caller's to choose, the stack is ours."""
    waiting: list[tuple[object, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_DEPTH:
            _malformed(_too_deep())
        if isinstance(item, str):
            _check_text(item)
        elif isinstance(item, Mapping):
            waiting.extend((part, depth + 1) for pair in item.items() for part in pair)
        elif isinstance(item, list):
            waiting.extend((part, depth + 1) for part in item)


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        _malformed(_("En text innehåller tecken som inte är giltiga i Unicode, eller tecknet noll."))


def _too_deep() -> str:
    return _("Innehållet har fler nivåer än %(most)s.", most=MAX_DEPTH)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_NUMBER_DIGITS:
        raise ValueError(digits[:MAX_NUMBER_DIGITS])
    return int(digits)


def _malformed(detail: str) -> NoReturn:
    abort(400, detail=detail)
