"""What all authorities have in common besides the scheme: record types, retention rules, provisions."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.classification import queries, record_types, retention
from diarium.classification.vocabulary import RETENTION_LABELS
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Permission
from diarium.secrecy import editing as provisions
from diarium.secrecy.editing import ProvisionFacts
from diarium.web import context
from diarium.web.administration.frame import attempt, blueprint, day, edited, filled, text

_RETENTION = ("retention", "retention_years", "retention_event", "retention_basis")
_MOST_IDS = 2**31


@blueprint.route("/handlingstyper", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def type_list() -> ResponseReturnValue:
    """The record types, and a form for another one."""
    failure = None
    if request.method == "POST":
        failure = attempt(lambda session: record_types.add_type(session, context.actor(), text("name")))
        if failure is None:
            flash(_("Handlingstypen är tillagd."), "success")
            return redirect(url_for("administration.type_list"))
    with context.diarium().database.reading() as session:
        rows = record_types.record_types(session)
    return filled("administration/common/types.html", {}, failure, rows=rows)


@blueprint.route("/handlingstyper/<int:type_id>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def type_change(type_id: int) -> ResponseReturnValue:
    """Gives a record type another name from now on, or takes it out of use."""
    if type_id >= _MOST_IDS:
        abort(404)
    failure = None
    if request.method == "POST":
        who, seen = context.actor(), request.form.get("seen", "")
        step = request.form.get("step")
        failure = attempt(
            lambda session: (
                record_types.set_active(session, who, type_id, is_active=step == "reopen")
                if step in ("retire", "reopen")
                else record_types.rename_type(session, who, type_id, text("name"), seen=seen)
            )
        )
        if failure is None:
            flash(_("Handlingstypen är ändrad. Registrerade handlingar behåller det namn som de har."), "success")
            return redirect(url_for("administration.type_list"))
    with context.diarium().database.reading() as session:
        found = record_types.type_by_id(session, type_id)
        present = record_types.facts_of(found)
    return edited("administration/common/type.html", present, failure, kind=found)


@blueprint.get("/gallring")
@context.staff(Permission.ADMINISTER)
def rule_list() -> ResponseReturnValue:
    """The retention rules with the classes that have them."""
    with context.diarium().database.reading() as session:
        rows = retention.rules(session)
    return context.page("administration/common/rules.html", rows=rows)


@blueprint.route("/gallring/ny", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def rule_new() -> ResponseReturnValue:
    """A further retention rule."""
    failure = None
    if request.method == "POST":
        failure = attempt(lambda session: retention.add_rule(session, context.actor(), _cells()))
        if failure is None:
            flash(_("Regeln är tillagd."), "success")
            return redirect(url_for("administration.rule_list"))
    return filled("administration/common/rule_new.html", {}, failure, **_retention_choices())


@blueprint.route("/gallring/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def rule_change(uid: uuid.UUID) -> ResponseReturnValue:
    """Changes a rule for all classes that have it."""
    failure = None
    if request.method == "POST":
        who, seen = context.actor(), request.form.get("seen", "")
        failure = attempt(
            lambda session: retention.change_rule(session, who, uid, _cells(), seen=seen, reason=text("reason"))
        )
        if failure is None:
            flash(_("Regeln är ändrad för alla klasser som har den."), "success")
            return redirect(url_for("administration.rule_list"))
    with context.diarium().database.reading() as session:
        found = retention.rule_by_uid(session, uid)
        present = retention.facts_of(found)
        users = retention.classes_with(session, found)
        title = retention.in_words(found)
    return edited(
        "administration/common/rule.html",
        present,
        failure,
        rule=found,
        heading=title,
        users=users,
        **_retention_choices(),
    )


@blueprint.get("/lagrum")
@context.staff(Permission.ADMINISTER)
def provision_list() -> ResponseReturnValue:
    """The table of provisions in the law's order."""
    with context.diarium().database.reading() as session:
        rows = provisions.provisions(session)
    return context.page("administration/common/provisions.html", rows=rows, day=today())


@blueprint.route("/lagrum/nytt", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def provision_new() -> ResponseReturnValue:
    """A further provision."""
    failure = None
    if request.method == "POST":
        failure = attempt(lambda session: provisions.add_provision(session, context.actor(), _provision()))
        if failure is None:
            flash(_("Lagrummet är tillagt."), "success")
            return redirect(url_for("administration.provision_list"))
    return filled("administration/common/provision_new.html", {"law": "OSL"}, failure)


@blueprint.route("/lagrum/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def provision_change(uid: uuid.UUID) -> ResponseReturnValue:
    """Changes a provision, also until when it applies."""
    failure = None
    if request.method == "POST":
        who, seen = context.actor(), request.form.get("seen", "")
        failure = attempt(lambda session: provisions.change_provision(session, who, uid, _provision(), seen=seen))
        if failure is None:
            flash(_("Lagrummet är ändrat."), "success")
            return redirect(url_for("administration.provision_list"))
    with context.diarium().database.reading() as session:
        found = provisions.provision_by_uid(session, uid)
        present = provisions.facts_of(found)
        count = provisions.markings(session, found)
    return edited("administration/common/provision.html", present, failure, provision=found, markings=count)


def _cells() -> dict[str, str]:
    return {name: text(name) for name in _RETENTION}


def _retention_choices() -> dict[str, object]:
    return {
        "kinds": [(kind.value, label) for kind, label in RETENTION_LABELS.items()],
        "events": [label for _code, label in queries.labelled()],
        "event_in_words": queries.event_in_words,
    }


def _provision() -> ProvisionFacts:
    return ProvisionFacts(
        law=text("law"),
        chapter=text("chapter"),
        paragraph=text("paragraph"),
        subject=text("subject"),
        harm_test=text("harm_test"),
        max_years=text("max_years"),
        typical_use=text("typical_use"),
        source=text("source"),
        valid_from=day("valid_from"),
        valid_to=day("valid_to"),
    )
