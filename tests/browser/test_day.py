"""The registrar's day: thirty items of real kinds, from the morning's inbox to what the public can see of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatchmethod
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from diarium.demo.content import inbox
from diarium.i18n import today
from diarium.register.vocabulary import PartyKind
from tests.browser.conftest import CASES
from tests.browser.deeds import MORNING, Assign, Deed, Merge, Register, Return, SetAside, Split
from tests.browser.items import INBOX
from tests.browser.public_pages import all_public_pages
from tests.browser.running import SEED, demonstration, running_diarium
from tests.browser.watching import Windows, wait_for_worker

pytestmark = pytest.mark.browser
NUMBER = re.compile(r"[A-ZÅÄÖ]{2,3} \d{4}/\d+-\d+")
SECRETS = (
    "Skyddad Vårdnadshavare",
    "affärshemlighet",
    "Prisbilaga",
    "Bilagor till anbud",
    "Orosanmälan",
    "Läkarintyg",
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A record that an item became."""

    deed: Register
    number: str
    address: str


@pytest.fixture(scope="module")
def day_windows(browser: Browser, shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """Windows on a municipality of its own, whose inbox nobody has touched."""
    with running_diarium(tmp_path_factory.mktemp("day"), demonstration(shelf, CASES)) as address:
        windows = Windows(browser, address, tmp_path_factory.mktemp("day-logins"))
        yield windows
        windows.close()


def test_thirty_items_are_settled_and_the_public_sees_what_it_should(day_windows: Windows, pictures: Path) -> None:
    page = day_windows.open("registrator")
    day = _Day(page, pictures)
    day.look("morning", INBOX)
    assert page.locator("[data-inbox] tbody tr").count() == 30
    for deed in MORNING:
        day.do(deed)

    page.goto(INBOX)
    day.picture("evening")
    expect(page.locator("[data-inbox] tbody tr")).to_have_count(1)
    expect(page.locator("[data-inbox] tbody tr")).to_contain_text("Sune Handlén")
    for record in day.registered:
        _assert_kept(page, record)
    wait_for_worker(day_windows)
    _assert_public(day_windows.open(), day.registered)
    assert day_windows.take_problems() == []


def _assert_kept(page: Page, record: Registered) -> None:
    """The record is there with its number and its files, and its case tells of it."""
    page.goto(record.address)
    main = page.locator("main")
    expect(main).to_contain_text(record.number)
    files = page.locator("section#files a[href*='/fil']")
    expect(files, record.deed.key).to_have_count(record.deed.files)
    page.goto(
        page.locator("nav a[href^='/intern/arende/'], main a[href^='/intern/arende/']").first.get_attribute("href")
        or ""
    )
    expect(page.locator("section#timeline")).to_contain_text(record.number)


def _assert_public(page: Page, records: list[Registered]) -> None:
    pages = all_public_pages(page)
    everything = "\n".join(pages.values())
    for record in records:
        shown = any(record.number in text for text in pages.values())
        title = record.deed.fields.get("title")
        if record.deed.is_public:
            assert shown, record
            assert title is None or title in everything, record
        elif title is not None:
            assert title not in everything, record
    items = inbox(SEED, today(), ())
    private = {item.sender.name for item in items if item.sender and item.sender.kind is PartyKind.PERSON}
    for secret in (*SECRETS, *private):
        assert [address for address, text in pages.items() if secret in text] == [], secret


class _Day:
    """A registrar at work: by keyboard, from the inbox's first row on."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        self.registered: list[Registered] = []
        self._pictures = pictures
        self._steps = 0

    def look(self, name: str, address: str) -> None:
        """Opens a page and keeps a picture of it."""
        self.page.goto(address)
        self.picture(name)

    def picture(self, name: str) -> None:
        """Keeps a picture of the page as it stands."""
        self._steps += 1
        self.page.screenshot(path=self._pictures / f"day-{self._steps:02}-{name}.png", full_page=True)

    @singledispatchmethod
    def do(self, deed: Deed) -> None:
        """Does with an item what is to be done."""
        raise NotImplementedError(type(deed))

    @do.register
    def _(self, deed: Register) -> None:
        self._form_of(deed)
        if deed.case == "named":
            expect(self.page.locator("[data-case-choices] li").first).to_be_visible()
            self.page.keyboard.press("1")
        for field, text in deed.fields.items():
            self._type(f"[name='{field}']", text)
        if deed.marked:
            self.page.locator("[name=secrecy][value=marked]").check()
            self._type("[name=provision]", deed.marked[0])
            self.page.locator("[name=scope]").select_option(deed.marked[1])
        for tick in deed.ticks:
            if self.page.locator(tick).count():
                self.page.locator(tick).check()
        self.picture(deed.key)
        self._send()
        if "#confirm_locked" in deed.ticks:
            expect(self.page.locator(".error-summary")).to_contain_text("lås")
            self.picture(f"{deed.key}-asked")
            self.page.locator("#confirm_locked").check()
            self._send()
        self._note(deed)

    @do.register
    def _(self, deed: SetAside) -> None:
        self._open(deed)
        step = self._step("set_aside")
        step.locator(f"[name=reason][value={deed.reason}]").check()
        step.locator("[name=note]").fill(deed.note)
        self.picture(deed.key)
        step.get_by_role("button", name="Registrera inte").click()
        expect(self.page.locator(".messages")).to_contain_text("registreras inte")

    @do.register
    def _(self, deed: Return) -> None:
        self._open(deed)
        step = self._step("return")
        step.locator("[name=reason]").fill(deed.reason)
        self.picture(deed.key)
        step.get_by_role("button").click()
        expect(self.page.locator(".messages")).to_contain_text("återsänd")

    @do.register
    def _(self, deed: Merge) -> None:
        self._open(deed)
        step = self._step("merge")
        step.locator(".choice", has_text=deed.other).get_by_role("checkbox").check()
        self.picture(f"{deed.key}-merge")
        step.get_by_role("button").click()
        expect(self.page.locator(".messages")).to_contain_text("sammanslagna")

    @do.register
    def _(self, deed: Split) -> None:
        self._open(deed)
        step = self._step("split")
        step.locator(".choice", has_text=deed.file).get_by_role("checkbox").check()
        self.picture(f"{deed.key}-split")
        step.get_by_role("button").click()
        expect(self.page.locator(".messages")).to_contain_text("egen post")

    @do.register
    def _(self, deed: Assign) -> None:
        self._open(deed)
        step = self._step("assign")
        step.locator("[name=assigned_to]").select_option(deed.to)
        step.get_by_role("button").click()
        expect(self.page.locator(".messages")).to_contain_text("tilldelad")
        self.picture(deed.key)

    def _find(self, deed: Deed) -> None:
        """Moves down the inbox until the item's row is the marked one."""
        self.page.goto(INBOX)
        rows = self.page.locator("[data-inbox] tbody tr")
        texts = rows.all_inner_texts()
        place = next(index for index, text in enumerate(texts) if deed.row in text)
        for _row in range(place):
            self.page.keyboard.press("j")
        expect(rows.nth(place)).to_have_attribute("data-current", "")

    def _open(self, deed: Deed) -> None:
        """Opens the item in the inbox."""
        self._find(deed)
        self.page.keyboard.press("Enter")
        self.page.locator(".inbox-preview").wait_for()

    def _form_of(self, deed: Deed) -> None:
        """The registration form of the item: it stands there already after the one before, or is fetched."""
        preview = self.page.locator(".desk__preview")
        if preview.count() and deed.row in preview.inner_text():
            return
        self._find(deed)
        self.page.keyboard.press("r")
        self.page.wait_for_url("**/registrera?post=*")

    def _step(self, name: str) -> Locator:
        form = self.page.locator(f"form[action$='/{name}']")
        form.evaluate("form => { const closed = form.closest('details'); if (closed) closed.open = true; }")
        return form

    def _type(self, selector: str, text: str) -> None:
        """Writes over what stands in a field, wherever it is folded away."""
        field = self.page.locator(selector)
        field.evaluate("field => { const closed = field.closest('details'); if (closed) closed.open = true; }")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(text)
            return
        field.focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Escape")

    def _send(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Control+Enter")

    def _note(self, deed: Register) -> None:
        told = self.page.locator(".messages")
        if not told.count():
            self.picture(f"{deed.key}-errors")
            raise AssertionError(f"{deed.key}: {self.page.locator('.error-summary').inner_text()}")
        found = NUMBER.search(told.inner_text())
        assert found is not None, told.inner_text()
        address = told.get_by_role("link").first.get_attribute("href")
        assert address is not None
        self.registered.append(Registered(deed, found[0], address))
