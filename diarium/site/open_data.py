"""The page about open data and the open API."""

from __future__ import annotations

from itertools import groupby

from flask.typing import ResponseReturnValue

from diarium.public import listing
from diarium.site.frame import Site

ROOT = "/oppna-data"
CATALOGUE = f"{ROOT}/dcat.rdf"
DESCRIPTION = "/api/public/v1/openapi.json"


def page(site: Site) -> ResponseReturnValue:
    """What can be fetched whole, by authority and year, and where the API is described."""
    slices = listing.slices(site.register.database)
    groups = [(name, list(some)) for name, some in groupby(slices, key=lambda item: item.authority_name)]
    return site.page("open_data", groups=groups, root=ROOT, catalogue=CATALOGUE, description=DESCRIPTION)
