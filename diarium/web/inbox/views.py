"""What came in and waits to be registered: the list, one item, its files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from diarium.errors import Conflict, DomainError, NotAllowed, NotFound
from diarium.files.errors import BlobMissing
from diarium.files.previews import SHOWABLE, mime_of, previews
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Actor, Permission
from diarium.intake import queries as intake
from diarium.intake.queries import InboxFilter, InvalidCursor, ItemRow, ItemView
from diarium.intake.vocabulary import REASON_LABELS, REASON_SOURCES
from diarium.register import queries
from diarium.web import context, reading
from diarium.web.history import ACTIONS
from diarium.web.inbox import adding, presenting, settling
from diarium.web.inbox.blueprint import blueprint

__all__ = ["adding", "blueprint"]

MOST_TO_MERGE = 20
# Whatever is in a file, it can't reach anything from where it is shown.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
# Steps after which the next item is what to look at.
_TO_NEXT = frozenset({"set_aside", "return"})


@blueprint.get("")
@context.staff(Permission.REGISTER)
def listing() -> ResponseReturnValue:
    """What waits, the oldest deadline first, with filters."""
    return _show_list({})


@blueprint.post("/flera")
@context.staff(Permission.REGISTER)
def settle_many() -> ResponseReturnValue:
    """Sets aside, assigns or merges the ticked items; those that could not be are told of, the others are done."""
    try:
        done = settling.many(context.actor(), request.form)
    except DomainError as error:
        return _show_list({_many_field(error.field): error.message}), 422
    if done.message:
        flash(done.message, "success")
    for problem in done.problems:
        flash(problem, "error")
    return redirect(presenting.address(request.form))


@blueprint.get("/<uuid:uid>")
@context.staff(Permission.REGISTER)
def item(uid: uuid.UUID) -> ResponseReturnValue:
    """One item: what came in, and what can be done with it."""
    return _show_item(uid, {})


@blueprint.post("/<uuid:uid>/<step>")
@context.staff(Permission.REGISTER)
def settle(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """Takes a step with the item; on a mistake the page comes back with the message and what was typed."""
    if step not in settling.STEPS:
        abort(404)
    who = context.actor()
    try:
        with context.diarium().database.unit_of_work() as session:
            message = settling.one(session, who, uid, step, request.form)
            target = _target(session, who, uid, step)
            may_open = intake.may_open(session, who, uid)
    except (NotAllowed, NotFound):
        raise
    except Conflict as error:
        return _show_item(uid, {"": error.message}), 409
    except DomainError as error:
        return _show_item(uid, {f"{step}-{error.field or 'reason'}": error.message}, step), 422
    if step in _TO_NEXT and may_open:
        link = Markup('<a href="{}">{}</a>').format(url_for("inbox.item", uid=uid), _("Visa posten eller ångra"))
        flash(Markup("{} {}").format(message, link), "success")
    else:
        flash(message, "success")
    return redirect(target)


@blueprint.get("/<uuid:uid>/fil/<uuid:file>")
@context.staff(Permission.REGISTER)
def file(uid: uuid.UUID, file: uuid.UUID) -> ResponseReturnValue:
    """A file's bytes as a download."""
    return _sent(uid, file, is_shown=False)


@blueprint.get("/<uuid:uid>/visa/<uuid:file>")
@context.staff(Permission.REGISTER)
def show_file(uid: uuid.UUID, file: uuid.UUID) -> ResponseReturnValue:
    """A file in a window of its own where its kind can hold nothing active, else as a download."""
    return _sent(uid, file, is_shown=True)


def _target(session: Session, who: Actor, uid: uuid.UUID, step: str) -> str:
    """Where a step leads: on to the next item, or to the item's own page for whoever still sees it."""
    if step not in _TO_NEXT:
        is_own = intake.may_open(session, who, uid)
        return url_for("inbox.item", uid=uid) if is_own else url_for("inbox.listing")
    following = intake.next_item(session, who, after=uid)
    return url_for("inbox.item", uid=following) if following else url_for("inbox.listing")


