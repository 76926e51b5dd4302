"""Printing from the pages, and finding by what a scanner reads."""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2
import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.register.commands import RestrictionFacts
from diarium.register.vocabulary import (
    Medium,
)
from tests.web.test_case_pages import page_of, text_of
from tests.web.test_review_findings import add_case, add_record, error_at, events

LogIn = Callable[[str], FlaskClient]
MARKED = RestrictionFacts("26:1")


def test_sheets_are_made_for_who_may_read_the_case(services: Diarium, log_in: LogIn) -> None:
    record = add_record(services, medium=Medium.PAPER)
    case, client, outsider = record.case, log_in("rut"), log_in("siv")
    pages = [
        f"{page_of(case)}/{name}"
        for name in ("dagboksblad.pdf", "omslag.pdf", "etiketter.pdf?arende=1", "etikett.pdf")
    ]
    for address in [*pages, f"/intern/handling/{record.uid}/etikett.pdf"]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
        assert outsider.get(address).status_code == 404


def test_printing_the_sheet_of_a_marked_case_is_noted(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services, restrictions=(MARKED,)), log_in("rut")
    for name in ("dagboksblad", "dagboksblad.pdf", "omslag.pdf"):
        assert client.get(f"{page_of(case)}/{name}").status_code == 200
    assert len(events(services, "case.read")) == 3


def test_sheet_on_the_screen_shows_what_the_paper_shows(services: Diarium, log_in: LogIn) -> None:
    case = add_record(services, title="Yttrande om § 5").case
    with services.database.reading() as session:
        name = session.scalars(
            select(AuditEvent.entity_label).where(AuditEvent.action == "record.registered")
        ).one()
    shown = text_of(log_in("rut"), f"{page_of(case)}/dagboksblad")
    content = log_in("rut").get(f"{page_of(case)}/dagboksblad.pdf").data
    with pypdfium2.PdfDocument(content) as document:
        printed = " ".join(document[0].get_textpage().get_text_range().split())
    for text in ("Yttrande om § 5", name, "Utskrivet", "Rut Registrator"):
        assert text in shown
        assert text in printed


@pytest.mark.parametrize(
    ("query", "message"), [("arende=1&start=99", "1 till 24"), ("start=3", "Välj minst en etikett")]
)
def test_impossible_labels_are_refused_at_their_field(
    services: Diarium, log_in: LogIn, query: str, message: str
) -> None:
    answer = log_in("rut").get(f"{page_of(add_case(services))}/etiketter.pdf?{query}")
    assert answer.status_code == 422
    assert message in answer.text


def test_scanned_code_and_written_numbers_lead_to_their_page(services: Diarium, log_in: LogIn) -> None:
    record, client = add_record(services), log_in("rut")
    case, year = record.case, today().year
    wanted = {
        f"http://127.0.0.1:8000/intern/arende/{case.uid}": page_of(case),
        f"HTTP://HOST/INTERN/HANDLING/{str(record.uid).upper()}": f"/intern/handling/{record.uid}",
        f"http>&&host&intern&arende&{str(case.uid).replace('-', '+')}": page_of(case),
        case.number_text: page_of(case),
        f"ks{year}-1": page_of(case),
        record.number_text: f"/intern/handling/{record.uid}",
        f"ks {year}/1-1": f"/intern/handling/{record.uid}",
    }
    for code, address in wanted.items():
        for page, name in (("/intern/hitta", "kod"), ("/intern/sok", "q")):
            answer = client.get(page, query_string={name: code})
            assert (answer.status_code, answer.headers.get("Location")) == (302, address), (page, code)


@pytest.mark.parametrize(
    "code",
    ["finns inte", "2026-05-01", "KS 1999/1", "2aca1d8c-bc49-45f8-86a9-9734c8667e3b", "x" * 5000, "1-1", "-5"],
)
def test_code_of_nothing_gets_a_message_and_stays_in_the_field(log_in: LogIn, code: str) -> None:
    answer = log_in("rut").get("/intern/hitta", query_string={"kod": code})
    assert answer.status_code == 422
    assert error_at(answer.text, "kod")
    assert html.fromstring(answer.text).xpath("//input[@id='kod']/@value") == [code[:300]]


def test_code_of_another_authoritys_case_finds_nothing(services: Diarium, log_in: LogIn) -> None:
    record = add_record(services)
    for code in (str(record.uid), str(record.case.uid), record.number_text, record.case.number_text):
        assert log_in("siv").get("/intern/hitta", query_string={"kod": code}).status_code == 422
