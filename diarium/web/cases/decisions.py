"""Decisions of a case: entered, corrected, cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Permission
from diarium.register import case_sheet, closing, decisions, lookup
from diarium.register.case_sheet import CaseFront
from diarium.register.decisions import DecisionFacts
from diarium.register.errors import EditConflict, InvalidFact
from diarium.register.vocabulary import DECISION_KIND_LABELS, DecisionKind
from diarium.register.work_views import DecisionView
from diarium.web import context, correcting
from diarium.web.cases import frame, views
from diarium.web.cases.frame import blueprint

Records = list[tuple[str, str]]


@blueprint.route("/arende/<uuid:uid>/beslut", methods=["GET", "POST"])
@context.staff(Permission.READ)
def add_decision(uid: uuid.UUID) -> ResponseReturnValue:
    """Enters a decision in the case."""
    who, errors, is_overtaken = context.actor(), {}, False
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                case = lookup.case_by_uid(session, who, uid)
                decisions.record_decision(session, who, case, _facts(request.form), version=frame.seen_version())
            flash(_("Beslutet är inskrivet."), "success")
            return redirect(url_for("cases.details", uid=uid))
        except EditConflict as error:
            errors, is_overtaken = {"": error.message}, True
        except DomainError as error:
            errors = frame.mistakes(error)
    with context.diarium().database.reading() as session:
        case, front = frame.open_case(session, uid)
        closing.require_closer(who, case)
        records = [
            (str(key), f"{case.number_text}-{number}") for key, number in case_sheet.records_of(session, case)
        ]
    frame.note(front)
    values = (
        request.form.to_dict() if errors else {"kind": "board", "is_final": "1", "body": front.view.authority_name}
    )
    version = front.view.version if is_overtaken or "version" not in values else values["version"]
    conflict = frame.standing(front) if is_overtaken else []
    return _page(front, None, records, {"decided_on": today().isoformat()} | values, version, errors, conflict)


@blueprint.route("/beslut/<uuid:uid>/ratta", methods=["GET", "POST"])
@context.staff(Permission.READ)
def correct_decision(uid: uuid.UUID) -> ResponseReturnValue:
    """Corrects a decision; what stood before stays in the history."""
    who, errors, is_overtaken = context.actor(), {}, False
    if request.method == "POST":
        try:
            with context.diarium().database.unit_of_work() as session:
                version, reason = correcting.version_of(request.form), request.form.get("reason", "")
                changed = decisions.correct_decision(
                    session, who, uid, _facts(request.form), reason, version=version
                )
                case_uid = changed.case.uid
            flash(_("Beslutet är rättat. Det gamla värdet finns kvar i historiken."), "success")
            return redirect(url_for("cases.details", uid=case_uid))
        except EditConflict as error:
            errors, is_overtaken = {"": error.message}, True
        except DomainError as error:
            errors = frame.mistakes(error)
    front, item, records = _present(uid)
    present = _values(item)
    values = present | (request.form.to_dict() | {"is_final": request.form.get("is_final", "")} if errors else {})
    version = item.version if is_overtaken or not errors else values.get("version", 0)
    conflict = correcting.differences(_told(present), _told(values), _KINDS) if is_overtaken else []
    return _page(front, item, records, values, version, errors, conflict)


@blueprint.post("/beslut/<uuid:uid>/makulera")
@context.staff(Permission.READ)
def cancel_decision(uid: uuid.UUID) -> ResponseReturnValue:
    """Cancels the entry of a decision; it stays with its reason."""
    who = context.actor()
    try:
        with context.diarium().database.unit_of_work() as session:
            version, reason = correcting.version_of(request.form), request.form.get("reason", "")
            case_uid = decisions.cancel_decision(session, who, uid, reason, version=version).case.uid
    except DomainError as error:
        found = frame.mistakes(error)
        front, item, records = _present(uid)
        errors = {"cancel-reason" if field == "reason" else field: text for field, text in found.items()}
        html, _status = _page(front, item, records, _values(item), item.version, errors, [])
        return html, 422
    flash(_("Beslutet är makulerat. Det och skälet finns kvar."), "success")
    return redirect(url_for("cases.details", uid=case_uid))


_KINDS = {"decision_kind": {key.value: label for key, label in DECISION_KIND_LABELS.items()}}


def _present(uid: uuid.UUID) -> tuple[CaseFront, DecisionView, Records]:
    who = context.actor()
    with context.diarium().database.reading() as session:
        front, item = case_sheet.decision_view(session, who, uid)
        case = lookup.case_by_uid(session, who, front.view.uid)
        closing.require_closer(who, case)
        records = [
            (str(key), f"{case.number_text}-{number}") for key, number in case_sheet.records_of(session, case)
        ]
    frame.note(front)
    return front, item, records


def _facts(form: Mapping[str, str]) -> DecisionFacts:
    kind, record = form.get("kind", ""), form.get("record", "")
    if kind not in list(DecisionKind):
        raise InvalidFact(_("Välj vem som har beslutat."), field="kind")
    try:
        record_uid = uuid.UUID(record) if record else None
    except ValueError:
        raise InvalidFact(_("Välj en handling i ärendet."), field="record") from None
    return DecisionFacts(
        kind=DecisionKind(kind),
        decided_on=frame.needed_day("decided_on"),
        body=form.get("body", ""),
        outcome=form.get("outcome", ""),
        paragraph=form.get("paragraph"),
        delegation_point=form.get("delegation_point"),
        is_final=form.get("is_final") == "1",
        record_uid=record_uid,
    )


def _values(item: DecisionView) -> dict[str, Any]:
    """The decision as the form's fields have it."""
    return {
        "kind": item.kind.value,
        "decided_on": item.decided_on.isoformat(),
        "body": item.body,
        "outcome": item.outcome or "",
        "paragraph": item.paragraph or "",
        "delegation_point": item.delegation_point or "",
        "is_final": "1" if item.is_final else "",
        "record": str(item.record[1]) if item.record else "",
    }


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by the names that the history gives them; the record is a choice, not a text."""
    names = {"kind": "decision_kind", "decided_on": "decision_day"}
    return {names.get(name, name): value for name, value in values.items() if name not in ("record", "is_final")}


def _page(
    front: CaseFront,
    item: DecisionView | None,
    records: Records,
    values: Mapping[str, Any],
    version: object,
    errors: dict[str, str],
    conflict: list[tuple[str, str]],
) -> tuple[str, int]:
    html = context.page(
        "cases/decision.html",
        view=front.view,
        item=item,
        may=views.allowed(front.view),
        records=records,
        kinds=DECISION_KIND_LABELS,
        values=values,
        version=version,
        errors=errors,
        conflict=conflict,
    )
    return html, 422 if errors else 200
