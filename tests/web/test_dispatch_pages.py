"""Dispatches in the browser: the list, one of them, what is noted by hand; and letter templates."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.correspondence.models import OutgoingMessage
from diarium.correspondence.vocabulary import MessageState
from diarium.db.base import now
from diarium.i18n import today
from diarium.register.vocabulary import Direction
from diarium.settings import MailSettings, Settings
from tests.correspondence.conftest import mail, mail_server, open_server
from tests.counting import statements_of
from tests.web.conftest import token_of
from tests.web.letters import add, filled, page_of, templates_of, the_message, with_templates

LogIn = Callable[[str], FlaskClient]
__all__ = ["mail", "mail_server", "open_server"]


@pytest.fixture
def settings(settings: Settings, mail: MailSettings) -> Settings:
    """Settings with a mail server."""
    return replace(settings, mail=mail)


def test_staff_of_another_authority_can_see_nothing_of_it(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    values = filled(page_of(client, f"/intern/arende/{case}/skicka?handling={record}"), step="send")
    client.post(f"/intern/arende/{case}/skicka", data=values)
    other, uid = log_in("siv"), the_message(services).uid
    template = templates_of(services)[0].uid
    for url in (f"/intern/arende/{case}/skicka", f"/intern/utskick/{uid}", f"/intern/utskick/{uid}/meddelande",
                f"/intern/handling/{record}/notera-skickad", f"/intern/brevmallar/{template}"):  # fmt: skip
        assert other.get(url).status_code == 404, url
    assert "bolaget" not in page_of(other, "/intern/utskick").text_content()
    token = token_of(page_of(other, "/intern/brevmallar"))
    for step in ("retry", "cancel", "mark-sent", "settle"):
        answer = other.post(f"/intern/utskick/{uid}/{step}", data={"csrf_token": token, "reason": "Därför"})
        assert answer.status_code == 404


def test_dispatch_by_post_is_noted_on_the_record(services: Diarium, log_in: LogIn) -> None:
    case, record = add(services, direction=Direction.OUTGOING)
    client = log_in("rut")
    page = page_of(client, f"/intern/handling/{record}/notera-skickad")
    token = token_of(page)
    url = f"/intern/handling/{record}/notera-skickad"
    answer = client.post(url, data={"csrf_token": token, "means": "post", "day": "2999-01-01", "note": "REK 4711"})
    assert answer.status_code == 422
    shown = html.fromstring(answer.text)
    assert shown.xpath("//*[@id='day-error']")
    assert "REK 4711" in shown.xpath("string(//textarea[@name='note'])")
    answer = client.post(
        url, data={"csrf_token": token, "means": "post", "day": str(today()), "recipients": "Bo Ek"}
    )
    assert answer.status_code == 302
    assert "Handlingen skickades" in page_of(client, f"/intern/arende/{case}").text_content()
    assert "Bo Ek" in page_of(client, "/intern/utskick").text_content()


def test_sent_message_is_fetched_as_it_was(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    values = filled(page_of(client, f"/intern/arende/{case}/skicka?handling={record}"), step="send")
    client.post(f"/intern/arende/{case}/skicka", data=values)
    message = the_message(services)
    answer = client.get(f"/intern/utskick/{message.uid}/meddelande")
    assert answer.data == services.blobs.open(message.content_sha256 or "").read()
    assert re.match(r"attachment; filename=.?KS", answer.headers["Content-Disposition"])


def test_template_is_added_changed_and_taken_out_of_use(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    token = token_of(page_of(client, "/intern/brevmallar/ny"))
    facts = {"csrf_token": token, "authority": "KS", "kind": "other", "name": "Tack", "subject": "Tack!"}
    answer = client.post("/intern/brevmallar/ny", data={**facts, "body": "Hej {namn}"})
    assert answer.status_code == 422
    assert "{arendenummer}" in html.fromstring(answer.text).xpath("string(//*[@id='body-error'])")
    assert client.post("/intern/brevmallar/ny", data={**facts, "body": "Hej {avsandare}"}).status_code == 302
    (template,) = templates_of(services)
    url = f"/intern/brevmallar/{template.uid}"
    assert client.post(url, data={**facts, "body": "Ny text", "version": "1"}).status_code == 302
    late = client.post(url, data={**facts, "body": "Min text", "version": "1"})
    assert late.status_code == 422
    shown = html.fromstring(late.text)
    assert shown.xpath("string(//*[@class='letter__text'])") == "Ny text"
    assert shown.xpath("string(//textarea[@name='body'])").strip() == "Min text"
    answer = client.post(f"{url}/bruk", data={"csrf_token": token, "active": "0", "version": "2"})
    assert answer.status_code == 302
    assert "Tagen ur bruk" in page_of(client, "/intern/brevmallar").text_content()
    assert log_in("hans").get("/intern/brevmallar").status_code == 403


def test_pages_ask_as_many_questions_of_much_as_of_little(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    client = log_in("rut")

    def counted(records: int) -> list[int]:
        case, record = add(services, records=records)
        url = f"/intern/arende/{case}/skicka"
        for _number in range(records):
            values = filled(page_of(client, f"{url}?handling={record}"), step="send")
            assert client.post(url, data=values).status_code == 302
        numbers = []
        for page in (f"{url}?handling={record}", "/intern/utskick", "/intern/brevmallar"):
            with statements_of(services.database.engine) as sent:
                page_of(client, page)
            numbers.append(len(sent))
        return numbers

    assert counted(2) == counted(12)


def test_list_goes_on_by_cursor_without_losing_or_repeating_any(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    values = filled(page_of(client, f"/intern/arende/{case}/skicka?handling={record}"), step="send")
    for _number in range(53):
        client.post(f"/intern/arende/{case}/skicka", data={**values, "key": str(uuid.uuid4())})
    first = page_of(client, "/intern/utskick?visa=waiting")
    older = first.xpath("string(//a[normalize-space()='Visa äldre']/@href)")
    rows = [*first.xpath("//tbody//th//a/@href"), *page_of(client, older).xpath("//tbody//th//a/@href")]
    assert len(rows) == len(set(rows)) == 53
    for hostile in ("x", "-1", "9" * 40, "%00"):
        assert client.get(f"/intern/utskick?fore={hostile}").status_code in (200, 400)


def test_uncertain_message_is_settled_by_a_person_who_says_how_they_know(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    values = filled(page_of(client, f"/intern/arende/{case}/skicka?handling={record}"), step="send")
    client.post(f"/intern/arende/{case}/skicka", data=values)
    with services.database.unit_of_work() as session:
        message = session.scalars(select(OutgoingMessage)).one()
        message.state, message.lease_until = MessageState.UNCERTAIN, now()  # as a try leaves it that broke
    uid = the_message(services).uid
    page = page_of(client, f"/intern/utskick/{uid}")
    assert "Ingenting skickas om av sig självt" in page.text_content()
    token = token_of(page)
    answer = client.post(f"/intern/utskick/{uid}/mark-sent", data={"csrf_token": token, "reason": " "})
    assert answer.status_code == 422
    assert html.fromstring(answer.text).xpath("//*[@id='mark-sent-reason-error']")
    answer = client.post(f"/intern/utskick/{uid}/mark-sent", data={"csrf_token": token, "reason": "Anna ringde"})
    assert answer.status_code == 302
    assert the_message(services).state is MessageState.SENT
    late = client.post(f"/intern/utskick/{uid}/retry", data={"csrf_token": token})
    assert late.status_code == 422
    assert "läge är nu ”Skickat”" in late.text
    assert client.post(f"/intern/utskick/{uid}/annat", data={"csrf_token": token}).status_code == 404
