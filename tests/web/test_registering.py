"""Registering in the browser's way: forms in, pages out."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.register.models import Record
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]
FORM = "/intern/registrera"


def facts(**changed: object) -> dict[str, object]:
    """A filled-in form for a record in a new case."""
    return {
        "case_choice": "new",
        "authority": "KS",
        "case_title": "Remiss om kollektivtrafik",
        "classification": "1",
        "direction": "incoming",
        "official_on": today().isoformat(),
        "title": "Yttrande från bolaget",
        "party-0-name": "Trafikbolaget AB",
        "party-0-kind": "organisation",
        "medium": "digital",
        "secrecy": "open",
    } | changed


def test_page_for_staff_sends_strangers_to_the_login(app) -> None:  # type: ignore[no-untyped-def]
    answer = app.test_client().get(FORM)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/intern/login?next=")


def test_wrong_password_keeps_the_user_name_and_says_what_is_wrong(app) -> None:  # type: ignore[no-untyped-def]
    answer = send(app.test_client(), "/intern/login", {"username": "rut", "password": "fel"})
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath("//input[@name='username']/@value") == ["rut"]
    assert "stämmer inte" in page.text_content()


def test_login_never_leads_to_another_site(app) -> None:  # type: ignore[no-untyped-def]
    login = {"username": "rut", "password": "rut-hemligt-lösen", "next": "//evil.example/intern/"}
    assert send(app.test_client(), "/intern/login", login).headers["Location"] == "/intern/"


def test_record_with_a_file_in_a_new_case(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    upload = (io.BytesIO(b"Ett yttrande om bussar"), "Yttrande om bussar.txt")
    answer = send(client, FORM, facts(files=upload))
    assert answer.status_code == 302, html.fromstring(answer.text).text_content()
    page = client.get(answer.headers["Location"])
    assert f"KS {today().year}/1-1" in page.text
    with services.database.reading() as session:
        record = session.scalars(select(Record)).one()
        assert [document.file_name for document in record.documents] == ["Yttrande om bussar.txt"]


def test_mistake_loses_neither_what_was_typed_nor_the_file(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    wrong = facts(official_on="i går", files=(io.BytesIO(b"innehall"), "brev.txt"))
    answer = send(client, FORM, wrong)
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath("//input[@name='official_on']/@value") == ["i går"]
    assert "2024-05-01" in page.xpath("//*[@id='official_on-error']")[0].text_content()
    kept = page.xpath("//input[@name='kept_file']/@value")
    answer = send(client, FORM, facts(kept_file=kept[0]))
    assert answer.status_code == 302
    with services.database.reading() as session:
        assert session.scalars(select(Record)).one().documents[0].file_name == "brev.txt"


def test_file_of_somebody_elses_upload_can_not_be_bound(services: Diarium, log_in: LogIn) -> None:
    first = send(log_in("rut"), FORM, facts(title="", files=(io.BytesIO(b"hemligt"), "a.txt")))
    ticket = html.fromstring(first.text).xpath("//input[@name='kept_file']/@value")[0]
    answer = send(log_in("hans"), FORM, facts(kept_file=ticket))
    assert answer.status_code == 422
    with services.database.reading() as session:
        assert session.scalars(select(Record)).all() == []


def test_personal_number_in_a_public_title_is_stopped_once(log_in: LogIn) -> None:
    client = log_in("rut")
    title = "Ansökan för 19640823-3234"
    answer = send(client, FORM, facts(title=title))
    page = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert "personnummer" in page.xpath("//*[@id='title-error']")[0].text_content()
    assert send(client, FORM, facts(title=title, confirm_public="1")).status_code == 302


def test_form_without_token_is_refused(log_in: LogIn) -> None:
    assert log_in("rut").post(FORM, data=facts()).status_code == 400


def test_archivist_has_no_registration_form(log_in: LogIn) -> None:
    assert log_in("arja").get(FORM).status_code == 403


def test_case_of_another_authority_does_not_exist_for_an_outsider(services: Diarium, log_in: LogIn) -> None:
    send(log_in("rut"), FORM, facts())
    with services.database.reading() as session:
        record = session.scalars(select(Record)).one()
        case_uid = record.case.uid
    outsider = log_in("siv")
    missing = outsider.get("/intern/arende/00000000-0000-0000-0000-000000000000")
    assert outsider.get(f"/intern/arende/{case_uid}").status_code == missing.status_code == 404
    assert outsider.get(f"/intern/handling/{record.uid}").status_code == 404


def test_marked_record_hides_its_sender_from_the_officer_but_not_from_the_registrar(
    services: Diarium, log_in: LogIn
) -> None:
    registrar = log_in("rut")
    marked = {
        "secrecy": "marked",
        "provision": "26:1",
        "scope": "parties",
        "party-0-name": "Hemliga Handelsbolaget",
    }
    send(registrar, FORM, facts(**marked))
    with services.database.reading() as session:
        uid = session.scalars(select(Record)).one().uid
    assert "Hemliga Handelsbolaget" in registrar.get(f"/intern/handling/{uid}").text
    for page in (f"/intern/handling/{uid}", "/intern/"):
        text = log_in("hans").get(page).text
        assert "Yttrande från bolaget" in text
        assert "Hemliga Handelsbolaget" not in text


def test_pages_carry_the_security_headers(log_in: LogIn) -> None:
    answer = log_in("rut").get("/intern/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
