"""From a request to a plan: limits kept, filters known, the order decided."""

from __future__ import annotations

from diarium.i18n import gettext as _
from diarium.search.engine import Plan
from diarium.search.errors import InvalidFilter
from diarium.search.port import MAX_HITS_SHOWN, MAX_PAGE_SIZE, Facet, SearchRequest, Sort
from diarium.search.query_tree import Everything, Node
from diarium.search.translation import is_ranked


def plan_of(request: SearchRequest, node: Node) -> Plan:
    """How to answer `request`, whose query was read as `node`. Raises: InvalidFilter."""
    size = min(max(request.page_size, 1), MAX_PAGE_SIZE)
    sort = request.sort
    if sort is Sort.RELEVANCE and (isinstance(node, Everything) or not is_ranked(node)):
        sort = Sort.NEWEST
    return Plan(
        node=node,
        readers=request.readers,
        filters={_facet(name): tuple(values) for name, values in request.filters.items() if values},
        date_from=request.date_from,
        date_to=request.date_to,
        sort=sort,
        page=min(max(request.page, 1), MAX_HITS_SHOWN // size),
        page_size=size,
        facets=request.facets,
    )


def _facet(name: str) -> Facet:
    try:
        return Facet(name)
    except ValueError:
        known = ", ".join(Facet)
        raise InvalidFilter(
            _("Det går inte att filtrera på ”%(name)s”. Det som finns är %(known)s.", name=name[:40], known=known),
            field=name[:40],
        ) from None
