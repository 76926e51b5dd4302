"""The public site: all its addresses, who answers them, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from http import HTTPStatus

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from diarium.i18n import SOURCE_LOCALE, current_locale
from diarium.i18n import gettext as _
from diarium.public.errors import NotInOpenRegister, SeveralCasesFit
from diarium.public.service import PublicRegister
from diarium.search.errors import SearchError
from diarium.settings import Settings
from diarium.site import files, information, lists, search, sheets
from diarium.site.frame import Site

NAME = "site"
SECONDS_KEPT = 5
"""So long may caches keep a page: what is withdrawn shall be gone within seconds."""

View = Callable[..., ResponseReturnValue]
_NUMBER = "<authority>/<int:year>/<int:number>"
_NUMBER_IN_SERIES = "<authority>/<series>/<int:year>/<int:number>"
ADDRESSES: tuple[tuple[str, str, View], ...] = (
    ("/", "start", lists.start),
    ("/sok", "search", search.results),
    ("/arende", "find", sheets.find),
    (f"/arende/{_NUMBER}", "case", sheets.case),
    (f"/arende/{_NUMBER_IN_SERIES}", "case", sheets.case),
    (f"/handling/{_NUMBER}/<int:running>", "record", sheets.record),
    (f"/handling/{_NUMBER_IN_SERIES}/<int:running>", "record", sheets.record),
    ("/fil/<uuid:uid>", "file", files.download),
    ("/postlista", "postlista", lists.postlista),
    ("/om", "about", information.about),
    ("/tillganglighet", "accessibility", information.accessibility),
    ("/robots.txt", "robots", information.robots),
)
NOT_FOR_SEARCH_ENGINES = frozenset({"search", "find", "case", "record", "file", "postlista"})


def create_site_blueprint(register: PublicRegister, settings: Settings) -> Blueprint:
    """The site at `/`, reading nothing but `register`. Sets no cookies and works without JavaScript."""
    blueprint = Blueprint(NAME, __name__)
    site = Site(register, settings)
    views = {endpoint: update_wrapper(partial(view, site), view) for _address, endpoint, view in ADDRESSES}
    for address, endpoint, _view in ADDRESSES:
        blueprint.add_url_rule(address, endpoint, views[endpoint])
    blueprint.after_request(_finish)
    blueprint.url_defaults(_keep_language)
    blueprint.register_error_handler(NotInOpenRegister, partial(_not_found, site))
    blueprint.register_error_handler(SeveralCasesFit, partial(_several_fit, site))
    blueprint.register_error_handler(SearchError, partial(_search_failed, site))
    return blueprint


def _finish(response: Response) -> Response:
    endpoint = (request.endpoint or "").rpartition(".")[2]
    if endpoint in NOT_FOR_SEARCH_ENGINES:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    if endpoint == "file" and response.status_code < HTTPStatus.BAD_REQUEST:
        return response
    response.vary.add("Cookie")  # the language may stand there
    response.cache_control.public = True
    response.cache_control.max_age = SECONDS_KEPT if response.status_code == HTTPStatus.OK else 0
    if response.status_code == HTTPStatus.OK:
        response.add_etag()
        response.make_conditional(request)
    return response


def _keep_language(_endpoint: str, values: dict[str, object]) -> None:
    """Links lead to pages in the same language, without a cookie."""
    if current_locale() != SOURCE_LOCALE:
        values.setdefault("lang", current_locale())


def _not_found(site: Site, error: NotInOpenRegister) -> ResponseReturnValue:
    return site.page("not_found", reason=error.message), HTTPStatus.NOT_FOUND


def _several_fit(site: Site, error: SeveralCasesFit) -> ResponseReturnValue:
    return site.page(
        "choose", reason=error.message, readings=[(case, None) for case in error.cases]
    ), HTTPStatus.OK


def _search_failed(site: Site, error: SearchError) -> ResponseReturnValue:
    if error.field is None:
        reason = _("Sökningen fungerar inte just nu. Försök igen om en stund, eller använd postlistan.")
        return site.page("search_failed", reason=reason), HTTPStatus.SERVICE_UNAVAILABLE
    return site.page("search_failed", reason=error.message), HTTPStatus.BAD_REQUEST
