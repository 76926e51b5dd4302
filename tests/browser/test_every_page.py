"""Every kind of page there is: nothing for axe to complain of, and it fits a small and a large screen.

320 CSS pixels are also what a screen of 1280 pixels leaves at 400 % zoom (WCAG 2.2, 1.4.10).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.addresses import Found, kinds
from tests.browser.axe import assert_accessible
from tests.browser.conftest import TAKES_PICTURES
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
WIDTHS = (1280, 320)
# What is no page, and is checked to be none: files, data for scripts, and ways to a page.
NOT_PAGES = frozenset(
    {
        "account.qr_code",
        "administration.scheme_table",
        "cases.case_label_pdf",
        "cases.cover_pdf",
        "cases.sheet_pdf",
        "deliveries.receipt_file",
        "disclosure.masked_copy",
        "disposal.certificate_as_pdf",
        "exports.download",
        "inbox.file",
        "inbox.show_file",
        "lists.file",
        "lists.first",
        "lists.open_saved",
        "lists.search_file",
        "packages.report_json",
        "packages.report_pdf",
        "reading_room.download",
        "reading_room.show",
        "records.download",
        "secrecy.by_person_file",
        "secrecy.case_readings_file",
        "secrecy.record_readings_file",
        "registration.find_cases",
        "registration.token",
        "site.case_feed",
        "site.entry",
        "site.file",
        "site.postlista_feed",
        "site.robots",
        "site.search_feed",
        "site.sitemap",
        "site.sitemap_pages",
        "site.sitemap_part",
        "site.suggestions",
    }
)
_IN_ARCHIVE_PAGES = "comes with work that the demonstration has not; test_archive_pages looks at it"
# Where no link leads in the demonstration, and why that is right.
WITHOUT_LINKS = {
    "account.code_app": "the form that begins with an app leads there; test_own_login looks at it",
    "account.qr_code": "a picture on the page above",
    "deliveries.agreement": _IN_ARCHIVE_PAGES,
    "deliveries.details": _IN_ARCHIVE_PAGES,
    "deliveries.receipt": _IN_ARCHIVE_PAGES,
    "deliveries.receipt_file": _IN_ARCHIVE_PAGES,
    "deliveries.returned_file": _IN_ARCHIVE_PAGES,
    "disposal.certificate": _IN_ARCHIVE_PAGES,
    "disposal.certificate_as_pdf": _IN_ARCHIVE_PAGES,
    "disposal.decide": _IN_ARCHIVE_PAGES,
    "disposal.details": _IN_ARCHIVE_PAGES,
    "imports.details": _IN_ARCHIVE_PAGES,
    "reading_room.show": "only files of kinds that can hold nothing active are shown",
    "login.code": "after the password, where somebody has a code app; test_own_login looks at it",
    "cases.labels_pdf": "asked for by the form that chooses labels",
    "cases.record_label_pdf": "only records on paper have a label",
    "dispatches.content": "only a letter that left by e-mail has it, and the demonstration has no mail server",
    "exports.part": "only where an export became several packages",
    "site.confirm_following": "the link is in an e-mail",
    "site.end_following": "the link is in an e-mail",
    "secrecy.record_readings_file": "only where somebody has read a record that is marked",
    "secrecy.by_person_file": "asked for by the form that chooses a person",
    "secrecy.name_into_circle": "only where a circle is closed, and the demonstration has none",
    "site.entry": "written on the page of a case or record, to be copied",
    "site.find": "asked for by the form about the register",
    "site.sitemap_part": "only where the municipality lets search engines list its cases",
}
IN_ENGLISH = (
    "start.index",
    "registration.form",
    "cases.details",
    "records.details",
    "search.results",
    "site.start",
)
_WIDER_THAN_PAGE = """width => [...document.querySelectorAll("body *")].filter(one => {
    const box = one.getBoundingClientRect();
    return box.right > width + 1 && !one.closest(".table-wrap, .scroll, [tabindex='0']");
}).map(one => one.outerHTML.slice(0, 120)).slice(0, 5)"""


@pytest.mark.parametrize("kind", kinds())
def test_page_is_accessible_and_fits(
    windows: Windows, addresses: dict[str, Found], pictures: Path, kind: str
) -> None:
    if kind in WITHOUT_LINKS:
        return
    assert kind in addresses, f"no link leads to {kind}"
    found = addresses[kind]
    assert found.is_page != (kind in NOT_PAGES)
    if not found.is_page:
        return
    page = windows.open(found.user)
    page.goto(found.address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if TAKES_PICTURES:
            page.screenshot(path=pictures / f"{kind}-{width}.png", full_page=True)
        assert_accessible(page)
        _assert_fits(page, width)


@pytest.mark.parametrize("kind", IN_ENGLISH)
def test_page_in_english_is_accessible(windows: Windows, addresses: dict[str, Found], kind: str) -> None:
    found = addresses[kind]
    page = windows.open(found.user)
    page.goto(f"{found.address}{'&' if '?' in found.address else '?'}lang=en")
    assert page.locator("html").get_attribute("lang") == "en"
    assert_accessible(page)


def _assert_fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.evaluate(_WIDER_THAN_PAGE, width)
    assert page.locator("h1").count() == 1
