"""Classification: versions, the tree of one, its classes, and the way in and out as a table."""

from __future__ import annotations

import uuid

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.classification import editing, exporting, queries, record_types, retention, versions
from diarium.classification.editing import ClassEdit
from diarium.classification.rows import publishing_of
from diarium.classification.vocabulary import PUBLISHING_LABELS, STATE_LABELS
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import ngettext, today
from diarium.identity.permissions import Permission
from diarium.register.administration import classes
from diarium.web import context
from diarium.web.administration.frame import (
    attempt,
    blueprint,
    chosen_uid,
    edited,
    filled,
    required_day,
    text,
    ticked,
)

_TABLES = {
    "csv": (exporting.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (exporting.as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@blueprint.route("/klassificering", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def scheme_list() -> ResponseReturnValue:
    """The versions of the scheme; posting makes a new one from the latest."""
    failure = None
    if request.method == "POST":
        made: list[uuid.UUID] = []
        failure = attempt(
            lambda session: made.append(
                versions.copy_version(
                    session,
                    context.actor(),
                    version=text("version"),
                    valid_from=required_day("valid_from", _("Skriv från vilken dag versionen ska gälla.")),
                ).uid
            )
        )
        if failure is None:
            flash(_("Versionen är upplagd med samma klasser. Ändra dem innan den börjar gälla."), "success")
            return redirect(url_for("administration.scheme", uid=made[0]))
    with context.diarium().database.reading() as session:
        rows = queries.schemes(session)
    values = {
        "valid_from": request.args.get("valid_from", "")[:10],
        "version": request.args.get("valid_from", "")[:4],
    }
    return filled("administration/schemes/list.html", values, failure, rows=rows, states=STATE_LABELS)


@blueprint.get("/klassificering/<uuid:uid>")
@context.staff(Permission.ADMINISTER)
def scheme(uid: uuid.UUID) -> ResponseReturnValue:
    """A version as a tree."""
    with context.diarium().database.reading() as session:
        found = queries.scheme_by_uid(session, uid)
        tree = queries.tree(session, found)
        row = queries.scheme_row(found, queries.scheme_on(session, today()), len(tree))
        cases = classes.cases_by_class(session, context.actor(), found)
    return context.page(
        "administration/schemes/tree.html",
        scheme=row,
        tree=tree,
        cases=cases,
        states=STATE_LABELS,
        publishing_labels=PUBLISHING_LABELS,
    )


@blueprint.route("/klassificering/<uuid:uid>/andra", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def scheme_change(uid: uuid.UUID) -> ResponseReturnValue:
    """Renames a version, or moves its first day while it is planned."""
    failure = None
    if request.method == "POST":
        seen = request.form.get("seen", "")
        failure = attempt(
            lambda session: versions.change_version(
                session,
                context.actor(),
                uid,
                name=text("name"),
                version=text("version"),
                valid_from=required_day("valid_from", _("Skriv från vilken dag versionen ska gälla.")),
                seen=seen,
            )
        )
        if failure is None:
            flash(_("Versionen är ändrad."), "success")
            return redirect(url_for("administration.scheme", uid=uid))
    with context.diarium().database.reading() as session:
        found = queries.scheme_by_uid(session, uid)
        present = versions.facts_of(found)
    is_settled = editing.is_settled(found)
    return edited("administration/schemes/change.html", present, failure, scheme=found, is_settled=is_settled)


@blueprint.post("/klassificering/<uuid:uid>/ta-bort")
@context.staff(Permission.ADMINISTER)
def scheme_discard(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes away a planned version."""
    with context.diarium().database.unit_of_work() as session:
        versions.discard_version(session, context.actor(), uid)
    flash(_("Den planerade versionen är borttagen."), "success")
    return redirect(url_for("administration.scheme_list"))


@blueprint.get("/klassificering/<uuid:uid>/tabell.<form>")
@context.staff(Permission.ADMINISTER)
def scheme_table(uid: uuid.UUID, form: str) -> ResponseReturnValue:
    """A version as CSV or XLSX, to be edited and read in again."""
    if form not in _TABLES:
        raise NotFound(_("Tabellen finns som CSV och XLSX."))
    write, mime = _TABLES[form]
    with context.diarium().database.reading() as session:
        found = queries.scheme_by_uid(session, uid)
        content = write(queries.facts_of_scheme(session, found))
    name = "".join(char if char.isalnum() else "-" for char in found.version)
    answer = Response(content, content_type=mime)
    answer.headers.set("Content-Disposition", "attachment", filename=f"klassificering-{name}.{form}")
    return answer


@blueprint.route("/klassificering/<uuid:uid>/ny-klass", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def class_new(uid: uuid.UUID) -> ResponseReturnValue:
    """Adds a class to a version."""
    failure = None
    if request.method == "POST":
        failure = attempt(
            lambda session: editing.add_class(
                session, context.actor(), uid, text("code"), _wanted(), reason=text("reason")
            )
        )
        if failure is None:
            flash(_("Klassen är tillagd."), "success")
            return redirect(url_for("administration.scheme", uid=uid))
    with context.diarium().database.reading() as session:
        found = queries.scheme_by_uid(session, uid)
        choices = _choices(session)
    above = request.args.get("above", "")[:40]
    values = {"code": f"{above}." if above else "", "publishing": "number_only"}
    return filled(
        "administration/schemes/class_new.html",
        values,
        failure,
        scheme=found,
        is_settled=editing.is_settled(found),
        chosen=request.form.getlist("record_types"),
        **choices,
    )


@blueprint.route("/klassificering/klass/<uuid:uid>", methods=["GET", "POST"])
@context.staff(Permission.ADMINISTER)
def class_change(uid: uuid.UUID) -> ResponseReturnValue:
    """Changes a class, on wish with the publishing of all classes below it."""
    failure = None
    if request.method == "POST":
        seen, changed = request.form.get("seen", ""), [0]
        failure = attempt(lambda session: changed.append(_changed(session, uid, seen)))
        if failure is None:
            flash(
                ngettext(
                    "%(num)s klass är ändrad. Det öppna diariet följer efter, ärende för ärende.",
                    "%(num)s klasser är ändrade. Det öppna diariet följer efter, ärende för ärende.",
                    changed[-1],
                ),
                "success",
            )
            with context.diarium().database.reading() as session:
                return redirect(
                    url_for("administration.scheme", uid=queries.class_by_uid(session, uid).scheme.uid)
                )
    with context.diarium().database.reading() as session:
        found = queries.class_by_uid(session, uid)
        present = editing.facts_of(found)
        case_count = classes.cases_of(session, context.actor(), found)
        below_count = classes.cases_of(session, context.actor(), found, below=True) - case_count
        choices = _choices(session)
        return edited(
            "administration/schemes/class_change.html",
            present,
            failure,
            item=found,
            scheme=found.scheme,
            is_settled=editing.is_settled(found.scheme),
            case_count=case_count,
            below_count=below_count,
            chosen=request.form.getlist("record_types") if failure else present["record_types"],
            **choices,
        )


@blueprint.post("/klassificering/klass/<uuid:uid>/ta-bort")
@context.staff(Permission.ADMINISTER)
def class_remove(uid: uuid.UUID) -> ResponseReturnValue:
    """Takes a class out of a planned version."""
    with context.diarium().database.unit_of_work() as session:
        scheme_uid = queries.class_by_uid(session, uid).scheme.uid
        editing.remove_class(session, context.actor(), uid)
    flash(_("Klassen är borttagen."), "success")
    return redirect(url_for("administration.scheme", uid=scheme_uid))


def _changed(session: Session, uid: uuid.UUID, seen: str) -> int:
    return editing.change_class(
        session,
        context.actor(),
        uid,
        _wanted(),
        seen=seen,
        reason=text("reason"),
        publish_below=ticked("publish_below"),
    )


def _wanted() -> ClassEdit:
    return ClassEdit(
        title=text("title"),
        description=text("description"),
        publishing=publishing_of(text("publishing")),
        retention_rule=chosen_uid("retention_rule"),
        record_types=tuple(request.form.getlist("record_types")),
    )


def _choices(session: Session) -> dict[str, object]:
    return {
        "rules": retention.options(session),
        "types": [(row.name, row.name) for row in record_types.record_types(session)],
        "publishing_labels": [(rule.value, label) for rule, label in PUBLISHING_LABELS.items()],
    }