def _sent(uid: uuid.UUID, file_uid: uuid.UUID, *, is_shown: bool) -> Response:
    services, who = context.diarium(), context.actor()
    with services.database.unit_of_work() as session:
        found = intake.file_of(session, who, uid, file_uid)
        if found is None:
            abort(404)
        name, sha256 = found
        if not services.blobs.exists(sha256):
            raise BlobMissing(_("Filen ”%(name)s” saknas i fillagret. Den måste återställas från säkerhetskopian "
                                "av den som sköter systemet.", name=name))  # fmt: skip
        intake.note_reading(session, who, uid)
    mime = mime_of(services.blobs, sha256, name)
    response: Response = send_file(
        services.blobs.path(sha256),
        mimetype=mime if mime in SHOWABLE else "application/octet-stream",
        as_attachment=not (is_shown and mime in SHOWABLE),
        download_name=name,
        etag=sha256,
    )
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _show_list(errors: Mapping[str, str]) -> str:
    who = context.actor()
    args = request.form if request.method == "POST" else request.args
    with context.diarium().database.reading() as session:
        counts = intake.counts(session, who)
        wanted = presenting.filter_of(args, who)
        try:
            page = intake.inbox(session, who, wanted, cursor=args.get("cursor") or None)
        except InvalidCursor:
            page = intake.inbox(session, who, wanted)
        choices = queries.registration_choices(session, who)
    return context.page(
        "inbox/listing.html",
        page=page,
        wanted=args,
        errors=errors,
        ticked=request.form.getlist("item"),
        values=request.form,
        summary=presenting.summary(counts),
        counts=counts,
        is_filtered=presenting.is_filtered(args),
        address=presenting.address,
        age=presenting.age,
        sender=presenting.sender,
        authorities=choices.authorities,
        officers=choices.officers,
        reasons=[(key.value, str(label)) for key, label in REASON_LABELS.items()],
        **presenting.choices(),
    )


def _show_item(uid: uuid.UUID, errors: Mapping[str, str], step: str | None = None) -> str:
    who, services = context.actor(), context.diarium()
    with services.database.unit_of_work() as session:
        view = intake.item_details(session, who, uid)
        intake.note_reading(session, who, uid)
        files = previews(session, services.blobs, [(one.sha256, one.file_name) for one in view.files])
        officers = queries.registration_choices(session, who).officers
        others = _others(view, intake.inbox(session, who, InboxFilter(authority=view.authority_code)).rows)
        following = intake.next_item(session, who, after=uid)
        shown = [case.uid for case in view.cases if case.title is not None]
        restricted = queries.restricted_shown(session, who, cases=shown)
    reading.note_list(restricted, _("Att registrera"))
    return context.page(
        "inbox/item.html",
        item=view,
        previews=files,
        errors=errors,
        step=step,
        values=request.form,
        ticked=request.form.getlist("files") + request.form.getlist("others"),
        officers=officers,
        others=others,
        following=following,
        reasons=[(key.value, str(label), str(REASON_SOURCES[key])) for key, label in REASON_LABELS.items()],
        events=[
            {
                "title": ACTIONS.get(line.action, line.action),
                "when": show_time(line.at),
                "datetime": line.at.isoformat(),
                "who": line.who,
                "text": line.reason,
            }
            for line in view.history
        ],
    )


def _others(view: ItemView, rows: tuple[ItemRow, ...]) -> list[ItemRow]:
    """Items that this one may be merged with: of the same sender first."""
    others = [row for row in rows if row.uid != view.uid]
    return sorted(others, key=lambda row: not row.sender or row.sender != view.sender)[:MOST_TO_MERGE]


def _many_field(name: str | None) -> str:
    """The id of the field in the bar below the list."""
    return f"many-{name}" if name in ("reason", "note", "assigned_to", "is_secret") else ""
