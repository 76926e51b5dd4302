"""Searching: tabs, filters, periods, order, suggestions, and what helps where nothing is found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from diarium.register import closing
from diarium.register.vocabulary import Direction
from tests.public.open_register import TODAY
from tests.site.conftest import PublicSite, open_public_site
from tests.site.reading import page, text, texts

TITLES = "//*[@class='hit__title']"
LONG_AGO = dt.date(TODAY.year - 1, 6, 15)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    """A site with open and closed cases and records of this year and the last; only to look at."""
    site = open_public_site(tmp_path_factory.mktemp("library"))
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        for title in ("Öppet biblioteksplan", "Ångbåt till biblioteket", "Zebra på biblioteket"):
            case = municipality.case(session, title=title, classification="1.1")
            municipality.record(session, case, title=f"Handling: {title}")
        closed = municipality.case(session, title="Stängt bibliotek", classification="2")
        municipality.record(
            session, closed, title="Beslut om bibliotek", direction=Direction.OUTGOING, official_on=LONG_AGO
        )
        closing.close(session, municipality.registrar, closed)
    site.catch_up()
    yield site
    site.close()


def test_tabs_tell_how_many_cases_and_records_there_are(library: PublicSite) -> None:
    found = page(library, "/sok?q=bibliotek")
    assert texts(found, "//nav[@class='tabs']//a") == ["Allt (8)", "Ärenden (4)", "Handlingar (4)"]
    cases = page(library, found.xpath("//nav[@class='tabs']//a[contains(., 'Ärenden')]/@href")[0])
    assert len(cases.xpath("//*[@class='hit']")) == 4
    assert texts(cases, "//nav[@class='tabs']//a[@aria-current]") == ["Ärenden (4)"]
    assert texts(cases, "//nav[@class='tabs']//a") == texts(found, "//nav[@class='tabs']//a")


def test_titles_are_sorted_as_swedish_sorts_them(library: PublicSite) -> None:
    found = page(library, "/sok?q=bibliotek&slag=case&ordning=title")
    expected = ["Stängt bibliotek", "Zebra på biblioteket", "Ångbåt till biblioteket", "Öppet biblioteksplan"]
    assert texts(found, TITLES) == expected
    assert texts(found, "//nav[@class='sorts']//*[@aria-current]") == ["Rubrik A–Ö"]


def test_cases_are_chosen_by_whether_they_are_going_on(library: PublicSite) -> None:
    found = page(library, "/sok?q=bibliotek&slag=case")
    closed = found.xpath("//nav[@class='facets']//a[contains(., 'Avslutade')]")[0]
    assert text(closed).endswith("1 träffar")
    narrowed = page(library, closed.get("href"))
    assert texts(narrowed, TITLES) == ["Stängt bibliotek"]
    assert "Ärendets status: Avslutade" in texts(narrowed, "//*[@class='filters']//a")[0]


@pytest.mark.parametrize(
    ("period", "label", "hits"),
    [
        ("vecka", "Senaste veckan", 3),
        ("manad", "Senaste månaden", 3),
        ("ar", "I år", 3),
        ("forra-aret", "Förra året", 1),
    ],
)
def test_period_with_a_name_is_a_chip_that_can_be_taken_away(
    library: PublicSite, period: str, label: str, hits: int
) -> None:
    found = page(library, f"/sok?q=bibliotek&slag=record&period={period}")
    assert len(found.xpath("//*[@class='hit']")) == hits
    chip = found.xpath("//*[@class='filters']//a[contains(., 'Period')]")[0]
    assert label in text(chip)
    assert len(page(library, chip.get("href")).xpath("//*[@class='hit']")) == 4


def test_own_period_keeps_words_filters_and_order(library: PublicSite) -> None:
    found = page(library, "/sok?q=bibliotek&slag=record&riktning=outgoing&ordning=oldest&period=vecka")
    (form,) = found.xpath("//form[@aria-label='Egen period']")
    fields = dict(form.form_values())
    assert fields == {
        "q": "bibliotek",
        "slag": "record",
        "riktning": "outgoing",
        "ordning": "oldest",
        "fran": "",
        "till": "",
    }
    narrowed = page(library, f"/sok?q=bibliotek&fran={LONG_AGO}&till={LONG_AGO}")
    assert texts(narrowed, TITLES) == ["Beslut om bibliotek"]
    assert len(narrowed.xpath("//*[@class='filters']//a")) == 3


def test_new_words_keep_what_was_chosen(library: PublicSite) -> None:
    (form,) = page(library, "/sok?q=x&slag=case&myndighet=KS&sida=3").xpath("//form[@role='search']")
    assert dict(form.form_values()) == {"q": "x", "slag": "case", "myndighet": "KS"}


def test_number_in_any_spelling_is_answered_with_its_case(library: PublicSite) -> None:
    for written in (f"ks{TODAY.year}-2", f"KS.{TODAY.year}.002", f"2/{TODAY.year}"):
        found = page(library, f"/sok?q={written}")
        assert found.xpath("//*[@class='number-hits']//a/@href") == [f"/arende/KS/{TODAY.year}/2"]


def test_where_nothing_is_found_the_way_on_is_shown(library: PublicSite) -> None:
    found = page(library, "/sok?q=xyzzyplugh&myndighet=KS")
    empty = found.xpath("//*[@class='empty']")[0]
    assert empty.xpath(".//a/@href") == ["/sok?q=xyzzyplugh"]
    help_me = found.xpath("//aside[@class='help-me']")[0]
    assert {"/om/sok", "/om/varfor-syns-inte-allt"} <= set(help_me.xpath(".//a/@href"))
    assert help_me.xpath(".//a[starts-with(@href, 'mailto:')]")


def test_misspelt_word_gets_another_spelling(library: PublicSite) -> None:
    found = page(library, "/sok?q=zebrra&myndighet=KS")
    assert "/sok?q=zebra&myndighet=KS" in found.xpath("//a/@href")


def test_question_that_is_too_long_says_that_it_was_cut(library: PublicSite) -> None:
    found = page(library, f"/sok?q={'bibliotek ' * 60}")
    assert "Bara början" in texts(found, "//main//*[contains(@class, 'notice')]")[0]


def test_suggestions_complete_words_of_shown_titles(library: PublicSite) -> None:
    answer = library.client.get("/sok/forslag?q=zeb")
    assert answer.status_code == HTTPStatus.OK
    assert answer.json == {"suggestions": [{"text": "zebra", "note": "", "url": ""}]}


def test_suggestions_lead_to_the_case_with_a_number(library: PublicSite) -> None:
    answer = library.client.get(f"/sok/forslag?q=ks{TODAY.year}-3")
    assert answer.json is not None
    assert answer.json["suggestions"] == [
        {
            "text": f"KS {TODAY.year}/3",
            "note": "Zebra på biblioteket",
            "url": f"/arende/KS/{TODAY.year}/3",
        }
    ]


def test_filters_are_folded_and_open_where_something_is_wrong_in_them(library: PublicSite) -> None:
    assert page(library, "/sok?q=bibliotek").xpath("//details[@class='fold'][not(@open)]")
    assert page(library, "/sok?fran=igår").xpath("//details[@class='fold'][@open]")


def test_search_field_says_where_suggestions_are(library: PublicSite) -> None:
    for address in ("/", "/sok", "/postlista"):
        assert page(library, address).xpath("//input[@name='q']/@data-suggest") == ["/sok/forslag"]
