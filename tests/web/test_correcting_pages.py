"""What is corrected on a page: parties, a record in the wrong case, a marking, a colleague's cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.register.commands import RestrictionFacts
from diarium.register.models import Case, Party, Record
from diarium.register.vocabulary import (
    RecordStatus,
)
from tests.web.conftest import send
from tests.web.test_case_pages import page_of, text_of
from tests.web.test_review_findings import add_case, add_record, error_at, events

LogIn = Callable[[str], FlaskClient]
MARKED = RestrictionFacts("26:1")
SOON = today() + dt.timedelta(days=14)


def test_mistake_in_a_party_stands_at_its_field_and_nothing_typed_is_lost(
    services: Diarium, log_in: LogIn
) -> None:
    case, client = add_case(services), log_in("rut")
    address = f"{page_of(case)}/part"
    form: dict[str, Any] = {"role": "party", "kind": "person", "name": "Eva Ek", "identity_number": "850709-9806",
                            "city": "Ekdala", "reason": "Glömdes"}  # fmt: skip
    refused = send(client, address, form)
    assert refused.status_code == 422
    assert error_at(refused.text, "identity_number")
    assert html.fromstring(refused.text).xpath("//input[@id='city']/@value") == ["Ekdala"]
    assert error_at(send(client, address, form | {"name": " "}).text, "name")
    assert error_at(send(client, address, form | {"identity_number": "", "reason": ""}).text, "reason")
    assert send(client, address, form | {"identity_number": ""}).status_code == 302
    assert "Eva Ek" in text_of(client, page_of(case))


def test_correction_of_a_party_that_was_overtaken_shows_both_versions(services: Diarium, log_in: LogIn) -> None:
    record, client = add_record(services), log_in("rut")
    with services.database.reading() as session:
        address = f"/intern/part/{session.scalars(select(Party.uid)).one()}/ratta"
    form = {"role": "sender", "kind": "person", "name": "Per Alm", "reason": "Fel", "version": "1"}
    assert send(client, address, form).status_code == 302
    answer = send(client, address, form | {"name": "Per Ek"})
    assert answer.status_code == 422
    assert "namn: Per Alm" in html.fromstring(answer.text).text_content()
    assert html.fromstring(answer.text).xpath("//input[@id='name']/@value") == ["Per Ek"]
    with services.database.reading() as session:
        assert session.scalars(select(Party)).one().name == "Per Alm"
        assert session.get_one(Record, record.id).version == 2


def test_record_is_moved_on_its_page_and_the_old_one_leads_there(services: Diarium, log_in: LogIn) -> None:
    record, target, client = add_record(services), add_case(services), log_in("rut")
    page = f"/intern/handling/{record.uid}"
    refused = send(client, f"{page}/flytta", {"case": "finns inte", "reason": "Fel ärende", "version": "1"})
    assert refused.status_code == 422
    assert error_at(refused.text, "case")
    assert html.fromstring(refused.text).xpath("//input[@id='reason']/@value") == ["Fel ärende"]
    overtaken = send(
        client, f"{page}/flytta", {"case": target.number_text, "reason": "Fel ärende", "version": "7"}
    )
    assert overtaken.status_code == 422
    assert "Så står det i registret nu" in overtaken.text
    answer = send(client, f"{page}/flytta", {"case": target.number_text, "reason": "Fel ärende", "version": "1"})
    assert answer.status_code == 302
    assert f"{target.number_text}-1" in text_of(client, answer.headers["Location"])
    assert f"Gå till {target.number_text}-1" in text_of(client, page)
    assert "Handling flyttades härifrån" in text_of(client, f"{page_of(record.case)}?visa=event")
    with services.database.reading() as session:
        assert session.get_one(Record, record.id).status is RecordStatus.CANCELLED
    assert log_in("hans").get(f"{page}/flytta").status_code == 403


def test_marking_is_judged_anew_on_the_page_of_its_record(services: Diarium, log_in: LogIn) -> None:
    record, client = add_record(services, restrictions=(MARKED,)), log_in("rut")
    page = f"/intern/handling/{record.uid}"
    review = f"{page}/omprova/{record.restrictions[0].uid}"
    assert send(client, review, {"reason": "Prövad", "review_on": "igår"}, page).status_code == 422
    assert send(client, review, {"reason": "Prövad", "review_on": SOON.isoformat()}, page).status_code == 302
    assert f"prövas igen {SOON.isoformat()}" in text_of(client, page)


def test_cases_of_a_colleague_are_shown_and_handed_over(services: Diarium, log_in: LogIn) -> None:
    for _number in range(3):
        add_case(services, responsible="hans", restrictions=(MARKED,))
    client = log_in("rut")
    address = "/intern/overlamna?authority=KS&from=hans"
    page = html.fromstring(client.get(address).text)
    assert len(page.xpath("//table[@id='cases']/tbody/tr")) == 3
    assert len(events(services, "search.restricted_shown")) == 1
    form = {"authority": "KS", "from": "hans", "to": "rut", "seen": page.xpath("//input[@name='seen']/@value")[0]}
    refused = send(client, "/intern/overlamna", form, address)
    assert refused.status_code == 422
    assert error_at(refused.text, "reason")
    changed = send(client, "/intern/overlamna", form | {"reason": "Slutar", "seen": "x"}, address)
    assert changed.status_code == 422
    assert send(client, "/intern/overlamna", form | {"reason": "Slutar"}, address).status_code == 302
    with services.database.reading() as session:
        names = {case.responsible.username for case in session.scalars(select(Case)) if case.responsible}
        assert names == {"rut"}
    assert log_in("hans").get(address).status_code == 403


@pytest.mark.parametrize("query", ["", "authority=SN&from=siv", "from=finns-inte", "authority=%F0%9F%8F%A0"])
def test_page_of_handing_over_stays_within_the_own_authority(log_in: LogIn, query: str) -> None:
    answer = log_in("rut").get(f"/intern/overlamna?{query}")
    assert answer.status_code == 200
    assert "Siv Socialsekreterare" not in answer.text
    assert "Socialnämnden" not in answer.text
