"""The basket as visitors with scripts use it: filled on the way, sent without a name, emptied afterwards."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
BASKET = "[data-basket-link]"
ADD = "main .order-link button"


def test_two_records_are_put_into_the_basket_and_ordered_by_nobody_in_particular(windows: Windows) -> None:
    page = windows.open(width=320)
    for count, address in enumerate(_two_records(page), start=1):
        page.goto(address)
        page.locator(ADD).first.click()
        expect(page.locator(BASKET)).to_contain_text(f"({count})")
        expect(page.locator("[data-basket-status]")).to_have_text(f"I beställningen: {count}")
        expect(page.locator(ADD).first).to_contain_text("Ta ur beställningen")
        _look(page)
    page.locator(BASKET).click()
    expect(page.locator(".order-items li")).to_have_count(2)
    expect(page.locator("input[name=epost]")).to_be_hidden()
    page.get_by_label("E-post", exact=True).check()
    expect(page.locator("input[name=epost]")).to_be_visible()
    page.get_by_label("Jag kommer och läser på plats").check()
    expect(page.locator("input[name=epost]")).to_be_hidden()
    _look(page)
    page.get_by_role("button", name="Skicka beställningen").click()
    expect(page.locator(".order-reference")).to_have_text(re.compile(r"^B-[0-9A-Z]{4}-[0-9A-Z]{4}$"))
    expect(page.locator(BASKET)).to_be_hidden()
    _look(page)
    assert page.context.cookies() == []


def test_a_record_is_taken_out_again_by_keyboard_and_back_in_history_shows_it(windows: Windows) -> None:
    page = windows.open()
    first, second = _two_records(page)
    for address in (first, second):
        page.goto(address)
        page.locator(ADD).first.press("Enter")
    page.locator(ADD).first.press("Enter")
    expect(page.locator(ADD).first).to_be_focused()
    expect(page.locator(ADD).first).to_contain_text("Lägg i beställningen")
    expect(page.locator(BASKET)).to_contain_text("(1)")
    page.goto("/bestall")
    page.wait_for_url("**/bestall?handling=*")
    # Until its scripts have run, a page that loads hides the basket too.
    with page.expect_event("load"):
        page.get_by_role("link", name=re.compile("^Ta bort")).click()
    expect(page.locator(BASKET)).to_be_hidden()
    page.goto(first)
    expect(page.locator(ADD).first).to_contain_text("Lägg i beställningen")


def _two_records(page: Page) -> list[str]:
    """Addresses of two records of the open register."""
    page.goto("/sok?slag=record")
    links = page.locator("main ol h3 a")
    return [str(links.nth(number).get_attribute("href")) for number in range(2)]


def _look(page: Page) -> None:
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
