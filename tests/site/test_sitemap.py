"""What search engines are told agrees with what the pages themselves say."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from lxml import etree

from tests.public.open_register import TODAY
from tests.site.conftest import PublicSite, fill, open_public_site

SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def locations(site: PublicSite, address: str) -> list[str]:
    answer = site.client.get(address)
    assert (answer.status_code, answer.mimetype) == (HTTPStatus.OK, "application/xml")
    return list(etree.fromstring(answer.data).xpath("//s:loc/text()", namespaces=SITEMAP))


def listed(site: PublicSite) -> list[str]:
    """Every page that the site map leads to."""
    robots = site.client.get("/robots.txt").text
    (start,) = [line.partition(": ")[2] for line in robots.splitlines() if line.startswith("Sitemap: ")]
    lists = locations(site, urlsplit(start).path)
    return [page for one in lists for page in locations(site, urlsplit(one).path)]


def assert_open_to_search_engines(site: PublicSite, pages: list[str]) -> None:
    robots = RobotFileParser()
    robots.parse(site.client.get("/robots.txt").text.splitlines())
    for page in pages:
        assert robots.can_fetch("*", page)
        answer = site.client.get(urlsplit(page).path)
        assert answer.status_code == HTTPStatus.OK
        assert "X-Robots-Tag" not in answer.headers
        assert "noindex" not in answer.text


def test_site_map_holds_pages_about_the_site_and_no_details(open_site: PublicSite) -> None:
    pages = listed(open_site)
    assert "http://localhost/om" in pages
    assert not [page for page in pages if "/arende/" in page]
    assert_open_to_search_engines(open_site, pages)
    part = f"/sitemap/KS/{TODAY.year}/0.xml"
    assert open_site.client.get(part).status_code == HTTPStatus.NOT_FOUND


def test_municipality_can_let_search_engines_list_its_cases(tmp_path: Path) -> None:
    site = open_public_site(
        tmp_path, DIARIUM_WEB_INDEXING="1", DIARIUM_PUBLIC_URL="https://diarium.ekdala.example"
    )
    fill(site)
    pages = listed(site)
    case = f"https://diarium.ekdala.example/arende/KS/{TODAY.year}/1"
    assert case in pages
    assert_open_to_search_engines(site, pages)
    assert site.client.get("/sok?q=buss").headers["X-Robots-Tag"] == "noindex, nofollow"
    site.close()
