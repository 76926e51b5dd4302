"""The start page and the daily list."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_date
from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import current_locale
from diarium.i18n import gettext as _
from diarium.site import addresses
from diarium.site.arguments import day, page_number, short_text, week
from diarium.site.frame import Site


def start(site: Site) -> ResponseReturnValue:
    """The search box, how much there is, and what came last."""
    return site.page("start", overview=site.register.overview(), hide_search=True)


def postlista(site: Site) -> ResponseReturnValue:
    """All records of a day or a week (*postlista*), at one authority or at all."""
    authority = short_text("myndighet", 10) or None
    monday, week_error = week("vecka")
    wanted, day_error = (monday, None) if monday else day("dag")
    listed = site.register.postlista(authority, wanted, page=page_number(), whole_week=monday is not None)
    of_days = addresses.of_week if listed.is_week else addresses.of_day
    errors = {name: text for name, text in (("dag", day_error), ("vecka", week_error)) if text}
    return site.page(
        "postlista",
        listed=listed,
        authorities=[(row.code, row.name) for row in site.register.authorities()],
        errors=errors,
        typed_day=request.args.get("dag") if day_error else listed.day,
        previous_url=of_days(authority, listed.previous) if listed.previous else None,
        following_url=of_days(authority, listed.following) if listed.following else None,
        day_label=_day_label,
        feed_url=url_for("site.postlista_feed", myndighet=authority),
        url_for_page=lambda page: of_days(authority, listed.day, page=page),
        shows_all=_("Alla myndigheter"),
    )


def _day_label(value: dt.date) -> str:
    return format_date(value, "EEE d MMM", locale=current_locale())
