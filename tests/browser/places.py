"""Pages of both sides that want a second look, with who looks at them."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.archive.validation.builder import Package, zipped
from tests.browser.watching import Windows


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses that depend on what the demonstration holds."""

    staff_case: str
    staff_record: str
    export: str
    case: str
    record: str
    authority: str


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its name, who looks (nobody: a visitor), and the address, with names of `Places` in braces."""

    name: str
    user: str | None
    address: str


PAGES = (
    Place("search-nothing", "registrator", "/intern/sok?q=xyzzyplugh"),
    Place("inbox-nothing", "registrator", "/intern/inkorg?channel=file_drop"),
    Place("inbox-settled", "registrator", "/intern/inkorg?state=set_aside"),
    Place("staff-404", "registrator", "/intern/finns-inte"),
    Place("staff-403", "registrator", "/intern/administration"),
    Place("public-search-all", None, "/sok"),
    Place("public-search-nothing", None, "/sok?q=xyzzyplugh"),
    Place("public-404", None, "/arende/KS/1999/999"),
)
"""Pages that look otherwise than their kind does elsewhere; of every kind there is one in test_every_page.py."""

DARK_PAGES = (
    Place("start", "registrator", "/intern/"),
    Place("inbox", "registrator", "/intern/inkorg"),
    Place("register", "registrator", "/intern/registrera"),
    Place("case", "registrator", "{staff_case}"),
    Place("search", "registrator", "/intern/sok?q=yttrande"),
    Place("public-start", None, "/"),
    Place("public-search", None, "/sok?q=yttrande"),
    Place("public-case", None, "{case}"),
)


def address_of(place: Place, places: Places) -> str:
    """The address of a page in this run."""
    return place.address.format(**{name: getattr(places, name) for name in Places.__slots__})


def find_places(windows: Windows) -> Places:
    """Finds a case, a record and a finished export by walking to them."""
    staff, public = windows.open("registrator"), windows.open()
    public.goto("/sok?slag=record")
    record = _first_link(public, "main ol h3 a")
    public.goto(record)
    case = _first_link(public, "main a[href^='/arende/']")
    staff.goto("/intern/")
    staff_record = _first_link(staff, "#recent-records a")
    staff.goto("/intern/arenden?status=closed")
    authority, export = _exported(windows, staff)
    _add_webhook(windows)
    _hand_in_package(windows)
    staff.goto("/intern/arenden")
    return Places(_first_link(staff, "#cases a"), staff_record, export, case, record, authority)


def _add_webhook(windows: Windows) -> None:
    """Adds a webhook, so that its page is there: the demonstration has none."""
    page = windows.open("administrator")
    page.goto("/intern/administration/webhookar")
    page.locator("main select[name=authority]").select_option(index=1)
    page.locator("main input[name=name]").fill("E-tjänsten")
    page.locator("main input[name=url]").fill("https://tjanst.ekdala.example/diariet")
    page.locator("main input[name=kinds]").first.check()
    page.locator("main form[method=post] button[type=submit]").last.click()
    page.get_by_text("Hemlighet för signaturen").first.wait_for()


def _hand_in_package(windows: Windows) -> None:
    """Has a package checked that somebody else made, and waits for its report."""
    package = Package()
    package.tree()
    package.files["documentation/olistad.txt"] = b"Inte i METS"
    page = windows.open("arkivarie")
    page.goto("/intern/arkiv/paket")
    with tempfile.TemporaryDirectory() as folder:
        packed = zipped(package.write(Path(folder)), Path(folder) / "leverans.zip")
        page.locator("main input[name=package]").set_input_files(packed)
        page.get_by_role("button", name="Kontrollera paketet").click()
        # The page follows the work by itself.
        page.locator("#findings").wait_for(timeout=90_000)


def ask_for_export(page: Page, authority: str, first: str, last: str) -> None:
    """Asks for a package of an authority's cases closed from `first` to `last`, and waits until it is checked."""
    page.goto("/intern/arkiv")
    page.get_by_label("Myndighet").select_option(label=authority)
    page.get_by_role("textbox", name="Avslutade från och med").fill(first)
    page.get_by_role("textbox", name=re.compile("^Avslutade till och med")).fill(last)
    page.get_by_role("button", name="Skapa paket").click()
    # The page follows the work by itself.
    page.locator("#findings").wait_for(timeout=90_000)


def _exported(windows: Windows, staff: Page) -> tuple[str, str]:
    """An authority that has closed cases, and the address of its package."""
    staff.locator("#cases a").first.click()
    authority = staff.locator(".summary-list dd").first.inner_text()
    archive = windows.open("arkivarie")
    ask_for_export(archive, authority, "2000-01-01", "2100-01-01")
    return authority, archive.url


def _first_link(page: Page, selector: str) -> str:
    address = page.locator(selector).first.get_attribute("href")
    assert address is not None
    return address
