"""Pages in odd states: dark, with errors, with nothing on them. None asks another host for anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.axe import assert_accessible
from tests.browser.conftest import UPDATES_DOCS
from tests.browser.places import DARK_PAGES, PAGES, Place, Places, address_of
from tests.browser.watching import Windows

pytestmark = pytest.mark.browser
WIDTHS = (320, 1280)
README_PICTURE = Path(__file__).parents[2] / "docs" / "start-page.png"
MOST_PICTURE_BYTES = 200_000


@pytest.mark.parametrize("place", PAGES, ids=lambda place: place.name)
def test_page_fits_and_is_clean(windows: Windows, places: Places, pictures: Path, place: Place) -> None:
    page = windows.open(place.user)
    page.goto(address_of(place, places))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=pictures / f"{place.name}-{width}.png", full_page=True)
        assert_accessible(page)
        _assert_fits(page, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_form_with_errors_fits_and_is_clean(windows: Windows, pictures: Path, width: int) -> None:
    page = windows.open("registrator", width)
    page.goto("/intern/registrera")
    page.get_by_label("Ärendemening", exact=False).first.fill("Ansökan för 19640823-3234")
    page.get_by_role("button", name="Registrera", exact=True).click()
    page.locator(".error-summary").wait_for()
    page.screenshot(path=pictures / f"register-errors-{width}.png", full_page=True)
    assert_accessible(page)
    _assert_fits(page, width)


@pytest.mark.parametrize("place", DARK_PAGES, ids=lambda place: place.name)
def test_page_is_dark_for_those_who_want_it(
    windows: Windows, places: Places, pictures: Path, place: Place
) -> None:
    page = windows.open(place.user, 1280, color_scheme="dark")
    page.goto(address_of(place, places))
    page.screenshot(path=pictures / f"{place.name}-dark.png", full_page=True)
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(20, 25, 28)"
    assert_accessible(page)


def test_start_page_of_the_open_register_looks_as_in_the_readme(windows: Windows, pictures: Path) -> None:
    page = windows.open()
    page.goto("/")
    picture = page.screenshot(path=pictures / "start-page.png")
    assert page.locator("#latest-table tbody tr").count() > 0
    assert len(picture) < MOST_PICTURE_BYTES
    if UPDATES_DOCS:
        README_PICTURE.parent.mkdir(exist_ok=True)
        README_PICTURE.write_bytes(picture)


def _assert_fits(page: Page, width: int) -> None:
    page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
