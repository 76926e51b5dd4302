"""Every address of the program, and where links lead: so that no page can be forgotten.

The kinds of pages are read from the program itself. For each kind an address is found as a user would find it, by
following links from the start pages; of several the fullest page is taken.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from urllib.parse import urldefrag, urljoin, urlsplit

from flask import Flask
from lxml import html
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from diarium.letterbox.box import Letterbox
from diarium.public.service import PublicRegister
from diarium.settings import from_environment
from diarium.site.blueprint import create_site_blueprint
from diarium.web.blueprints import BLUEPRINTS
from tests.browser.watching import Windows

USERS = (None, "registrator", "arkivarie", "administrator", "handlaggare")
_SPECIMENS = 6
_ALL_MARKINGS = "/intern/sekretess/upphor?days=36500"
_MOST_ADDRESSES = 900


@dataclass(frozen=True, slots=True)
class Found:
    """Where a kind of page is, and who can look at it. `is_page`: no file, no data, no mere way to a page."""

    user: str | None
    address: str
    is_page: bool
    size: int


@lru_cache(maxsize=1)
def adapter() -> MapAdapter:
    """The addresses of both sides."""
    app = Flask("addresses")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    nothing = cast(PublicRegister, None), from_environment(), cast(Letterbox, None)
    app.register_blueprint(create_site_blueprint(*nothing))
    return app.url_map.bind("127.0.0.1")


def kinds() -> tuple[str, ...]:
    """All that can be looked at, by the names of their endpoints."""
    rules = [rule for rule in adapter().map.iter_rules() if "GET" in (rule.methods or ())]
    return tuple(sorted({rule.endpoint for rule in rules} - {"static"}))


def kind_of(address: str) -> str | None:
    """The kind of page at `address`; None where there is none."""
    try:
        endpoint, _values = adapter().match(urlsplit(address).path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)


def find_all(windows: Windows) -> dict[str, Found]:
    """An address for each kind of page that links lead to."""
    found: dict[str, Found] = {}
    for user in USERS:
        for endpoint, one in _walk(windows, user):
            known = found.get(endpoint)
            if known is None or (known.user == user and one.size > known.size):
                found[endpoint] = one
    return found


def _walk(windows: Windows, user: str | None) -> Iterator[tuple[str, Found]]:
    """What `user` comes to, in the order of coming there."""
    request = windows.open(user).request
    waiting = deque(_beginnings(user))
    seen: set[str] = set()
    visits: Counter[str] = Counter()
    while waiting:
        address = waiting.popleft()
        kind = kind_of(address)
        if address in seen or kind is None or visits[kind] >= _SPECIMENS:
            continue
        seen.add(address)
        visits[kind] += 1
        assert len(seen) <= _MOST_ADDRESSES, "links lead on without end"
        answer = request.get(address, max_redirects=0)
        if answer.status >= 400 or "/login" in answer.headers.get("location", ""):
            continue
        is_page = answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html")
        if not is_page:
            visits[kind] = _SPECIMENS
        text = answer.text() if is_page else ""
        yield kind, Found(user, address, is_page, len(text))
        waiting += _links(address, text) if text else ()


def _beginnings(user: str | None) -> list[str]:
    """The addresses that can be typed without knowing anything."""
    rules = adapter().map.iter_rules()
    typed = sorted(rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments)
    mine = [
        address for address in typed if address.startswith("/intern") == (user is not None) or "login" in address
    ]
    # What is marked may lie far down among the records; the list of markings leads there.
    return [*mine, *([_ALL_MARKINGS] if user is not None else [])]


def _links(base: str, text: str) -> list[str]:
    links = html.fromstring(text).iterfind(".//a[@href]")
    targets = (urldefrag(urljoin(base, link.get("href", ""))).url for link in links)
    return [target for target in targets if not urlsplit(target).scheme and "lang=" not in target]
