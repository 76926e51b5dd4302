"""Drafts: kept while somebody types, listed, opened again, thrown away."""

from __future__ import annotations

import uuid

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.assistance import drafts
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import show_size, show_time
from diarium.identity.permissions import Permission
from diarium.web import context
from diarium.web.registration import attached
from diarium.web.registration.blueprint import blueprint
from diarium.web.registration.form import cleaned, facts_of
from diarium.web.registration.page import uid_of


@blueprint.get("/utkast")
@context.staff(Permission.REGISTER)
def draft_list() -> ResponseReturnValue:
    """The user's own drafts, the latest first."""
    with context.diarium().database.reading() as session:
        found = drafts.mine(session, context.actor())
    return context.page("registration/drafts.html", drafts=found, kept=drafts.KEPT.days)


@blueprint.post("/utkast")
@context.staff(Permission.REGISTER)
def autosave() -> ResponseReturnValue:
    """Keeps what stands in the form; files that came with it are stored, and get tickets for the form."""
    values, _messages = cleaned(request.form.to_dict())
    files, problem = attached.collect()
    try:
        with context.diarium().database.unit_of_work() as session:
            draft = drafts.save(
                session,
                context.actor(),
                values.get("draft_key", ""),
                facts_of(values),
                attached.chosen_files(files),
                item=uid_of(values.get("post")),
            )
    except DomainError as error:
        return jsonify(message=error.message), 422
    new = [item for item in attached.shown(files) if item.is_new]
    return jsonify(
        draft=str(draft.uid),
        message=problem,
        saved_at=show_time(draft.updated_at)[-5:],
        files=[
            {"ticket": item.ticket, "file_name": item.file_name, "size_text": show_size(item.size)} for item in new
        ],
    )


@blueprint.post("/utkast/<uuid:uid>/kasta")
@context.staff(Permission.REGISTER)
def discard_draft(uid: uuid.UUID) -> ResponseReturnValue:
    """Throws a draft away."""
    with context.diarium().database.unit_of_work() as session:
        drafts.discard(session, context.actor(), uid)
    flash(_("Utkastet är borttaget."), "success")
    item = uid_of(request.form.get("post"))
    if item is not None:
        return redirect(url_for("registration.form", post=item, om="1"))
    return redirect(url_for("registration.draft_list"))
