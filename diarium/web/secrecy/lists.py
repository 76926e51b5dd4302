"""Secrecy that ends or is due to be looked at anew, and cases that other authorities show."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Permission
from diarium.register import case_sharing, endings, queries
from diarium.register.endings import ENDING_LABELS, Ending, EndingPage, EndingView, Wanted
from diarium.secrecy.models import SCOPE_LABELS
from diarium.web import context, reading
from diarium.web.arguments import whole_number
from diarium.web.cases import frame
from diarium.web.secrecy.blueprint import CASE, RECORD, blueprint
from diarium.web.secrecy.tabs import tabs

_DAYS = 365
_MOST_ID = 2**63 - 1


@blueprint.get("/sekretess/upphor", endpoint="endings")
@context.staff(Permission.READ)
def endings_list() -> ResponseReturnValue:
    """Markings whose time runs out or has run out, and those to be looked at anew."""
    who, wanted = context.actor(), _wanted()
    with context.diarium().database.reading() as session:
        authorities = queries.readable_authorities(session, who)
        try:
            found, errors = endings.page(session, who, wanted, cursor=request.args.get("efter")), {}
        except DomainError as error:
            found, errors = EndingPage((), None), frame.mistakes(error)
        cases = [row.target for row in found.rows if row.is_case and row.title is not None]
        records = [row.target for row in found.rows if not row.is_case and row.title is not None]
        shown = queries.restricted_shown(session, who, cases=cases, records=records)
    reading.note_list(shown, _("Sekretess som upphör"))
    kept = {"visa": wanted.which.value, "days": wanted.days, "authority": wanted.authority or ""}
    address = url_for("secrecy.endings")
    page = context.page(
        "secrecy/endings.html",
        tabs=tabs("endings"),
        wanted=wanted,
        kinds=ENDING_LABELS.items(),
        authorities=authorities,
        rows=[_row(row) for row in found.rows],
        action=address,
        older_url=f"{address}?{urlencode({**kept, 'efter': found.older})}" if found.older else None,
        first_url=f"{address}?{urlencode(kept)}" if "efter" in request.args else None,
        errors=errors,
        values=request.args,
    )
    return page, 422 if errors else 200


@blueprint.get("/sekretess/delade", endpoint="shared")
@context.staff(Permission.READ)
def shared() -> ResponseReturnValue:
    """The cases that other authorities show to the actor's."""
    who = context.actor()
    before = whole_number(request.args.get("efter"), 0, _MOST_ID) or None
    with context.diarium().database.reading() as session:
        found = case_sharing.shared_with(session, who, before=before)
        marked = [item.case.uid for item in found.cases if item.case.is_restricted and item.case.title is not None]
        shown = queries.restricted_shown(session, who, cases=marked)
    reading.note_list(shown, _("Delat med oss"))
    address = url_for("secrecy.shared")
    rows = [
        [
            {"text": item.case.number, "href": CASE.page_of(item.case.uid), "note": item.case.authority_name},
            item.case.title or _("Sekretessmarkerad uppgift"),
            show_time(item.shared_on),
            item.until.isoformat() if item.until else _("tills vidare"),
            _("Ja") if item.with_marked else _("Nej"),
        ]
        for item in found.cases
    ]
    return context.page(
        "secrecy/shared.html",
        tabs=tabs("shared"),
        rows=rows,
        older_url=f"{address}?{urlencode({'efter': found.older})}" if found.older else None,
        first_url=address if before else None,
    )


def _wanted() -> Wanted:
    which = request.args.get("visa", "")
    return Wanted(
        which=Ending(which) if which in list(Ending) else Ending.SOON,
        days=whole_number(request.args.get("days"), _DAYS, 10**6),
        authority=request.args.get("authority") or None,
    )


def _row(row: EndingView) -> list[object]:
    kind = CASE if row.is_case else RECORD
    scope = _("En enda fil") if row.is_of_one_file else str(SCOPE_LABELS[row.scope])
    marking = {
        "text": row.citation,
        "href": kind.url("marking", uid=row.target, restriction=row.restriction),
        "note": scope,
    }
    return [
        {
            "text": row.number,
            "href": kind.page_of(row.target),
            "note": row.title or _("Sekretessmarkerad uppgift"),
        },
        marking,
        row.last_day.isoformat() if row.last_day else _("ingen tid i år"),
        row.review_on.isoformat() if row.review_on else "",
        _("Tiden har löpt ut") if row.has_ended else "",
    ]
