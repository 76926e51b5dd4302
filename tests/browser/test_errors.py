"""Forms that are sent with nothing in them: each says what is missing, at the field, and stays accessible."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.addresses import Found
from tests.browser.axe import assert_accessible
from tests.browser.conftest import TAKES_PICTURES
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
# The kind of page, and which form on it: by the end of the address that it is sent to, or the page's only one.
FORMS: tuple[tuple[str, str], ...] = (
    ("cases.correct", ""),
    ("cases.add_deadline", ""),
    ("cases.add_decision", ""),
    ("cases.add_note", ""),
    ("records.correct", ""),
    ("records.move", ""),
    ("contacts.add", ""),
    ("inbox.add", ""),
    ("inbox.item", "set_aside"),
    ("inbox.item", "return"),
    ("letter_templates.create", ""),
    ("registration_templates.add", ""),
)
FIELDS = "input:not([type=hidden]), textarea, select"
# Empties what may be emptied. Nothing can be done by sending it: something that is required is missing.
_EMPTY = """form => {
    for (const field of form.elements) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = false;
        else if (field.matches("input:not([type=hidden]), textarea, select")) field.value = "";
    }
    form.noValidate = true;
    form.requestSubmit();
}"""


@pytest.mark.parametrize(("kind", "target"), FORMS, ids=lambda part: part or "form")
def test_empty_form_says_what_is_missing(
    windows: Windows, addresses: dict[str, Found], pictures: Path, kind: str, target: str
) -> None:
    found = addresses[kind]
    page = windows.open(found.user)
    page.goto(found.address)
    sent_to = f"[action$='{target}']" if target else ""
    form = page.locator(f"main form[method=post]{sent_to}").filter(has=page.locator(FIELDS)).first
    with page.expect_navigation():
        form.evaluate(_EMPTY)

    summary = page.locator(".error-summary")
    expect(summary).to_be_visible()
    if TAKES_PICTURES:
        page.screenshot(path=pictures / f"errors-{kind}-{target}.png", full_page=True)
    for link in summary.get_by_role("link").all():
        _assert_leads_to_field(page, link.get_attribute("href") or "")
    assert page.title().startswith("Fel:")
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def _assert_leads_to_field(page: Page, target: str) -> None:
    """The link of a message ends at a field that is marked as wrong and tells the message."""
    assert target.startswith("#")
    field = page.locator(f"[id='{target[1:]}']")
    assert field.count() == 1, target
    assert page.locator(f"[id^='{target[1:]}-error']").count() or field.locator("[aria-invalid=true]").count(), (
        target
    )
