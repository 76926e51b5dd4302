"""Reading what the site answers."""

from __future__ import annotations

from http import HTTPStatus

from lxml import html
from lxml.html import HtmlElement

from tests.site.conftest import PublicSite


def page(site: PublicSite, address: str, status: int = HTTPStatus.OK) -> HtmlElement:
    """The page at `address`."""
    answer = site.client.get(address)
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def text(element: HtmlElement) -> str:
    """What can be read in an element."""
    return " ".join(element.text_content().split())


def texts(found: HtmlElement, path: str) -> list[str]:
    """What can be read in each element at `path`."""
    return [text(element) for element in found.xpath(path)]
