"""Ordering documents, as a visitor without JavaScript does it."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from flask.testing import FlaskClient
from lxml import html
from lxml.html import HtmlElement
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from diarium.audit.models import AuditEvent
from diarium.disclosure.models import DisclosureRequest
from diarium.i18n import today
from diarium.letterbox.letters import MOST_ITEMS, ContactWay, Order
from diarium.public import ordering
from diarium.register.models import Record
from diarium.settings import from_environment
from tests.counting import statements_of
from tests.site.conftest import PublicSite

YEAR = today().year
KNOWN = f"KS {YEAR}/1-1"
HIDDEN = f"KS {YEAR}/2-1"
MISSING = f"KS {YEAR}/777-1"


@pytest.fixture
def shop(site: PublicSite) -> PublicSite:
    """A site with a shown record, one whose class shows nothing, one that shows its number only."""
    municipality = site.municipality
    with municipality.database.unit_of_work() as session:
        municipality.record(session, title="Yttrande om bussar")
        municipality.record(session, municipality.case(session, classification="4", title="Visselblåsning"))
        municipality.record(session, municipality.case(session, classification="3", title="Stöd till barn"))
    site.catch_up()
    return site


def send(client: FlaskClient, *numbers: str, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
    """Sends the form; a visit without any contact unless told otherwise."""
    data = {"handling": list(numbers), "kontakt": "visit", "nyckel": str(uuid.uuid4()), **fields}
    return client.post("/bestall", data=data, headers=headers)


def page_of(answer: TestResponse, status: int = HTTPStatus.OK) -> HtmlElement:
    assert answer.status_code == status, answer.text
    return html.fromstring(answer.text)


def words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def orders(site: PublicSite) -> list[Order]:
    """What lies in the letterbox."""
    return [waiting.letter for waiting in site.services.letterbox.waiting() if isinstance(waiting.letter, Order)]


def test_an_order_lies_in_the_letterbox_and_the_receipt_tells_its_reference(shop: PublicSite) -> None:
    answer = send(
        shop.client,
        KNOWN,
        MISSING,
        kontakt="email",
        epost=" Anna@Post.Example ",
        namn="Anna",
        meddelande="Gärna med bilagor",
        telefon="070-123 45 67",
    )
    receipt = words(page_of(answer))
    [waiting] = shop.services.letterbox.waiting()
    assert waiting.reference in receipt
    assert "Anna@post.example" in receipt
    assert f"{KNOWN} Yttrande om bussar, Kommunstyrelsen" in receipt
    order = waiting.letter
    assert isinstance(order, Order)
    with shop.municipality.database.reading() as session:
        uid = session.scalar(select(Record.uid).where(Record.title == "Yttrande om bussar"))
    assert [(item.record_number, item.record_uid, item.authority) for item in order.items] == [
        (KNOWN, uid, "KS"),
        (MISSING, None, ""),
    ]
    # Only the way that was chosen: a phone number that happened to stand there is nobody's business.
    assert (order.contact_way, order.contact) == (ContactWay.EMAIL, "Anna@post.example")
    assert (order.name, order.message, order.language) == ("Anna", "Gärna med bilagor", "sv")


def test_the_whole_way_from_the_public_to_the_staffs_queue(shop: PublicSite) -> None:
    page_of(send(shop.client, KNOWN, HIDDEN, f"KS {YEAR}/3", meddelande="Allt om dem"))
    with shop.services.worker() as worker:
        worker.drain()
        worker.drain()
    with shop.municipality.database.reading() as session:
        [request] = session.scalars(select(DisclosureRequest)).all()
        wanted = [(item.record and item.record.number_text, item.case_id) for item in request.items]
        assert [number for number, _case in wanted] == [KNOWN, HIDDEN, None]
        assert wanted[2][1] is not None
        assert request.message == "Allt om dem"
        assert request.contact_way is ContactWay.VISIT
        assert (request.contact, request.asker_name) == (None, None)
    assert orders(shop) == []


def test_unpublished_and_unknown_numbers_are_answered_alike(shop: PublicSite) -> None:
    """Whoever tries numbers learns nothing that the open register does not show."""

    def told(number: str) -> tuple[str, ...]:
        basket = shop.client.get("/bestall", query_string={"handling": number}).text
        receipt = send(shop.client, number).text
        return tuple(_without_what_varies(page, number) for page in (basket, receipt))

    assert told(HIDDEN) == told(MISSING) == told(f"KS {YEAR}/4-9") == told("Något helt annat")
    assert "Visselblåsning" not in "".join(told(HIDDEN))
    assert "Stöd till barn" not in "".join(told(f"KS {YEAR}/3-1"))


def test_a_basket_grows_by_numbers_and_searches_and_shrinks_without_a_cookie(shop: PublicSite) -> None:
    client = shop.client
    start = page_of(client.get(f"/handling/KS/{YEAR}/1/1"))
    [link] = start.xpath("//a[@data-order-add]/@href")
    basket = page_of(client.get(link))
    assert "Yttrande om bussar" in words(basket)
    found = page_of(client.get("/bestall", query_string={"handling": KNOWN, "lagg_till": "bussar"}))
    [add] = found.xpath(
        f"//ul[@aria-labelledby='order-hits']//a[contains(., 'Lägg till') and contains(., '{KNOWN}')]"
    )
    both = page_of(client.get("/bestall", query_string={"handling": KNOWN, "lagg_till": f"ks{YEAR}-00003-1"}))
    assert both.xpath("//form[@method='post']/input[@name='handling']/@value") == [KNOWN, f"KS {YEAR}/3-1"]
    assert f"KS {YEAR}/3-1 Handling med begränsad insyn" in words(both)
    assert add.get("href").count("handling=") == 1, "the same number is not added twice"
    [remove, _other] = both.xpath("//a[contains(., 'Ta bort')]/@href")
    assert page_of(client.get(remove)).xpath("//form[@method='post']/input[@name='handling']/@value") == [
        f"KS {YEAR}/3-1"
    ]
    for answer in (client.get("/bestall"), client.get(link), send(client, KNOWN)):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]


def test_nothing_found_says_how_to_go_on(shop: PublicSite) -> None:
    page = page_of(shop.client.get("/bestall?lagg_till=vattentorn"))
    assert "Det betyder inte att handlingen saknas" in words(page)
    assert page.xpath("//input[@name='lagg_till']/@value") == ["vattentorn"]
    assert not page.xpath("//*[@data-fresh]"), "the basket that lies in the window does not take its place"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kontakt": ""}, "kontakt"),
        ({"kontakt": "duva"}, "kontakt"),
        ({"kontakt": "email"}, "epost"),
        ({"kontakt": "email", "epost": "anna@"}, "epost"),
        ({"kontakt": "email", "epost": "a@b.se\r\nBcc: x@y.se"}, "epost"),
        ({"kontakt": "phone", "telefon": "hemma"}, "telefon"),
        ({"kontakt": "post", "adress": " \n"}, "adress"),
        ({"meddelande": "x" * 4001}, "meddelande"),
        ({"namn": "x" * 201}, "namn"),
        ({"handling": [], "meddelande": " "}, "meddelande"),
        ({"webbplats": "http://spam.example"}, "webbplats"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    site: PublicSite, fields: dict[str, Any], field: str
) -> None:
    typed = {"meddelande": "Om ”broar” <b>", "namn": "Åsa", "telefon": "0", "handling": ["KS 1/2"]} | fields
    page = page_of(send(site.client, **typed), HTTPStatus.UNPROCESSABLE_ENTITY)
    [error] = page.xpath("//div[@role='alert']//a")
    assert error.get("href") == f"#{field}"
    assert page.xpath(f"//*[@id='{field}']")
    assert page.xpath("//textarea[@name='meddelande']")[0].text.strip() == typed["meddelande"].strip()
    assert page.xpath("//input[@name='namn']/@value") == [typed["namn"]]
    assert page.xpath("//form[@method='post']/input[@name='handling']/@value") == typed["handling"]
    assert orders(site) == []


def test_a_request_in_words_alone_needs_no_number_and_no_contact(site: PublicSite) -> None:
    page_of(send(site.client, meddelande="Allt om vattentornet 1953", myndighet="SN"))
    [order] = orders(site)
    assert (order.items, order.message, order.contact) == ((), "Allt om vattentornet 1953", "")
    site.services.letter_collector.run()
    with site.municipality.database.reading() as session:
        [request] = session.scalars(select(DisclosureRequest)).all()
        assert request.authority.code == "SN", "it goes to the authority that was chosen"


def test_an_order_holds_thirty_documents_and_says_so(site: PublicSite) -> None:
    numbers = [f"KS {YEAR}/{number}-1" for number in range(1, MOST_ITEMS + 2)]
    page = page_of(site.client.get("/bestall", query_string={"handling": numbers}))
    assert f"högst {MOST_ITEMS} handlingar" in words(page)
    assert len(page.xpath("//form[@method='post']/input[@name='handling']")) == MOST_ITEMS
    assert not page.xpath("//input[@name='lagg_till']")
    page_of(send(site.client, *numbers), HTTPStatus.UNPROCESSABLE_ENTITY)
    page_of(send(site.client, *numbers[:MOST_ITEMS]))
    assert [len(order.items) for order in orders(site)] == [MOST_ITEMS]


def test_pressing_twice_orders_once(site: PublicSite) -> None:
    key = str(uuid.uuid4())
    first, second = (send(site.client, KNOWN, nyckel=key).text for _time in range(2))
    reference = re.search(r"B-[0-9A-Z]{4}-[0-9A-Z]{4}", first)
    assert reference is not None
    assert reference[0] in second
    assert len(orders(site)) == 1


def test_a_form_of_another_site_is_refused_and_our_own_is_not(site: PublicSite) -> None:
    client = site.client
    foreign = ("https://evil.example", "null", "http://[", "http://localhost.evil.example", "")
    for headers in (*({"Origin": origin} for origin in foreign), {"Sec-Fetch-Site": "cross-site"}):
        assert send(client, KNOWN, headers=headers).status_code == HTTPStatus.BAD_REQUEST
    assert orders(site) == []
    assert (
        send(client, KNOWN, headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}).status_code
        == 200
    )
    assert len(orders(site)) == 1


def test_a_form_that_is_too_large_is_refused(site: PublicSite) -> None:
    answer = send(site.client, KNOWN, meddelande="x" * 300_000)
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_process_that_serves_both_sides_takes_orders_too_and_guards_the_staffs_forms(tmp_path: Path) -> None:
    settings = from_environment({"DIARIUM_DATA": str(tmp_path / "data")})
    both = PublicSite(replace(settings, secret_key="prov" * 8))
    answer = send(both.client, KNOWN)
    assert answer.status_code == HTTPStatus.OK
    assert "Set-Cookie" not in answer.headers
    assert len(orders(both)) == 1
    assert both.client.post("/intern/login", data={"username": "rut"}).status_code == HTTPStatus.BAD_REQUEST
    both.close()


def test_too_many_orders_from_one_address_wait_and_lose_nothing(site: PublicSite) -> None:
    for number in range(10):
        assert send(site.client, f"KS {YEAR}/{number}").status_code == HTTPStatus.OK
    page = page_of(send(site.client, KNOWN, meddelande="Kvar"), HTTPStatus.TOO_MANY_REQUESTS)
    assert "Vänta en stund" in words(page)
    assert page.xpath("//textarea[@name='meddelande']")[0].text.strip() == "Kvar"
    assert len(orders(site)) == 10
    assert site.client.get("/bestall").status_code == HTTPStatus.OK
    large = send(site.client, KNOWN, meddelande="x" * 300_000)
    assert large.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large forms are never read"


def test_one_subscriber_with_many_addresses_is_one(site: PublicSite) -> None:
    """An IPv6 network of one subscriber has more addresses than a robot can use up."""
    answers = []
    for number in range(12):
        sender = {"REMOTE_ADDR": f"2001:db8::{number:x}"}
        data = {"kontakt": "visit", "meddelande": f"Fråga {number}"}
        answers.append(site.client.post("/bestall", data=data, environ_base=sender).status_code)
    assert answers == [HTTPStatus.OK] * 10 + [HTTPStatus.TOO_MANY_REQUESTS] * 2
    assert (
        site.client.post("/bestall", data=data, environ_base={"REMOTE_ADDR": "2001:db8:0:1::"}).status_code == 200
    )


def test_a_letterbox_that_is_gone_tells_other_ways_and_keeps_what_was_typed(site: PublicSite) -> None:
    with site.services.letterbox.database.unit_of_work() as session:
        session.execute(text("DROP TABLE letter"))
    page = page_of(send(site.client, KNOWN, meddelande="Kvar"), HTTPStatus.SERVICE_UNAVAILABLE)
    assert page.xpath("//main//a[starts-with(@href, 'mailto:')]")
    assert page.xpath("//textarea[@name='meddelande']")[0].text.strip() == "Kvar"


def test_the_basket_asks_the_same_however_many_numbers_it_holds(shop: PublicSite) -> None:
    register = shop.app.extensions["diarium"].public

    def asked(numbers: list[str]) -> int:
        with statements_of(register.database.engine) as sent:
            ordering.read_numbers(register, numbers)
        return len(sent)

    few = [KNOWN, MISSING, "2024/7"]
    assert asked(few) == asked([*few, *(f"KS {YEAR}/{number}-{number}" for number in range(1, 28))])


@pytest.mark.parametrize(
    ("written", "number", "is_record"),
    [
        (KNOWN, KNOWN, True),
        (f"ks{YEAR}-1-1", KNOWN, True),
        (f"KS {YEAR}/1", f"KS {YEAR}/1", False),
        (f"1/{YEAR}", f"KS {YEAR}/1", False),
        (f"KS {YEAR}/1-99", f"KS {YEAR}/1-99", False),
        ("KS 99999999999999999999/1-1", "KS 99999999999999999999/1-1", False),
        ("'; DROP TABLE record; --", "'; DROP TABLE record; --", False),
    ],
)
def test_numbers_are_read_in_any_spelling(shop: PublicSite, written: str, number: str, is_record: bool) -> None:
    [entry] = ordering.read_numbers(shop.services.public, [written])
    assert (entry.number, entry.record is not None) == (number, is_record)


def test_the_log_of_events_holds_nothing_of_who_asked(shop: PublicSite) -> None:
    page_of(send(shop.client, KNOWN, kontakt="email", epost="hemlig@post.example", namn="Hemlig Person"))
    with shop.services.worker() as worker:
        worker.drain()
    with shop.municipality.database.reading() as session:
        assert session.scalar(select(DisclosureRequest.contact)) == "hemlig@post.example"
        assert "hemlig" not in _log(session).lower()


def _log(session: Session) -> str:
    return "\n".join(str(vars(event)) for event in session.scalars(select(AuditEvent)))


def _without_what_varies(page: str, number: str) -> str:
    page = re.sub(r"B-[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9a-f]{8}-[0-9a-f-]{27}", "…", page)
    written = json.dumps(number).strip('"').replace("/", "\\/")
    for one in (
        number,
        quote_plus(number),
        quote(number),
        quote(number, safe=""),
        written,
        json.dumps(number)[1:-1],
    ):
        page = page.replace(one, "№")
    return page
