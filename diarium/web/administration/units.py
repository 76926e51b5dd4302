"""Units of an authority: the list with a new one, and one of them with its members."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.audit.revision import fingerprint
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.identity.permissions import Permission
from diarium.register.administration import authorities, units
from diarium.web import context
from diarium.web.administration.frame import Failure, attempt, blueprint, chosen_uid, edited, filled, text


@blueprint.route("/myndigheter/<code>/enheter", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def unit_list(code: str) -> ResponseReturnValue:
    """The units of an authority, and a form for another one."""
    who = context.actor()
    failure = None
    if request.method == "POST":
        failure = attempt(lambda session: units.add_unit(session, who, code, text("name")))
        if failure is None:
            flash(_("Enheten är upplagd."), "success")
            return redirect(url_for("administration.unit_list", code=code))
    with context.diarium().database.reading() as session:
        found = authorities.administered(session, who, code)
        rows = units.listing(session, who, code)
    return filled("administration/units/list.html", {"name": ""}, failure, authority=found, rows=rows)


@blueprint.route("/myndigheter/<code>/enheter/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def unit(code: str, uid: uuid.UUID) -> ResponseReturnValue:
    """A unit: its name, its members, whether it is used."""
    failure = None
    if request.method == "POST":
        who, seen = context.actor(), request.form.get("seen", "")
        failure = attempt(lambda session: units.rename_unit(session, who, code, uid, text("name"), seen=seen))
        if failure is None:
            flash(_("Enheten har bytt namn, också på ärenden som den har."), "success")
            return redirect(url_for("administration.unit", code=code, uid=uid))
    return _show(code, uid, failure)


@blueprint.post("/myndigheter/<code>/enheter/<uuid:uid>/medlemmar")
@context.staff(Permission.ADMINISTER)
def unit_members(code: str, uid: uuid.UUID) -> ResponseReturnValue:
    """Says who works in the unit."""
    who, seen = context.actor(), request.form.get("seen_members", "")
    names = request.form.getlist("members")
    failure = attempt(lambda session: units.set_members(session, who, code, uid, names, seen=seen))
    if failure is not None:
        return _show(code, uid, failure, of_members=True)
    flash(_("Medlemmarna är sparade."), "success")
    return redirect(url_for("administration.unit", code=code, uid=uid))


@blueprint.post("/myndigheter/<code>/enheter/<uuid:uid>/avveckla")
@context.staff(Permission.ADMINISTER)
def unit_retire(code: str, uid: uuid.UUID) -> ResponseReturnValue:
    """Takes a unit out of use; another one takes its open cases."""
    who = context.actor()
    moved: list[int] = []
    failure = attempt(
        lambda session: moved.append(units.retire_unit(session, who, code, uid, move_to=chosen_uid("move_to")))
    )
    if failure is not None:
        return _show(code, uid, failure, of_retiring=True)
    message = ngettext(
        "Enheten är avvecklad. %(num)s öppet ärende har flyttats.",
        "Enheten är avvecklad. %(num)s öppna ärenden har flyttats.",
        moved[0],
    )
    flash(message if moved[0] else _("Enheten är avvecklad."), "success")
    return redirect(url_for("administration.unit_list", code=code))


@blueprint.post("/myndigheter/<code>/enheter/<uuid:uid>/ta-i-bruk")
@context.staff(Permission.ADMINISTER)
def unit_reopen(code: str, uid: uuid.UUID) -> ResponseReturnValue:
    """Takes a retired unit into use again."""
    with context.diarium().database.unit_of_work() as session:
        units.reopen_unit(session, context.actor(), code, uid)
    flash(_("Enheten används igen."), "success")
    return redirect(url_for("administration.unit", code=code, uid=uid))


def _show(
    code: str,
    uid: uuid.UUID,
    failure: Failure | None,
    *,
    of_members: bool = False,
    of_retiring: bool = False,
) -> ResponseReturnValue:
    who = context.actor()
    with context.diarium().database.reading() as session:
        found = units.unit_of(session, who, code, uid)
        present = units.facts_of(found)
        people = units.people(session, found)
        members = units.members_of(session, found)
        others = [row for row in units.listing(session, who, code) if row.is_active and row.uid != uid]
        authority = found.authority
    is_seen_anew = not of_members or (failure is not None and failure.is_stale)
    return edited(
        "administration/units/details.html",
        present,
        failure,
        authority=authority,
        unit=found,
        name=present["name"],
        people=people,
        chosen=request.form.getlist("members") if of_members else members["members"],
        seen_members=fingerprint(members) if is_seen_anew else request.form.get("seen_members", ""),
        others=[(str(row.uid), row.name) for row in others],
        is_retiring=of_retiring,
    )
