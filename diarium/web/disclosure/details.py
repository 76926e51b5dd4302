"""One request: what is asked for, how far it has come, and the steps that change it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from diarium.disclosure import closing, handling, queries, sending
from diarium.disclosure.errors import InvalidRequest
from diarium.disclosure.views import HistoryLine, RequestView
from diarium.disclosure.vocabulary import CLOSE_LABELS, CloseReason
from diarium.errors import Conflict, DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import Actor, Permission
from diarium.register import queries as register
from diarium.web import context, reading
from diarium.web.arguments import whole_number
from diarium.web.correspondence.form import uid_or_none
from diarium.web.disclosure.blueprint import blueprint
from diarium.web.disclosure.creating import contact_ways, way_of
from diarium.web.history import ACTIONS

_MOST_VERSIONS = 2**31 - 1
Form = MultiDict[str, str]


@blueprint.get("/<uuid:uid>")
@context.staff(Permission.DISCLOSE)
def details(uid: uuid.UUID) -> ResponseReturnValue:
    """One request. Looking at marked material is noted."""
    return show(uid)


@blueprint.post("/<uuid:uid>/<step>")
@context.staff(Permission.DISCLOSE)
def take_step(uid: uuid.UUID, step: str) -> ResponseReturnValue:
    """Takes a step with the request; on a mistake the page comes back with the message and what was typed."""
    if step not in STEPS:
        abort(404)
    try:
        with context.diarium().database.unit_of_work() as session:
            message = STEPS[step](session, context.actor(), uid, request.form)
    except (NotAllowed, NotFound):
        raise
    except Conflict as error:
        return show(uid, {"": error.message}, step), 409
    except DomainError as error:
        return show(uid, {_field(step, error.field): error.message}, step), 422
    flash(message, "success")
    return redirect(url_for("disclosure.details", uid=uid))


def show(uid: uuid.UUID, errors: Mapping[str, str] | None = None, step: str | None = None) -> str:
    """The page of a request, with what went wrong in one of its small forms."""
    view = load(uid)
    with context.diarium().database.reading() as session:
        people = queries.handlers(session, view.authority_code)
    return context.page(
        "disclosure/details.html",
        view=view,
        people=people,
        errors=errors or {},
        step=step,
        values=request.form,
        ways=contact_ways(),
        close_reasons=[(key.value, str(label)) for key, label in CLOSE_LABELS.items()],
        events=[_event(line) for line in view.history],
        show_time=show_time,
    )


def load(uid: uuid.UUID) -> RequestView:
    """The request as the actor sees it. Looking at marked material is noted."""
    who = context.actor()
    with context.diarium().database.reading() as session:
        view = queries.details(session, who, uid)
        cases, records = queries.shown_of(view)
        restricted = register.restricted_shown(session, who, cases=cases, records=records)
    reading.note_list(restricted, _("Begäran om utlämnande"))
    return view


def seen_version() -> int | None:
    """The version of the request that the form was made from."""
    return whole_number(request.form.get("version"), 0, _MOST_VERSIONS)


def _field(step: str, field: str | None) -> str:
    """The id of the field that was wrong; fields of an item carry the item's identifier."""
    name = f"{step}-{field or 'reason'}"
    item = request.form.get("item", "")
    return f"{name}-{item}" if step in _OF_ITEMS and uid_or_none(item) else name


def _event(line: HistoryLine) -> dict[str, object]:
    return {
        "title": str(ACTIONS.get(line.action, line.action)),
        "when": show_time(line.at),
        "datetime": line.at.isoformat(),
        "who": line.who,
        "text": " · ".join(part for part in (line.number, line.reason) if part),
    }


def _take(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.take(session, actor, uid, version=seen_version())
    return _("Begäran är din.")


def _assign(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.assign(session, actor, uid, form.get("handler"), version=seen_version())
    return _("Begäran är tilldelad.") if form.get("handler") else _("Begäran är inte längre tilldelad någon.")


def _wait(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.wait(session, actor, uid, form.get("reason", ""), version=seen_version())
    return _("Begäran väntar. Skälet syns i historiken.")


def _resume(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.resume(session, actor, uid, version=seen_version())
    return _("Begäran är upptagen igen.")


def _contact(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    way = way_of(form.get("contact_way", ""))
    contact, name = form.get("contact", ""), form.get("name", "")
    handling.set_contact(session, actor, uid, way, contact, name, version=seen_version())
    return _("Uppgifterna är ändrade.")


def _add(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.add_item(session, actor, uid, form.get("number", ""), version=seen_version())
    return _("Delen är tillagd.")


def _identify(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.identify(session, actor, uid, _item(form), form.get("number", ""), version=seen_version())
    return _("Nu är det bestämt vad som avses.")


def _spread(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.spread_case(session, actor, uid, _item(form), version=seen_version())
    return _("Ärendets handlingar är tillagda var för sig.")


def _withdraw(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    handling.withdraw_item(session, actor, uid, _item(form), version=seen_version())
    return _("Delen är struken.")


def _settle(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    delivery = uid_or_none(form.get("delivery")) or uuid.uuid4()
    sending.settle(session, actor, uid, delivery, form.get("do", ""), version=seen_version())
    return _("Det är noterat vad som gäller för brevet.")


def _close(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    reason = form.get("reason", "")
    if reason not in list(CloseReason):
        raise InvalidRequest(_("Välj hur begäran slutade."), field="reason")
    closing.close(session, actor, uid, CloseReason(reason), form.get("note", ""), version=seen_version())
    return _(
        "Begäran är avslutad. Kontaktuppgifterna raderas efter 30 dagar, eller när beslutet inte längre kan "
        "överklagas."
    )


def _reopen(session: Session, actor: Actor, uid: uuid.UUID, form: Form) -> str:
    closing.reopen(session, actor, uid, form.get("reason", ""), version=seen_version())
    return _("Begäran är öppen igen.")


def _item(form: Form) -> uuid.UUID:
    """The item that a form is about; an unknown one is not found."""
    return uid_or_none(form.get("item")) or uuid.uuid4()


STEPS: Mapping[str, Callable[[Session, Actor, uuid.UUID, Form], str]] = {
    "ta": _take,
    "tilldela": _assign,
    "vanta": _wait,
    "fortsatt": _resume,
    "kontakt": _contact,
    "lagg-till": _add,
    "bestam": _identify,
    "dela-upp": _spread,
    "stryk": _withdraw,
    "brevet": _settle,
    "avsluta": _close,
    "oppna": _reopen,
}
_OF_ITEMS = frozenset({"bestam", "dela-upp", "stryk"})
