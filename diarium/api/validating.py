"""Archive packages over the API: handed in, checked by the worker, asked about, their reports read."""

from __future__ import annotations

import shutil
import uuid
from typing import Any, BinaryIO, cast

from flask import request, url_for
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.exceptions import UnsupportedMediaType

from diarium.api import context
from diarium.api.common import Moment
from diarium.archive import received, received_intake
from diarium.archive.received_models import ReceivedPackage, ReceivedState, ReceivedWay
from diarium.archive.validation.model import Level, Severity
from diarium.errors import Conflict
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.identity.scopes import TokenScope

validating = context.Resource("package_validations", __name__, "Paketkontroll")


class PackageValidationSchema(Schema):
    """The check of one package. `bytes_read` of `bytes_total` tell how far it has come.

    `valid` and the counts are null until the state is `checked`; `error` says in Swedish why a check `failed`.
    """

    uid = fields.UUID()
    name = fields.String()
    state = fields.Enum(ReceivedState, by_value=True)
    size = fields.Integer()
    sha256 = fields.String(allow_none=True)
    received_at = Moment()
    checked_at = Moment(allow_none=True)
    kept_until = Moment()
    bytes_read = fields.Integer()
    bytes_total = fields.Integer()
    profile = fields.String(allow_none=True)
    valid = fields.Boolean(allow_none=True)
    errors = fields.Integer(allow_none=True)
    warnings = fields.Integer(allow_none=True)
    infos = fields.Integer(allow_none=True)
    error = fields.String(allow_none=True)


class FindingSchema(Schema):
    """One thing that is not as the specification wants it: the rule, where, what, and how to mend it.

    `count`: how many it stands for, where those that are alike are only counted.
    """

    rule = fields.String()
    level = fields.String(validate=validate.OneOf([level.value for level in Level]))
    severity = fields.String(validate=validate.OneOf([severity.value for severity in Severity]))
    file = fields.String()
    line = fields.Integer(allow_none=True)
    xpath = fields.String(allow_none=True)
    message = fields.String()
    mend = fields.String()
    count = fields.Integer()


class PackageReportSchema(Schema):
    """What the check found. `usable`: the package could be read; `valid`: and nothing in it is an error."""

    package = fields.String()
    profile = fields.String()
    valid = fields.Boolean()
    usable = fields.Boolean()
    files = fields.Integer()
    bytes = fields.Integer()
    errors = fields.Integer()
    warnings = fields.Integer()
    infos = fields.Integer()
    findings = fields.List(fields.Nested(FindingSchema))


_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
                }
            }
        },
    },
}


@validating.operation(
    "POST",
    "/package-validations",
    Permission.EXPORT,
    scope=TokenScope.PACKAGES_VALIDATE,
    answer=PackageValidationSchema,
    status=202,
    takes_packages=True,
    documentation=_UPLOAD,
)
def hand_in() -> tuple[dict[str, object], int, dict[str, str]]:
    """Hands in an archive package, a ZIP or TAR, to be checked.

    `Location` is where to ask how far the check has come.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    given = request.files.get("file")
    if given is None or len(request.files) != 1 or len(request.files.getlist("file")) != 1:
        raise ValidationError({"file": [_("Skicka ett paket i fältet file.")]})
    services, who = context.diarium(), context.actor()
    settings, folder = services.settings.packages, services.settings.export_folder
    stored = received_intake.store(folder, who, cast(BinaryIO, given.stream), given.filename or "", settings)
    try:
        with context.change() as session:
            answer = _shown(received_intake.enter(session, who, stored, settings, ReceivedWay.API))
    except BaseException:
        shutil.rmtree(received.folder_of(folder, stored.uid), ignore_errors=True)
        raise
    return answer, 202, {"Location": url_for("api_package_validations.show", uid=stored.uid)}


@validating.operation(
    "GET",
    "/package-validations/<uuid:uid>",
    Permission.EXPORT,
    scope=TokenScope.PACKAGES_VALIDATE,
    answer=PackageValidationSchema,
)
def show(uid: uuid.UUID) -> dict[str, object]:
    """Tells how far the check of a package has come, and what it came to."""
    with context.diarium().database.reading() as session:
        return _shown(received.find(session, context.actor(), uid))


@validating.operation(
    "GET",
    "/package-validations/<uuid:uid>/report",
    Permission.EXPORT,
    scope=TokenScope.PACKAGES_VALIDATE,
    answer=PackageReportSchema,
)
def report(uid: uuid.UUID) -> dict[str, Any]:
    """The findings of a finished check, in Swedish. 409 while there is no report."""
    with context.diarium().database.reading() as session:
        package = received.find(session, context.actor(), uid)
    if package.report is None:
        raise Conflict(package.error or _("Kontrollen är inte klar. Försök igen om en stund."))
    return package.report


def _shown(package: ReceivedPackage) -> dict[str, object]:
    return {
        "uid": package.uid,
        "name": package.name,
        "state": package.state,
        "size": package.size,
        "sha256": package.sha256,
        "received_at": package.received_at,
        "checked_at": package.checked_at,
        "kept_until": package.kept_until,
        "bytes_read": package.progress,
        "bytes_total": package.total,
        "profile": package.profile,
        "valid": package.is_valid,
        "errors": package.errors,
        "warnings": package.warnings,
        "infos": package.infos,
        "error": package.error,
    }
