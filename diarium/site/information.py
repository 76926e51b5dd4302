"""Pages about the site itself."""

from __future__ import annotations

import datetime as dt

from flask.typing import ResponseReturnValue

from diarium.site.frame import Site

REVIEWED_ON = dt.date(2026, 11, 24)
"""When the accessibility statement was last compared with the pages."""


def about(site: Site) -> ResponseReturnValue:
    """What the register is, what is shown in it and how to ask for documents."""
    return site.page("about", authorities=site.register.authorities())


def searching(site: Site) -> ResponseReturnValue:
    """How to search."""
    return site.page("help_searching")


def official(site: Site) -> ResponseReturnValue:
    """What an official document is. Source: tryckfrihetsförordningen 2 kap."""
    return site.page("help_official")


def missing(site: Site) -> ResponseReturnValue:
    """Why not everything is shown, and what gaps in the numbers mean."""
    return site.page("help_missing")


def accessibility(site: Site) -> ResponseReturnValue:
    """The accessibility statement.

    Source: lagen (2018:1937) om tillgänglighet till digital offentlig service 13 §.
    """
    return site.page("accessibility", reviewed_on=REVIEWED_ON)
