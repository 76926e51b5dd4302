"""Pages about the site itself."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from diarium.site.frame import Site


def about(site: Site) -> ResponseReturnValue:
    """What the register is, what is shown in it and how to ask for documents."""
    return site.page("about", authorities=site.register.authorities())


def accessibility(site: Site) -> ResponseReturnValue:
    """The accessibility statement. Source: lagen (2018:1937) om tillgänglighet till digital service 13 §."""
    return site.page("accessibility")


def robots(_site: Site) -> ResponseReturnValue:
    """Robots need not search; detail pages say themselves that they are not to be indexed."""
    return Response("User-agent: *\nDisallow: /sok\nDisallow: /fil/\nDisallow: /intern/\n", mimetype="text/plain")
