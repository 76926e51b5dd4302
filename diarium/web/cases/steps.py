"""The steps of a case's life, each on a page of its own: assign, tie, pause, close, open again, cancel."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from diarium.assistance import drafts
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import Actor, Permission
from diarium.register import closing, finding, lookup, queries, relating
from diarium.register.errors import EditConflict, InvalidFact
from diarium.register.models import Case
from diarium.register.vocabulary import RELATION_LABELS, RelationKind
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.cases import frame, views
from diarium.web.cases.frame import blueprint

Material = dict[str, object]


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its page, who may take it, what its form offers, and taking it (returns the message)."""

    template: str
    require: Callable[[Actor, Case], None]
    take: Callable[[Session, Actor, Case], str]
    material: Callable[[Session, Actor, Case], Material]


@blueprint.route("/arende/<uuid:uid>/<step>", methods=["GET", "POST"])
@context.staff(Permission.READ)
def take_step(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """A step of the case's life; on a mistake its page comes back with the message and what was typed."""
    if step not in STEPS:
        abort(404)
    if request.method == "GET":
        return _show(uid, step, {})
    try:
        with context.diarium().database.unit_of_work() as session:
            case = lookup.case_by_uid(session, context.actor(), uid)
            message = STEPS[step].take(session, context.actor(), case)
    except EditConflict as error:
        return _show(uid, step, {"": error.message}, is_overtaken=True), 422
    except DomainError as error:
        found = frame.mistakes(error)
        return _show(uid, step, {f"{step}-{field}" if field else "": text for field, text in found.items()}), 422
    flash(message, "success")
    return redirect(url_for("cases.details", uid=uid))


@blueprint.post("/arende/<uuid:uid>/koppling/<key>")
@context.staff(Permission.CORRECT)
def unrelate(uid: uuid.UUID, key: str) -> ResponseReturnValue:
    """Undoes a tie to another case."""
    who = context.actor()
    try:
        with context.diarium().database.unit_of_work() as session:
            case = lookup.case_by_uid(session, who, uid)
            reason = request.form.get("reason", "")
            relating.unrelate(session, who, case, whole_number(key, 0, 2**62), reason)
    except DomainError as error:
        if isinstance(error, InvalidFact):
            return views.show(uid, {"": error.message}), 422
        raise
    flash(_("Kopplingen är borttagen. Den finns kvar i historiken."), "success")
    return redirect(url_for("cases.details", uid=uid))


def _show(uid: uuid.UUID, name: str, errors: dict[str, str], *, is_overtaken: bool = False) -> str:
    who, step = context.actor(), STEPS[name]
    with context.diarium().database.reading() as session:
        case, front = frame.open_case(session, uid)
        step.require(who, case)
        material = step.material(session, who, case)
    frame.note(front)
    # A form that was overtaken shows how the case stands now, and counts as made of that.
    version = front.view.version if is_overtaken or "version" not in request.form else request.form["version"]
    return context.page(
        step.template,
        view=front.view,
        step=name,
        errors=errors,
        values=request.form,
        version=version,
        conflict=frame.standing(front) if is_overtaken else [],
        today=today(),
        **material,
    )


def _nothing(_session: Session, _actor: Actor, _case: Case) -> Material:
    return {}


def _staff(session: Session, _actor: Actor, case: Case) -> Material:
    return {"staff": queries.staff_of(session, case.authority.code)}


def _relations(_session: Session, _actor: Actor, _case: Case) -> Material:
    return {"relations": RELATION_LABELS}


def _shortcomings(session: Session, actor: Actor, case: Case) -> Material:
    return {"shortcomings": closing.check(case, open_drafts=_drafts_in(session, actor, case))}


def _drafts_in(session: Session, actor: Actor, case: Case) -> int:
    """How many of the actor's own drafts are for the case; other people's are nobody's business."""
    return sum(finding.names_case(draft.case, case) for draft in drafts.mine(session, actor))


def _close(session: Session, actor: Actor, case: Case) -> str:
    day, reason = frame.typed_day("closed_on"), request.form.get("reason", "")
    closing.close(session, actor, case, day=day, reason=reason, version=frame.seen_version())
    return _("Ärendet är avslutat.")


def _reopen(session: Session, actor: Actor, case: Case) -> str:
    closing.reopen(session, actor, case, request.form.get("reason", ""), version=frame.seen_version())
    return _("Ärendet är öppnat igen.")


def _pause(session: Session, actor: Actor, case: Case) -> str:
    day, reason = frame.needed_day("due_on"), request.form.get("reason", "")
    closing.pause(session, actor, case, day, reason, version=frame.seen_version())
    return _("Ärendet är vilande. Dagen bevakas.")


def _resume(session: Session, actor: Actor, case: Case) -> str:
    closing.resume(session, actor, case, version=frame.seen_version())
    return _("Ärendet är upptaget igen.")


def _cancel(session: Session, actor: Actor, case: Case) -> str:
    closing.cancel_case(session, actor, case, request.form.get("reason", ""), version=frame.seen_version())
    return _("Ärendet är makulerat. Numret och skälet finns kvar.")


def _assign(session: Session, actor: Actor, case: Case) -> str:
    officer, unit = request.form.get("responsible"), request.form.get("unit")
    closing.assign(session, actor, case, officer, unit, version=frame.seen_version())
    return _("Handläggaren är ändrad.")


def _relate(session: Session, actor: Actor, case: Case) -> str:
    kind, number = request.form.get("kind", ""), request.form.get("case", "")
    if kind not in list(RelationKind):
        raise InvalidFact(_("Välj hur ärendena hänger ihop."), field="kind")
    relating.relate(session, actor, case, number, RelationKind(kind), version=frame.seen_version())
    return _("Ärendena är kopplade.")


def _require(permission: Permission) -> Callable[[Actor, Case], None]:
    return lambda actor, case: actor.require(permission, case.authority.code)


STEPS: dict[str, Step] = {
    "assign": Step("cases/steps/assign.html", _require(Permission.CORRECT), _assign, _staff),
    "relate": Step("cases/steps/relate.html", _require(Permission.CORRECT), _relate, _relations),
    "pause": Step("cases/steps/pause.html", closing.require_closer, _pause, _nothing),
    "resume": Step("cases/steps/resume.html", closing.require_closer, _resume, _nothing),
    "close": Step("cases/steps/close.html", closing.require_closer, _close, _shortcomings),
    "reopen": Step("cases/steps/reopen.html", closing.require_closer, _reopen, _nothing),
    "cancel": Step("cases/steps/cancel.html", _require(Permission.CANCEL), _cancel, _nothing),
}
