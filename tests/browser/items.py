"""Items of the inbox, found as a registrar finds them: by what stands in the list."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

INBOX = "/intern/inkorg"


def row_of(page: Page, text: str) -> Locator:
    """The row of the inbox that holds `text`; the page shows the inbox."""
    return page.locator("[data-inbox] tbody tr", has_text=text).first


def registration_address(page: Page, text: str) -> str:
    """The address of the registration form for the item with `text` in its row."""
    page.goto(INBOX)
    address = row_of(page, text).get_attribute("data-register-url")
    assert address is not None, f"nothing in the inbox says {text}"
    return address
