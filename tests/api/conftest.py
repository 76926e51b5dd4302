"""An application over a small municipality, and callers with tokens."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from diarium.api.application import register_api
from diarium.composition import Diarium
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM
from diarium.identity.scopes import TokenScope
from diarium.settings import ApiSettings, Settings
from tests import patterns
from tests.conftest import Municipality

ROOT = "/api/v1"
MAX_UPLOAD = 2 * 1024 * 1024


class Caller:
    """A program with the token of one user."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.token = token
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> TestResponse:
        return self._client.get(ROOT + path, headers={**self._headers, **(headers or {})}, **options)

    def post(
        self, path: str, body: object = None, *, match: str | None = None, key: str | None = None, **options: Any
    ) -> TestResponse:
        """Posts `body`, on demand with If-Match and Idempotency-Key."""
        return self._send("POST", path, body, match, key, **options)

    def patch(self, path: str, body: object, *, match: str | None = None) -> TestResponse:
        return self._send("PATCH", path, body, match, None)

    def _send(
        self, method: str, path: str, body: object, match: str | None, key: str | None, **options: Any
    ) -> TestResponse:
        if body is not None:
            options["json"] = body
        more = {
            name: value for name, value in (("If-Match", match), ("Idempotency-Key", key)) if value is not None
        }
        return self._client.open(ROOT + path, method=method, headers={**self._headers, **more}, **options)

    def upload(self, content: bytes, name: str = "brev.txt") -> str:
        """Uploads a file; returns its ticket."""
        answer = self.post("/files", data={"file": (io.BytesIO(content), name)})
        assert answer.status_code == 201, answer.text
        assert answer.json is not None
        ticket: str = answer.json["ticket"]
        return ticket

    def register(self, **facts: object) -> dict[str, Any]:
        """Registers a record in a new case at KS; returns it."""
        wanted: dict[str, object] = {
            "direction": "incoming",
            "official_on": "2024-05-01",
            "title": "Ansökan om bygglov",
            "parties": [{"name": "Byggbolaget AB", "kind": "organisation"}],
        }
        if "case" not in facts:
            wanted["new_case"] = {"authority": "KS", "title": "Bygglov för garage", "classification": "2.1"}
        answer = self.post("/records", wanted | facts)
        assert answer.status_code == 201, answer.text
        assert answer.json is not None
        return dict(answer.json)


class Call(Protocol):
    """Gives a caller with a token of the user with a name; "" for one without a token."""

    def __call__(self, username: str, scopes: Collection[TokenScope] | None = None) -> Caller: ...


def settings_for(folder: Path, database_url: str) -> Settings:
    """Settings with everything in one folder."""
    return Settings(
        data=folder,
        index_folder=folder / "search_index",
        export_folder=folder / "exports",
        database_url=database_url,
        public_database_url=f"sqlite:///{folder / 'public.sqlite'}",
        secret_key="only-for-tests",
        max_upload_bytes=MAX_UPLOAD,
        api=ApiSettings(calls_per_minute=100_000),
    )


@pytest.fixture
def services(sqlite_municipality: Municipality, tmp_path: Path) -> Iterator[Diarium]:
    """The services over the municipality, on SQLite."""
    diarium = Diarium(settings_for(tmp_path, f"sqlite:///{tmp_path / 'register.sqlite'}"))
    diarium.prepare()
    yield diarium
    diarium.close()


@pytest.fixture
def call(services: Diarium) -> Call:
    """Gives a caller with the token of the user with a name; "" for one without a token."""
    return callers(services)


@pytest.fixture(scope="package")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Like `call`, on one register for all tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("still")
    url = f"sqlite:///{folder / 'register.sqlite'}"
    patterns.town(url)
    diarium = Diarium(settings_for(folder, url))
    diarium.prepare()
    yield callers(diarium)
    diarium.close()


@pytest.fixture
def call_on_any(municipality: Municipality, any_database_url: str, tmp_path: Path) -> Iterator[Call]:
    """Like `call`, once on SQLite and once on PostgreSQL."""
    diarium = Diarium(settings_for(tmp_path, any_database_url))
    yield callers(diarium)
    diarium.close()


def callers(diarium: Diarium) -> Call:
    """Callers of a Flask application that holds nothing but the API."""
    app = Flask("api")
    register_api(app, diarium)

    def caller(username: str, scopes: Collection[TokenScope] | None = None) -> Caller:
        if not username:
            return Caller(app, None)
        with diarium.database.unit_of_work() as session:
            user = session.scalars(select(User).where(User.username == username)).one()
            return Caller(app, identity.create_token(session, SYSTEM, user, "prov", scopes=scopes))

    return caller
