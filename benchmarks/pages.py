"""Pages through the whole application against a Flask application whose only page is empty."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from benchmarks.ground import SEED
from benchmarks.measure import Comparison, Sizes, in_turns
from diarium import reference
from diarium.app import create_app
from diarium.composition import Diarium
from diarium.demo import loading
from diarium.register.models import Case, Record
from diarium.settings import from_environment

AREA = "Pages"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class PageFailed(Exception):
    """A page to be measured did not come."""


def run(sizes: Sizes, folder: Path) -> Iterator[Comparison]:
    """One comparison a page, on a register with the demo municipality's `sizes.cases` cases."""
    empty = _empty_page()
    with _application(sizes.cases, folder) as (app, case):
        staff = logged_in(app)
        pages = (
            ("public start page", app.test_client(), "/"),
            ("public search page", app.test_client(), "/sok?q=beslut"),
            ("staff case page", staff, case),
        )
        for name, client, address in pages:
            yield in_turns(
                AREA,
                name,
                "empty Flask page",
                _getter(client, address),
                _getter(empty, "/"),
                rounds=sizes.rounds,
                calls=sizes.calls,
            )


def _getter(client: FlaskClient, address: str) -> Callable[[], object]:
    def get() -> object:
        answer = client.get(address)
        if answer.status_code != 200:
            raise PageFailed(f"{address}: {answer.status}")
        return answer.data

    return get


def _empty_page() -> FlaskClient:
    app = Flask("empty")
    app.add_url_rule("/", "empty", lambda: "")
    return app.test_client()


@contextmanager
def _application(cases: int, folder: Path) -> Iterator[tuple[Flask, str]]:
    """The application, its indexes filled, and the address of the case with most records."""
    settings = replace(from_environment({"DIARIUM_DATA": str(folder)}), secret_key="bench" * 8)
    with closing(Diarium(settings)) as services:
        services.prepare()
        with services.database.unit_of_work() as session:
            reference.load_reference_data(session)
        loading.load(services.database, services.blobs, seed=SEED, cases=cases)
        with services.worker() as worker:
            worker.drain()
        with services.database.reading() as session:
            most = select(Case.uid).join(Record).group_by(Case.uid).order_by(func.count().desc()).limit(1)
            address = f"/intern/arende/{session.scalars(most).one()}"
    app = create_app(settings)
    with closing(app.extensions["diarium"]):
        yield app, address


def logged_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    token = _TOKEN.search(client.get("/intern/login").text)
    if token is None:
        raise PageFailed("the login page has no token")
    answer = client.post(
        "/intern/login",
        data={"username": "registrator", "password": loading.PASSWORD, "csrf_token": token.group(1)},
    )
    if answer.status_code != 302:
        raise PageFailed(f"login: {answer.status}")
    return client
