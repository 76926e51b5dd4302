"""Pages of the archive that no link leads to in the demonstration: deliveries, disposals, taking over.

The application is served within the test, so that the worker's part can be done when the page needs it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from diarium.archive.delivery_models import PackageReceipt
from diarium.archive.receipt_collecting import ReceiptCollector
from diarium.composition import Diarium
from diarium.i18n import today
from tests.archive.delivery_bench import DeliveryBench
from tests.archive.reading.foreign_packages import municipal_fgs1
from tests.browser.axe import assert_accessible
from tests.browser.conftest import TAKES_PICTURES
from tests.conftest import Municipality
from tests.web.conftest import app, log_in, send, services
from tests.web.test_deliveries import BASE, agreement_form, bench, settings
from tests.web.test_disposal import LIST, carry_out, old_cases, town
from tests.web.test_imports import received, take_over

__all__ = ["app", "bench", "log_in", "services", "settings", "town"]
pytestmark = pytest.mark.browser
LogIn = Callable[[str], FlaskClient]
Look = Callable[[str, str], None]


@pytest.fixture
def look(app: Flask, browser: Browser, pictures: Path) -> Iterator[Look]:
    """Opens a page as somebody, small and large: it fits, and axe has nothing to say."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    pages: dict[str, Page] = {}

    def opened(user: str) -> Page:
        page = browser.new_page(base_url=f"http://127.0.0.1:{server.port}", locale="sv-SE")
        page.goto("/intern/login")
        page.get_by_label("Användarnamn").fill(user)
        page.get_by_label("Lösenord").fill(f"{user}-hemligt-lösen")
        page.get_by_role("button", name="Logga in", exact=True).click()
        page.wait_for_url("**/intern/")
        return page

    def look_at(user: str, address: str) -> None:
        page = pages.get(user) or pages.setdefault(user, opened(user))
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (address, width)
            if TAKES_PICTURES:
                name = address.removeprefix("/intern/").split("?")[0].replace("/", "-")
                page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)

    yield look_at
    for page in pages.values():
        page.close()
    server.shutdown()
    thread.join()


def test_a_delivery_from_the_agreement_to_the_returned_receipt(
    bench: DeliveryBench, services: Diarium, log_in: LogIn, look: Look
) -> None:
    client = log_in("arja")
    look("arja", f"{BASE}/overenskommelser/ny")
    form = agreement_form(bench, **{"folder-return_path": str(bench.returns)})
    agreement = send(client, f"{BASE}/overenskommelser/ny", form).location
    look("arja", agreement)
    part = bench.part()
    look("arja", f"{BASE}/leveranser/ny?paket={part.uid}")
    chosen = agreement.rsplit("/", 1)[-1]
    delivery = send(client, f"{BASE}/leveranser/ny", {"part": str(part.uid), "agreement": chosen}).location
    look("arja", delivery)
    send(client, f"{delivery}/approve", {"version": "1"}, form_page=delivery)
    with services.worker() as worker:
        worker.drain()
    look("arja", delivery)
    look("arja", f"{delivery}/kvittens")
    (bench.returns / f"kvittens-{part.uid}.txt").write_text(f"Paket {part.uid} godkänt", encoding="utf-8")
    ReceiptCollector(services.database, services.blobs, bench.policy).run(threading.Event())
    with services.database.reading() as session:
        receipt = session.scalars(select(PackageReceipt)).one()
    look("arja", f"{BASE}/kvittenser")
    look("arja", f"{BASE}/kvittenser/{receipt.uid}")
    file = client.get(f"{BASE}/kvittenser/{receipt.uid}/fil")
    assert not file.mimetype.startswith("text/html")


def test_a_disposal_from_the_proposal_to_the_certificate(
    services: Diarium, town: Municipality, log_in: LogIn, look: Look
) -> None:
    old_cases(town, 2)
    address = send(log_in("arja"), f"{LIST}/att-gallra", {"authority": "KS", "note": "Enligt planen"}).location
    look("arja", f"{LIST}/att-gallra")
    look("arja", address)
    look("arne", f"{address}/beslut")
    decided = {"decision": "KS 2026-01-15 § 7", "decided_on": dt.date(2026, 1, 15).isoformat()}
    done = send(log_in("arne"), f"{address}/beslut", {**decided, "confirmed": "2", "version": "1"})
    assert done.status_code == 302
    carry_out(services)
    look("arne", address)
    look("arne", f"{address}/bevis")
    assert log_in("arne").get(f"{address}/bevis.pdf").mimetype == "application/pdf"
    assert f"{today().year}" in log_in("arja").get(LIST).text


def test_a_taking_over_from_the_preview_to_its_outcome(
    services: Diarium, log_in: LogIn, look: Look, tmp_path: Path
) -> None:
    client = log_in("arja")
    package = received(client, services, municipal_fgs1(tmp_path / "bygglov"), tmp_path)
    look("arja", package)
    look("arja", f"{package}/ta-over")
    look("arja", f"{package}/las")
    facts: dict[str, object] = {"mode": "read_only", "authority": "KS", "accepts_errors": "1"}
    ordered = send(client, f"{package}/ta-over", facts).location
    take_over(services)
    look("arja", ordered)
