"""A real Chromium on the real program with a small demonstration.

The fixtures live as long as this package's tests: a second Playwright could not start beside a running one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.addresses import Found, find_all
from tests.browser.places import Places, find_places
from tests.browser.running import demonstration, environment_for, running_diarium
from tests.browser.watching import ARGUMENTS, CHROMIUM, Windows

# The picture in the README shows a register with more in it.
UPDATES_DOCS = os.environ.get("DIARIUM_UPDATE_DOCS") == "1"
CASES = 60 if UPDATES_DOCS else 24
TAKES_PICTURES = bool(os.environ.get("DIARIUM_SCREENSHOTS"))


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="package")
def address(browser: Browser, shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running diarium with a demonstration."""
    with running_diarium(tmp_path_factory.mktemp("diarium"), demonstration(shelf, CASES)) as address:
        yield address


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not installed at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def all_windows(browser: Browser, address: str, tmp_path_factory: pytest.TempPathFactory) -> Windows:
    """Windows on the demonstration, which is searchable and published."""
    return Windows(browser, address, tmp_path_factory.mktemp("logins"))


@pytest.fixture
def windows(all_windows: Windows) -> Iterator[Windows]:
    """Windows of one test; what the console says or other hosts are asked for fails the test."""
    yield all_windows
    all_windows.close()
    assert all_windows.take_problems() == []


@pytest.fixture(scope="package")
def places(all_windows: Windows) -> Places:
    """Where the pages are that belong to a case, a record or an export."""
    return find_places(all_windows)


@pytest.fixture(scope="package")
def addresses(all_windows: Windows, places: Places) -> dict[str, Found]:
    """Where each kind of page is, found by following links. There is an export to look at: `places` made one."""
    found = find_all(all_windows)
    all_windows.close()
    return found


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: DIARIUM_SCREENSHOTS, else a folder of the test run."""
    given = os.environ.get("DIARIUM_SCREENSHOTS")
    folder = Path(given) if given else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A second try: on a busy machine a browser may be too slow once. Each try is reported; twice is a fault."""
    here = Path(__file__).parent
    for item in items:
        # A whole day's work can't be begun again on the desk that the first try has half cleared.
        if item.path.is_relative_to(here) and item.path.name != "test_day.py":
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture
def command_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a `diarium` that knows nothing of the running one."""
    return environment_for(tmp_path, 8000)
