"""All that the open register shows to somebody who follows its links."""

from __future__ import annotations

from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import html
from playwright.sync_api import Page

_MOST_PAGES = 1_200


def all_public_pages(page: Page) -> dict[str, str]:
    """Every page that links lead to from the start page, as they are sent."""
    pages: dict[str, str] = {}
    waiting = deque(["/"])
    while waiting:
        address = waiting.popleft()
        if address in pages:
            continue
        pages[address] = page.request.get(address).text()
        assert len(pages) <= _MOST_PAGES, "the links of the open register have no end"
        waiting += [link for link in _links(address, pages[address]) if link not in pages]
    return pages


def _links(base: str, text: str) -> list[str]:
    if urlsplit(base).path.endswith((".atom", ".rdf", ".json", ".csv", ".xml")):
        return []
    links = html.fromstring(text).iterfind(".//a[@href]")
    targets = (urldefrag(urljoin(base, link.get("href", ""))).url for link in links)
    return [target for target in targets if _is_worth_a_look(target)]


def _is_worth_a_look(target: str) -> bool:
    """Pages of the site; of the endless filters and days only the first step, and nothing twice in English."""
    parts = urlsplit(target)
    is_list = parts.path.removesuffix(".atom") in ("/sok", "/postlista", "/bestall", "/folj")
    return not parts.scheme and "lang=" not in parts.query and (not is_list or parts.query.count("=") <= 1)
