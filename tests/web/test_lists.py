"""Lists in the browser: filtered, sorted, paged, taken out, saved, without JavaScript."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.lists import catalogue
from diarium.lists.models import SavedList, Subscription
from diarium.register import registration
from diarium.register.commands import NewCase, RestrictionFacts
from diarium.secrecy.models import Scope
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.lists.register_of_many import fill
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]


@pytest.fixture
def municipality(services: Diarium) -> Municipality:
    """The application's municipality."""
    found = object.__new__(Municipality)
    found.database, found.blobs = services.database, services.blobs
    return found


def open_cases(services: Diarium, *titles: str, marked: str = "") -> None:
    """Opens cases at KS; the one called `marked` is marked as a whole."""
    from diarium.identity.permissions import SYSTEM

    with services.database.unit_of_work() as session:
        for title in titles:
            marks = (RestrictionFacts("26:1", Scope.WHOLE),) if title == marked else ()
            registration.open_case(session, SYSTEM, NewCase("KS", title, restrictions=marks))


def page_of(client: FlaskClient, address: str) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def column(page: html.HtmlElement, number: int) -> list[str]:
    """The texts of a column of the list."""
    cells = page.xpath(f"//table[@id='list']/tbody/tr/*[{number}]//*[contains(@class, 'table__main')]")
    return [cell.text_content() for cell in cells]


@pytest.mark.parametrize("name", list(catalogue.LISTS))
def test_every_list_is_shown_sorted_and_taken_out(municipality: Municipality, log_in: LogIn, name: str) -> None:
    fill(municipality, 60)
    client = log_in("rut")
    page = page_of(client, f"/intern/listor/{name}")
    for link in page.xpath("//table[@id='list']/thead//a/@href"):
        sorted_page = page_of(client, link)
        assert sorted_page.xpath("//th[@aria-sort]"), link
    for link in page.xpath("//a[@rel='next']/@href"):
        assert page_of(client, link).xpath("//a[@rel='prev']")
    for link in page.xpath("//ul[@class='list-files']//a/@href"):
        answer = client.get(link)
        assert answer.status_code == 200
        assert f"{name}-{today().isoformat()}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", list(catalogue.LISTS))
def test_page_of_many_rows_asks_the_database_as_often_as_one_of_few(
    services: Diarium, municipality: Municipality, log_in: LogIn, name: str
) -> None:
    client = log_in("rut")
    fill(municipality, 3, marked=False)
    fill(municipality, 30, seed=5, marked=False)
    asked = []
    for more in (0, 60):
        fill(municipality, more, seed=7, marked=False)
        with statements_of(services.database.engine) as sent:
            page_of(client, f"/intern/listor/{name}?all=1&settled=1&finished=1&basis=official")
        asked.append(len(sent))
    assert asked[0] == asked[1]


