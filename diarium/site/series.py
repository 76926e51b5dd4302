"""Number lists: each number of a series and year, so that nobody has to wonder what a gap hides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.public import vocabulary
from diarium.public.models import PublicCase
from diarium.public.series import NumberLine
from diarium.site import addresses, rows
from diarium.site.arguments import page_number, short_text
from diarium.site.frame import Site
from diarium.site.rows import Cell


def index(site: Site) -> ResponseReturnValue:
    """The authorities and the years of which they show cases."""
    years = site.register.years()
    listed = [
        (authority, range(years[authority.code][1], years[authority.code][0] - 1, -1))
        for authority in site.register.authorities()
        if authority.code in years
    ]
    return site.page("series_index", listed=listed)


def of_year(site: Site, authority: str, year: int) -> ResponseReturnValue:
    """The numbers of an authority and year. Raises: NotInOpenRegister."""
    series = short_text("serie", 10) or None
    listed = site.register.series(authority, year, series, page=page_number())
    return site.page(
        "series",
        listed=listed,
        columns=[
            {"label": _("Nummer"), "code": True},
            {"label": _("Öppnat"), "code": True},
            {"label": _("Ärende"), "wide": True},
            {"label": _("Status")},
        ],
        lines=list(_lines(listed.lines)),
        url_for_page=lambda page: addresses.of_series(authority, year, series, page=page),
    )


def _lines(lines: Iterable[NumberLine]) -> Iterator[dict[str, object]]:
    for line in lines:
        if line.case is None:
            numbers = str(line.first) if line.first == line.last else f"{line.first}–{line.last}"
            yield {"cells": [numbers, "", _("Visas inte på webben"), ""], "marked": True}
        else:
            yield {"cells": _cells(line.case), "state": "cancelled" if rows.is_cancelled(line.case) else None}


def _cells(case: PublicCase) -> list[Cell]:
    return [
        {"text": case.number_text, "href": addresses.of_case(case)},
        case.opened_on.isoformat(),
        rows.case_title(case),
        vocabulary.status_label(case.status),
    ]
