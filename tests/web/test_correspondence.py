"""Letters in the browser: written, previewed, sent, followed; and what is refused keeps what was typed."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.correspondence.models import LetterTemplate, OutgoingMessage
from diarium.correspondence.sending import MailRound
from diarium.correspondence.smtp import SmtpTransport
from diarium.correspondence.vocabulary import MessageState
from diarium.files import service as files
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import registration
from diarium.register.commands import DocumentFacts, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.models import Deadline, Record
from diarium.register.vocabulary import Direction, PartyKind, PartyRole
from diarium.secrecy.models import Scope
from diarium.settings import MailSettings, Settings
from tests.correspondence.conftest import MailServer, mail, mail_server, open_server
from tests.web.conftest import token_of
from tests.web.letters import add, filled, page_of, the_message, with_templates

LogIn = Callable[[str], FlaskClient]
__all__ = ["mail", "mail_server", "open_server"]


@pytest.fixture
def settings(settings: Settings, mail: MailSettings) -> Settings:
    """Settings with a mail server."""
    return replace(settings, mail=mail)


def test_receipt_is_sent_in_two_clicks_and_followed_to_its_arrival(
    services: Diarium, log_in: LogIn, mail_server: MailServer
) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    url = f"/intern/arende/{case}/skicka?handling={record}"
    page = page_of(client, url)
    assert "Ansökan om skylt" not in page.xpath("string(//input[@name='subject']/@value)")
    answer = client.post(f"/intern/arende/{case}/skicka", data=filled(page, step="send"))
    assert answer.status_code == 302, answer.text
    MailRound(services.database, services.blobs, SmtpTransport(services.settings.mail)).run()
    (sent,) = mail_server.messages
    assert sent["To"] == "Anna Ek <anna@bolaget.example>"
    assert "Skylt vid torget" in sent.get_content()
    assert "{" not in sent.get_content()
    seen = page_of(client, answer.headers["Location"]).text_content()
    assert "Skickat" in seen
    assert "250 2.0.0 taken as 4711" in seen
    history = page_of(client, f"/intern/arende/{case}").text_content()
    assert "Handlingen skickades" in history
    assert "Bekräftelse på mottagande av KS" in history


def test_preview_shows_the_text_and_sends_nothing(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    page = page_of(client, f"/intern/arende/{case}/skicka?handling={record}&slag=completion")
    body = page.xpath("string(//textarea[@name='body'])")
    assert "{svar_senast}" in body
    values = filled(page, step="preview", body=body.strip(), answer_by="2030-01-15")
    answer = client.post(f"/intern/arende/{case}/skicka", data=values)
    shown = html.fromstring(answer.text)
    assert "den 15 januari 2030" in shown.xpath("string(//*[@class='letter__text'])")
    assert "{svar_senast}" in shown.xpath("string(//textarea[@name='body'])")
    with services.database.reading() as session:
        assert session.scalars(select(OutgoingMessage)).all() == []


def test_completion_request_watches_the_answer_day(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    page = page_of(client, f"/intern/arende/{case}/skicka?handling={record}&slag=completion")
    values = filled(page, step="send", answer_by="300115")
    assert client.post(f"/intern/arende/{case}/skicka", data=values).status_code == 302
    with services.database.reading() as session:
        deadline = session.scalars(select(Deadline)).one()
        assert deadline.due_on.isoformat() == "2030-01-15"
        assert deadline.record_id == session.scalars(select(OutgoingMessage)).one().record_id


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"others": "anna@, inte en adress"}, "others"), ({"party": [], "others": ""}, "others"),
     ({"subject": " "}, "subject"), ({"body": "Hej {avsändarnamn}"}, "body"),
     ({"body": "Svara senast {svar_senast}"}, "answer_by"),
     ({"answer_by": "31 februari"}, "answer_by"), ({"title": "x" * 501}, "title")],
)  # fmt: skip
def test_mistake_is_told_at_its_field_and_what_was_typed_stays(
    services: Diarium, log_in: LogIn, changed: dict[str, Any], field: str
) -> None:
    case, record = add(services)
    client = log_in("rut")
    page = page_of(client, f"/intern/arende/{case}/skicka?handling={record}")
    typed = {"subject": "Om din skylt 🌲", "body": "Hej!\n\nVi undrar.", "step": "send", **changed}
    answer = client.post(f"/intern/arende/{case}/skicka", data=filled(page, **typed))
    assert answer.status_code == 422
    shown = html.fromstring(answer.text)
    assert shown.xpath(f"//*[@id='{field}-error']"), answer.text
    assert shown.xpath("string(//input[@name='subject']/@value)") == typed["subject"]
    assert shown.xpath("string(//textarea[@name='body'])").strip() == typed["body"]
    assert [*shown.xpath("//input[@name='party'][@checked]/@value")] == filled(page, **changed).get("party")
    with services.database.reading() as session:
        assert session.scalars(select(OutgoingMessage)).all() == []


def test_another_template_is_fetched_and_the_chosen_recipients_stay(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    page = page_of(client, f"/intern/arende/{case}/skicka?handling={record}")
    with services.database.reading() as session:
        wanted = session.scalars(select(LetterTemplate).where(LetterTemplate.shipped_key == "decision")).one()
    values = filled(page, step="template", template=str(wanted.uid), others="bo@bolaget.example")
    shown = html.fromstring(client.post(f"/intern/arende/{case}/skicka", data=values).text)
    assert "{overklagande}" in shown.xpath("string(//textarea[@name='body'])")
    assert shown.xpath("//textarea[@name='appeal']")
    assert shown.xpath("string(//textarea[@name='others'])").strip() == "bo@bolaget.example"
    assert len(shown.xpath("//input[@name='party'][@checked]")) == 1


def test_form_sent_twice_sends_one_letter(services: Diarium, log_in: LogIn) -> None:
    with_templates(services)
    case, record = add(services)
    client = log_in("rut")
    values = filled(page_of(client, f"/intern/arende/{case}/skicka?handling={record}"), step="send")
    first = client.post(f"/intern/arende/{case}/skicka", data=values)
    second = client.post(f"/intern/arende/{case}/skicka", data=values)
    assert first.headers["Location"] == second.headers["Location"]
    assert the_message(services).state is MessageState.QUEUED


def test_marked_record_leaves_only_with_a_word_on_why(services: Diarium, log_in: LogIn) -> None:
    case, record = add(services, restrictions=(RestrictionFacts("26:1"),))
    client = log_in("rut")
    url = f"/intern/arende/{case}/skicka"
    page = page_of(client, f"{url}?handling={record}")
    assert "OSL 26 kap. 1 §" in page.text_content()
    typed = {"subject": "Svar", "body": "Hej!", "step": "send"}
    answer = client.post(url, data=filled(page, **typed))
    assert answer.status_code == 422
    assert html.fromstring(answer.text).xpath("//*[@id='confirm_marked-error']")
    answer = client.post(url, data=filled(page, **typed, confirm_marked="1"))
    assert html.fromstring(answer.text).xpath("//*[@id='secrecy_reason-error']")
    answer = client.post(url, data=filled(page, **typed, confirm_marked="1", secrecy_reason="Prövat i dag"))
    assert answer.status_code == 302
    with services.database.reading() as session:
        sent = session.scalars(select(OutgoingMessage)).one().record
        assert [mark.provision.citation for mark in sent.restrictions] == ["OSL 26 kap. 1 §"]
    assert log_in("hans").get(f"{url}?handling={record}").status_code == 403
    listed = page_of(log_in("hans"), "/intern/utskick").text_content()
    assert "Svar" not in listed
    assert "Anna" not in listed


def test_outgoing_record_is_dispatched_without_being_registered_again(
    services: Diarium, log_in: LogIn, mail_server: MailServer
) -> None:
    recipient = PartyFacts("Bo Ek", PartyKind.PERSON, PartyRole.RECIPIENT, email="bo@bolaget.example")
    case, record = add(services, direction=Direction.OUTGOING, parties=(recipient,))
    client = log_in("rut")
    page = page_of(client, f"/intern/arende/{case}/skicka?handling={record}")
    values = filled(page, step="send", subject="Beslut", body="Hej! Beslutet är bifogat.")
    assert client.post(f"/intern/arende/{case}/skicka", data=values).status_code == 302
    MailRound(services.database, services.blobs, SmtpTransport(services.settings.mail)).run()
    (sent,) = mail_server.messages
    assert [part.get_filename() for part in sent.iter_attachments()] == ["Ansökan 0.txt"]
    with services.database.reading() as session:
        assert len(session.scalars(select(Record)).all()) == 1


class TestWithoutMailServer:
    """Nothing is set: the page says so and nothing is queued."""

    @pytest.fixture
    def mail(self) -> MailSettings:
        return MailSettings()

    def test_page_says_whom_to_ask_and_queues_nothing(self, services: Diarium, log_in: LogIn) -> None:
        case, record = add(services, direction=Direction.OUTGOING)
        client = log_in("rut")
        url = f"/intern/arende/{case}/skicka"
        page = page_of(client, f"{url}?handling={record}")
        assert "DIARIUM_SMTP_HOST" in page.text_content()
        assert page.xpath(f"//a[@href='/intern/handling/{record}/notera-skickad']")
        token = token_of(page)
        values = {"csrf_token": token, "key": str(uuid.uuid4()), "kind": "other", "subject": "Hej", "body": "Hej",
                  "others": "a@b.example", "handling": str(record), "step": "send"}  # fmt: skip
        assert client.post(url, data=values).status_code == 422
        with services.database.reading() as session:
            assert session.scalars(select(OutgoingMessage)).all() == []
        assert services.mail_transport is None


def test_worker_of_an_installation_with_a_mail_server_does_the_mail_round(
    services: Diarium, log_in: LogIn, mail_server: MailServer
) -> None:
    case, record = add(services)
    client = log_in("rut")
    page = page_of(client, f"/intern/arende/{case}/skicka?handling={record}")
    values = filled(page, subject="Hej", body="Hej!", step="send")
    assert client.post(f"/intern/arende/{case}/skicka", data=values).status_code == 302
    with services.worker() as worker:
        worker.drain()
    assert [message["Subject"] for message in mail_server.messages] == ["Hej"]
    assert the_message(services).state is MessageState.SENT


def test_case_with_a_protected_party_sends_no_files_and_asks_before_it_writes_to_them(
    services: Diarium, log_in: LogIn
) -> None:
    hidden = PartyFacts(
        "Siri Skyddad", PartyKind.PERSON, PartyRole.SENDER, email="siri@x.example", is_protected=True
    )
    case, record = add(services, parties=(hidden,))
    client = log_in("rut")
    url = f"/intern/arende/{case}/skicka"
    page = page_of(client, f"{url}?handling={record}")
    assert page.xpath("//input[@name='party']/@checked") == []
    assert page.xpath("//input[@name='file']") == []
    party = page.xpath("//input[@name='party']/@value")
    typed = {"subject": "Svar", "body": "Hej!", "step": "send", "party": party}
    answer = client.post(url, data=filled(page, **typed))
    assert html.fromstring(answer.text).xpath("//*[@id='confirm_protected-error']")
    assert client.post(url, data=filled(page, **typed, confirm_protected="1")).status_code == 302
    officer = log_in("hans")
    shown = page_of(officer, f"{url}?handling={record}")
    assert "siri" not in html.tostring(shown, encoding="unicode").lower()
    answer = officer.post(url, data=filled(shown, **{**typed, "party": [], "others": "SIRI@x.example"}))
    assert answer.status_code == 422
    assert html.fromstring(answer.text).xpath("//*[@id='others-error']")
    seen = page_of(officer, "/intern/utskick").text_content()
    assert "Skyddad uppgift" in seen
    assert "siri" not in seen.lower()


def test_titles_of_marked_records_among_the_choices_are_noted(services: Diarium, log_in: LogIn) -> None:
    case, _plain = add(services)
    marks = (RestrictionFacts("26:1", Scope.WHOLE),)
    uids = []
    with services.database.unit_of_work() as session:
        for name in ("svar", "ritning"):
            sha256 = files.take_in(session, services.blobs, io.BytesIO(name.encode()), max_bytes=1000)
            documents = (DocumentFacts(sha256, f"{name}.txt"),)
            facts = NewRecord(
                Direction.INCOMING, today(), name, case_uid=case, restrictions=marks, documents=documents,
                parties=(PartyFacts("Anna Ek", PartyKind.PERSON, PartyRole.SENDER),),
            )  # fmt: skip
            uids.append(str(registration.register(session, SYSTEM, facts).uid))
    about, other = uids
    assert log_in("rut").get(f"/intern/arende/{case}/skicka?handling={about}").status_code == 200
    with services.database.reading() as session:
        query = select(AuditEvent).where(AuditEvent.action.in_(NOTES)).order_by(AuditEvent.id)
        noted = session.scalars(query).all()
        assert tuple(event.action for event in noted) == NOTES
        assert (noted[1].entity_uid, noted[2].after["uids"]) == (about, [other])


NOTES = ("case.read", "record.read", "search.restricted_shown")
