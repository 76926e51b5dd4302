"""What search engines are told: robots.txt and the site map.

Pages of cases and records are kept out of search engines unless the municipality wants them there
(DIARIUM_WEB_INDEXING): what is found by a person's street or firm for ever is another thing than a register.
The site map lists what may be indexed and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import cast

from flask import Response
from flask.typing import ResponseReturnValue
from lxml import etree

from diarium.i18n import gettext as _
from diarium.public.errors import NotInOpenRegister
from diarium.site import addresses
from diarium.site.frame import Site

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NAMES = cast("Mapping[str, str]", {None: _NAMESPACE})  # the stubs know no default namespace
_PAGES = ("start", "about", "help_searching", "help_official", "help_missing", "accessibility", "series_index")
_CLOSED = ("/sok", "/fil/", "/intern/", "/api/v1/")


def robots(site: Site) -> ResponseReturnValue:
    """Robots need not search; pages that are not to be indexed say so themselves, so they must be let in."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED)]
    lines.append(f"Sitemap: {addresses.whole('site.sitemap')}")
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def index(site: Site) -> ResponseReturnValue:
    """The list of the lists."""
    lists = [addresses.whole("site.sitemap_pages")]
    if site.settings.search_engines:
        lists += [
            addresses.whole("site.sitemap_part", authority=code, year=year, part=part)
            for code, year, part in site.register.sitemap_parts()
        ]
    return _answer("sitemapindex", "sitemap", ((address, None) for address in lists))


def pages(_site: Site) -> ResponseReturnValue:
    """The pages that are always there."""
    found = (addresses.whole(f"site.{name}") for name in _PAGES)
    return _answer("urlset", "url", ((address, None) for address in found))


def part(site: Site, authority: str, year: int, part: int) -> ResponseReturnValue:
    """Some thousand cases. Raises: NotInOpenRegister, also where search engines are kept out."""
    cases = site.register.sitemap_part(authority, year, part) if site.settings.search_engines else ()
    if not cases:
        raise NotInOpenRegister(_("Sidan finns inte."))
    return _answer("urlset", "url", ((addresses.permanent(case, case), case.last_event_on) for case in cases))


def _answer(root: str, item: str, entries: Iterable[tuple[str, dt.date | None]]) -> Response:
    tree = etree.Element(f"{{{_NAMESPACE}}}{root}", nsmap=_NAMES)
    for address, changed_on in entries:
        entry = etree.SubElement(tree, f"{{{_NAMESPACE}}}{item}")
        etree.SubElement(entry, f"{{{_NAMESPACE}}}loc").text = address
        if changed_on:
            etree.SubElement(entry, f"{{{_NAMESPACE}}}lastmod").text = changed_on.isoformat()
    data = etree.tostring(tree, encoding="UTF-8", xml_declaration=True)
    return Response(data, mimetype="application/xml")
