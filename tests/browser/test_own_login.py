"""Passkeys with a virtual authenticator in the browser, which asks and signs as a real one does; code apps."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.axe import assert_accessible
from tests.browser.watching import PASSWORD, Windows

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def named(all_windows: Windows) -> Iterator[Windows]:
    """The same site under a name: keys are good for a name, never for a number."""
    windows = replace(all_windows, address=all_windows.address.replace("127.0.0.1", "localhost"), problems=[])
    yield windows
    windows.close()
    assert windows.take_problems() == []


def _authenticator(page: Page) -> tuple[CDPSession, str]:
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    return line, line.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]


def test_a_key_is_added_and_opens_the_staff_pages_without_a_password(named: Windows) -> None:
    page = named.open()
    line, key = _authenticator(page)
    page.goto("/intern/login?next=/intern/konto")
    page.get_by_label("Användarnamn").fill("handlaggare")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in", exact=True).click()
    expect(page.get_by_role("heading", name="Mitt konto")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Lägg till en inloggningsnyckel").click()
    expect(page.locator("#passkey_name-error")).to_be_visible()
    page.get_by_label(re.compile("kalla nyckeln")).fill("Min dator")
    page.get_by_role("button", name="Lägg till en inloggningsnyckel").click()
    expect(page.get_by_text("Nyckeln är tillagd")).to_be_visible()
    expect(page.locator("#factors-table")).to_contain_text("Min dator")
    page.get_by_role("button", name="Logga ut", exact=True).first.click()
    page.goto("/intern/login?next=/intern/konto")
    assert_accessible(page)
    page.get_by_role("button", name="Logga in med inloggningsnyckel").click()
    expect(page.get_by_role("heading", name="Mitt konto")).to_be_visible()
    expect(page.locator("#sessions-table")).to_contain_text("Inloggningsnyckel")
    page.get_by_role("button", name=re.compile("^Ta bort Min dator")).click()
    expect(page.get_by_text("Metoden är borttagen")).to_be_visible()
    page.get_by_role("button", name="Logga ut", exact=True).first.click()
    page.goto("/intern/login")
    page.get_by_role("button", name="Logga in med inloggningsnyckel").click()
    expect(page.get_by_text("Nyckeln gäller inte här").first).to_be_visible()
    line.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})


def test_calling_it_off_says_how_to_go_on(named: Windows) -> None:
    page = named.open()
    line, key = _authenticator(page)
    line.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.goto("/intern/login")
    page.get_by_role("button", name="Logga in med inloggningsnyckel").click()
    expect(page.get_by_role("status").filter(has_text="Det gick inte att använda någon nyckel")).to_be_visible()


def test_without_a_name_of_the_site_no_key_is_offered(windows: Windows) -> None:
    page = windows.open()
    page.goto("/intern/login")
    expect(page.get_by_role("button", name="Logga in med inloggningsnyckel")).to_have_count(0)


def test_a_code_app_is_added_and_asked_for_by_keyboard(windows: Windows) -> None:
    page = windows.logged_in_now("arkivarie")
    page.goto("/intern/konto")
    page.get_by_label("Vad vill du kalla den?").fill("Min telefon")
    page.keyboard.press("Enter")
    code_app = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    _look(page)
    page.get_by_label("Kod").fill(code_app.at(time.time() - 30))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dina reservkoder")).to_be_visible()
    _look(page)
    (first, *_others) = page.locator("main li code").all_inner_texts()
    page.goto("/intern/konto")
    page.get_by_role("button", name="Logga ut", exact=True).first.click()
    page.goto("/intern/login?next=/intern/konto")
    page.get_by_label("Användarnamn").fill("arkivarie")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Engångskod")).to_be_visible()
    _look(page)
    page.get_by_label("Kod").fill(first)
    page.keyboard.press("Enter")
    expect(page.locator("#sessions-table")).to_contain_text("Lösenord och engångskod")
    page.get_by_role("button", name=re.compile("^Ta bort Min telefon")).click()
    expect(page.get_by_text("Metoden är borttagen")).to_be_visible()


def _look(page: Page) -> None:
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
