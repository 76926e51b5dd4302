"""Saved lists and searches: kept, renamed, shared, subscribed to, removed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import Conflict, DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.lists import catalogue, filtering, notices, paging, saving
from diarium.lists.models import SEARCH, SUBSCRIPTION_LABELS
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.lists.addresses import of_saved
from diarium.web.lists.blueprint import blueprint
from diarium.web.lists.forms import SaveForm, facts_of
from diarium.web.lists.views import render

_MOST_VERSIONS = 2**31 - 1


@blueprint.post("/listor/<name>/spara")
@context.staff(Permission.READ, Permission.REGISTER)
def save(name: str) -> ResponseReturnValue:
    """Keeps the list as it is shown. On a mistake the list comes back with what was typed."""
    who = context.actor()
    definition = catalogue.find(who, name)
    values = request.form.to_dict()
    kept = {key.removeprefix("list-"): value for key, value in values.items() if key.startswith("list-")}
    criteria = filtering.read(definition.filters, kept)
    parameters = {key: [value] for key, value in criteria.values.items()}
    sort = paging.known_sort(definition, kept.get("sort"))
    try:
        with context.diarium().database.unit_of_work() as session:
            saving.save(session, who, name, parameters, facts_of(values), sort=sort)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return render(definition, kept, SaveForm(values, {f"save-{error.field or 'name'}": error.message}))
    flash(_("Listan är sparad. Du hittar den under Sparade sökningar."), "success")
    return redirect(of_saved(name, parameters, sort))


@blueprint.get("/sparade")
@context.staff(Permission.READ, Permission.REGISTER)
def mine() -> ResponseReturnValue:
    """The actor's saved lists and searches, and those that colleagues share."""
    return _mine()


@blueprint.get("/sparade/<uuid:uid>")
@context.staff(Permission.READ, Permission.REGISTER)
def open_saved(uid: uuid.UUID) -> ResponseReturnValue:
    """Goes to the list or search. Its notices are read by that."""
    with context.diarium().database.unit_of_work() as session:
        view = saving.find(session, context.actor(), uid)
        notices.mark_read(session, context.actor(), uid)
    if view.target != SEARCH:
        catalogue.find(context.actor(), view.target)
    return redirect(of_saved(view.target, view.parameters, view.sort))


@blueprint.post("/sparade/<uuid:uid>")
@context.staff(Permission.READ, Permission.REGISTER)
def change(uid: uuid.UUID) -> ResponseReturnValue:
    """Renames, shares, subscribes."""
    version = whole_number(request.form.get("version"), 0, _MOST_VERSIONS)
    try:
        with context.diarium().database.unit_of_work() as session:
            saving.change(session, context.actor(), uid, facts_of(request.form), version=version)
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        status = 409 if isinstance(error, Conflict) else 422
        field = f"{uid}-{error.field or 'name'}"
        return _mine({field: error.message}, {str(uid): request.form.to_dict()}), status
    flash(_("Ändringen är sparad."), "success")
    return redirect(url_for("lists.mine"))


@blueprint.post("/sparade/<uuid:uid>/ta-bort")
@context.staff(Permission.READ, Permission.REGISTER)
def remove(uid: uuid.UUID) -> ResponseReturnValue:
    """Removes a saved list of one's own."""
    with context.diarium().database.unit_of_work() as session:
        saving.remove(session, context.actor(), uid)
    flash(_("Den sparade sökningen är borttagen."), "success")
    return redirect(url_for("lists.mine"))


@blueprint.post("/sparade/lasta")
@context.staff(Permission.READ, Permission.REGISTER)
def read_notices() -> ResponseReturnValue:
    """Marks all notices as read."""
    with context.diarium().database.unit_of_work() as session:
        notices.mark_read(session, context.actor())
    return redirect(url_for("start.index"))


def _mine(errors: Mapping[str, str] | None = None, typed: Mapping[str, Mapping[str, str]] | None = None) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        views = saving.mine(session, who)
        shareable = saving.shareable(session, who)
        counts = {notice.list_uid: notice.count for notice in notices.unread(session, who)}
    labels = {name: str(item.label) for name, item in catalogue.LISTS.items()} | {SEARCH: _("Sök")}
    return context.page(
        "lists/saved.html",
        own=[view for view in views if view.is_own],
        shared=[view for view in views if not view.is_own],
        labels=labels,
        counts=counts,
        shareable=shareable,
        subscriptions=SUBSCRIPTION_LABELS,
        errors=dict(errors or {}),
        typed=typed or {},
    )
