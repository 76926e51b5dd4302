"""Following a case or a search by e-mail. The public side only hands on what was asked for: it knows no addresses,
and answers the same whoever follows already.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import current_locale
from diarium.i18n import gettext as _
from diarium.letterbox.addresses import email_address
from diarium.letterbox.errors import LetterboxClosed, LetterboxFull
from diarium.letterbox.letters import MAX_TOKEN, Confirm, Follow, FollowTarget, Letter, Unfollow
from diarium.public import vocabulary
from diarium.public.errors import NotInOpenRegister
from diarium.public.models import PublicCase
from diarium.site import addresses
from diarium.site.arguments import short_text
from diarium.site.filters import Wanted, read_wanted
from diarium.site.frame import Site
from diarium.site.orders_form import TRAP

# With one key for all, the very same letter lies in the box once, however often somebody presses the button.
_ONE_KEY = uuid.UUID(int=0)
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{20,{MAX_TOKEN}}}")


@dataclass(frozen=True, slots=True)
class _Followed:
    """What the address asks to follow, as the page shows it. `action`: where the form is sent."""

    target: FollowTarget
    heading: str
    number: str
    url: str
    feed_url: str
    action: str


def follow(site: Site) -> ResponseReturnValue:
    """Asks for an address, and says what becomes of it. Raises: NotInOpenRegister for a case that is not here."""
    followed = _followed(site)
    if request.method == "GET":
        return _page(site, followed, {}, "")
    typed = request.form.get("epost", "").replace("\0", "").strip()
    errors: dict[str, str] = {}
    email = email_address(typed)
    if email is None:
        errors["epost"] = _("Skriv den e-postadress som brevet ska gå till, som namn@exempel.se.")
    if request.form.get(TRAP):
        errors[TRAP] = _("Lämna fältet tomt. Det är till för att hålla robotar borta.")
    if not site.settings.public_url:
        errors[""] = _("Det går inte att följa med e-post här. Använd flödet i stället.")
    if errors or email is None:
        return _page(site, followed, errors, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    failure = _drop(site, Follow(email, followed.target, current_locale()))
    if failure is not None:
        return _page(site, followed, {"": failure}, typed), HTTPStatus.SERVICE_UNAVAILABLE
    return site.page("following/asked", followed=followed, email=email)


def confirm_following(site: Site) -> ResponseReturnValue:
    """The page behind the link in the first e-mail. Mail scanners open links, so that it takes a button."""
    return _with_token(site, "confirm", Confirm)


def end_following(site: Site) -> ResponseReturnValue:
    """The page behind the link in each e-mail; a mail program ends it by POST at once. Source: RFC 8058."""
    return _with_token(site, "end", Unfollow)


def too_many(site: Site) -> ResponseReturnValue:
    """The form as it was sent, with what to do when too many came from the same address."""
    error = {"": _("Det har kommit många försök härifrån på kort tid. Vänta en stund och försök igen.")}
    return _page(site, _followed(site), error, request.form.get("epost", "")), HTTPStatus.TOO_MANY_REQUESTS


def _with_token(site: Site, step: str, make: type[Confirm] | type[Unfollow]) -> ResponseReturnValue:
    token = request.values.get("t", "").strip()
    if not _TOKEN.fullmatch(token):
        return site.page("following/bad_link"), HTTPStatus.UNPROCESSABLE_ENTITY
    if request.method == "GET":
        return site.page(f"following/{step}", token=token, errors={})
    failure = _drop(site, make(token))
    if failure is not None:
        return site.page(f"following/{step}", token=token, errors={"": failure}), HTTPStatus.SERVICE_UNAVAILABLE
    return site.page(f"following/{step}_done")


def _drop(site: Site, letter: Letter) -> str | None:
    """What went wrong, if anything. The same letter twice is one."""
    try:
        site.letterbox.drop(letter, key=_ONE_KEY)
    except (LetterboxFull, LetterboxClosed):
        return _("Det går inte att ta emot det här just nu. Försök igen om en stund.")
    return None


def _page(site: Site, followed: _Followed, errors: dict[str, str], typed: str) -> str:
    return site.page(
        "following/follow",
        followed=followed,
        errors=errors,
        typed=typed,
        trap=TRAP,
        is_possible=bool(site.settings.public_url),
    )


def _followed(site: Site) -> _Followed:
    text = short_text("arende", 60)
    return _case(site, text) if text else _search(read_wanted())


def _case(site: Site, text: str) -> _Followed:
    try:
        found = site.register.entry(uuid.UUID(text))
    except ValueError:
        raise NotInOpenRegister(_("Länken leder inte till något i det öppna diariet.")) from None
    case = found if isinstance(found, PublicCase) else found.case
    return _Followed(
        target=FollowTarget(case_uid=case.uid),
        heading=vocabulary.case_heading(case.visibility, case.title),
        number=case.number_text,
        url=addresses.of_case(case),
        feed_url=addresses.of_case_feed(case),
        action=url_for("site.follow", arende=case.uid),
    )


def _search(wanted: Wanted) -> _Followed:
    question = wanted.question
    # A period such as "this week" has no meaning for what comes later.
    is_dated = bool(wanted.dates) and not wanted.errors
    arguments = {name: value for name, value in wanted.arguments().items() if name not in ("ordning", "period")}
    target = FollowTarget(
        query=question.text,
        filters=question.filters,
        date_from=question.date_from if is_dated else None,
        date_to=question.date_to if is_dated else None,
    )
    heading = _("Sökningen ”%(query)s”", query=question.text) if question.text else _("Alla handlingar")
    if wanted.chosen or wanted.kind or is_dated:
        heading = _("%(search)s med dina avgränsningar", search=heading)
    return _Followed(
        target=target,
        heading=heading,
        number="",
        url=wanted.address(),
        feed_url=wanted.feed_address(),
        action=url_for("site.follow", **arguments),
    )
