"""The main job once through: a letter is registered, found, published without its sender, closed and exported."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.letters import SENDER, TITLE, WORD, write_letter
from tests.browser.places import ask_for_export
from tests.browser.public_pages import all_public_pages
from tests.browser.running import run_diarium
from tests.browser.watching import Windows, look_until

pytestmark = pytest.mark.browser
CASE_TITLE = "Samverkan om stadsparken"


def test_letter_goes_from_registration_to_a_valid_package(
    windows: Windows, tmp_path: Path, command_environment: dict[str, str]
) -> None:
    registrar = windows.logged_in_now("registrator")
    number = _register(registrar, write_letter(tmp_path / "Brev om stadsparken.pdf"))
    case_address = registrar.url
    _find_by_word_in_the_letter(registrar, number)
    _see_published_without_sender(windows.open(), number)
    _close(registrar, case_address)
    archivist = windows.logged_in_now("arkivarie")
    package = _export(archivist, tmp_path)
    assert "Godkänt" in run_diarium(command_environment, "validate", str(package))


def _register(page: Page, letter: Path) -> str:
    """Registers the letter in a new case, the sender marked; gives the record's number."""
    page.get_by_role("link", name="Registrera en handling").click()
    page.get_by_label("I ett nytt ärende").check()
    page.get_by_label("Myndighet").select_option(value="KS")
    page.get_by_label("Klass").fill("1.3.2")
    page.get_by_label(re.compile("^Ärendemening")).fill(CASE_TITLE)
    page.get_by_role("textbox", name=re.compile("^Datum.obligatorisk")).fill(_today(page))
    page.get_by_label("Vad handlingen rör").fill(TITLE)
    sender = page.get_by_role("group", name="Avsändare eller mottagare", exact=True)
    sender.get_by_label("Namn").fill(SENDER)
    sender.get_by_label("Slag").select_option(value="person")
    page.get_by_label("Lägg till filer").set_input_files(letter)
    page.get_by_label("Kan omfattas av sekretess: markera").check()
    page.get_by_label("Lagrum").fill("21:3")
    page.get_by_label("Markeringen omfattar").select_option(value="parties")
    page.get_by_role("button", name="Registrera", exact=True).click()
    told = page.get_by_role("status").filter(has_text="Handlingen är registrerad med numret")
    found = re.search(r"KS \d{4}/\d+-1", told.inner_text())
    assert found is not None, told.inner_text()
    expect(page.locator("h1")).to_have_text(CASE_TITLE)
    return found[0]


def _find_by_word_in_the_letter(page: Page, number: str) -> None:
    hit = look_until(
        page,
        f"/intern/sok?q={quote(WORD)}",
        lambda seen: seen.locator(".result-list li", has_text=number),
    )
    expect(hit).to_have_count(1)
    hit.get_by_role("link").click()
    expect(page.locator("h1")).to_have_text(TITLE)
    expect(page.locator("#parties")).to_contain_text(SENDER)


def _see_published_without_sender(page: Page, number: str) -> None:
    record = look_until(page, f"/sok?q={quote(TITLE)}", lambda seen: seen.get_by_role("link", name=TITLE))
    record.first.click()
    main = page.locator("main")
    expect(page.locator("h1")).to_have_text(TITLE)
    expect(main).to_contain_text(number)
    expect(main).to_contain_text(_today(page))
    for secret in (SENDER, SENDER.split()[1], WORD):
        page.goto(f"/sok?q={quote(secret)}")
        expect(page.get_by_role("heading", name="0 träffar")).to_be_visible()
    pages = all_public_pages(page)
    assert any(number in text for text in pages.values())
    assert [address for address, text in pages.items() if "Hjortronmyr" in text] == []


def _close(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_text("Avsluta ärendet", exact=True).first.click()
    page.get_by_role("button", name="Avsluta ärendet").click()
    expect(page.get_by_role("status").filter(has_text="Ärendet är avslutat.")).to_be_visible()


def _export(page: Page, folder: Path) -> Path:
    today = _today(page)
    ask_for_export(page, "Kommunstyrelsen", today, today)
    expect(page.locator("#findings")).to_contain_text("Inga fel: struktur, scheman")
    expect(page.get_by_text("Klar och godkänd i kontrollen")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Hämta paketet").click()
    package = folder / download.value.suggested_filename
    download.value.save_as(package)
    return package


def _today(page: Page) -> str:
    day: str = page.evaluate("new Date().toLocaleDateString('sv-SE', {timeZone: 'Europe/Stockholm'})")
    return day
