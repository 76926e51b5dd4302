"""Finding by scanning: the code on a label, typed by a scanner or by hand, leads to its page."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.register import finding
from diarium.register.finding import Found, FoundKind
from diarium.web import context
from diarium.web.cases.frame import blueprint

MOST_CODE = 300


@blueprint.get("/hitta")
@context.staff(Permission.READ)
def find() -> ResponseReturnValue:
    """Leads to the case or record of a scanned label or a number; without a code, the field to scan into."""
    code = request.args.get("kod", "")[:MOST_CODE]
    errors = {}
    if code.strip():
        address = address_of(code)
        if address is not None:
            return redirect(address)
        errors = {"kod": _("Det finns inget ärende och ingen handling med koden ”%(code)s”.", code=code.strip())}
    return context.page("cases/find.html", code=code, errors=errors), 422 if errors else 200


def address_of(code: str) -> str | None:
    """The page of the one case or record that `code` means."""
    with context.diarium().database.reading() as session:
        found = finding.find(session, context.actor(), code)
    return None if found is None else _page_of(found)


def _page_of(found: Found) -> str:
    return url_for("cases.details" if found.kind is FoundKind.CASE else "records.details", uid=found.uid)
