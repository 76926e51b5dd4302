"""What a review of the staff pages found, each as something that must not come back."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import event, select

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import closing, lookup, registration, secrecy_marks
from diarium.register.commands import NewCase, NewRecord, PartyFacts, RestrictionFacts
from diarium.register.models import Case, Document, Record
from diarium.register.vocabulary import Direction
from diarium.secrecy.models import Restriction
from diarium.web import history
from diarium.web.arguments import whole_number
from diarium.web.registration.form import tolerant_date
from tests.web.conftest import send
from tests.web.test_registering import FORM, facts

LogIn = Callable[[str], FlaskClient]
MARKED = RestrictionFacts("26:1")
LISTS = "search.restricted_shown"


def add_case(services: Diarium, **wanted: Any) -> Case:
    """A case of KS."""
    with services.database.unit_of_work() as session:
        fields = {"authority": "KS", "title": "Remiss", "classification": "1", **wanted}
        return registration.open_case(session, SYSTEM, NewCase(**fields))


def add_record(services: Diarium, case: Case | None = None, **wanted: Any) -> Record:
    """An incoming record of today in `case` or a new one."""
    case = case or add_case(services)
    with services.database.unit_of_work() as session:
        fields: dict[str, Any] = {
            "direction": Direction.INCOMING,
            "official_on": today(),
            "title": "Yttrande",
            "case_uid": case.uid,
            "parties": (PartyFacts("Per Privat"),),
        }
        return registration.register(session, SYSTEM, NewRecord(**(fields | wanted)))


def events(services: Diarium, action: str) -> list[AuditEvent]:
    """The events of `action`, oldest first."""
    with services.database.reading() as session:
        query = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
        return list(session.scalars(query))


def period() -> dict[str, str]:
    """The form for an export of what was closed since yesterday."""
    start = today() - dt.timedelta(days=1)
    return {"authority": "KS", "period_from": start.isoformat(), "period_to": today().isoformat()}


def export_of_today(services: Diarium, archivist: FlaskClient) -> str:
    """The address of an export of all cases, closed first."""
    with services.database.unit_of_work() as session:
        for case in session.scalars(select(Case)):
            closing.close(session, SYSTEM, case, day=today())
    answer = send(archivist, "/intern/arkiv", period())
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def error_at(text: str, field: str) -> str:
    """The message at a field, or an empty text."""
    return " ".join(item.text_content() for item in html.fromstring(text).xpath(f"//*[@id='{field}-error']"))


# --- 13: reading is noted ---


@pytest.mark.parametrize(("kind", "room"), [("record", "handling"), ("case", "arende")])
def test_opening_the_correction_of_what_is_marked_is_noted(
    services: Diarium, log_in: LogIn, kind: str, room: str
) -> None:
    case = add_case(services, restrictions=(MARKED,))
    record = add_record(services, case)
    uid = record.uid if kind == "record" else case.uid
    assert log_in("rut").get(f"/intern/{room}/{uid}/ratta").status_code == 200
    assert [item.entity_uid for item in events(services, f"{kind}.read")] == [str(uid)]


def upload(services: Diarium, client: FlaskClient, **changed: object) -> Document:
    """The file of a record that was registered with one."""
    answer = send(client, FORM, facts(files=(io.BytesIO(b"brev"), "brev.txt"), **changed))
    assert answer.status_code == 302
    with services.database.reading() as session:
        return session.scalars(select(Document)).one()


def test_download_of_a_protected_persons_file_is_noted(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    document = upload(services, client, **{"party-0-is_protected": "1"})
    assert client.get(f"/intern/fil/{document.uid}").data == b"brev"
    (noted,) = events(services, "record.file_opened")
    assert noted.after == {"file_name": "brev.txt"}


def test_list_that_shows_a_marked_record_leaves_one_event_with_its_number(
    services: Diarium, log_in: LogIn
) -> None:
    first = add_record(services, restrictions=(MARKED,))
    second = add_record(services, parties=(PartyFacts("Skyddad Person", is_protected=True),))
    add_record(services)
    registrar = log_in("rut")
    assert registrar.get("/intern/").status_code == 200
    (noted,) = events(services, LISTS)
    assert noted.after is not None
    assert noted.after["uids"] == [str(first.uid), str(second.uid)]
    assert noted.after["numbers"] == [first.number_text, second.number_text]


def test_search_that_shows_a_marked_record_is_noted(services: Diarium, log_in: LogIn) -> None:
    record = add_record(services, title="Sjöutsikt", restrictions=(MARKED,))
    with services.worker() as worker:
        worker.drain()
    assert "Sjöutsikt" in log_in("rut").get("/intern/sok?q=sjöutsikt").text
    (noted,) = events(services, LISTS)
    assert noted.after is not None
    assert noted.after["uids"] == [str(record.uid)]


def test_list_of_cases_that_shows_a_marked_title_is_noted(services: Diarium, log_in: LogIn) -> None:
    case = add_case(services, title="Hemlig rubrik", restrictions=(MARKED,))
    assert "Hemlig rubrik" in log_in("rut").get("/intern/arenden").text
    (noted,) = events(services, LISTS)
    assert noted.after is not None
    assert noted.after["uids"] == [str(case.uid)]


def test_list_whose_marked_rows_are_hidden_from_the_reader_notes_nothing(services: Diarium, log_in: LogIn) -> None:
    add_record(services, restrictions=(MARKED,))
    officer = log_in("hans")
    assert "Sekretessmarkerad uppgift" in officer.get("/intern/").text
    assert officer.get("/intern/arenden").status_code == 200
    assert events(services, LISTS) == []


def test_every_event_of_a_working_day_has_a_name(services: Diarium, log_in: LogIn) -> None:
    registrar = log_in("rut")
    document = upload(services, registrar, **{"party-0-is_protected": "1"})
    for page in ("/intern/", f"/intern/fil/{document.uid}", "/intern/sok?q=brev"):
        assert registrar.get(page).status_code == 200
    export_of_today(services, log_in("arja"))
    with services.worker() as worker:
        worker.drain()
    with services.database.reading() as session:
        actions = set(session.scalars(select(AuditEvent.action).distinct()))
    assert {"user.logged_in", "user.created", "record.file_opened", "export.requested", LISTS} <= actions
    assert actions - set(history.ACTIONS) == set()


# --- 15: no event of what was never sent ---


def test_missing_file_gets_a_clear_page_and_no_event(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    document = upload(services, client, secrecy="marked", provision="26:1", scope="whole")
    services.blobs.path(document.sha256).unlink()
    answer = client.get(f"/intern/fil/{document.uid}")
    assert answer.status_code == 404
    assert "brev.txt” saknas i fillagret" in answer.text
    assert events(services, "record.file_opened") == []


# --- 20: hostile input ---


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), (" 7 ", 7), ("²", 1), ("٣", 1), ("-3", 1), ("abc", 1), ("", 1), (None, 1), ("9" * 5000, 1),
        ("500", 99),
    ],
)  # fmt: skip
def test_whole_number_is_read_without_trust(text: str | None, number: int) -> None:
    assert whole_number(text, 1, 99) == number


@pytest.mark.parametrize("version", ["abc", "9" * 5000, "²", "", "-1", "99999999999"])
@pytest.mark.parametrize("room", ["handling", "arende"])
def test_version_that_is_none_is_a_conflict_and_no_fault(
    services: Diarium, log_in: LogIn, version: str, room: str
) -> None:
    record = add_record(services)
    page = f"/intern/{room}/{record.uid if room == 'handling' else record.case.uid}/ratta"
    values = {"title": "Nytt", "reason": "Skäl", "version": version, "direction": "incoming"}
    answer = send(log_in("rut"), page, values | {"official_on": today().isoformat()})
    assert answer.status_code == 422
    assert "Någon annan har ändrat" in answer.text


def test_odd_digits_and_names_of_url_arguments_in_the_address_get_a_page(log_in: LogIn) -> None:
    client = log_in("rut")
    for query in (
        "arenden?page=²&year=²²²²", "arenden?page=٣&year=٢٠٢٦", "sok?q=brev&page=²&year=²²²²",
        "sok?q=brev&endpoint=x", "sok?q=brev&_anchor=a&_method=POST", "sok?q=a&_external=1&_scheme=javascript",
        "sok?q=brev&self=x&values=y", "arkiv",
    ):  # fmt: skip
        answer = client.get(f"/intern/{query}")
        assert answer.status_code in (200, 403), query
        assert "javascript:" not in answer.text


@pytest.mark.parametrize("address", ["/intern/?x=%00", "/intern/arenden?authority=%00", "/intern/sok?q=%00"])
def test_nul_in_the_address_is_a_bad_request(log_in: LogIn, address: str) -> None:
    assert log_in("rut").get(address).status_code == 400


def test_nul_in_a_form_field_or_path_is_a_bad_request(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    answer = send(client, FORM, facts(title="a\x00b"))  # the registration form tells where, and keeps the rest
    assert answer.status_code == 422
    assert error_at(answer.text, "title")
    assert send(client, "/intern/kontakter/ny", {"name": "a\x00b"}).status_code == 400
    assert client.get("/intern/arende/%00").status_code in (400, 404)
    with services.database.reading() as session:
        assert session.scalars(select(Record)).all() == []


# --- 21: parties ---


def test_party_row_without_a_name_is_not_dropped_in_silence(services: Diarium, log_in: LogIn) -> None:
    answer = send(log_in("rut"), FORM, facts(**{"party-2-email": "a@example.se"}))
    assert answer.status_code == 422
    assert "Skriv namnet" in error_at(answer.text, "party-2-name")
    assert html.fromstring(answer.text).xpath("//input[@name='party-2-email']/@value") == ["a@example.se"]
    with services.database.reading() as session:
        assert session.scalars(select(Record)).all() == []


def test_protected_box_alone_asks_for_the_name(log_in: LogIn) -> None:
    answer = send(log_in("rut"), FORM, facts(**{"party-1-is_protected": "1"}))
    assert "Skriv namnet" in error_at(answer.text, "party-1-name")


def test_mistake_in_the_last_row_stands_at_the_last_row(log_in: LogIn) -> None:
    client = log_in("rut")
    row = {"party-2-name": "Per", "party-2-kind": "person"}
    answer = send(client, FORM, facts(**row, **{"party-2-phone": "1" * 60}))
    assert error_at(answer.text, "party-2-phone")
    assert not error_at(answer.text, "party-1-phone")
    answer = send(client, FORM, facts(**row, **{"party-2-identity_number": "19640823-3235"}))
    assert answer.status_code == 422
    assert "personnummer" in error_at(answer.text, "party-2-identity_number")
    assert not error_at(answer.text, "party-0-identity_number")


def test_party_is_a_person_unless_somebody_says_otherwise(log_in: LogIn) -> None:
    page = html.fromstring(log_in("rut").get(FORM).text)
    chosen = page.xpath("//select[starts-with(@name, 'party-')][option[@value='person']]/option[@selected]/@value")
    assert chosen == ["person"] * 3


# --- 22: dates ---


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("20240501", "2024-05-01"), ("240501", "2024-05-01"), ("24-05-01", "2024-05-01"),
        ("2024.5.1", "2024-05-01"), ("2024/05/01", "2024-05-01"), (" 2024-05-01 ", "2024-05-01"),
        ("991231", "1999-12-31"), ("01/05/24", "01/05/24"), ("1224", "1224"), ("24.05.01", "24.05.01"),
        ("2024512", "2024512"), ("2024-05/01", "2024-05/01"), ("24-5-1", "24-5-1"), ("²⁴⁰⁵⁰¹", "²⁴⁰⁵⁰¹"),
    ],
)  # fmt: skip
def test_date_is_read_only_where_it_can_be_read_in_one_way(typed: str, read: str) -> None:
    assert tolerant_date(typed) == read


def test_search_for_a_day_does_not_lead_to_case_five(services: Diarium, log_in: LogIn) -> None:
    for _number in range(5):
        case = add_case(services)
    client, year = log_in("rut"), today().year
    assert client.get(f"/intern/sok?q={year}-05-01").status_code == 200
    for query in (f"{year}-5", f"KS {year}/5-1"):
        assert client.get("/intern/sok", query_string={"q": query}).location == f"/intern/arende/{case.uid}"


# --- 23: conflicts, uploads ---


def test_second_save_after_a_conflict_works_and_the_present_value_was_shown(
    services: Diarium, log_in: LogIn
) -> None:
    client = log_in("rut")
    record = add_record(services)
    for room, uid, model in (("handling", record.uid, Record), ("arende", record.case.uid, Case)):
        page = f"/intern/{room}/{uid}/ratta"
        with services.database.reading() as session:
            version = session.scalars(select(model).where(model.uid == uid)).one().version
        common = {"reason": "Skäl", "direction": "incoming", "official_on": today().isoformat()}
        mine = common | {"title": "Den andras", "version": str(version), "classification": "1"}
        assert send(client, page, mine).status_code == 302
        answer = send(client, page, mine | {"title": "Min egen"})
        assert answer.status_code == 422
        shown = html.fromstring(answer.text)
        assert "rubrik: Den andras" in shown.text_content()
        assert shown.xpath("//input[@name='title']/@value") == ["Min egen"]
        (current,) = shown.xpath("//input[@name='version']/@value")
        assert send(client, page, mine | {"title": "Min egen", "version": current}).status_code == 302
        with services.database.reading() as session:
            assert session.scalars(select(model).where(model.uid == uid)).one().title == "Min egen"


def test_good_file_is_kept_when_another_one_fails(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = f"/intern/handling/{add_record(services).uid}"
    both = [(io.BytesIO(b"bra"), "bra.txt"), (io.BytesIO(b""), "tom.txt")]
    answer = send(client, f"{page}/filer", {"files": both}, page)
    assert answer.status_code == 422
    (ticket,) = html.fromstring(answer.text).xpath("//input[@name='kept_file']/@value")
    assert send(client, f"{page}/filer", {"kept_file": ticket}, page).status_code == 302
    with services.database.reading() as session:
        assert [item.file_name for item in session.scalars(select(Document))] == ["bra.txt"]


# --- 24: own cases, permissions, locks ---


def test_start_page_leads_to_every_own_case_that_is_not_finished(services: Diarium, log_in: LogIn) -> None:
    mine = [add_case(services, title=f"Eget {number}.", responsible="hans") for number in range(13)]
    add_case(services, title="Någon annans")
    with services.database.unit_of_work() as session:
        decided, cancelled = (lookup.case_by_uid(session, SYSTEM, case.uid) for case in mine[:2])
        closing.decide(session, SYSTEM, decided, today())
        closing.cancel_case(session, SYSTEM, cancelled, "Fel")
    client = log_in("hans")
    own = html.fromstring(client.get("/intern/").text).get_element_by_id("own")
    assert "Någon annans" not in own.text_content()
    whole = html.fromstring(client.get(own.xpath(".//a[text()='Visa fler']/@href")[0]).text).text_content()
    begun = own.text_content()
    assert [number for number in range(13) if f"Eget {number}." in begun + whole] == [0, *range(2, 13)]
    assert "Någon annans" not in whole


def test_step_without_permission_is_forbidden(services: Diarium, log_in: LogIn) -> None:
    record = add_record(services, restrictions=(MARKED,))
    case_page, record_page = f"/intern/arende/{record.case.uid}", f"/intern/handling/{record.uid}"
    officer = log_in("hans")
    assert send(officer, f"{case_page}/cancel", {"reason": "x"}, case_page).status_code == 403
    assert send(officer, f"{case_page}/close", {"closed_on": today().isoformat()}, case_page).status_code == 403
    lift = f"{record_page}/hav/{record.restrictions[0].uid}"
    assert send(officer, lift, {"reason": "x"}, record_page).status_code == 403
    assert send(log_in("rut"), FORM, facts(authority="SN")).status_code == 403
    with services.database.reading() as session:
        assert session.scalars(select(Restriction)).one().is_in_force


def test_page_with_nothing_to_note_takes_no_write_lock(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    document = upload(services, client)
    with services.database.reading() as session:
        record = session.scalars(select(Record)).one()
        pages = [
            f"/intern/arende/{record.case.uid}",
            f"/intern/handling/{record.uid}",
            f"/intern/fil/{document.uid}",
        ]
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        statements.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        for page in [*pages, "/intern/", "/intern/arenden", "/intern/sok?q=brev"]:
            assert client.get(page).status_code == 200
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)
    assert any(statement == "BEGIN" for statement in statements)
    assert [statement for statement in statements if "IMMEDIATE" in statement] == []


# --- 8: markings of cases ---


def test_case_is_marked_and_the_marking_lifted_on_its_page(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    page = f"/intern/arende/{add_case(services).uid}"
    refused = send(client, f"{page}/markera", {"provision": "26:1", "scope": "fel"}, page)
    assert refused.status_code == 422
    assert error_at(refused.text, "scope")
    assert send(client, f"{page}/markera", {"provision": "26:1", "scope": "whole"}, page).status_code == 302
    assert "Sekretessmarkerad uppgift" in log_in("hans").get(page).text
    (address,) = html.fromstring(client.get(page).text).xpath("//form[contains(@action, '/hav/')]/@action")
    assert send(client, address, {"reason": "Prövad"}, page).status_code == 302
    with services.database.reading() as session:
        assert not session.scalars(select(Restriction)).one().is_in_force


@pytest.mark.parametrize("room", ["handling", "arende"])
def test_marking_is_lifted_only_from_the_object_that_has_it(services: Diarium, log_in: LogIn, room: str) -> None:
    other, record = add_record(services), add_record(services)
    with services.database.unit_of_work() as session:
        found = lookup.record_by_uid(session, SYSTEM, record.uid)
        foreign = secrecy_marks.mark(session, SYSTEM, found, MARKED).uid
    page = f"/intern/{room}/{other.uid if room == 'handling' else other.case.uid}"
    client = log_in("rut")
    for uid in (foreign, uuid.uuid4()):
        assert send(client, f"{page}/hav/{uid}", {"reason": "Prövad"}, page).status_code == 404
    with services.database.reading() as session:
        assert session.scalars(select(Restriction)).one().is_in_force
