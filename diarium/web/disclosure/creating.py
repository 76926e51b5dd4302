"""A request that came by phone, at the counter, by letter or by e-mail is written down."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from diarium.db.base import now
from diarium.disclosure import queries, receiving
from diarium.disclosure.receiving import NewRequest
from diarium.disclosure.vocabulary import CHANNEL_LABELS, CONTACT_WAY_LABELS, Channel
from diarium.errors import DomainError, NotAllowed, NotFound
from diarium.i18n import STOCKHOLM, today
from diarium.i18n import gettext as _
from diarium.identity.permissions import Permission
from diarium.intake import queries as intake
from diarium.letterbox.letters import MAX_MESSAGE, ContactWay
from diarium.register.schemas import day_or_error
from diarium.web import context
from diarium.web.correspondence.form import uid_or_none
from diarium.web.disclosure.blueprint import blueprint
from diarium.web.registration.form import tolerant_date

_NOON = dt.time(12)
_BETWEEN = re.compile(r"[\n;,]+")
LANGUAGES = (("sv", "Svenska"), ("en", "English"))


@blueprint.route("/ny", methods=["GET", "POST"])
@context.staff(Permission.DISCLOSE)
def create() -> ResponseReturnValue:
    """The form; on a mistake all that was typed comes back."""
    errors: dict[str, str] = {}
    values: dict[str, str] = {
        "channel": Channel.PHONE.value,
        "received_on": today().isoformat(),
        "wanted": request.args.get("handling", ""),
        "authority": request.args.get("authority", ""),
        **_from_inbox(),
    }
    if request.method == "POST":
        values |= request.form.to_dict()
        try:
            with context.diarium().database.unit_of_work() as session:
                made = receiving.register_request(session, context.actor(), _facts(request.form))
                uid, reference = made.uid, made.reference
            flash(_("Begäran har fått nummer %(reference)s.", reference=reference), "success")
            return redirect(url_for("disclosure.details", uid=uid))
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            errors = {error.field or "": error.message}
    with context.diarium().database.reading() as session:
        authorities = queries.answering_authorities(session, context.actor())
    html = context.page(
        "disclosure/create.html",
        values=values,
        errors=errors,
        authorities=authorities,
        channels=[(key.value, str(label)) for key, label in CHANNEL_LABELS.items() if key is not Channel.WEB],
        ways=contact_ways(),
        languages=LANGUAGES,
    )
    return html, 422 if errors else 200


def contact_ways() -> list[tuple[str, str]]:
    """What can be chosen for how the answer is given."""
    return [(key.value, str(label)) for key, label in CONTACT_WAY_LABELS.items()]


def way_of(text: str) -> ContactWay | None:
    """The way that a form names, if it names one."""
    return ContactWay(text) if text in list(ContactWay) else None


def _from_inbox() -> dict[str, str]:
    """What an item of the inbox tells of a request that came by e-mail, where the address names one."""
    item_uid = uid_or_none(request.args.get("post"))
    who = context.actor()
    if item_uid is None or not who.authorities(Permission.REGISTER):
        return {}
    with context.diarium().database.unit_of_work() as session:
        item = intake.item_details(session, who, item_uid)
        intake.note_reading(session, who, item_uid)
    return {
        "authority": item.authority_code,
        "channel": Channel.EMAIL.value if item.sender_email else Channel.POST.value,
        "received_on": item.official_on.isoformat(),
        "contact_way": ContactWay.EMAIL.value if item.sender_email else "",
        "contact": item.sender_email or "",
        "message": "\n\n".join(part for part in (item.subject, item.body) if part)[:MAX_MESSAGE],
    }


def _facts(form: Mapping[str, str]) -> NewRequest:
    channel = form.get("channel", "")
    day = day_or_error(tolerant_date(form.get("received_on", "")), "received_on")
    return NewRequest(
        authority=form.get("authority", ""),
        channel=Channel(channel) if channel in list(Channel) else Channel.PHONE,
        received_at=_moment(day),
        contact_way=way_of(form.get("contact_way", "")),
        contact=form.get("contact", ""),
        name=form.get("name", ""),
        message=form.get("message", ""),
        language=form.get("language", "sv"),
        wanted=tuple(part.strip() for part in _BETWEEN.split(form.get("wanted", "")) if part.strip()),
    )


def _moment(day: dt.date | None) -> dt.datetime:
    """The moment of something that came on `day`: now, or noon of another day, whose hour nobody noted."""
    return now() if day is None or day == today() else dt.datetime.combine(day, _NOON, STOCKHOLM)
