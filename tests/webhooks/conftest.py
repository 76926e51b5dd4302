"""A receiver of webhooks: a real HTTP server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from diarium.changes.worker import Worker
from diarium.identity.permissions import SYSTEM
from diarium.webhooks import service
from diarium.webhooks.guard import AddressPolicy
from diarium.webhooks.models import Webhook
from diarium.webhooks.queueing import WebhookQueue
from diarium.webhooks.sending import WebhookRound
from diarium.webhooks.service import WebhookFacts
from diarium.webhooks.vocabulary import EventKind
from tests.conftest import Municipality

KEY = b"en nyckel for prov"
LOCAL = AddressPolicy.of(["127.0.0.0/8"], allow_http=True)


class Receiver:
    """Keeps what it gets, and answers with `status`; with `location` it tries to lead elsewhere."""

    def __init__(self) -> None:
        self.status = 204
        self.location: str | None = None
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (named so by its base)
                """Keeps quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/diariet?from=diarium"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Hooks:
    """Webhooks of a municipality, their queue and their sender."""

    def __init__(self, municipality: Municipality) -> None:
        self.municipality = municipality
        self.database = municipality.database
        self.round = WebhookRound(municipality.database, KEY, LOCAL)

    def add(self, url: str, *kinds: EventKind, authority: str = "KS") -> Webhook:
        facts = WebhookFacts("Prov", url, kinds or tuple(EventKind))
        with self.database.unit_of_work() as session:
            return service.add(session, SYSTEM, authority, facts, LOCAL)

    def queue(self) -> None:
        """Lets the consumer read the feed to its end."""
        Worker(self.database, [WebhookQueue(self.database)]).drain()

    def deliver(self) -> int:
        """Queues what has happened and sends what is due."""
        self.queue()
        return self.round.run()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    opened = Receiver()
    yield opened
    opened.close()


@pytest.fixture
def hooks(municipality: Municipality) -> Hooks:
    """Webhooks, on both databases."""
    return Hooks(municipality)


@pytest.fixture
def sqlite_hooks(sqlite_municipality: Municipality) -> Hooks:
    """Webhooks on SQLite."""
    return Hooks(sqlite_municipality)
