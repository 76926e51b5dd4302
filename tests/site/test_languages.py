"""Swedish, English and easy Swedish, chosen in the address and carried along without a cookie."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.public.open_register import TODAY
from tests.site.conftest import PublicSite
from tests.site.reading import page, texts

HELP = ("/om", "/om/sok", "/om/allmanna-handlingar", "/om/varfor-syns-inte-allt", "/tillganglighet")
PLACES = ("/", "/sok?q=buss", f"/arende/KS/{TODAY.year}/1", f"/handling/KS/{TODAY.year}/1/1", "/postlista", *HELP)


@pytest.mark.parametrize("chosen", ["en", "lattlast"])
@pytest.mark.parametrize("address", PLACES)
def test_links_and_forms_carry_the_language_along(open_site: PublicSite, address: str, chosen: str) -> None:
    found = page(open_site, f"{address}{'&' if '?' in address else '?'}lang={chosen}")
    links = [
        href
        for href in found.xpath("//main//a/@href | //nav//a/@href | //footer//a/@href")
        if urlsplit(href).path and not urlsplit(href).scheme
    ]
    assert links
    assert [href for href in links if parse_qs(urlsplit(href).query).get("lang") != [chosen]] == []
    for form in found.xpath("//form[@method='get' or not(@method)]"):
        assert dict(form.form_values()).get("lang") == chosen


def test_easy_swedish_is_marked_as_swedish_and_says_it_shorter(open_site: PublicSite) -> None:
    for address in HELP:
        ordinary, easy = page(open_site, address), page(open_site, f"{address}?lang=lattlast")
        assert easy.xpath("string(/html/@lang)") == "sv"
        assert texts(easy, "//h1") == texts(ordinary, "//h1")
        assert texts(easy, "//main")[0] != texts(ordinary, "//main")[0]
        assert texts(easy, "//ul[contains(@class, 'languages')]//*[@aria-current]") == ["Lättläst"]


def test_easy_texts_are_made_of_short_sentences(open_site: PublicSite) -> None:
    for address in HELP[1:]:
        found = page(open_site, f"{address}?lang=lattlast")
        (section, *_rest) = found.xpath("//main/section[1]")
        for paragraph in section.xpath(".//p | .//li"):
            for sentence in " ".join(paragraph.text_content().split()).split(". "):
                assert len(sentence.split()) <= 15, sentence


def test_language_is_changed_on_the_page_where_one_is(open_site: PublicSite) -> None:
    found = page(open_site, "/sok?q=buss&slag=record&lang=lattlast")
    offered = dict(
        zip(
            texts(found, "//ul[contains(@class, 'languages')]//a"),
            found.xpath("//ul[contains(@class, 'languages')]//a/@href"),
            strict=True,
        )
    )
    assert offered == {"Svenska": "?q=buss&slag=record", "English": "?q=buss&slag=record&lang=en"}
    assert found.xpath("//ul[contains(@class, 'languages')]//a[text()='English']/@lang") == ["en"]


def test_titles_are_marked_as_swedish_on_a_page_in_english(open_site: PublicSite) -> None:
    case = f"/arende/KS/{TODAY.year}/1"
    for address, title in (
        (f"{case}?lang=en", "//h1//*[@lang='sv']"),
        (f"{case}?lang=en", "//*[@class='timeline__title']//*[@lang='sv']"),
        (f"/handling/KS/{TODAY.year}/1/1?lang=en", "//h1//*[@lang='sv']"),
        ("/sok?q=buss&lang=en", "//*[@class='hit__title']/*[@lang='sv']"),
        ("/postlista?lang=en", "//table//td//*[@lang='sv']"),
        (f"/diarium/KS/{TODAY.year}?lang=en", "//table//td//*[@lang='sv']"),
    ):
        assert texts(page(open_site, address), title), address
    assert not page(open_site, case).xpath("//main//*[@lang]")


def test_unknown_language_is_swedish(open_site: PublicSite) -> None:
    found = page(open_site, "/?lang=klingon")
    assert found.xpath("string(/html/@lang)") == "sv"
    assert not [href for href in found.xpath("//main//a/@href") if "lang=" in href]


def test_help_pages_say_what_the_law_asks_of_the_accessibility_statement(open_site: PublicSite) -> None:
    found = page(open_site, "/tillganglighet")
    headings = texts(found, "//h2")
    assert {"Kända brister", "Säg till om något inte fungerar", "Tillsyn"} <= set(headings)
    assert "delvis förenlig" in texts(found, "//main")[0]
    assert found.xpath("//main//a[starts-with(@href, 'mailto:')]")
    assert found.xpath("//main//a[contains(@href, 'digg.se')]")
