"""What a visitor's browser gets: little, only from here, no cookies, nothing that runs unasked."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html

from diarium.site.blueprint import NAME
from tests.public.open_register import COMPANY, PERSON, TODAY
from tests.site.conftest import PublicSite
from tests.site.test_hostile import addresses, rules

MOST_BYTES = 100_000
VISITED = (
    "/sok?q=buss",
    "/sok.atom?q=buss",
    f"/arende/KS/{TODAY.year}/1",
    f"/arende/KS/{TODAY.year}/1/handlingar.atom",
    f"/handling/KS/{TODAY.year}/1/1",
    f"/diarium/KS/{TODAY.year}",
    "/postlista?myndighet=KS",
)
"""Pages that have something on them, beside those that any address leads to."""
_IMPORTED = re.compile(r'from "(\./[\w./-]+)"')
_REFERRED = re.compile(r"url\(([^)]+)\)")


def resources(site: PublicSite, address: str) -> dict[str, int]:
    """The page and everything that it loads, uncompressed, without images; by address."""
    answer = site.client.get(address)
    assert answer.status_code == HTTPStatus.OK
    found = html.fromstring(answer.text)
    wanted = found.xpath("//link[@rel='stylesheet']/@href | //script/@src")
    assert len(wanted) > 2
    sizes = {address: len(answer.data)}
    while wanted:
        one = urljoin(address, wanted.pop())
        if one in sizes:
            continue
        assert not urlsplit(one).netloc
        part = site.client.get(one)
        assert part.status_code == HTTPStatus.OK, one
        sizes[one] = len(part.data)
        wanted += [urljoin(one, name) for name in _IMPORTED.findall(part.text)]
        assert not _REFERRED.findall(part.text)
    return sizes


def test_search_page_weighs_less_than_a_hundred_kilobytes(site: PublicSite) -> None:
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        for number in range(20):
            case = municipality.case(
                session,
                title=f"Bygglov för ombyggnad av flerbostadshus vid Lindgatan {number} i Kvarnsjö tätort",
                classification=("1", "1.1", "2", "2.1")[number % 4],
                case_type="Ansökan om bygglov",
            )
            municipality.record(
                session,
                case,
                title=f"Yttrande över ansökan om bygglov för ombyggnad av flerbostadshus {number}",
                record_type=f"Handlingstyp nummer {number}",
                parties=(COMPANY, PERSON),
            )
    site.catch_up()
    sizes = resources(site, "/sok?q=bygglov&myndighet=KS&slag=record")
    assert any(name.endswith("suggesting.js") for name in sizes)
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_no_page_loads_anything_from_elsewhere(open_site: PublicSite) -> None:
    for path in [*addresses(open_site.app, "KS"), *VISITED]:
        answer = open_site.client.get(path, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        found = html.fromstring(answer.text)
        loaded = found.xpath("//@src | //link[not(@rel='canonical')]/@href | //form/@action | //@srcset")
        assert loaded
        assert not [one for one in loaded if urlsplit(one).netloc], path
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy


@pytest.mark.parametrize("lang", ["sv", "en", "lattlast"])
def test_no_answer_sets_a_cookie(open_site: PublicSite, lang: str) -> None:
    seen = set()
    for path in [*addresses(open_site.app, "KS"), *VISITED, "/finns-inte", "/static/css/public.css", "/healthz"]:
        answer = open_site.client.get(path, query_string={"lang": lang} if "?" not in path else None)
        seen.add(answer.status_code)
        assert "Set-Cookie" not in answer.headers, path
    refused = open_site.client.post("/sok", data={"q": "buss"})
    assert refused.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert "Set-Cookie" not in refused.headers
    assert {HTTPStatus.OK, HTTPStatus.NOT_FOUND} <= seen


def test_pages_are_kept_for_seconds_and_errors_not_at_all(open_site: PublicSite) -> None:
    taking = {rule.endpoint for rule in rules(open_site.app) if "POST" in rule.methods}
    kept = 0
    for path in [*addresses(open_site.app, "KS"), *VISITED]:
        answer = open_site.client.get(path)
        endpoint, _values = open_site.app.url_map.bind("localhost").match(path.partition("?")[0])
        if endpoint in taking or answer.status_code >= HTTPStatus.BAD_REQUEST:
            assert answer.cache_control.no_store or answer.cache_control.max_age == 0, path
        elif answer.status_code == HTTPStatus.OK:
            assert answer.cache_control.max_age == 5, path
            assert answer.get_etag()[0], path
            kept += 1
    assert kept > 10


@pytest.mark.parametrize("address", [f"/arende/KS/{TODAY.year}/1", f"/handling/KS/{TODAY.year}/1/1"])
def test_page_is_named_by_its_permanent_address_for_citation(open_site: PublicSite, address: str) -> None:
    found = html.fromstring(open_site.client.get(f"{address}?lang=en&sida=1").text)
    assert found.xpath("//link[@rel='canonical']/@href") == [f"http://localhost{address}"]
    meta = {(one.get("name"), one.get("content")) for one in found.xpath("//meta[@name]")}
    assert ("DC.identifier", f"http://localhost{address}") in meta
    assert ("DC.publisher", "Kommunstyrelsen") in meta
    assert ("DC.date", TODAY.isoformat()) in meta
    cite = " ".join(found.xpath("//section[@id='cite']")[0].text_content().split())
    assert f"http://localhost{address}" in cite
    (uid_link,) = re.findall(r"http://localhost(/id/[0-9a-f-]{36})", cite)
    answer = open_site.client.get(uid_link)
    assert (answer.status_code, answer.headers["Location"]) == (HTTPStatus.FOUND, address)


def test_every_kind_of_address_is_told_to_search_engines_or_not(open_site: PublicSite) -> None:
    assert all(rule.endpoint.startswith(f"{NAME}.") for rule in rules(open_site.app))
    for path in [*addresses(open_site.app, "KS"), *VISITED]:
        answer = open_site.client.get(path)
        is_kept_out = "noindex" in answer.headers.get("X-Robots-Tag", "")
        if answer.mimetype == "text/html" and answer.status_code == HTTPStatus.OK:
            said = html.fromstring(answer.text).xpath("//meta[@name='robots'][contains(@content, 'noindex')]")
            assert bool(said) == is_kept_out, path
