"""Registering without a mouse, and without JavaScript: a letter of one's own, and what came in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.items import INBOX, row_of
from tests.browser.letters import write_letter
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
MOST_STOPS = 120
HITS = ".picker__list [role=option]"
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
    expect(page.locator("#timeline")).to_contain_text("Skrivelse om lekplatsen vid ån")


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
    page.locator(".messages a").first.click()
    expect(page.locator("section#files")).to_contain_text("Brev.pdf")


def test_an_item_goes_into_a_case_that_is_found_while_typing(windows: Windows) -> None:
    page = windows.open("registrator")
    page.goto(INBOX)
    _move_to(page, "Skrivelse om gång- och cykelväg")
    page.keyboard.press("r")
    page.wait_for_url("**/registrera?post=*")
    _tab_to(page, "input[name=case_choice]")
    page.keyboard.press("ArrowUp")
    _tab_to(page, "#case")
    picker = page.locator("#case")
    page.keyboard.type("upphandling")
    hit = page.locator(HITS).first
    expect(hit).to_be_visible()
    number = re.search(r"KS \d{4}/\d+", hit.inner_text())
    assert number is not None
    page.keyboard.press("ArrowDown")
    expect(picker).to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("Enter")
    expect(picker).to_have_value(number[0])
    page.keyboard.press("Control+Enter")

    told = page.locator(".messages")
    expect(told).to_contain_text(f"registrerad med numret {number[0]}-")


def test_a_case_that_is_not_wanted_is_left_with_escape(windows: Windows) -> None:
    page = windows.open("registrator")
    page.goto("/intern/registrera")
    page.locator("input[name=case_choice][value=existing]").check()
    page.locator("#case").focus()
    page.keyboard.type("upphandling")
    expect(page.locator(HITS).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(HITS).first).to_be_hidden()
    expect(page.locator("#case")).to_have_value("upphandling")


def test_an_item_is_registered_without_javascript(windows: Windows) -> None:
    page = windows.open("registrator", java_script_enabled=False)
    page.goto(INBOX)
    row_of(page, "vårt dnr 402-").get_by_role("link").first.click()
    expect(page.locator(".inbox-preview")).to_contain_text("Bifogat finner ni Länsstyrelsens yttrande")
    page.get_by_role("link", name="Välj ärende").click()
    page.locator("[data-case-choices] button").first.click()
    chosen = page.locator("[data-case-choices] button").first
    expect(chosen).to_have_attribute("aria-pressed", "true")
    number = page.locator("#case").input_value()
    page.get_by_role("button", name="Registrera och visa ärendet").click()
    expect(page.locator(".messages")).to_contain_text(f"registrerad med numret {number}-")
    expect(page.locator(".page-head, h1").first).to_be_visible()
    page.goto(INBOX)
    expect(page.locator("[data-inbox]")).not_to_contain_text("vårt dnr 402-")


def test_an_item_is_set_aside_without_javascript_and_can_be_taken_back(windows: Windows) -> None:
    page = windows.open("registrator", java_script_enabled=False)
    page.goto(INBOX)
    row_of(page, "Sänk elkostnaden").get_by_role("link").first.click()
    item = page.url
    form = page.locator("form[action$='/set_aside']")
    page.get_by_text("Ska inte registreras", exact=True).click()
    form.get_by_role("button", name="Registrera inte").click()
    expect(page.locator(".error-summary")).to_be_visible()
    page.locator("form[action$='/set_aside'] [name=reason][value=advertising]").check()
    page.locator("form[action$='/set_aside']").get_by_role("button", name="Registrera inte").click()
    expect(page.locator(".messages")).to_contain_text("registreras inte")
    page.goto(item)
    expect(page.locator("section#settled")).to_contain_text("Reklam eller massutskick")
    page.get_by_text("Ta tillbaka till inkorgen", exact=True).click()
    page.locator("form[action$='/take_back'] [name=reason]").fill("Det var ett anbud.")
    page.locator("form[action$='/take_back']").get_by_role("button").click()
    expect(page.locator(".messages")).to_contain_text("inkorgen igen")


def _move_to(page: Page, text: str) -> None:
    """Moves down the inbox until the marked row holds `text`."""
    for _row in range(MOST_STOPS):
        if text in page.locator("tr[data-current]").inner_text():
            return
        page.keyboard.press("j")
    raise AssertionError(f"no row of the inbox says {text}")


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
