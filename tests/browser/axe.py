"""The page as those see it who can't see it: axe-core finds nothing to complain of."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Rules of WCAG 2.2 to AA, and what axe holds to be good practice besides: both count.
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(_RULES)}}
_axe = Axe()


def violations(page: Page) -> list[str]:
    """What axe complains of on the page as it stands now: rule, help text, place."""
    found = _axe.run(page, options=_OPTIONS).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {node['target']} {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """Everything that can be opened on the page is opened first."""
    page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
    found = violations(page)
    assert not found, "\n".join((page.url, *found))
