"""A browser whose windows are watched: what the console complains of, and what is asked of other hosts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page
from playwright.sync_api import TimeoutError as NotInTime

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "demo-ekdala-2026"
PATIENCE_TURNS = 90
TURN_MS = 1000
# What Chromium says of every answer of 400 and more, also of pages that are meant to be errors.
_STATUS_NOTE = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d ")


@dataclass(slots=True)
class Windows:
    """Opens windows on the site at `address`; each user logs in once through the login page."""

    browser: Browser
    address: str
    folder: Path
    problems: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list, init=False)

    def open(self, user: str | None = None, width: int = 1280, **options: object) -> Page:
        """A window of somebody logged in as `user`, or of a visitor."""
        return self._window(width, self._logged_in(user) if user else None, **options)

    def logged_in_now(self, user: str) -> Page:
        """A window where `user` has just typed name and password; it shows the start page."""
        page = self._window(1280, None)
        page.goto("/intern/")
        page.get_by_label("Användarnamn").fill(user)
        page.get_by_label("Lösenord").fill(PASSWORD)
        page.get_by_role("button", name="Logga in").click()
        page.wait_for_url("**/intern/")
        return page

    def take_problems(self) -> list[str]:
        """What has been wrong since it was asked for the last time."""
        found, self.problems = self.problems, []
        return found

    def close(self) -> None:
        """Closes all windows; new ones can be opened."""
        while self._contexts:
            self._contexts.pop().close()

    def _logged_in(self, user: str) -> Path:
        state = self.folder / f"{user}.json"
        if not state.exists():
            self.logged_in_now(user).context.storage_state(path=state)
        return state

    def _window(self, width: int, state: Path | None, **options: object) -> Page:
        context = self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 800},
            storage_state=state,
            locale="sv-SE",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(15_000)
        self._contexts.append(context)
        context.on("request", lambda request: self._check_host(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", lambda note: self._check_note(page, note))
        return page

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.address).netloc:
            self.problems.append(f"request to another host: {url}")

    def _check_note(self, page: Page, note: ConsoleMessage) -> None:
        is_own_status = _STATUS_NOTE.match(note.text) and note.location.get("url") == page.url
        if note.type in ("error", "warning") and not is_own_status:
            self.problems.append(f"{page.url}: {note.text}")


def look_until(page: Page, url: str, wanted: Callable[[Page], Locator]) -> Locator:
    """Opens `url` again and again until the wanted place is on the page; gives up after some 90 turns."""
    place = wanted(page)
    for _turn in range(PATIENCE_TURNS):
        page.goto(url)
        try:
            place.first.wait_for(timeout=TURN_MS)
        except NotInTime:
            continue
        return place
    raise AssertionError(f"{url} never showed {place}: {page.locator('main').inner_text()}")


def wait_for_worker(windows: Windows) -> None:
    """Waits until the administration page says that nothing is left to do in the background."""
    page = windows.open("administrator")
    nothing = re.compile(r"^\D*0(\D+0)*\D*$")
    look_until(page, "/intern/administration", lambda seen: seen.locator("#lags tbody", has_text=nothing))
