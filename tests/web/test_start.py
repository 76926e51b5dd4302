"""The start page: each role sees its own work first, and news until they are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import Means, MessageState
from diarium.db.base import now
from diarium.i18n import today
from diarium.identity import accounts
from diarium.identity import service as identity
from diarium.identity.permissions import SYSTEM, Role
from diarium.intake.models import IntakeItem
from diarium.intake.vocabulary import Channel
from diarium.lists import saving
from diarium.lists.models import Notice, SavedList, Subscription
from diarium.lists.saving import SavedFacts
from diarium.register import deadlines, registration
from diarium.register.commands import NewCase, NewRecord
from diarium.register.deadlines import DeadlineFacts
from diarium.register.models import Authority
from diarium.register.vocabulary import Direction
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


def receive(services: Diarium, days_left: int) -> None:
    """Something that should be registered in `days_left` days."""
    with services.database.unit_of_work() as session:
        session.add(
            IntakeItem(
                authority=session.scalars(select(Authority).where(Authority.code == "KS")).one(),
                channel=Channel.EMAIL,
                received_at=now(),
                official_on=today(),
                deadline_on=today() + dt.timedelta(days=days_left),
                subject="Brev",
            )
        )


def figures(page: html.HtmlElement) -> dict[str, str]:
    return {
        item.xpath(".//*[@class='figure__label']")[0].text_content().strip(): item.xpath(
            ".//*[@class='figure__value']"
        )[0].text_content()
        for item in page.xpath("//li[contains(@class, 'figure')]")
    }


def test_registrar_sees_at_once_what_waits_and_what_is_late(services: Diarium, log_in: LogIn) -> None:
    for days in (-2, -1, 0, 1):
        receive(services, days)
    client = log_in("rut")
    page = html.fromstring(client.get("/intern/").text)
    assert figures(page) == {
        "oregistrerade": "4", "ska registreras i dag": "1", "försenade": "2", "tilldelade mig": "0",
    }  # fmt: skip
    for link in page.xpath("//li[contains(@class, 'figure')]//a/@href"):
        assert client.get(link).status_code == 200


def test_archivist_who_registers_nothing_sees_no_inbox(services: Diarium, log_in: LogIn) -> None:
    receive(services, 0)
    page = html.fromstring(log_in("arja").get("/intern/").text)
    assert figures(page) == {}
    assert page.xpath("//*[@id='recent']")


def test_administrator_without_a_register_sees_the_systems_state_only(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        registration.open_case(session, SYSTEM, NewCase("KS", "Bygglov"))
    text = log_in("adam").get("/intern/").text
    assert "Systemets tillstånd" in text
    assert "Bygglov" not in text


def test_officer_sees_own_cases_and_the_deadlines_of_the_next_week(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        case = registration.open_case(session, SYSTEM, NewCase("KS", "Mitt bygglov", responsible="hans"))
        registration.open_case(session, SYSTEM, NewCase("KS", "Annans motion", responsible="rut"))
        for days, text in ((3, "Snart"), (30, "Sedan")):
            facts = DeadlineFacts(today() + dt.timedelta(days=days), text, responsible="hans")
            deadlines.add(session, SYSTEM, case, facts)
    page = html.fromstring(log_in("hans").get("/intern/").text)
    own = page.get_element_by_id("own-cases").text_content()
    assert "Mitt bygglov" in own
    assert "Annans motion" not in own
    watched = page.get_element_by_id("own-deadlines").text_content()
    assert "Snart" in watched
    assert "Sedan" not in watched


def test_news_stay_on_the_page_until_they_are_read(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        rut = identity.actor_of(accounts.user_by_name(session, "rut"))
        for name in ("Ny motion", "Nytt lov"):
            saving.save(session, rut, "arenden", {}, SavedFacts(name, Subscription.DAILY))
        for row in session.scalars(select(SavedList)):
            session.add(Notice(user_id=row.owner_id, saved_list_id=row.id, count=3))
    client = log_in("rut")
    page = html.fromstring(client.get("/intern/").text)
    assert "Start (2 nya)" in page.xpath("//nav")[0].text_content()
    [first, second] = page.xpath("//*[@id='news']//li/a")
    assert client.get(first.get("href")).status_code == 302
    page = html.fromstring(client.get("/intern/").text)
    assert [a.text for a in page.xpath("//*[@id='news']//li/a")] == [second.text]
    assert send(client, "/intern/sparade/lasta", {}, "/intern/").status_code == 302
    page = html.fromstring(client.get("/intern/").text)
    assert not page.xpath("//*[@id='news']")
    assert "Start (" not in page.xpath("//nav")[0].text_content()


def test_start_page_asks_as_often_of_much_as_of_little(
    services: Diarium, municipality: Municipality, log_in: LogIn
) -> None:
    client = log_in("rut")
    fill(municipality, 20, marked=False)
    asked = []
    for more in (0, 60):
        fill(municipality, more, seed=3, marked=False)
        with statements_of(services.database.engine) as sent:
            assert client.get("/intern/").status_code == 200
        asked.append(len(sent))
    assert asked[0] == asked[1]


def test_whoever_registers_and_administers_gets_the_working_page(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        accounts.set_roles(
            session, SYSTEM, accounts.user_by_name(session, "adam"), {"KS": [Role.ADMINISTRATOR, Role.REGISTRAR]}
        )
    assert figures(html.fromstring(log_in("adam").get("/intern/").text))


def test_registrar_is_told_of_letters_that_failed_or_are_uncertain(services: Diarium, log_in: LogIn) -> None:
    with services.database.unit_of_work() as session:
        case = registration.open_case(session, SYSTEM, NewCase("KS", "Skylt"))
        facts = NewRecord(Direction.OUTGOING, today(), "Brev", case_uid=case.uid)
        record = registration.register(session, SYSTEM, facts)
        for state in (MessageState.FAILED, MessageState.PARTLY_SENT, MessageState.UNCERTAIN, MessageState.SENT):
            session.add(
                OutgoingMessage(
                    authority=case.authority, case=case, record=record, means=Means.EMAIL, state=state,
                    queued_by_name="Rut",
                )
            )  # fmt: skip
    client = log_in("rut")
    page = html.fromstring(client.get("/intern/").text)
    links = page.xpath("//a[contains(@href, 'utskick?')]")
    assert [link.getparent().text.strip() for link in links] == [
        "2 brev kunde inte skickas.",
        "1 brev väntar på att någon avgör om det har skickats eller ska skickas.",
    ]
    assert [link.get("href").partition("?")[2] for link in links] == ["visa=failed", "visa=uncertain"]
    for url in (link.get("href") for link in links):
        assert client.get(url).status_code == 200
    assert "kunde inte skickas" not in log_in("arja").get("/intern/").text
