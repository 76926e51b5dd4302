"""Watched days of a case: a new one, and one that is done, moved or no longer needed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.errors import DomainError, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_date, show_time
from diarium.identity.permissions import Permission
from diarium.register import case_sheet, deadlines, lookup, queries
from diarium.register.deadlines import DeadlineFacts
from diarium.register.errors import EditConflict, InvalidFact
from diarium.register.models import Case
from diarium.register.vocabulary import DEADLINE_KIND_LABELS, DEADLINE_STATE_LABELS, DeadlineKind
from diarium.register.work_views import DeadlineView
from diarium.web import context, correcting
from diarium.web.cases import frame
from diarium.web.cases.frame import blueprint

# Chosen by the case's own step, not by hand.
KINDS = {kind: label for kind, label in DEADLINE_KIND_LABELS.items() if kind is not DeadlineKind.ON_HOLD}
_ACTS = frozenset({"klar", "avbryt", "andra"})


@blueprint.route("/arende/<uuid:uid>/bevakning", methods=["GET", "POST"])
@context.staff(Permission.REGISTER)
def add_deadline(uid: uuid.UUID) -> ResponseReturnValue:
    """Watches a day in the case; usual days are offered."""
    who, errors = context.actor(), {}
    if request.method == "POST":
        try:
            facts = _facts(request.form)
            with context.diarium().database.unit_of_work() as session:
                deadlines.add(session, who, lookup.case_by_uid(session, who, uid), facts)
            flash(_("Dagen %(day)s bevakas.", day=facts.due_on.isoformat()), "success")
            return redirect(url_for("cases.details", uid=uid))
        except DomainError as error:
            errors = frame.mistakes(error)
    with context.diarium().database.reading() as session:
        case, front = frame.open_case(session, uid)
        who.require(Permission.REGISTER, case.authority.code)
        staff = queries.staff_of(session, case.authority.code)
        days = _offered(case)
        records = [
            (str(key), f"{case.number_text}-{number}") for key, number in case_sheet.records_of(session, case)
        ]
    frame.note(front)
    html = context.page(
        "cases/deadline_new.html",
        view=front.view,
        staff=staff,
        days=days,
        records=records,
        kinds=KINDS,
        errors=errors,
        values=request.form,
    )
    return html, 422 if errors else 200


@blueprint.get("/bevakning/<uuid:uid>")
@context.staff(Permission.READ)
def deadline(uid: uuid.UUID) -> ResponseReturnValue:
    """A watched day: tick it off, move it or stop watching."""
    return _show(uid, {})


@blueprint.post("/bevakning/<uuid:uid>/<act>")
@context.staff(Permission.REGISTER)
def settle_deadline(uid: uuid.UUID, act: str) -> ResponseReturnValue:
    """Ticks off, moves or cancels a watched day."""
    try:
        with context.diarium().database.unit_of_work() as session:
            case_uid, message = _act(session, uid, act)
    except EditConflict as error:
        return _show(uid, {"": error.message}, is_overtaken=True), 422
    except DomainError as error:
        found = frame.mistakes(error)
        return _show(uid, {f"{act}-{field}" if field else "": text for field, text in found.items()}), 422
    flash(message, "success")
    return redirect(url_for("cases.details", uid=case_uid))


def _act(session: Session, uid: uuid.UUID, act: str) -> tuple[uuid.UUID, str]:
    who, form = context.actor(), request.form
    if act not in _ACTS:
        raise NotFound(_("Steget finns inte."))
    version = correcting.version_of(form)
    if act == "klar":
        done = deadlines.complete(session, who, uid, form.get("outcome", ""), version=version)
        return done.case.uid, _("Bevakningen är klar.")
    if act == "avbryt":
        done = deadlines.cancel(session, who, uid, form.get("reason", ""), version=version)
        return done.case.uid, _("Bevakningen är avbruten.")
    changed = deadlines.change(session, who, uid, _facts(form), form.get("reason", ""), version=version)
    return changed.case.uid, _("Bevakningen är ändrad.")


def _facts(form: Mapping[str, str]) -> DeadlineFacts:
    """The watched day as the form says: what was typed and chosen by hand counts before what was offered."""
    offered_day, _slash, offered_kind = form.get("when", "").partition("/")
    typed, kind, record = form.get("due_on", "").strip(), form.get("kind", ""), form.get("record", "")
    if not kind and not typed:
        kind = offered_kind
    try:
        record_uid = uuid.UUID(record) if record else None
    except ValueError:
        raise InvalidFact(_("Välj en handling i ärendet."), field="record") from None
    return DeadlineFacts(
        due_on=frame.needed_day("due_on", {"due_on": typed or offered_day}),
        text=form.get("text", ""),
        kind=DeadlineKind(kind) if kind in list(KINDS) else DeadlineKind.OTHER,
        responsible=form.get("responsible") or None,
        unit=form.get("unit") or None,
        record_uid=record_uid,
    )


def _offered(case: Case) -> list[tuple[str, str]]:
    """The suggested days as choices, each with why."""
    return [
        (f"{item.due_on.isoformat()}/{item.kind.value}", f"{show_date(item.due_on)}: {item.label}")
        for item in deadlines.suggestions(case)
    ]


def _show(uid: uuid.UUID, errors: dict[str, str], *, is_overtaken: bool = False) -> str:
    who = context.actor()
    with context.diarium().database.reading() as session:
        front, item = case_sheet.deadline_view(session, who, uid)
        staff = queries.staff_of(session, front.view.authority_code)
    frame.note(front)
    typed = request.form if errors else {}
    return context.page(
        "cases/deadline.html",
        view=front.view,
        item=item,
        staff=staff,
        kinds=KINDS,
        states=DEADLINE_STATE_LABELS,
        labels=DEADLINE_KIND_LABELS,
        may_act=who.may(Permission.REGISTER, front.view.authority_code) and item.text is not None,
        errors=errors,
        values=typed,
        version=item.version if is_overtaken or "version" not in typed else typed["version"],
        conflict=_standing(item) if is_overtaken else [],
        show_time=show_time,
    )


def _standing(item: DeadlineView) -> list[tuple[str, str]]:
    return [
        (_("Status"), str(DEADLINE_STATE_LABELS[item.state])),
        (_("Bevakas till"), item.due_on.isoformat()),
        (_("Text"), item.text or _("Sekretessmarkerad uppgift")),
        (_("Bevakas av"), ", ".join(name for name in (item.responsible, item.unit) if name)),
        *([(_("Utfall"), item.outcome)] if item.outcome else []),
    ]
