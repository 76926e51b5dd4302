"""Atom feeds: sound, found from the pages, asked for again at no cost, and without what was withdrawn."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from uuid import UUID

import pytest
from lxml import etree

from diarium.public.models import ProjectionState
from diarium.register import secrecy_marks
from diarium.register.commands import RestrictionFacts
from diarium.register.models import Record
from diarium.secrecy.models import Scope
from tests.public.open_register import TODAY
from tests.site.conftest import PublicSite
from tests.site.reading import page

YEAR = TODAY.year
ATOM = {"a": "http://www.w3.org/2005/Atom"}
FEEDS = (
    f"/arende/KS/{YEAR}/1/handlingar.atom",
    "/sok.atom?q=bussar&slag=record",
    "/postlista.atom",
    "/postlista.atom?myndighet=KS",
)


def feed(site: PublicSite, address: str) -> etree._Element:
    answer = site.client.get(address)
    assert answer.status_code == HTTPStatus.OK
    assert answer.mimetype == "application/atom+xml"
    return etree.fromstring(answer.data)


@pytest.mark.parametrize("address", FEEDS)
def test_feed_has_what_atom_asks_for(open_site: PublicSite, address: str) -> None:
    root = feed(open_site, address)
    assert root.xpath("a:link[@rel='self']/@href", namespaces=ATOM) == [f"http://localhost{address}"]
    assert root.xpath("count(a:title) + count(a:updated) + count(a:id)", namespaces=ATOM) == 3
    entries = root.xpath("a:entry", namespaces=ATOM)
    assert entries
    for entry in (root, *entries):
        assert UUID(entry.findtext("a:id", namespaces=ATOM)).urn == entry.findtext("a:id", namespaces=ATOM)
        assert dt.datetime.fromisoformat(entry.findtext("a:updated", namespaces=ATOM)).tzinfo is not None
        assert entry.xpath("a:author/a:name/text()", namespaces=ATOM)
        assert entry.xpath("a:link[@rel='alternate']/@href", namespaces=ATOM)[0].startswith("http://localhost/")
    identifiers = root.xpath("//a:id/text()", namespaces=ATOM)
    assert len(identifiers) == len(set(identifiers))


def test_entry_leads_to_the_permanent_address_and_tells_what_it_is(open_site: PublicSite) -> None:
    root = feed(open_site, f"/arende/KS/{YEAR}/1/handlingar.atom")
    (entry,) = root.xpath("a:entry[contains(a:title, 'Yttrande om bussar')]", namespaces=ATOM)
    link = entry.xpath("a:link/@href", namespaces=ATOM)[0]
    assert link == f"http://localhost/handling/KS/{YEAR}/1/1"
    assert "Trafikbolaget AB" in entry.findtext("a:summary", namespaces=ATOM)
    assert "Privatperson" in str(root.xpath("string(.)"))


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        (f"/arende/KS/{YEAR}/1", f"/arende/KS/{YEAR}/1/handlingar.atom"),
        ("/sok?q=buss&myndighet=KS", "/sok.atom?q=buss&myndighet=KS"),
        ("/postlista?myndighet=KS", "/postlista.atom?myndighet=KS"),
        ("/", "/postlista.atom"),
    ],
)
def test_page_names_its_feed_for_programs_and_for_people(open_site: PublicSite, address: str, wanted: str) -> None:
    found = page(open_site, address)
    links = found.xpath("//link[@rel='alternate'][@type='application/atom+xml']/@href")
    assert links == [wanted]
    assert address == "/" or wanted in found.xpath("//main//a/@href")


@pytest.mark.parametrize("address", FEEDS)
def test_feed_that_has_not_changed_is_not_sent_again(filled: PublicSite, address: str) -> None:
    settle(filled)
    first = filled.client.get(address)
    by_mark = filled.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    by_time = filled.client.get(address, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert [(a.status_code, a.data) for a in (by_mark, by_time)] == [(HTTPStatus.NOT_MODIFIED, b"")] * 2


def test_feed_forgets_what_was_marked_and_says_that_it_changed(filled: PublicSite) -> None:
    settle(filled)
    address = "/postlista.atom"
    before = filled.client.get(address)
    with filled.municipality.database.unit_of_work() as session:
        record = session.query(Record).filter_by(title="Yttrande om bussar").one()
        secrecy_marks.mark(session, filled.municipality.registrar, record, RestrictionFacts("26:1", Scope.TITLE))
    filled.catch_up()
    after = filled.client.get(
        address,
        headers={"If-Modified-Since": before.headers["Last-Modified"], "If-None-Match": before.headers["ETag"]},
    )
    only_by_time = filled.client.get(address, headers={"If-Modified-Since": before.headers["Last-Modified"]})
    for answer in (after, only_by_time):
        assert answer.status_code == HTTPStatus.OK
        assert "Yttrande om bussar" not in answer.text
    assert "Yttrande om bussar" in before.text
    # Within the same second it may change once more: the time is not told yet.
    assert "Last-Modified" not in after.headers


def test_feed_of_what_is_not_there_is_told(open_site: PublicSite) -> None:
    for address in ("/postlista.atom?myndighet=XX", "/arende/KS/1999/9/handlingar.atom"):
        assert open_site.client.get(address).status_code == HTTPStatus.NOT_FOUND


def test_feed_in_english_keeps_its_language(open_site: PublicSite) -> None:
    root = feed(open_site, "/postlista.atom?lang=en")
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert not [link for link in root.xpath("a:entry/a:link/@href", namespaces=ATOM) if "lang=" in link]


def settle(site: PublicSite) -> None:
    """Lets the last projection be some time ago."""
    with site.services.projector._public.unit_of_work() as session:
        state = session.query(ProjectionState).one()
        state.changed_at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
