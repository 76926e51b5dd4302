"""The pages of the party register."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.contacts import service
from diarium.contacts.models import Contact
from diarium.contacts.service import ContactFacts
from diarium.identity.permissions import SYSTEM
from diarium.register.vocabulary import PartyKind
from tests.counting import statements_of
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]
LIST, NEW, DOUBLE = "/intern/kontakter", "/intern/kontakter/ny", "/intern/kontakter/dubbletter"


def facts(**changed: object) -> dict[str, object]:
    """A filled-in form of a contact."""
    return {
        "authority": "KS",
        "name": "Trafikbolaget AB",
        "kind": "organisation",
        "email": "info@trafik.example",
    } | changed


def add(services: Diarium, name: str, authority: str = "KS", **more: str) -> uuid.UUID:
    """Adds a contact whatever else there is; returns its identifier."""
    with services.database.unit_of_work() as session:
        wanted = ContactFacts(name, PartyKind.ORGANISATION, **more)
        return service.add(session, SYSTEM, authority, wanted, despite_similar=True).uid


def page_of(client: FlaskClient, url: str) -> html.HtmlElement:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def test_contact_is_added_found_by_any_word_and_shown(log_in: LogIn) -> None:
    client = log_in("rut")
    answer = send(client, NEW, facts(name="Östra Trafikbolaget AB"))
    assert answer.status_code == 302, answer.text
    assert "info@trafik.example" in page_of(client, answer.headers["Location"]).text_content()
    assert "Östra Trafikbolaget AB" in page_of(client, f"{LIST}?q=trafikb").text_content()
    assert "Ingen kontakt passar" in page_of(client, f"{LIST}?q=bilb").text_content()


def test_wrong_number_is_told_at_its_field_and_what_was_typed_stays(log_in: LogIn) -> None:
    answer = send(log_in("rut"), NEW, facts(identity_number="556036-0000"))
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert "inte ett giltigt" in page.xpath("//*[@id='identity_number-error']")[0].text_content()
    assert page.xpath("//input[@name='name']/@value") == ["Trafikbolaget AB"]


def test_contact_that_is_there_already_is_added_only_on_purpose(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    add(services, "Trafikbolaget AB", email="info@trafik.example")
    answer = send(client, NEW, facts(name="Trafik-bolaget"))
    assert answer.status_code == 422
    assert "Det finns redan något liknande: Trafikbolaget AB" in html.fromstring(answer.text).text_content()
    assert send(client, NEW, facts(name="Trafik-bolaget", despite_similar="1")).status_code == 302


def test_person_with_protected_identity_is_refused_at_the_box(services: Diarium, log_in: LogIn) -> None:
    answer = send(log_in("rut"), NEW, facts(kind="person", name="Anna Ek", is_protected="1"))
    assert answer.status_code == 422
    assert (
        "skyddade personuppgifter"
        in html.fromstring(answer.text).xpath("//*[@id='is_protected-error']")[0].text_content()
    )
    with services.database.reading() as session:
        assert session.scalars(select(Contact)).all() == []


def test_change_keeps_the_former_value_in_the_history(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    uid = add(services, "Trafikbolaget AB", phone="040-10 00 00", note="Växel")
    page = f"/intern/kontakt/{uid}"
    values = facts(phone="040-20 00 00", note="Direkt", version="1")
    assert send(client, f"{page}/andra", values).status_code == 302
    text = page_of(client, page).text_content()
    assert "”040-10 00 00” → ”040-20 00 00”" in text
    assert "”Växel” → ”Direkt”" in text
    assert "Rut Registrator" in text


def test_change_of_somebody_else_is_shown_and_not_overwritten(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    uid = add(services, "Trafikbolaget AB")
    page = f"/intern/kontakt/{uid}/andra"
    assert send(client, page, facts(phone="1", version="1")).status_code == 302
    answer = send(client, page, facts(phone="2", version="1"))
    shown = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert "telefon: 1" in shown.text_content()
    assert shown.xpath("//input[@name='phone']/@value") == ["2"]
    assert shown.xpath("//input[@name='version']/@value") == ["2"]
    with services.database.reading() as session:
        assert session.scalars(select(Contact.phone)).one() == "1"


def test_retired_contact_is_listed_apart_and_can_come_back(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    uid = add(services, "Trafikbolaget AB")
    page = f"/intern/kontakt/{uid}"
    assert send(client, f"{page}/ur-bruk", {"version": "1"}, page).status_code == 302
    assert "Trafikbolaget" not in page_of(client, LIST).text_content()
    assert "Trafikbolaget" in page_of(client, f"{LIST}?retired=1&q=trafik").text_content()
    assert send(client, f"{page}/i-bruk", {"version": "1"}, page).status_code == 422
    assert send(client, f"{page}/i-bruk", {"version": "2"}, page).status_code == 302
    assert "Trafikbolaget" in page_of(client, LIST).text_content()


def test_details_of_somebody_who_got_protected_identity_are_gone_from_every_page(
    services: Diarium, log_in: LogIn
) -> None:
    client = log_in("rut")
    uid = add(services, "Anna Ek", address="Gatan 1", phone="070-1740605")
    page = f"/intern/kontakt/{uid}"
    assert send(client, f"{page}/andra", facts(name="Anna Ek", address="Gatan 2", version="1")).status_code == 302
    assert send(client, f"{page}/skydda", {"version": "2"}, page).status_code == 302
    text = page_of(client, page).text_content()
    for secret in ("Anna Ek", "Gatan", "070-1740605"):
        assert secret not in text
    assert "Anna" not in page_of(client, f"{LIST}?retired=1").text_content()


def test_duplicates_are_found_and_merged(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    first = add(services, "Bygg & Plåt AB", postal_code="123 45", phone="1")
    second = add(services, "BYGG PLÅT Aktiebolag", postal_code="12345", email="bygg@plat.example")
    assert "Samma namn och postnummer" in page_of(client, DOUBLE).text_content()
    form = {"authority": "KS", "keep": f"{first}:1", "other": f"{second}:1"}
    assert send(client, DOUBLE, form).status_code == 302
    text = page_of(client, f"/intern/kontakt/{first}").text_content()
    assert "bygg@plat.example" in text
    assert "BYGG PLÅT Aktiebolag" in text
    assert "sammanslagen" in page_of(client, f"/intern/kontakt/{second}").text_content()
    assert "Inga dubbletter" in page_of(client, DOUBLE).text_content()


def test_merge_without_a_choice_or_of_a_changed_contact_is_told(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    first = add(services, "Bygg AB", email="a@bygg.example")
    second = add(services, "Bygget", email="a@bygg.example")
    for keep, other in (("", f"{second}:1"), (f"{first}:1", f"{first}:1"), (f"{first}:7", f"{second}:1")):
        answer = send(client, DOUBLE, {"authority": "KS", "keep": keep, "other": other})
        assert answer.status_code == 422
        assert html.fromstring(answer.text).xpath("//*[contains(@class,'error-summary')]")
    with services.database.reading() as session:
        assert [contact.is_active for contact in session.scalars(select(Contact))] == [True, True]


def test_contacts_of_another_authority_do_not_exist(services: Diarium, log_in: LogIn) -> None:
    uid = add(services, "Hemliga bolaget", authority="SN")
    client = log_in("rut")
    missing = client.get(f"/intern/kontakt/{uuid.uuid4()}")
    assert client.get(f"/intern/kontakt/{uid}").status_code == missing.status_code == 404
    assert client.get(f"/intern/kontakt/{uid}/andra").status_code == 404
    assert "Hemliga" not in page_of(client, LIST).text_content()
    assert send(client, NEW, facts(authority="SN")).status_code == 403


def test_officer_adds_but_does_not_change(services: Diarium, log_in: LogIn) -> None:
    client = log_in("hans")
    answer = send(client, NEW, facts())
    assert answer.status_code == 302
    assert client.get(f"{answer.headers['Location']}/andra").status_code == 403
    assert client.get(DOUBLE).status_code == 403
    assert log_in("arja").get(LIST).status_code == 403


def test_long_list_is_paged_by_a_cursor(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    for number in range(53):
        add(services, f"Bolag {number:02}")
    first = page_of(client, LIST)
    following = first.xpath("//a[contains(@href,'after=')]/@href")
    assert len(first.xpath("//table//tbody/tr")) == 50
    second = page_of(client, following[0])
    assert [row.strip() for row in second.xpath("//table//tbody/tr/th//a/text()")] == [
        "Bolag 50",
        "Bolag 51",
        "Bolag 52",
    ]
    assert client.get(f"{LIST}?after=x").status_code == 200


@pytest.mark.parametrize(
    "page", [LIST, f"{LIST}?q=bol", DOUBLE, "/intern/kontakt/{uid}", "/intern/kontakt/{uid}/andra"]
)
def test_page_asks_as_many_questions_of_much_data_as_of_little(
    services: Diarium, log_in: LogIn, page: str
) -> None:
    client = log_in("rut")
    for number in range(3):
        uid = add(services, f"Bolag {number}", email="a@bolag.example")
    with statements_of(services.database.engine) as few:
        assert client.get(page.format(uid=uid)).status_code == 200
    for number in range(27):
        uid = add(services, f"Bolag {number}", email=f"{number % 9}@bolag.example", postal_code="123 45")
    with statements_of(services.database.engine) as many:
        assert client.get(page.format(uid=uid)).status_code == 200
    assert len(many) == len(few), "\n".join(many)
