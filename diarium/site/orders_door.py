"""The pages of the site that take something in: their addresses, and that nobody keeps them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from diarium.public.errors import NotInOpenRegister
from diarium.site import following, orders
from diarium.site.frame import Site
from diarium.site.orders_guard import refuse_foreign_and_large

_View = Callable[[Site], ResponseReturnValue]
ADDRESSES: tuple[tuple[str, str, _View], ...] = (
    ("/bestall", "order", orders.order),
    ("/folj", "follow", following.follow),
    ("/folj/bekrafta", "confirm_following", following.confirm_following),
    ("/folj/avsluta", "end_following", following.end_following),
)
_ENDPOINTS = frozenset(endpoint for _address, endpoint, _view in ADDRESSES)
_AGAIN: dict[str, _View] = {"order": orders.too_many, "follow": following.too_many}


def add_to(blueprint: Blueprint, site: Site) -> None:
    """Adds the pages. To be called before other steps after a request: this one has the last word."""
    for address, endpoint, view in ADDRESSES:
        blueprint.add_url_rule(
            address, endpoint, update_wrapper(partial(view, site), view), methods=["GET", "POST"]
        )
    blueprint.before_request(partial(_guard, site.settings.public_url))
    blueprint.after_request(_never_kept)
    blueprint.register_error_handler(TooManyRequests, partial(_too_many, site))


def _guard(public_url: str) -> None:
    if _endpoint() in _ENDPOINTS:
        refuse_foreign_and_large(public_url)


def _never_kept(response: Response) -> Response:
    """What somebody typed stands in these pages, and the key of a form is for one visitor."""
    if _endpoint() in _ENDPOINTS:
        response.headers["Cache-Control"] = "no-store"
        response.headers.pop("ETag", None)
    return response


def _too_many(site: Site, error: TooManyRequests) -> ResponseReturnValue:
    """Nothing that was typed is lost."""
    again = _AGAIN.get(_endpoint())
    try:
        return again(site) if again else error.get_response()
    except NotInOpenRegister:  # what was to be followed is not there at all
        return error.get_response()


def _endpoint() -> str:
    return (request.endpoint or "").rpartition(".")[2]
