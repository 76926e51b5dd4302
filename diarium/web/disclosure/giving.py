"""What was released is given out: noted by hand with its fee, or sent by e-mail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.disclosure import delivering, fees, lookup, sending
from diarium.disclosure.delivering import HandedOut
from diarium.disclosure.errors import InvalidRequest
from diarium.disclosure.sending import MailOut
from diarium.disclosure.views import ItemView, RequestView
from diarium.disclosure.vocabulary import BY_HAND, MEANS_LABELS, Means
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import gettext as _
from diarium.i18n import today, use_locale
from diarium.identity.permissions import Permission
from diarium.letterbox.letters import ContactWay
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.arguments import whole_number
from diarium.web.correspondence.form import uid_or_none
from diarium.web.disclosure.blueprint import blueprint
from diarium.web.disclosure.details import load, seen_version
from diarium.web.registration.form import tolerant_date


@blueprint.get("/<uuid:uid>/lamna-ut")
@context.staff(Permission.DISCLOSE)
def give_form(uid: uuid.UUID) -> ResponseReturnValue:
    """What can be given out now, and the ways to do it."""
    return _show(uid, {}, {})


@blueprint.post("/<uuid:uid>/lamna-ut")
@context.staff(Permission.DISCLOSE)
def give(uid: uuid.UUID) -> ResponseReturnValue:
    """Notes what was given out, or only computes the fee."""
    form = request.form
    try:
        facts = HandedOut(
            means=form.get("means", ""),
            items=_items(),
            day=day_or_error(tolerant_date(form.get("day", "")), "day"),
            pages=whole_number(form.get("pages"), 0, delivering.MOST_PAGES + 1) or None,
            note=form.get("note", ""),
        )
        if form.get("do") == "fee":
            return _show(uid, form, {}, fee=_fee(uid, facts))
        with context.diarium().database.unit_of_work() as session:
            made = delivering.note_handed_out(session, context.actor(), uid, facts, version=seen_version())
            fee = made.fee
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, form, {error.field or "": error.message}), 422
    text = _("Utlämnandet är noterat. Avgift: %(fee)s kr.", fee=fee) if fee else _("Utlämnandet är noterat.")
    flash(text, "success")
    return redirect(url_for("disclosure.details", uid=uid))


@blueprint.post("/<uuid:uid>/skicka")
@context.staff(Permission.DISCLOSE)
def send(uid: uuid.UUID) -> ResponseReturnValue:
    """Queues the chosen files as an e-mail to the address that the asker gave."""
    form, services = request.form, context.diarium()
    try:
        facts = MailOut(items=_items(), subject=form.get("subject", ""), body=form.get("body", ""))
        with services.database.unit_of_work() as session:
            mail = services.settings.mail
            sending.queue_mail(session, mail, context.actor(), uid, facts, version=seen_version())
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _show(uid, form, {f"mail-{error.field}" if error.field else "": error.message}), 422
    flash(_("Brevet skickas inom någon minut. Här ser du om det gick iväg."), "success")
    return redirect(url_for("disclosure.details", uid=uid))


def _show(uid: uuid.UUID, typed: Mapping[str, str], errors: Mapping[str, str], *, fee: int | None = None) -> str:
    view = load(uid)
    tariff = fees.tariff_for(view.authority_code, today())
    chosen = {str(item) for item in _items()} if typed else {str(item.uid) for item in _ready(view)}
    return context.page(
        "disclosure/give.html",
        view=view,
        ready=[(str(item.uid), _label(view, item.uid)) for item in view.items if item.why_not_given is None],
        blocked=[item.why_not_given for item in view.items if item.is_wanted and item.why_not_given is not None],
        chosen=chosen,
        values={"means": _usual_means(view), "day": today().isoformat(), **_mail(view), **typed},
        errors=errors,
        fee=fee,
        tariff=tariff,
        means=[(key.value, str(MEANS_LABELS[key])) for key in BY_HAND],
        can_mail=_can_mail(view),
        mail_is_configured=context.diarium().settings.mail.is_configured,
    )


def _ready(view: RequestView) -> list[ItemView]:
    """What can be given out and has not been yet."""
    return [item for item in view.items if item.why_not_given is None and not item.is_given]


def _label(view: RequestView, uid: uuid.UUID) -> str:
    item = next(found for found in view.items if found.uid == uid)
    outcome = item.review.outcome_label if item.review else ""
    return ", ".join(part for part in (item.number, item.title, outcome) if part)


def _items() -> tuple[uuid.UUID, ...]:
    found = (uid_or_none(text) for text in request.form.getlist("item"))
    return tuple(uid for uid in found if uid is not None)


def _fee(uid: uuid.UUID, facts: HandedOut) -> int:
    if facts.means not in list(Means):
        raise InvalidRequest(_("Välj hur det lämnades ut."), field="means")
    with context.diarium().database.reading() as session:
        found = lookup.request(session, context.actor(), uid)
        return delivering.fee_of(found, Means(facts.means), facts.pages or 0, facts.day or today())


def _usual_means(view: RequestView) -> str:
    way = view.asker.way if view.asker else None
    usual = {ContactWay.POST: Means.POST, ContactWay.PHONE: Means.BY_PHONE}
    return (usual.get(way, Means.ON_SPOT) if way is not None else Means.ON_SPOT).value


def _can_mail(view: RequestView) -> bool:
    return view.asker is not None and view.asker.way is ContactWay.EMAIL


def _mail(view: RequestView) -> dict[str, str]:
    """The letter as it begins, in the language that the asker chose."""
    with use_locale(view.language):
        reference = view.order_reference or view.reference
        subject = _("Handlingar som du har begärt, %(reference)s", reference=reference)
        body = _(
            "Hej!\n\nHär är handlingarna som du har begärt hos oss. De är bifogade.\n\n"
            "Din begäran: %(reference)s\n\nVänliga hälsningar\n%(authority)s",
            reference=reference,
            authority=view.authority_name,
        )
    return {"subject": subject, "body": body}
