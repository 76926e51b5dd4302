"""The open API of a small municipality, in the role that serves the public."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.site.conftest import PublicSite, fill, open_public_site

ROOT = "/api/public/v1"


class OpenCaller:
    """Somebody who reads the open API."""

    def __init__(self, site: PublicSite) -> None:
        self.site = site

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.site.client.get(ROOT + path, **options)

    def json(self, path: str) -> dict[str, Any]:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        return dict(answer.json)

    def all(self, path: str, name: str) -> list[dict[str, Any]]:
        """Everything of a list, by following `Link` from page to page."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.get(path)
            assert answer.status_code == 200, answer.text
            assert answer.json is not None
            found += answer.json[name]
            links = [link for link in answer.headers.getlist("Link") if link.endswith('rel="next"')]
            assert bool(links) == (answer.json["next_cursor"] is not None)
            if not links:
                return found
            path = links[0].partition(">")[0].removeprefix(f"<{ROOT}")


@pytest.fixture(scope="package")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCaller]:
    """The open API over an open register with something in it, for tests that only read."""
    site = open_public_site(tmp_path_factory.mktemp("open_api"), DIARIUM_PUBLIC_API_CALLS_PER_MINUTE="100000")
    fill(site)
    yield OpenCaller(site)
    site.close()


@pytest.fixture
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCaller]:
    """The same for a test that changes the register."""
    site = open_public_site(tmp_path_factory.mktemp("open_api"), DIARIUM_PUBLIC_API_CALLS_PER_MINUTE="100000")
    fill(site)
    yield OpenCaller(site)
    site.close()
