"""The start page and the daily list."""

from __future__ import annotations

import datetime as dt

from flask import request, url_for
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.site.arguments import day, page_number, short_text
from diarium.site.frame import Site


def start(site: Site) -> ResponseReturnValue:
    """The search box, how much there is, and what came last."""
    return site.page("start", overview=site.register.overview(), hide_search=True)


def postlista(site: Site) -> ResponseReturnValue:
    """All records of a day (*postlista*), at one authority or at all."""
    authority = short_text("myndighet", 10) or None
    wanted, error = day("dag")
    listed = site.register.postlista(authority, wanted, page=page_number())

    def address(of_day: dt.date | None, page: int | None = None) -> str | None:
        return (
            url_for("site.postlista", myndighet=authority, dag=of_day.isoformat(), sida=page) if of_day else None
        )

    return site.page(
        "postlista",
        listed=listed,
        authorities=[(row.code, row.name) for row in site.register.authorities()],
        errors={"dag": error} if error else {},
        typed_day=request.args.get("dag") if error else listed.day,
        previous_url=address(listed.previous),
        following_url=address(listed.following),
        url_for_page=lambda page: address(listed.day, page),
        shows_all=_("Alla myndigheter"),
    )
