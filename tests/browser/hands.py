"""Hands of somebody who works: all that they do on a page is counted, in the browser itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.browser.watching import Windows

# Runs in every page before its own scripts, and hears only what a keyboard or a mouse does, never what scripts do.
# An interaction is a key or a click; letters that go on in the same field are one.
_WATCH = """() => {
  let typing = null;
  const tell = what => window.__interaction(what);
  const isText = field => field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement
    && !["checkbox", "radio", "submit", "button", "file"].includes(field.type));
  addEventListener("keydown", event => {
    if (!event.isTrusted || event.repeat || ["Control", "Shift", "Alt", "Meta"].includes(event.key)) return;
    const isLetter = event.key.length === 1 && !event.ctrlKey && !event.altKey && isText(event.target);
    if (isLetter && typing === event.target) return;
    typing = isLetter ? event.target : null;
    tell(isLetter ? "type" : `press ${event.key}`);
  }, true);
  addEventListener("pointerdown", event => {
    if (!event.isTrusted) return;
    typing = null;
    tell("click");
  }, true);
}"""


class Hands:
    """Keys and clicks on a page that nothing else can reach. `done`: what was done, in order."""

    def __init__(self, page: Page) -> None:
        self.__page = page
        self.done: list[str] = []
        page.context.expose_binding("__interaction", lambda _source, what: self.done.append(str(what)))
        page.context.add_init_script(f"({_WATCH})()")

    @property
    def count(self) -> int:
        """How many interactions there have been."""
        return len(self.done)

    def press(self, keys: str) -> None:
        """Presses a key, or several at once: "Enter", "Control+Enter"."""
        self.__page.keyboard.press(keys)

    def type(self, text: str) -> None:
        """Writes where the focus is."""
        self.__page.keyboard.type(text)

    def click(self, selector: str) -> None:
        """Clicks on what `selector` finds."""
        self.__page.locator(selector).click()

    def arrives(self, address: str) -> None:
        """Waits until the page with this address (a pattern) is there."""
        self.__page.wait_for_url(address)

    def sees(self, selector: str) -> str:
        """Waits until it is shown, and reads it."""
        place = self.__page.locator(selector).first
        place.wait_for()
        return place.inner_text()

    def value(self, selector: str) -> str:
        """What stands in a field."""
        return self.__page.locator(selector).input_value()

    @property
    def address(self) -> str:
        """The address of the page."""
        return self.__page.url


@contextmanager
def working(windows: Windows, user: str, address: str) -> Iterator[Hands]:
    """Hands of `user` on the page at `address`; going there does not count. Nobody else gets hold of the page."""
    page = windows.open(user)
    hands = Hands(page)
    page.goto(address)
    yield hands
