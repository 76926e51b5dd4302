"""What every staff page needs: the services, who acts, and the frame around the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Response, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.composition import Diarium
from diarium.disclosure import queries as requests
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.permissions import ROLE_LABELS, Actor, Permission
from diarium.intake import queries as intake
from diarium.lists import catalogue, notices
from diarium.register import publishing_queries
from diarium.web import tables
from diarium.web.session import current_actor, current_session

# Pages that are reached through another entry of the menu.
_PARENTS = {
    "cases": "lists",
    "records": "lists",
    "deliveries": "exports",
    "disposal": "exports",
    "packages": "exports",
    "reading_room": "exports",
    "imports": "exports",
}
P = ParamSpec("P")
R = TypeVar("R", bound=ResponseReturnValue)


def diarium() -> Diarium:
    """The services of this process."""
    return cast(Diarium, current_app.extensions["diarium"])


def actor() -> Actor:
    """Who is logged in. Aborts with 401 if nobody is: every staff page asks for this."""
    found = current_actor()
    if found is None:
        abort(401)
    return found


def staff(*permissions: Permission) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """A page for staff: logged in, and with one of `permissions` at some authority (the use case checks which)."""

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            who, here = current_actor(), current_session()
            if who is None or here is None:
                target = request.full_path if request.method == "GET" else url_for("start.index")
                return cast(Response, redirect(url_for("login.form", next=target)))
            if here.lacks_factor:
                return cast(Response, redirect(url_for("account.details")))
            if not any(who.authorities(permission) for permission in permissions):
                abort(403)
            return view(*args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


def logged_in(view: Callable[P, R]) -> Callable[P, R | Response]:
    """A page about one's own account: for everybody who is logged in, whatever their roles."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if current_session() is None:
            target = request.full_path if request.method == "GET" else url_for("start.index")
            return cast(Response, redirect(url_for("login.form", next=target)))
        return view(*args, **kwargs)

    guarded.is_for_oneself = True  # type: ignore[attr-defined]
    return guarded


def page(template: str, **values: object) -> str:
    """Renders a staff page with its frame."""
    return render_template(
        template,
        **frame(),
        record_rows=tables.record_rows,
        case_rows=tables.case_rows,
        archive_pages=archive_pages,
        **values,
    )


def frame() -> dict[str, object]:
    """The frame's values: menu, user, quick search."""
    who = current_actor()
    if who is None:
        return {"nav_items": [], "user_name": None}
    return {
        "nav_items": _menu(who),
        "user_name": who.name,
        "user_role": ", ".join(sorted({str(ROLE_LABELS[role]) for roles in who.roles.values() for role in roles})),
        "logout_url": url_for("login.log_out"),
        "account_url": url_for("account.details"),
        "search_url": url_for("search.results") if who.authorities(Permission.READ) else None,
        "home_url": url_for("start.index"),
        "may_register": bool(who.authorities(Permission.REGISTER)),
    }


def inbox_counts(session: Session, who: Actor) -> intake.InboxCounts:
    """How much waits in the inbox: the menu and the start page ask once in a request."""
    if "inbox_counts" not in g:
        g.inbox_counts = intake.counts(session, who)
    counts: intake.InboxCounts = g.inbox_counts
    return counts


def _start_label(who: Actor) -> str:
    """With the number of lists that have news."""
    with diarium().database.reading() as session:
        count = notices.unread_count(session, who)
    return ngettext("Start (%(num)s ny)", "Start (%(num)s nya)", count) if count else _("Start")


def _inbox_label(who: Actor) -> str:
    """With the number of items that wait to be registered."""
    if not who.authorities(Permission.REGISTER):
        return _("Att registrera")
    with diarium().database.reading() as session:
        count = inbox_counts(session, who).unregistered
    return _("Att registrera (%(count)s)", count=count) if count else _("Att registrera")


def _requests_label(who: Actor) -> str:
    """With the number of requests to see documents that wait."""
    if not who.authorities(Permission.DISCLOSE):
        return _("Utlämnande")
    with diarium().database.reading() as session:
        count = requests.counts(session, who).open
    return _("Utlämnande (%(count)s)", count=count) if count else _("Utlämnande")


def _publishing_label(who: Actor) -> str:
    """With the number of released files that wait to be looked at."""
    if not who.authorities(Permission.CORRECT):
        return _("Publicering")
    with diarium().database.reading() as session:
        count = publishing_queries.waiting_count(session, who)
    return _("Publicering (%(count)s)", count=count) if count else _("Publicering")


def _menu(who: Actor) -> list[tuple[str, str, bool, str | None]]:
    entries = (
        ("start.index", _start_label(who), Permission.READ, "g s"),
        ("inbox.listing", _inbox_label(who), Permission.REGISTER, "g i"),
        ("registration.form", _("Registrera"), Permission.REGISTER, "n"),
        ("lists.show", _("Ärenden"), Permission.READ, "g a"),
        ("search.results", _("Sök"), Permission.READ, "g f"),
        ("contacts.listing", _("Kontakter"), Permission.REGISTER, "g k"),
        ("registration_templates.listing", _("Mallar"), Permission.CORRECT, "g m"),
        ("dispatches.listing", _("Utskick"), Permission.REGISTER, "g u"),
        ("disclosure.listing", _requests_label(who), Permission.DISCLOSE, "g b"),
        ("publishing.reviews", _publishing_label(who), Permission.CORRECT, "g p"),
        ("secrecy.endings", _("Sekretess"), Permission.READ, "g q"),
        ("exports.listing", _("Arkiv"), Permission.EXPORT, "g e"),
        ("administration.overview", _("Administration"), Permission.ADMINISTER, "g d"),
    )
    here = (request.endpoint or "").partition(".")[0]
    here = _PARENTS.get(here, here)
    return [
        (_address(endpoint), label, endpoint.startswith(f"{here}."), shortcut)
        for endpoint, label, permission, shortcut in entries
        if who.authorities(permission)
    ]


def archive_pages() -> list[tuple[str, str, str]]:
    """The tabs of the archive that the actor may open: (label, address, current).

    `current`: "page" for the page that the tab leads to, "true" for the pages below it, else empty.
    """
    who, here = actor(), request.endpoint or ""
    entries = (
        ("exports.listing", _("Uttag"), Permission.EXPORT),
        ("deliveries.listing", _("Leveranser"), Permission.EXPORT),
        ("deliveries.agreements", _("Överenskommelser"), Permission.EXPORT),
        ("disposal.listing", _("Gallring"), Permission.EXPORT),
        ("packages.listing", _("Paket"), Permission.EXPORT),
    )
    return [
        (label, url_for(endpoint), "page" if endpoint == here else "true" if endpoint == _tab_of(here) else "")
        for endpoint, label, permission in entries
        if who.authorities(permission)
    ]


def _tab_of(endpoint: str) -> str:
    """The tab of the archive below which a page lies."""
    room, _dot, page = endpoint.partition(".")
    if room == "deliveries" and "agreement" in page:
        return "deliveries.agreements"
    return f"{'packages' if room in ('imports', 'reading_room') else room}.listing"


def _address(endpoint: str) -> str:
    """The page of a menu entry; of the lists the one that most people want."""
    name = catalogue.LISTS["arenden"].name
    return url_for(endpoint, name=name) if endpoint == "lists.show" else url_for(endpoint)
