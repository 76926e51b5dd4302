"""The public site: all its addresses, who answers them, and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from http import HTTPStatus

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from diarium.i18n import gettext as _
from diarium.letterbox.box import Letterbox
from diarium.public.errors import NotInOpenRegister, SeveralCasesFit
from diarium.public.service import PublicRegister
from diarium.search.errors import SearchError
from diarium.settings import Settings
from diarium.site import (
    feeds,
    files,
    information,
    language,
    lists,
    open_data,
    orders_door,
    search,
    series,
    sheets,
    sitemap,
)
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
    ("/sok.atom", "search_feed", feeds.of_search),
    ("/sok/forslag", "suggestions", search.suggestions),
    ("/arende", "find", sheets.find),
    (f"/arende/{_NUMBER}", "case", sheets.case),
    (f"/arende/{_NUMBER_IN_SERIES}", "case", sheets.case),
    (f"/arende/{_NUMBER}/handlingar.atom", "case_feed", feeds.of_case),
    (f"/arende/{_NUMBER_IN_SERIES}/handlingar.atom", "case_feed", feeds.of_case),
    (f"/handling/{_NUMBER}/<int:running>", "record", sheets.record),
    (f"/handling/{_NUMBER_IN_SERIES}/<int:running>", "record", sheets.record),
    ("/fil/<uuid:uid>", "file", files.download),
    ("/id/<uuid:uid>", "entry", sheets.entry),
    ("/diarium", "series_index", series.index),
    ("/diarium/<authority>/<int:year>", "series", series.of_year),
    ("/postlista", "postlista", lists.postlista),
    ("/postlista.atom", "postlista_feed", feeds.of_postlista),
    ("/om", "about", information.about),
    ("/om/sok", "help_searching", information.searching),
    ("/om/allmanna-handlingar", "help_official", information.official),
    ("/om/varfor-syns-inte-allt", "help_missing", information.missing),
    ("/tillganglighet", "accessibility", information.accessibility),
    ("/oppna-data", "open_data", open_data.page),
    ("/robots.txt", "robots", sitemap.robots),
    ("/sitemap.xml", "sitemap", sitemap.index),
    ("/sitemap/sidor.xml", "sitemap_pages", sitemap.pages),
    ("/sitemap/<authority>/<int:year>/<int:part>.xml", "sitemap_part", sitemap.part),
)
FOR_SEARCH_ENGINES = frozenset(
    {"start", "about", "help_searching", "help_official", "help_missing", "accessibility", "series_index"}
    | {"robots", "sitemap", "sitemap_pages", "sitemap_part", "open_data"}
)
"""What search engines may keep anyhow; `WHERE_WANTED` only where the municipality wants it."""
WHERE_WANTED = frozenset({"case", "record"})


def create_site_blueprint(register: PublicRegister, settings: Settings, letterbox: Letterbox) -> Blueprint:
    """The site at `/`, reading nothing but `register`. Sets no cookies and works without JavaScript."""
    blueprint = Blueprint(NAME, __name__)
    site = Site(register, settings, letterbox)
    orders_door.add_to(blueprint, site)
    views = {endpoint: update_wrapper(partial(view, site), view) for _address, endpoint, view in ADDRESSES}
    for address, endpoint, _view in ADDRESSES:
        blueprint.add_url_rule(address, endpoint, views[endpoint])
    blueprint.before_request(lambda: setattr(g, "public_url", settings.public_url))
    blueprint.after_request(partial(_finish, settings))
    blueprint.url_defaults(_keep_language)
    # Error pages are made by the application, and stand in the same frame.
    blueprint.app_context_processor(lambda: {} if request.path.startswith("/intern") else site.frame())
    blueprint.register_error_handler(NotInOpenRegister, partial(_not_found, site))
    blueprint.register_error_handler(SeveralCasesFit, partial(_several_fit, site))
    blueprint.register_error_handler(SearchError, partial(_search_failed, site))
    return blueprint


def _finish(settings: Settings, response: Response) -> Response:
    endpoint = (request.endpoint or "").rpartition(".")[2]
    is_wanted = endpoint in FOR_SEARCH_ENGINES or (settings.search_engines and endpoint in WHERE_WANTED)
    if not is_wanted or response.status_code != HTTPStatus.OK:
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
    values.setdefault("lang", language.kept())


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
