"""What both APIs answer with: moments, problems, what an API tells of itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import Schema, fields


class Moment(fields.AwareDateTime):
    """A moment as RFC 3339 in UTC: 2024-05-01T11:05:00Z."""

    def _serialize(self, value: dt.datetime | None, attr: str | None, obj: object, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(dt.UTC).isoformat(timespec="seconds")[:-6] + "Z"


class InfoSchema(Schema):
    """What this is. Source: the REST API profile of Swedish public bodies, api-info."""

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
