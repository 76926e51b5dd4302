"""Users: the list, a new one, and one of them with roles and sessions. Their access tokens: `tokens`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.audit.revision import fingerprint
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity import accounts, directory, second_factor, tokens
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import ROLE_LABELS, Permission, Role
from diarium.identity.scopes import SCOPE_LABELS, usable_with
from diarium.register.administration import authorities
from diarium.web import context
from diarium.web.administration.frame import Failure, address, attempt, blueprint, edited, filled, text
from diarium.web.confirming import confirmed


@blueprint.get("/anvandare")
@context.staff(Permission.ADMINISTER)
def user_list() -> ResponseReturnValue:
    """The users whom the actor administers: searched, by authority, paged."""
    who, args = context.actor(), request.args
    wanted = directory.UserFilter(
        text=args.get("q", "")[:100],
        authority=args.get("authority") or None,
        include_disabled=args.get("narrow") != "1",
    )
    with context.diarium().database.reading() as session:
        found = directory.page(session, who, wanted, cursor=args.get("after"))
        owners = authorities.listing(session, who)
    here = "administration.user_list"
    kept = {key: args[key] for key in ("q", "authority", "narrow") if args.get(key)}
    return context.page(
        "administration/users/list.html",
        found=found,
        wanted=wanted,
        authorities=[(row.code, row.name) for row in owners],
        role_labels=ROLE_LABELS,
        next_url=address(here, kept | {"after": found.next_cursor}) if found.next_cursor else None,
        first_url=address(here, kept) if args.get("after") else None,
    )


@blueprint.route("/anvandare/ny", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
@confirmed
def user_new() -> ResponseReturnValue:
    """A new user with a first password, which the administrator hands over."""
    who = context.actor()
    failure = None
    codes = _codes()
    if request.method == "POST":
        made: list[uuid.UUID] = []
        failure = attempt(lambda session: made.append(_created(session, codes)))
        if failure is None:
            flash(_("Användaren är upplagd. Lämna över lösenordet på ett säkert sätt."), "success")
            return redirect(url_for("administration.user", uid=made[0]))
    roles = _typed_roles(codes) if request.method == "POST" else {}
    if request.method == "GET" and (code := request.args.get("authority")):
        roles = {code: [Role.CASE_OFFICER]} if who.may(Permission.ADMINISTER, code) else {}
    return filled(
        "administration/users/new.html", {}, failure, authorities=codes, roles=roles, role_labels=ROLE_LABELS
    )


@blueprint.route("/anvandare/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def user(uid: uuid.UUID) -> ResponseReturnValue:
    """One user; posting changes the name and the address."""
    failure = None
    if request.method == "POST":
        who, seen = context.actor(), request.form.get("seen", "")
        failure = attempt(
            lambda session: accounts.change(
                session,
                who,
                directory.user_by_uid(session, who, uid),
                name=text("name"),
                email=text("email"),
                seen=seen,
            )
        )
        if failure is None:
            flash(_("Uppgifterna är ändrade."), "success")
            return redirect(url_for("administration.user", uid=uid))
    return show(uid, failure)


@blueprint.post("/anvandare/<uuid:uid>/roller")
@context.staff(Permission.ADMINISTER)
@confirmed
def user_roles(uid: uuid.UUID) -> ResponseReturnValue:
    """Sets the roles at the authorities that the actor administers."""
    who, seen = context.actor(), request.form.get("seen_roles", "")
    roles = _typed_roles(_codes())
    is_reset: list[bool] = []
    failure = attempt(
        lambda session: is_reset.append(
            accounts.set_roles(session, who, directory.user_by_uid(session, who, uid), roles, seen=seen)
        )
    )
    if failure is not None:
        return show(uid, failure, roles=roles)
    flash(_("Rollerna är sparade och gäller genast."), "success")
    if any(is_reset):
        flash(
            _("Användaren saknade roller. Lösenordet och nycklarna från den tiden gäller inte längre. Sätt ett "
              "nytt lösenord och lämna över det på ett säkert sätt."),
            "warning",
        )  # fmt: skip
    return redirect(url_for("administration.user", uid=uid))


@blueprint.post("/anvandare/<uuid:uid>/losenord")
@context.staff(Permission.ADMINISTER)
@confirmed
def user_password(uid: uuid.UUID) -> ResponseReturnValue:
    """Gives a new password; sessions end."""
    who = context.actor()
    failure = attempt(
        lambda session: accounts.set_password(
            session, who, directory.user_by_uid(session, who, uid), request.form.get("password", "")
        )
    )
    if failure is not None:
        return show(uid, failure)
    flash(_("Lösenordet är bytt, och användaren har loggats ut överallt."), "success")
    return redirect(url_for("administration.user", uid=uid))


@blueprint.post("/anvandare/<uuid:uid>/<act>")
@context.staff(Permission.ADMINISTER)
@confirmed
def user_act(uid: uuid.UUID, act: str) -> ResponseReturnValue:
    """Closes or opens the account, or ends its sessions."""
    acts = {
        "spar": (accounts.disable, _("Kontot är spärrat och utloggat överallt.")),
        "oppna": (accounts.enable, _("Kontot är öppet igen.")),
        "logga-ut": (identity.end_sessions, _("Användaren har loggats ut överallt.")),
        "aterstall-koder": (
            second_factor.remove_all,
            _("Engångskoderna är borttagna, och användaren har loggats ut överallt."),
        ),
    }
    if act not in acts:
        raise NotFound(_("Så kan en användare inte ändras."))
    who = context.actor()
    change, message = acts[act]
    failure = attempt(lambda session: change(session, who, directory.user_by_uid(session, who, uid)))
    if failure is not None:
        return show(uid, failure)
    flash(message, "success")
    return redirect(url_for("administration.user", uid=uid))


def _created(session: Session, codes: list[tuple[str, str]]) -> uuid.UUID:
    user = identity.create_user(
        session,
        context.actor(),
        text("username"),
        text("name"),
        _typed_roles(codes),
        password=request.form.get("password", ""),
        email=text("email"),
    )
    return user.uid


def show(
    uid: uuid.UUID,
    failure: Failure | None,
    *,
    roles: Mapping[str, list[Role]] | None = None,
    token: str | None = None,
) -> ResponseReturnValue:
    """The page of a user, also with what was wrong, or with the `token` that was just made."""
    who = context.actor()
    codes = _codes()
    with context.diarium().database.reading() as session:
        found = directory.user_by_uid(session, who, uid)
        row = directory.row(who, found)
        present = accounts.facts_of(found)
        present_roles = accounts.roles_of(found, [code for code, _name in codes])
        has_factor = bool(second_factor.of_user(session, found.id))
        rows = [tokens.row_of(item) for item in identity.tokens_of(session, found)]
        usable = usable_with(item.role for item in found.memberships)
    is_seen_anew = roles is None or (failure is not None and failure.is_stale)
    return edited(
        "administration/users/details.html",
        present,
        failure,
        user=row,
        has_factor=has_factor,
        is_self=found.id == who.user_id,
        may_change=_may_change(found),
        authorities=codes,
        roles=roles if roles is not None else row.roles,
        present_roles=row.roles,
        seen_roles=fingerprint(present_roles) if is_seen_anew else request.form.get("seen_roles", ""),
        role_labels=ROLE_LABELS,
        tokens=rows,
        scope_labels=SCOPE_LABELS,
        usable_scopes=[(scope.value, label) for scope, label in SCOPE_LABELS.items() if scope in usable],
        chosen_scopes=request.form.getlist("scopes"),
        new_token=token,
        show_time=show_time,
    )


def _may_change(user: User) -> bool:
    who = context.actor()
    return all(who.may(Permission.ADMINISTER, item.authority_code) for item in user.memberships)


def _codes() -> list[tuple[str, str]]:
    """(code, name) of the authorities where the actor can give roles."""
    with context.diarium().database.reading() as session:
        return [(row.code, row.name) for row in authorities.listing(session, context.actor())]


def _typed_roles(codes: list[tuple[str, str]]) -> dict[str, list[Role]]:
    return {
        code: [Role(role) for role in request.form.getlist(f"roles-{code}") if role in list(Role)]
        for code, _name in codes
    }
