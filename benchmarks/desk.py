"""The staff's lists and forms over HTTP, in a crowded register, against an empty page of the same server."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import waitress
from flask import Flask

from benchmarks import crowd
from benchmarks.ground import SEED
from benchmarks.measure import Comparison, Sizes, in_turns
from benchmarks.pages import PageFailed, logged_in
from diarium import reference
from diarium.app import create_app
from diarium.composition import Diarium
from diarium.demo import loading
from diarium.identity.permissions import Permission
from diarium.settings import Settings, from_environment
from diarium.web import context

AREA = "Desk"
_CASES = 20
PAGES = (
    ("start page", "/intern/"),
    ("inbox", "/intern/inkorg"),
    ("registration form", "/intern/registrera"),
    ("case picker", "/intern/registrera/arenden?q=bygglov"),
    ("list of cases", "/intern/listor/arenden"),
    ("list of cases by title", "/intern/listor/arenden?sort=title"),
    ("list of my cases", "/intern/listor/mina-arenden"),
    ("list of deadlines", "/intern/listor/bevakningar"),
    ("list of records", "/intern/listor/handlingar"),
    ("daily list", "/intern/listor/postlista"),
    ("list of what should have been registered", "/intern/listor/oregistrerat"),
    ("bulk registration form", "/intern/registrera/flera"),
    ("party register", "/intern/kontakter"),
)


def run(sizes: Sizes, folder: Path) -> Iterator[Comparison]:
    """One comparison a page, in a register with `sizes.crowd` records."""
    settings = replace(from_environment({"DIARIUM_DATA": str(folder)}), secret_key="bench" * 8)
    _fill(settings, sizes.crowd)
    app = create_app(settings)
    app.add_url_rule("/intern/tom", "empty", context.staff(Permission.READ)(_empty_page))
    with closing(app.extensions["diarium"]), _served(app) as port:
        cookie = _cookie(app)
        empty = _getter(port, cookie, "/intern/tom")
        for name, address in PAGES:
            ours = _getter(port, cookie, address)
            title = f"{name}, {sizes.crowd} records"
            plain = "empty staff page of the same server"
            yield in_turns(AREA, title, plain, ours, empty, rounds=sizes.rounds, calls=sizes.calls)


def _empty_page() -> str:
    """The frame that every staff page has: session, rights, menu. Nothing in it."""
    return context.page("ui/staff.html")


def _fill(settings: Settings, records: int) -> None:
    with closing(Diarium(settings)) as services:
        services.prepare()
        with services.database.unit_of_work() as session:
            reference.load_reference_data(session)
        loading.load(services.database, services.blobs, seed=SEED, cases=_CASES)
        with services.worker() as worker:
            worker.drain()
        crowd.fill(services.database, records)


@contextmanager
def _served(app: Flask) -> Iterator[int]:
    """The application on a port of this machine, by the server that `diarium serve` uses."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        # The loop goes on as long as a browser might ask again; the thread ends with the process at the latest.
        server.task_dispatcher.shutdown()
        server.close()
        thread.join(timeout=1)


def _cookie(app: Flask) -> str:
    client = logged_in(app)
    cookies = client._cookies or {}
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies.values())


def _getter(port: int, cookie: str, address: str) -> Callable[[], object]:
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def get() -> object:
        connection.request("GET", address, headers={"Cookie": cookie})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise PageFailed(f"{address}: {answer.status}")
        return content

    return get
