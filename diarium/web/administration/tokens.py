"""Access tokens: all of them in a list, and those of a user made and ended."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.identity import directory, tokens
from diarium.identity import service as identity
from diarium.identity.permissions import Permission
from diarium.identity.scopes import SCOPE_LABELS, TokenScope
from diarium.web import context
from diarium.web.administration import users
from diarium.web.administration.frame import attempt, blueprint, text
from diarium.web.arguments import whole_number
from diarium.web.confirming import confirmed


@blueprint.get("/nycklar")
@context.staff(Permission.ADMINISTER)
def token_list() -> ResponseReturnValue:
    """The tokens of the users at the authorities that the actor administers."""
    with context.diarium().database.reading() as session:
        found = tokens.rows(session, context.actor())
    return context.page("administration/tokens/list.html", tokens=found, scope_labels=SCOPE_LABELS)


@blueprint.post("/anvandare/<uuid:uid>/nycklar")
@context.staff(Permission.ADMINISTER)
@confirmed
def token_new(uid: uuid.UUID) -> ResponseReturnValue:
    """A new access token, shown on the user's page this once and never again."""
    who = context.actor()
    days = whole_number(text("days"), 0, 1_000_000)
    scopes = [TokenScope(scope) for scope in request.form.getlist("scopes") if scope in list(TokenScope)]
    made: list[str] = []
    failure = attempt(
        lambda session: made.append(
            identity.create_token(
                session,
                who,
                directory.user_by_uid(session, who, uid),
                text("token_name"),
                days=days,
                scopes=scopes,
            )
        )
    )
    return users.show(uid, failure, token=made[0] if made and failure is None else None)


@blueprint.post("/anvandare/<uuid:uid>/nycklar/<uuid:token>/dra-in")
@context.staff(Permission.ADMINISTER)
@confirmed
def token_revoke(uid: uuid.UUID, token: uuid.UUID) -> ResponseReturnValue:
    """Makes an access token worth nothing."""
    who = context.actor()
    with context.diarium().database.unit_of_work() as session:
        owner = directory.user_by_uid(session, who, uid)
        found = identity.find_token(session, str(token))
        if found.user_id != owner.id:
            raise NotFound(_("Nyckeln finns inte."))
        identity.revoke_token(session, who, found)
    flash(_("Nyckeln är indragen."), "success")
    return redirect(url_for("administration.user", uid=uid))
