"""The steps of a case on their pages: taken, refused at their field, overtaken by somebody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import deadlines
from diarium.register.deadlines import DeadlineFacts
from diarium.register.models import Case, CaseNote, Deadline, Decision
from diarium.register.vocabulary import (
    CaseStatus,
    DeadlineKind,
    DeadlineState,
)
from tests.web.conftest import send
from tests.web.test_case_pages import page_of, text_of
from tests.web.test_review_findings import add_case, add_record, error_at

LogIn = Callable[[str], FlaskClient]
SOON = today() + dt.timedelta(days=14)


@pytest.mark.parametrize(
    "step", ["assign", "relate", "pause", "resume", "close", "reopen", "cancel", "markera", "part"]
)
def test_page_of_a_step_is_for_those_who_may_take_it(services: Diarium, log_in: LogIn, step: str) -> None:
    case = add_case(services)
    assert log_in("rut").get(f"{page_of(case)}/{step}").status_code == 200
    assert log_in("arja").get(f"{page_of(case)}/{step}").status_code == 403
    assert log_in("siv").get(f"{page_of(case)}/{step}").status_code == 404


def test_unknown_step_is_not_found(services: Diarium, log_in: LogIn) -> None:
    assert log_in("rut").get(f"{page_of(add_case(services))}/xyz").status_code == 404


def test_step_that_was_overtaken_shows_both_versions_and_loses_nothing(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services), log_in("rut")
    step = f"{page_of(case)}/assign"
    assert send(client, step, {"responsible": "hans", "unit": "", "version": "1"}).status_code == 302
    answer = send(client, step, {"responsible": "rut", "unit": "Kansliet", "version": "1"})
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert "Handläggare: Hans Handläggare" in page.text_content()
    assert page.xpath("//select[@name='responsible']/option[@selected]/@value") == ["rut"]
    again = {"responsible": "rut", "unit": "Kansliet", "version": page.xpath("//input[@name='version']/@value")[0]}
    assert send(client, step, again).status_code == 302
    with services.database.reading() as session:
        assert session.get_one(Case, case.id).unit_id is not None


def test_closing_page_lists_what_is_missing_with_where_to_mend_it(services: Diarium, log_in: LogIn) -> None:
    record = add_record(services, record_type="Ansökan", parties=())
    case, client = record.case, log_in("rut")
    send(client, f"{page_of(case)}/bevakning", {"due_on": SOON.isoformat(), "text": "Svar"})
    step = f"{page_of(case)}/close"
    check = html.fromstring(client.get(step).text).get_element_by_id("check")
    assert "Måste åtgärdas" in check.text_content()
    links = check.xpath(".//a/@href")
    record_page = f"/intern/handling/{record.uid}"
    wanted = {
        f"{record_page}#files",
        f"{record_page}/part",
        f"{page_of(case)}#deadlines",
        f"{page_of(case)}/beslut",
    }
    assert wanted <= set(links)
    assert [client.get(link).status_code for link in links] == [200] * len(links)
    answer = send(client, step, {"closed_on": today().isoformat(), "reason": "Klart"})
    assert answer.status_code == 422
    assert SOON.isoformat() in answer.text
    assert html.fromstring(answer.text).xpath("//input[@name='reason']/@value") == ["Klart"]


def test_case_is_put_on_hold_and_taken_up_again(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services), log_in("rut")
    wrong = send(client, f"{page_of(case)}/pause", {"due_on": "2020-01-01", "reason": "Väntar på dom"})
    assert wrong.status_code == 422
    assert "har redan varit" in error_at(wrong.text, "pause-due_on")
    assert (
        send(client, f"{page_of(case)}/pause", {"due_on": SOON.strftime("%y%m%d"), "reason": "Väntar"}).status_code
        == 302
    )
    assert (
        SOON.isoformat()
        in html.fromstring(client.get(page_of(case)).text).get_element_by_id("deadlines").text_content()
    )
    assert send(client, f"{page_of(case)}/resume", {}).status_code == 302
    with services.database.reading() as session:
        assert session.get_one(Case, case.id).status is CaseStatus.IN_PROGRESS
        assert session.scalars(select(Deadline)).one().state is DeadlineState.DONE


def test_usual_day_is_watched_with_one_choice(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services, responsible="hans"), log_in("rut")
    address = f"{page_of(case)}/bevakning"
    form = html.fromstring(client.get(address).text)
    offered = form.xpath("//input[@name='when']/@value")
    assert offered[0] == f"{today() + dt.timedelta(weeks=2)}/answer"
    assert form.xpath("//input[@name='when'][@checked]/@value") == [offered[0]]
    assert send(client, address, {"when": offered[2], "due_on": "", "text": "", "kind": ""}).status_code == 302
    with services.database.reading() as session:
        made = session.scalars(select(Deadline)).one()
        assert f"{made.due_on}/{made.kind}" == offered[2]
        assert (made.kind, made.text) == (DeadlineKind.DELAY, "Sex månader (förvaltningslagen 12 §)")


def test_deadline_is_changed_and_ticked_off_on_its_page(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services, responsible="hans"), log_in("hans")
    send(client, f"{page_of(case)}/bevakning", {"due_on": SOON.isoformat(), "text": "Svar"})
    with services.database.reading() as session:
        page = f"/intern/bevakning/{session.scalars(select(Deadline.uid)).one()}"
    later = (SOON + dt.timedelta(days=7)).isoformat()
    moved = {"due_on": later, "text": "Svar", "responsible": "hans", "reason": "", "version": "1"}
    refused = send(client, f"{page}/andra", moved, page)
    assert refused.status_code == 422
    assert error_at(refused.text, "andra-reason")
    assert html.fromstring(refused.text).xpath("//input[@id='andra-due_on']/@value") == [later]
    assert send(client, f"{page}/andra", moved | {"reason": "Anstånd"}, page).status_code == 302
    overtaken = send(client, f"{page}/klar", {"outcome": "Svar kom", "version": "1"}, page)
    assert overtaken.status_code == 422
    assert "Så står det i registret nu" in overtaken.text
    assert send(client, f"{page}/klar", {"outcome": "Svar kom", "version": "2"}, page).status_code == 302
    assert "Svar kom" in text_of(client, page_of(case))
    assert log_in("siv").get(page).status_code == 404


def test_overdue_deadline_says_so_in_words(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services), log_in("rut")
    with services.database.unit_of_work() as session:
        made = deadlines.add(
            session, SYSTEM, session.get_one(Case, case.id), DeadlineFacts(SOON, "Svar", unit="Kansliet")
        )
        made.due_on = today() - dt.timedelta(days=1)
    shown = html.fromstring(client.get(page_of(case)).text).get_element_by_id("deadlines").text_content()
    assert "Försenad" in shown


def test_note_is_written_and_corrected_by_another(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services), log_in("hans")
    assert send(client, f"{page_of(case)}/anteckning", {"body": " "}).status_code == 422
    assert send(client, f"{page_of(case)}/anteckning", {"body": "Samtal\nmed sökanden"}).status_code == 302
    with services.database.reading() as session:
        uid = session.scalars(select(CaseNote.uid)).one()
    assert send(client, f"/intern/anteckning/{uid}/ratta", {"body": "Med grannen"}).status_code == 302
    shown = text_of(client, page_of(case))
    assert "Samtal" in shown
    assert "med sökanden" in shown
    assert "Rättelse av anteckning" in shown
    assert log_in("siv").get(f"/intern/anteckning/{uid}/ratta").status_code == 404


def decision(**changed: str) -> dict[str, object]:
    facts = {"kind": "board", "decided_on": today().isoformat(), "body": "Kommunstyrelsen", "paragraph": "14",
             "outcome": "Bygglov ges", "is_final": "1"}  # fmt: skip
    return {**facts, **changed}


def test_decision_is_entered_corrected_and_cancelled(services: Diarium, log_in: LogIn) -> None:
    case, client = add_case(services, responsible="hans"), log_in("hans")
    refused = send(client, f"{page_of(case)}/beslut", decision(outcome=""))
    assert refused.status_code == 422
    assert html.fromstring(refused.text).xpath("//input[@id='paragraph']/@value") == ["14"]
    assert send(client, f"{page_of(case)}/beslut", decision()).status_code == 302
    with services.database.reading() as session:
        page = f"/intern/beslut/{session.scalars(select(Decision.uid)).one()}"
    wanted = decision(paragraph="15", reason="Fel paragraf", version="1")
    assert send(client, f"{page}/ratta", wanted).status_code == 302
    overtaken = send(client, f"{page}/ratta", wanted | {"outcome": "Avslag"})
    assert overtaken.status_code == 422
    assert "utfall: Bygglov ges" in html.fromstring(overtaken.text).text_content()
    assert "Avslag" in overtaken.text
    assert "paragraf: ”§ 14” → ”§ 15”" in text_of(client, page_of(case))
    cancel = {"reason": "Fel ärende", "version": "2"}
    assert send(client, f"{page}/makulera", cancel, f"{page}/ratta").status_code == 302
    with services.database.reading() as session:
        assert session.get_one(Case, case.id).status is CaseStatus.IN_PROGRESS
