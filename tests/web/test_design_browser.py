"""The design system in a real browser: small screens, keyboard, and the scripts that enhance the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, FilePayload, Page, sync_playwright
from werkzeug.serving import make_server

from tests.web.design_gallery import STEPS, application

pytestmark = pytest.mark.browser
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application(), threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed at /usr/bin/chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


Opener = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Opener]:
    """Opens a page of the gallery; a broken policy or a script error fails the test."""
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    def open_page(path: str, width: int = 1280, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda note: problems.append(note.text) if note.type == "error" else None)
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.mark.parametrize("path", ["/staff", "/public", "/error/500"])
@pytest.mark.parametrize("scripts", [True, False])
def test_page_does_not_scroll_sideways_at_320_pixels(visit: Opener, path: str, scripts: bool) -> None:
    page = visit(path, width=320, java_script_enabled=scripts)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_targets_are_at_least_24_pixels(visit: Opener, scheme: str) -> None:
    page = visit("/staff", color_scheme=scheme)
    controls = "main button, main input, main select, main summary, header a, nav a, .pagination a"
    small = page.locator(controls).evaluate_all(
        """all => all.filter(one => one.checkVisibility() && !one.matches('.date__native'))
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([, box]) => box.width > 1 && (box.height < 24 || box.width < 24)).map(([text]) => text)"""
    )  # fmt: skip
    assert small == []


def test_focus_is_seen_wherever_the_keyboard_goes(visit: Opener) -> None:
    page = visit("/public")
    page.evaluate("document.activeElement.blur()")
    for _step in range(40):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert (width >= 3, style) == (True, "solid"), page.evaluate("document.activeElement.outerHTML")


def test_error_summary_takes_focus_and_leads_to_the_field(visit: Opener) -> None:
    page = visit("/staff")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.get_by_role("link", name="Skriv en rubrik.").click()
    assert page.evaluate("document.activeElement.id") == "title"


def test_personal_number_in_a_public_title_is_warned_of(visit: Opener) -> None:
    page = visit("/staff")
    warning = page.locator("#title-warning")
    assert "personnummer" in warning.inner_text()
    for harmless in ("Bygglov på Ekbacken 2:14", "Avtal 556016-0680", "BN 2024/123-4567", "19811218-9875"):
        page.fill("#title", harmless)
        assert warning.inner_text() == "", harmless
    for text, word in (("fråga a.b@example.se", "e-postadress"), ("ring 070-123 45 67", "telefonnummer")):
        page.fill("#title", text)
        assert word in warning.inner_text()


def test_characters_left_are_counted(visit: Opener) -> None:
    page = visit("/staff")
    page.fill("#title", "Ansökan")
    assert page.locator("#title-count").inner_text() == "Tecken kvar: 193"


def test_files_can_be_added_and_taken_away(visit: Opener) -> None:
    page = visit("/staff")
    first: FilePayload = {"name": "ansökan.pdf", "mimeType": "application/pdf", "buffer": b"x" * 2048}
    second: FilePayload = {"name": "ritning.pdf", "mimeType": "application/pdf", "buffer": b"y" * 10}
    page.set_input_files("#files", [first])
    page.set_input_files("#files", [second])
    assert page.locator("[data-file-status]").inner_text() == "Valda filer: 2 (2 kB)."
    page.get_by_role("button", name="Ta bort ansökan.pdf").click()
    assert page.evaluate("[...document.getElementById('files').files].map(file => file.name)") == ["ritning.pdf"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Ta bort ritning.pdf"


def test_typed_date_is_tidied(visit: Opener) -> None:
    page = visit("/staff")
    page.fill("#received_on", "20240501")
    page.locator("#received_on").blur()
    assert page.input_value("#received_on") == "2024-05-01"
    assert page.get_by_role("button", name="Kalender: Inkommen dag").is_visible()


def test_shortcuts_work_outside_fields_and_can_be_turned_off(visit: Opener) -> None:
    page = visit("/staff")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "quick-search"
    page.keyboard.type("n?")
    assert page.input_value("#quick-search") == "n?"
    page.locator("#quick-search").blur()
    page.keyboard.press("?")
    assert page.locator("#shortcut-help").is_visible()
    assert "Registrera handling" in page.locator("#shortcut-help").inner_text()
    page.get_by_label("Använd kortkommandon i den här webbläsaren").uncheck()
    page.get_by_role("button", name="Stäng").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert not page.locator("#shortcut-help").is_visible()


def test_table_that_fits_is_no_tab_stop(visit: Opener) -> None:
    assert visit("/staff", width=1600).locator("#record-list").locator("..").get_attribute("tabindex") is None
    assert visit("/staff", width=400).locator("#queue").locator("..").get_attribute("tabindex") == "0"


def test_unsaved_changes_are_asked_about(visit: Opener) -> None:
    page = visit("/public")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.locator("#sender").press_sequentially("Ekdala")
    page.goto(page.url.replace("/public", "/error/404"))
    assert asked == ["beforeunload"]


def test_dropped_files_join_the_chosen_ones(visit: Opener) -> None:
    page = visit("/staff")
    page.locator("[data-file-zone]").evaluate(
        """zone => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["abc"], "karta.png", {type: "image/png"}));
            zone.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
        }"""
    )
    assert page.evaluate("[...document.getElementById('files').files].map(file => file.name)") == ["karta.png"]
    assert "karta.png" in page.locator("[data-file-list]").inner_text()


def test_too_large_files_are_told_of_before_sending(visit: Opener) -> None:
    page = visit("/staff")
    page.locator("[data-files]").evaluate("box => { box.dataset.maxBytes = '5'; }")
    page.set_input_files("#files", FilePayload(name="a.txt", mimeType="text/plain", buffer=b"123456"))
    assert "för stora" in page.locator("[data-file-status]").inner_text()


def test_progress_page_follows_the_job_to_its_end(visit: Opener) -> None:
    page = visit("/job")
    assert page.locator("progress").get_attribute("value") == "1"
    page.wait_for_selector(f"progress[value='{STEPS}']")
    page.wait_for_selector("main:not([data-refresh-seconds]) [role=status]:not(:empty)", state="attached")


def test_form_is_sent_once_only(visit: Opener) -> None:
    page = visit("/once")
    stopped = page.locator("#once").evaluate(
        """form => [1, 2, 3].map(
            () => !form.dispatchEvent(new SubmitEvent("submit", {bubbles: true, cancelable: true})))"""
    )
    assert stopped == [False, True, True]
    assert page.get_by_role("button", name="Registrera").get_attribute("aria-disabled") == "true"


def test_public_pages_and_errors_work_in_dark_mode(visit: Opener) -> None:
    page = visit("/public", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(20, 25, 28)"
