"""The public site as people use it: odd states, the keyboard alone, no scripts, suggestions, paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.conftest import TAKES_PICTURES
from tests.browser.places import Places
from tests.browser.test_keyboard import SEEN
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
WIDTHS = (1280, 320)
MOST_STOPS = 120
SUGGESTIONS = ".suggest__list [role=option]"
STATES = {
    "search-narrowed": "/sok?q=yttrande&myndighet=KS&status=closed&period=forra-aret&ordning=title&slag=record",
    "search-wrong-days": "/sok?q=yttrande&fran=2024-13-01&till=nyss",
    "search-misspelt": "/sok?q=ytrande",
    "search-number": "/sok?q=1/2026",
    "search-cut": f"/sok?q={'yttrande+' * 60}",
    "postlista-empty": "/postlista?dag=1999-05-01",
    "postlista-week": "/postlista?vecka=2026-W40",
    "postlista-wrong-week": "/postlista?vecka=nyss",
    "easy-start": "/?lang=lattlast",
    "easy-missing": "/om/varfor-syns-inte-allt?lang=lattlast",
    "easy-accessibility": "/tillganglighet?lang=lattlast",
    "english-search": "/sok?q=yttrande&lang=en",
    "english-help": "/om/sok?lang=en",
    "following-confirm": f"/folj/bekrafta?t={'a' * 43}",
    "following-end": f"/folj/avsluta?t={'a' * 43}",
    "following-bad-link": "/folj/avsluta?t=x",
    "order-not-found": "/bestall?handling=KS+1999%2F9-9",
    "missing-page": "/finns-inte",
    "missing-case": "/arende/KS/1999/999",
    "missing-series": "/diarium/KS/1999",
    "missing-file": "/fil/00000000-0000-0000-0000-000000000000",
}
_COVERED = """() => {
    const stop = document.activeElement.getBoundingClientRect();
    const top = document.elementFromPoint(stop.left + stop.width / 2, stop.top + stop.height / 2);
    return Boolean(top) && !document.activeElement.contains(top) && !top.contains(document.activeElement);
}"""


@pytest.mark.parametrize("state", STATES)
def test_page_in_an_odd_state_is_accessible_and_fits(windows: Windows, pictures: Path, state: str) -> None:
    page = windows.open()
    page.goto(STATES[state])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if TAKES_PICTURES:
            page.screenshot(path=pictures / f"{state}-{width}.png", full_page=True)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").count() == 1
        assert page.locator("header nav a").count() >= 5


def test_from_a_search_to_a_file_by_keyboard_alone(windows: Windows) -> None:
    page = windows.open()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, "#q")
    page.keyboard.type("beslut")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sok?q=beslut")
    with_file = page.locator(".hit", has=page.locator(".hit__meta", has_text=re.compile(r"\d fil")))
    address = with_file.first.locator("h3 a").get_attribute("href")
    _tab_to(page, f".hit__title a[href='{address}']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/handling/**")
    _tab_to(page, "main p > a[href^='/arende/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/arende/**")
    _tab_to(page, f"ol.timeline .timeline__title a[href='{address}']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/handling/**")
    _tab_to(page, "#files a")
    with page.expect_download() as begun:
        page.keyboard.press("Enter")
    assert "handling 1" in begun.value.suggested_filename


def test_the_same_way_without_scripts(windows: Windows) -> None:
    page = windows.open(java_script_enabled=False)
    page.goto("/")
    page.locator("#q").fill("beslut")
    page.get_by_role("main").get_by_role("button", name="Sök", exact=True).click()
    page.get_by_role("link", name=re.compile("^Handlingar")).click()
    page.get_by_role("link", name="Nyast", exact=True).click()
    expect(page.locator(".sorts [aria-current]")).to_have_text("Nyast")
    page.locator(".hit__title a").first.click()
    page.locator("main p > a[href^='/arende/']").click()
    expect(page.locator("ol.timeline > li").first).to_be_visible()
    expect(page.locator("[data-copy]").first).to_be_hidden()


def test_suggestion_is_chosen_with_the_arrows_and_searched_for(windows: Windows) -> None:
    page = windows.open()
    page.goto("/sok?slag=record")
    field = page.locator("#q")
    field.press_sequentially("yttr")
    expect(page.locator(SUGGESTIONS).first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    assert_accessible(page)
    page.keyboard.press("ArrowDown")
    marked = page.locator(f"{SUGGESTIONS}[aria-selected=true]")
    assert field.get_attribute("aria-activedescendant") == marked.get_attribute("id")
    word = marked.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/sok\?.*q="))
    expect(page.locator("#q")).to_have_value(word)
    assert "slag=record" in page.url
    expect(page.locator(".hit").first).to_be_visible()


def test_suggestions_are_left_with_escape_and_enter_searches_for_what_was_typed(windows: Windows) -> None:
    page = windows.open()
    page.goto("/")
    page.locator("#q").press_sequentially("yttr")
    expect(page.locator(SUGGESTIONS).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(SUGGESTIONS).first).to_be_hidden()
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sok?q=yttr")


def test_number_that_is_typed_leads_straight_to_its_case(windows: Windows, places: Places) -> None:
    page = windows.open()
    _arende, authority, year, number = places.case.strip("/").split("/")
    page.goto("/om")
    page.locator("#quick-search").press_sequentially(f"{authority.lower()}{year}-{number}")
    page.locator(SUGGESTIONS).first.click()
    page.wait_for_url(f"**{places.case}")


def test_filters_are_open_where_there_is_room_and_folded_on_a_small_screen(windows: Windows) -> None:
    for scripts in (True, False):
        page = windows.open(java_script_enabled=scripts)
        page.goto("/sok?q=yttrande")
        narrower = page.locator(".facets a").first
        expect(narrower).to_be_visible()
        expect(page.locator(".fold > summary")).to_be_hidden()
        page.set_viewport_size({"width": 320, "height": 800})
        expect(narrower).to_be_hidden()
        page.locator(".fold > summary").click()
        expect(narrower).to_be_visible()
        narrower.click()
        expect(page.locator(".filters a").first).to_be_visible()


def test_reference_is_copied_with_a_button_that_says_so(windows: Windows, places: Places) -> None:
    page = windows.open(permissions=["clipboard-read", "clipboard-write"])
    page.goto(places.record)
    page.locator("[data-copy=cite-link]").click()
    expect(page.locator("[data-copy-status]")).to_have_text("Kopierat")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


@pytest.mark.parametrize("printed", ["{case}", "/sok?q=yttrande", "/postlista", "{record}"])
def test_paper_has_the_facts_and_none_of_the_furniture(
    windows: Windows, places: Places, pictures: Path, printed: str
) -> None:
    page = windows.open()
    page.goto(printed.format(case=places.case, record=places.record))
    page.emulate_media(media="print")
    if TAKES_PICTURES:
        page.pdf(path=pictures / f"print-{printed.strip('/{}')[:8]}.pdf", format="A4")
    for shown in ("h1", ".print-head"):
        expect(page.locator(shown).first).to_be_visible()
    for hidden in (".site-header", ".site-footer", "main form", ".pagination", ".facets", "main button", ".week"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()
    told = page.locator("#cite" if "{" in printed else "main p.print-only:not(.print-head)")
    expect(told).to_be_visible()
    expect(told).to_contain_text(page.url.split("?")[0])


def _tab_to(page: Page, selector: str) -> None:
    """Tabs until the wanted place has focus; each stop on the way is marked, on the screen and not covered."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        seen = page.evaluate(SEEN)
        assert seen["isPage"] or (seen["isMarked"] and seen["isOnScreen"]), seen["what"]
        assert seen["isPage"] or not page.evaluate(_COVERED), seen["what"]
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")
