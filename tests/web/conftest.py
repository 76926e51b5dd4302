"""The whole application on a register of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from diarium.app import create_app
from diarium.composition import Diarium
from diarium.settings import Settings, from_environment
from tests import patterns
from tests.conftest import Municipality


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with every folder below the test's own."""
    return replace(from_environment({"DIARIUM_DATA": str(tmp_path / "data")}), secret_key="prov" * 8)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application with both sides, on a prepared register with a small municipality."""
    patterns.town(settings.database_url)
    services = Diarium(settings)
    services.prepare()
    Municipality(services.database, services.blobs)
    app = create_app(settings)
    app.testing = True
    patterns.quick_templates(app)
    yield app
    services.close()
    app.extensions["diarium"].close()


@pytest.fixture
def services(app: Flask) -> Diarium:
    """The services of the application."""
    found: Diarium = app.extensions["diarium"]
    return found


@pytest.fixture
def log_in(app: Flask) -> Callable[[str], FlaskClient]:
    """Gives a client that is logged in as the user with the given name."""

    def logged_in(username: str) -> FlaskClient:
        client = app.test_client()
        page = html.fromstring(client.get("/intern/login").text)
        answer = client.post(
            "/intern/login",
            data={"username": username, "password": f"{username}-hemligt-lösen", "csrf_token": token_of(page)},
        )
        assert answer.status_code == 302, answer.text
        return client

    return logged_in


def token_of(page: html.HtmlElement) -> str:
    """The CSRF token of a page's first form."""
    token: str = page.xpath("//input[@name='csrf_token']/@value")[0]
    return token


def send(client: FlaskClient, url: str, data: dict[str, object], form_page: str | None = None):  # type: ignore[no-untyped-def]
    """Posts a form with the token of the page that holds it."""
    page = html.fromstring(client.get(form_page or url).text)
    return client.post(url, data={"csrf_token": token_of(page), **data}, content_type="multipart/form-data")
