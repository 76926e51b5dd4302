"""An application over a small municipality, and callers with tokens."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from diarium.api.application import register_api
from diarium.composition import Diarium
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM
from diarium.settings import Settings
from tests.conftest import Municipality

ROOT = "/api/v1"
MAX_UPLOAD = 2 * 1024 * 1024


class Caller:
    """A program with the token of one user."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._client.get(ROOT + path, headers=self._headers, **options)

    def post(self, path: str, body: object = None, **options: Any) -> TestResponse:
        if body is not None:
            options["json"] = body
        return self._client.post(ROOT + path, headers=self._headers, **options)

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


Call = Callable[[str], Caller]


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

    def caller(username: str) -> Caller:
        if not username:
            return Caller(app, None)
        with diarium.database.unit_of_work() as session:
            user = session.scalars(select(User).where(User.username == username)).one()
            return Caller(app, identity.create_token(session, SYSTEM, user, "prov"))

    return caller
