"""The blueprint of the package pages, and what is done to a request before anything reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from diarium.archive.validation.report_view import ShownReport, show
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.session import current_actor

blueprint = Blueprint("packages", __name__, url_prefix="/intern/arkiv/paket")
_FORM_BYTES = 1024 * 1024


@blueprint.url_value_preprocessor
def let_packages_through(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """A package may be larger than other uploads, from those who check packages."""
    if request.method == "POST" and request.endpoint == "packages.create":
        who = current_actor()
        if who is not None and who.authorities(Permission.EXPORT):
            settings = context.diarium().settings
            request.max_content_length = max(settings.packages.max_bytes, settings.max_upload_bytes) + _FORM_BYTES


@blueprint.app_template_global("shown_report")
def shown_report(report: Mapping[str, Any], severity: str = "", rule: str = "", page: int = 1) -> ShownReport:
    """A report in its JSON form as templates show it, for `packages/_report.html`."""
    return show(report, severity=severity, rule=rule, page=page)
