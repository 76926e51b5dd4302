"""Registering without a mouse, and without JavaScript."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.letters import write_letter
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
MOST_STOPS = 120
SEEN = """() => {
    const stop = document.activeElement, style = getComputedStyle(stop), box = stop.getBoundingClientRect();
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return {
        what: stop.outerHTML.slice(0, 90),
        isPage: stop === document.body,
        isMarked: ring || style.boxShadow !== "none",
        isOnScreen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


def test_registering_by_keyboard_alone(windows: Windows, tmp_path: Path) -> None:
    page = windows.open("registrator")
    page.goto("/intern/")
    page.keyboard.press("n")
    page.wait_for_url("**/intern/registrera")
    _fill_form(page, write_letter(tmp_path / "Brev.pdf"))
    _tab_to(page, "#registration button.button--primary")
    page.keyboard.press("Enter")

    expect(page.locator(".error-summary")).to_be_focused()
    assert page.evaluate(SEEN)["isMarked"]
    _tab_to(page, ".error-summary a[href='#title']")
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_be_focused()
    assert page.evaluate(SEEN)["isOnScreen"]
    page.keyboard.type("Skrivelse om lekplatsen vid ån")
    _tab_to(page, "#registration button.button--primary")
    page.keyboard.press("Enter")

    told = page.locator(".messages")
    expect(told).to_be_focused()
    expect(told).to_contain_text("Handlingen är registrerad med numret")
    assert page.evaluate(SEEN)["isMarked"]
    expect(page.locator("#case-records")).to_contain_text("Skrivelse om lekplatsen vid ån")


def test_registering_without_javascript(windows: Windows, tmp_path: Path) -> None:
    page = windows.open("registrator", java_script_enabled=False)
    page.goto("/intern/registrera")
    page.locator("input[name=case_choice][value=new]").check()
    page.locator("#authority").select_option("KS")
    page.locator("#case_title").fill("Belysning på gångvägen")
    page.locator("#official_on").fill("20240501")
    page.locator("#party-0-name").fill("Vägföreningen Ekliden")
    page.set_input_files("#files", write_letter(tmp_path / "Brev.pdf"))
    page.get_by_role("button", name="Registrera", exact=True).click()
    expect(page.locator(".error-summary")).to_contain_text("Ett fel att rätta")
    page.locator("#title").fill("Önskemål om belysning")
    page.get_by_role("button", name="Registrera", exact=True).click()
    expect(page.locator(".messages")).to_contain_text("Handlingen är registrerad med numret")
    page.locator("#case-records a").first.click()
    expect(page.locator("section#files")).to_contain_text("Brev.pdf")


def _fill_form(page: Page, letter: Path) -> None:
    """Everything but the title, which is forgotten."""
    # Before anything else: the file dialog must be ours already when the key that opens it is pressed.
    page.on("filechooser", lambda chooser: chooser.set_files(letter))
    _tab_to(page, "input[name=case_choice]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    expect(page.locator("input[name=case_choice][value=new]")).to_be_checked()
    _type(page, "#authority", "Kommunst")
    _type(page, "#classification", "1.3.2")
    _type(page, "#case_title", "Lekplatsen vid ån")
    _tab_to(page, "input[name=direction]")
    expect(page.locator("input[name=direction][value=incoming]")).to_be_checked()
    _type(page, "#official_on", "20240502")
    _type(page, "#party-0-name", "Föräldraföreningen Alen")
    _tab_to(page, "#files")
    page.keyboard.press("Enter")
    expect(page.locator("[data-file-list]")).to_contain_text("Brev.pdf")


def _type(page: Page, selector: str, text: str) -> None:
    _tab_to(page, selector)
    page.keyboard.type(text)


def _tab_to(page: Page, selector: str) -> None:
    """Tabs until the wanted place has focus; each stop on the way must be seen to have it."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        seen = page.evaluate(SEEN)
        assert seen["isPage"] or (seen["isMarked"] and seen["isOnScreen"]), seen["what"]
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")
