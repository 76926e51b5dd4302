"""The pages where registration templates are managed."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.assistance import templates
from diarium.assistance.models import RegistrationTemplate
from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import registration
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.vocabulary import Direction, PartyKind
from tests.counting import statements_of
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]
LIST, NEW = "/intern/registreringsmallar", "/intern/registreringsmallar/ny"


def facts(**changed: object) -> dict[str, object]:
    """A filled-in form of a template."""
    return {
        "authority": "KS",
        "name": "Bygglov",
        "direction": "incoming",
        "title": "Ansökan om ",
        "record_type": "Ansökan",
        "case_choice": "new",
        "classification": "2.1 Bygglov",
        "medium": "digital",
        "secrecy": "open",
        "scope": "whole",
        "party-0-kind": "",
    } | changed


def add(services: Diarium, name: str) -> uuid.UUID:
    """Adds a template of KS; returns its identifier."""
    with services.database.unit_of_work() as session:
        return templates.create(session, SYSTEM, "KS", name, {"title": "Ansökan", "direction": "incoming"}).uid


def kept(services: Diarium) -> list[tuple[str, dict[str, object]]]:
    """Name and values of every template."""
    with services.database.reading() as session:
        found = session.scalars(select(RegistrationTemplate).order_by(RegistrationTemplate.id))
        return [(row.name, row.form) for row in found]


def test_template_is_made_from_nothing(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    assert send(client, NEW, facts()).status_code == 302
    assert kept(services) == [
        (
            "Bygglov",
            {
                "direction": "incoming",
                "title": "Ansökan om ",
                "record_type": "Ansökan",
                "case_choice": "new",
                "classification": "2.1",
                "medium": "digital",
                "secrecy": "open",
            },
        )
    ]
    assert "Bygglov" in html.fromstring(client.get(LIST).text).text_content()


def test_mistake_is_told_at_the_field_and_what_was_typed_stays(services: Diarium, log_in: LogIn) -> None:
    answer = send(log_in("rut"), NEW, facts(classification="99", note="Rad 1"))
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert "finns inte" in page.xpath("//*[@id='classification-error']")[0].text_content()
    assert page.xpath("//input[@name='title']/@value") == ["Ansökan om "]
    assert kept(services) == []


def test_template_from_a_marked_record_takes_over_no_text_and_the_look_is_noted(
    services: Diarium, log_in: LogIn
) -> None:
    with services.database.unit_of_work() as session:
        record = registration.register(
            session,
            SYSTEM,
            NewRecord(
                direction=Direction.INCOMING,
                official_on=today(),
                title="Hemlig offert",
                record_type="Offert",
                new_case=NewCase(authority="KS", title="Upphandling", classification="2.1"),
                parties=(PartyFacts("Bolaget AB", PartyKind.ORGANISATION),),
                restrictions=(RestrictionFacts("31:16"),),
            ),
        )
        uid = record.uid
    client = log_in("rut")
    page = html.fromstring(client.get(f"{NEW}?handling={uid}").text)
    assert page.xpath("//input[@name='record_type']/@value") == ["Offert"]
    assert page.xpath("//input[@name='provision']/@value") == ["31:16"]
    assert "Hemlig offert" not in html.tostring(page, encoding="unicode")
    assert "Bolaget" not in html.tostring(page, encoding="unicode")
    with services.database.reading() as session:
        assert session.scalars(select(AuditEvent.actor_name).where(AuditEvent.action == "record.read")).all() == [
            "Rut Registrator"
        ]
    assert client.get(f"{NEW}?handling={uuid.uuid4()}").status_code == 404
    assert client.get(f"{NEW}?handling=x").status_code == 404


def test_change_of_somebody_else_is_shown_and_not_overwritten(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = f"/intern/registreringsmall/{add(services, 'Bygglov')}"
    assert send(client, page, facts(title="Ett", version="1")).status_code == 302
    answer = send(client, page, facts(title="Två", version="1"))
    shown = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert "Vad handlingen rör: Ett" in shown.text_content()
    assert shown.xpath("//input[@name='title']/@value") == ["Två"]
    assert send(client, page, facts(title="Två", version="2")).status_code == 302
    assert kept(services)[0][1]["title"] == "Två"


def test_template_is_retired_and_brought_back(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = f"/intern/registreringsmall/{add(services, 'Bygglov')}"
    assert send(client, f"{page}/ur-bruk", {"version": "1"}, page).status_code == 302
    assert "Ur bruk" in html.fromstring(client.get(LIST).text).text_content()
    assert send(client, f"{page}/i-bruk", {"version": "1"}, page).status_code == 422
    assert send(client, f"{page}/i-bruk", {"version": "2"}, page).status_code == 302
    assert client.post(f"{page}/borra").status_code in (400, 404)


def test_shipped_templates_are_added_with_a_button(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    action = f"{LIST}/medfoljande"
    assert send(client, action, {"authority": "KS"}, LIST).status_code == 302
    number = len(kept(services))
    assert number >= 8
    assert send(client, action, {"authority": "KS"}, LIST).status_code == 302
    assert len(kept(services)) == number
    assert send(client, action, {"authority": "SN"}, LIST).status_code == 403


def test_officers_and_other_authorities_do_not_manage_templates(services: Diarium, log_in: LogIn) -> None:
    page = f"/intern/registreringsmall/{add(services, 'Bygglov')}"
    assert log_in("hans").get(LIST).status_code == 403
    outsider = log_in("siv")
    assert "Bygglov" not in html.fromstring(outsider.get(LIST).text).text_content()
    assert outsider.get(page).status_code == 404


@pytest.mark.parametrize("page", [LIST, NEW, "/intern/registreringsmall/{uid}"])
def test_page_asks_as_many_questions_of_much_data_as_of_little(
    services: Diarium, log_in: LogIn, page: str
) -> None:
    client = log_in("rut")
    for number in range(3):
        uid = add(services, f"Mall {number}")
    with statements_of(services.database.engine) as few:
        assert client.get(page.format(uid=uid)).status_code == 200
    for number in range(3, 30):
        uid = add(services, f"Mall {number}")
    with statements_of(services.database.engine) as many:
        assert client.get(page.format(uid=uid)).status_code == 200
    assert len(many) == len(few), "\n".join(many)
