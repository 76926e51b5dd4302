"""Nothing that was typed is lost: not by logging out, not by a session that ended, not by a crash."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.items import registration_address
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
TITLE = "Rampen på torget behöver lagas"
NOTE = "Ringde och lovade svar före fredag."
SAVED = ".draft-status"


def test_half_a_form_is_there_again_after_logging_out_elsewhere(windows: Windows) -> None:
    page = windows.logged_in_now("registrator")
    page.goto("/intern/registrera")
    _type_half(page)
    elsewhere = page.context.new_page()
    elsewhere.goto("/intern/")
    elsewhere.get_by_role("button", name="Logga ut").click()
    elsewhere.wait_for_url("**/login*")
    page.close()

    _log_in(elsewhere)
    elsewhere.goto("/intern/registrera")
    elsewhere.get_by_role("link", name="Visa utkasten").click()
    elsewhere.get_by_role("link", name=TITLE).first.click()
    _assert_there(elsewhere)


def test_half_a_form_of_an_item_is_there_when_the_item_is_opened_again(windows: Windows) -> None:
    page = windows.logged_in_now("registrator")
    address = registration_address(page, "SKATEPARKEN")
    page.goto(address)
    _type_half(page)
    page.context.clear_cookies()
    page.close()

    again = windows.logged_in_now("registrator")
    again.goto(address)
    _assert_there(again)
    expect(again.locator(".desk__preview")).to_contain_text("Rampen vid")


def test_what_is_typed_after_the_session_ended_can_be_sent_when_logged_in_again(windows: Windows) -> None:
    page = windows.logged_in_now("registrator")
    page.goto("/intern/registrera")
    page.locator("#title").fill("Skrivet före")
    expect(page.locator(SAVED)).to_contain_text("Utkastet sparades", timeout=10_000)
    page.context.clear_cookies()
    page.locator("#title").fill(TITLE)
    expect(page.locator(SAVED)).to_contain_text("Du är utloggad", timeout=30_000)
    with page.context.expect_page() as opened:
        page.locator(SAVED).get_by_role("link").click()
    _log_in(opened.value)

    expect(page.locator("#title")).to_have_value(TITLE)
    page.get_by_role("button", name="Spara utkast").click()
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.locator("#title")).to_have_value(TITLE)
    # Chromium notes that the saving was refused meanwhile.
    assert all("status of 400" in problem for problem in windows.take_problems())


def _type_half(page: Page) -> None:
    page.locator("#title").fill(TITLE)
    page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
    page.locator("#note").fill(NOTE)
    expect(page.locator(SAVED)).to_contain_text("Utkastet sparades", timeout=10_000)


def _assert_there(page: Page) -> None:
    expect(page.locator("#title")).to_have_value(TITLE)
    expect(page.locator("#note")).to_have_value(NOTE)


def _log_in(page: Page) -> None:
    page.get_by_label("Användarnamn").fill("registrator")
    page.get_by_label("Lösenord").fill("demo-ekdala-2026")
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url("**/intern/**")