def test_titles_are_sorted_by_their_head_and_back(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Ö", "b", "Å", "A", "ä")
    client = log_in("rut")
    page = page_of(client, "/intern/listor/arenden")
    [link] = [a.get("href") for a in page.xpath("//thead//a") if "Ärende" in a.text_content()]
    page = page_of(client, link)
    assert column(page, 2) == ["A", "b", "Å", "ä", "Ö"]
    [head] = page.xpath("//th[@aria-sort='ascending']//a")
    assert column(page_of(client, head.get("href")), 2) == ["Ö", "ä", "Å", "b", "A"]


def test_filters_are_shown_with_a_way_to_take_each_away(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Bygglov", "Motion")
    client = log_in("rut")
    page = page_of(client, "/intern/listor/arenden?title=bygg&authority=KS&open=1&sort=title")
    assert column(page, 2) == ["Bygglov"]
    chips = {" ".join(a.text_content().split()): a.get("href") for a in page.xpath("//div[@class='filters']//a")}
    assert any("Myndighet: Kommunstyrelsen" in text for text in chips)
    [without_title] = [url for text, url in chips.items() if "innehåller: bygg" in text]
    assert parse_qs(urlsplit(without_title).query) == {"authority": ["KS"], "open": ["1"], "sort": ["title"]}
    assert column(page_of(client, without_title), 2) == ["Bygglov", "Motion"]
    assert column(page_of(client, chips["Rensa alla"]), 2) == ["Bygglov", "Motion"]


def test_list_without_rows_says_what_to_do(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Bygglov")
    page = page_of(log_in("rut"), "/intern/listor/arenden?title=finnsinte")
    assert "Ändra urvalet" in page.xpath("//div[@class='empty']")[0].text_content()
    assert page.xpath("//div[@class='empty']//a/@href")


@pytest.mark.parametrize(
    ("query", "field"),
    [("opened_from=igår", "opened_from"), ("opened_from=2024-05-02&opened_to=2024-05-01", "opened_to"),
     ("status=x", "status"), ("unit=x", "unit"), ("year=24", "year")],
)  # fmt: skip
def test_filter_that_can_not_be_read_is_told_at_its_field(log_in: LogIn, query: str, field: str) -> None:
    answer = log_in("rut").get(f"/intern/listor/arenden?{query}")
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath(f"//*[@id='{field}-error']")
    assert page.xpath(f"//details[@open]//*[@id='{field}']"), "the form is open where the mistake is"
    if field != "unit" and field != "status":
        assert page.xpath(f"//*[@id='{field}']/@value")[0] in query


def test_bad_place_gives_the_beginning_and_says_so(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Bygglov")
    answer = log_in("rut").get("/intern/listor/arenden?at=e30")
    assert answer.status_code == 400
    assert "Länken till sidan går inte att läsa" in answer.text
    assert column(html.fromstring(answer.text), 2) == ["Bygglov"]


@pytest.mark.parametrize(
    "query",
    ["at=%00", "at=%ff%fe", "title=%00", "title=%F0%9F%92%A9%E2%80%AE", "title=" + "x" * 5000, "sort=z",
     "sort=-", "year=9999", "opened_from=0001-01-01&opened_to=9999-12-31", "party=%25", "class=1_",
     "name=x&_scheme=y", "authority=" + "x" * 3000, "responsible='", "at=" + "A" * 9000],
)  # fmt: skip
def test_hostile_addresses_get_a_page_and_never_an_error(services: Diarium, log_in: LogIn, query: str) -> None:
    open_cases(services, "Bygglov")
    client = log_in("rut")
    for name in ("arenden", "handlingar", "postlista"):
        assert client.get(f"/intern/listor/{name}?{query}").status_code in (200, 400, 422)
    assert client.get(f"/intern/listor/arenden/fil?{query}&form=zzz").status_code in (200, 400)


@pytest.mark.parametrize(
    ("day", "status"),
    [("1600-01-01", 200), ("1599-12-31", 422), ("2999-12-31", 200), ("3000-01-01", 422), ("0001-01-01", 422)],
)
def test_daily_list_has_an_end_on_both_sides(log_in: LogIn, day: str, status: int) -> None:
    assert log_in("rut").get(f"/intern/listor/postlista?day={day}").status_code == status


def test_list_that_is_none_of_mine_is_not_found(log_in: LogIn) -> None:
    assert log_in("rut").get("/intern/listor/finns-inte").status_code == 404
    assert log_in("arja").get("/intern/listor/oregistrerat").status_code == 404
    assert log_in("adam").get("/intern/listor/arenden").status_code == 403


def test_marked_rows_that_are_shown_and_taken_out_are_noted(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Bygglov", "Hemligt", marked="Hemligt")
    hans, rut = log_in("hans"), log_in("rut")
    assert "Hemligt" not in hans.get("/intern/listor/arenden").text
    assert b"Hemligt" not in hans.get("/intern/listor/arenden/fil?form=csv").data
    assert "Hemligt" in rut.get("/intern/listor/arenden").text
    rut.get("/intern/listor/arenden/fil?form=csv&title=hem")
    with services.database.reading() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.action.in_(("search.restricted_shown", "list.exported")))
        ).all()
    assert [(event.actor_name.split()[0], event.action) for event in events] == [
        ("Hans", "list.exported"),
        ("Rut", "search.restricted_shown"),
        ("Rut", "search.restricted_shown"),
        ("Rut", "list.exported"),
    ]
    assert events[-1].after is not None
    assert events[-1].after["filters"] == {"title": "hem"}


def test_files_open_in_their_programs(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "=HYPERLINK(1)")
    client = log_in("rut")
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/intern/listor/arenden/fil?form=xlsx").data)).active
    assert sheet is not None
    assert sheet.cell(2, 2).value == "=HYPERLINK(1)"
    assert sheet.cell(2, 2).data_type == "s"
    text = client.get("/intern/listor/arenden/fil?form=csv").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";"))[1][1] == "'=HYPERLINK(1)"


def test_list_is_saved_opened_changed_and_removed(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Bygglov", "Motion")
    client = log_in("rut")
    shown = "/intern/listor/arenden?title=bygg&sort=-title"
    typed = {"list-title": "bygg", "list-sort": "-title", "name": "Mina bygglov", "subscription": "daily"}
    answer = send(client, "/intern/listor/arenden/spara", typed, shown)
    assert answer.headers["Location"] == shown
    page = page_of(client, "/intern/sparade")
    [link] = page.xpath("//main//li//h2/a")
    assert link.text_content() == "Mina bygglov"
    assert client.get(link.get("href")).headers["Location"] == shown
    change = {"name": "Lov", "subscription": "at_once", "by_email": "1", "shared_with": "KS", "version": "1"}
    assert send(client, link.get("href"), change, "/intern/sparade").status_code == 302
    with services.database.reading() as session:
        saved = session.scalars(select(SavedList)).one()
        assert (saved.name, saved.subscription, saved.by_email) == ("Lov", Subscription.AT_ONCE, True)
    assert "Lov" in log_in("hans").get("/intern/sparade").text
    assert log_in("siv").get(link.get("href")).status_code == 404
    old = send(client, link.get("href"), change | {"name": "Gammalt"}, "/intern/sparade")
    assert old.status_code == 409
    assert "Gammalt" in old.text
    assert send(client, f"{link.get('href')}/ta-bort", {}, "/intern/sparade").status_code == 302
    assert "Inget sparat än" in client.get("/intern/sparade").text


def test_what_was_typed_stays_when_a_list_can_not_be_saved(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Bygglov")
    client = log_in("rut")
    typed = {"list-title": "bygg", "name": " ", "subscription": "weekly"}
    answer = send(client, "/intern/listor/arenden/spara", typed, "/intern/listor/arenden")
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath("//*[@id='save-name-error']")
    assert page.xpath("//select[@id='save-subscription']/option[@selected]/@value") == ["weekly"]
    assert page.xpath("//*[@id='title']/@value") == ["bygg"]
    assert column(page, 2) == ["Bygglov"]


def test_search_is_saved_and_its_hits_taken_out(services: Diarium, log_in: LogIn) -> None:
    open_cases(services, "Bygglov för skola", "Bygglov hemligt", "Motion", marked="Bygglov hemligt")
    with services.worker() as worker:
        worker.drain()
    client = log_in("rut")
    page = page_of(client, "/intern/sok?q=bygglov&authority=KS")
    typed = {
        "list-q": "bygglov",
        "list-authority": "KS",
        "list-sort": "newest",
        "name": "",
        "subscription": "at_once",
    }
    refused = send(client, "/intern/sok/spara", typed, "/intern/sok?q=bygglov")
    assert refused.status_code == 422
    assert html.fromstring(refused.text).xpath("//*[@id='save-name-error']")
    saved = send(client, "/intern/sok/spara", typed | {"name": "Lov"}, "/intern/sok?q=bygglov")
    assert parse_qs(urlsplit(saved.headers["Location"]).query) == {
        "q": ["bygglov"], "authority": ["KS"], "sort": ["newest"],
    }  # fmt: skip
    for link in page.xpath("//ul[@class='list-files']//a/@href"):
        assert client.get(link).status_code == 200
    titles = {
        user: {
            row[4]
            for row in csv.reader(
                io.StringIO(log_in(user).get("/intern/sok/fil?q=bygglov&form=csv-komma").text), delimiter=","
            )
        }
        for user in ("rut", "hans")
    }
    assert titles["rut"] == {"Rubrik", "Bygglov för skola", "Bygglov hemligt"}
    assert titles["hans"] == {"Rubrik", "Bygglov för skola"}
    open_cases(services, "Bygglov till")
    with services.worker() as worker:
        worker.drain()
        worker.drain()
    assert "Lov</a>: 1 ny rad" in client.get("/intern/").text
