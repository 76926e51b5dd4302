"""The staff pages: what they show, whom they refuse, and that they ask the database a constant number of times."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import event, select

from diarium.composition import Diarium
from diarium.i18n import today
from diarium.register import registration
from diarium.register.commands import NewCase, NewRecord, PartyFacts
from diarium.register.models import Case, Document, Record
from diarium.register.vocabulary import CaseStatus, Direction, PartyKind
from tests.web.conftest import send
from tests.web.test_registering import FORM, facts

LogIn = Callable[[str], FlaskClient]


@contextmanager
def counted(services: Diarium) -> Iterator[list[str]]:
    """Collects the SQL statements that the block sends."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest):  # type: ignore[no-untyped-def]
        statements.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(services.database.engine, "before_cursor_execute", note)


def fill(services: Diarium, cases: int, records: int) -> Case:
    """Adds cases of KS with records; returns the last one."""
    from diarium.identity.permissions import SYSTEM

    with services.database.unit_of_work() as session:
        for number in range(cases):
            new = NewCase(authority="KS", title=f"Ärende {number}", classification="1", responsible="hans")
            case = registration.open_case(session, SYSTEM, new)
            for place in range(records):
                registration.register(
                    session,
                    SYSTEM,
                    NewRecord(
                        direction=Direction.INCOMING,
                        official_on=today(),
                        title=f"Handling {place}",
                        case_uid=case.uid,
                        parties=(PartyFacts("Bolaget AB", PartyKind.ORGANISATION),),
                    ),
                )
        return case


@pytest.mark.parametrize("page", ["/intern/", "/intern/arenden", "/intern/registrera", "/intern/arende/{uid}"])
def test_page_asks_as_many_questions_of_much_data_as_of_little(
    services: Diarium, log_in: LogIn, page: str
) -> None:
    client = log_in("rut")
    little = fill(services, 2, 2)
    with counted(services) as few:
        assert client.get(page.format(uid=little.uid)).status_code == 200
    much = fill(services, 15, 12)
    with counted(services) as many:
        assert client.get(page.format(uid=much.uid)).status_code == 200
    assert len(many) == len(few), "\n".join(many)


def test_case_is_corrected_closed_and_opened_again_with_its_history(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    case = fill(services, 1, 1)
    page = f"/intern/arende/{case.uid}"
    values = {"title": "Ny ärendemening", "classification": "1", "reason": "Otydlig", "version": str(case.version)}
    assert send(client, f"{page}/ratta", values).status_code == 302
    assert send(client, f"{page}/close", {"closed_on": today().isoformat()}, page).status_code == 302
    assert send(client, f"{page}/reopen", {"reason": "Komplettering"}, page).status_code == 302
    text = html.fromstring(client.get(page).text).text_content()
    assert "”Ärende 0” → ”Ny ärendemening”" in text
    assert "Skäl: Otydlig" in text
    with services.database.reading() as session:
        assert session.scalars(select(Case)).one().status is CaseStatus.IN_PROGRESS


def test_correction_on_an_old_page_overwrites_nothing(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    case = fill(services, 1, 1)
    page = f"/intern/arende/{case.uid}/ratta"
    first = {"title": "Ett", "classification": "1", "reason": "Skäl", "version": str(case.version)}
    assert send(client, page, first).status_code == 302
    answer = send(client, page, first | {"title": "Två"})
    assert answer.status_code == 422
    assert html.fromstring(answer.text).xpath("//input[@name='title']/@value") == ["Två"]
    with services.database.reading() as session:
        assert session.scalars(select(Case)).one().title == "Ett"


def test_marking_without_a_provision_is_refused_at_its_field(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    fill(services, 1, 1)
    with services.database.reading() as session:
        page = f"/intern/handling/{session.scalars(select(Record)).one().uid}"
    answer = send(client, f"{page}/markera", {"provision": "", "scope": "whole"}, page)
    assert answer.status_code == 422
    assert html.fromstring(answer.text).xpath("//*[@id='provision-error']")
    assert send(client, f"{page}/markera", {"provision": "26:1", "scope": "whole"}, page).status_code == 302
    assert "OSL 26 kap. 1 §" in client.get(page).text


def test_file_comes_as_a_download_with_its_own_name(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    send(client, FORM, facts(files=(io.BytesIO(b"<script>alert(1)</script>"), "Åtgärd å ä ö.html")))
    with services.database.reading() as session:
        uid = session.scalars(select(Document)).one().uid
    answer = client.get(f"/intern/fil/{uid}")
    assert answer.data == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert log_in("siv").get(f"/intern/fil/{uid}").status_code == 404


def test_search_finds_by_a_word_in_the_file_and_by_number(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    send(client, FORM, facts(files=(io.BytesIO("Om sjöutsiktens betydelse".encode()), "brev.txt")))
    with services.worker() as worker:
        worker.drain()
    assert "Yttrande från bolaget" in client.get("/intern/sok?q=sjöutsikten").text
    by_number = client.get(f"/intern/sok?q=ks{today().year}-1")
    assert by_number.status_code == 302
    assert "/intern/arende/" in by_number.headers["Location"]
    assert "Yttrande från bolaget" not in log_in("siv").get("/intern/sok?q=sjöutsikten").text


@pytest.mark.parametrize(
    "query",
    ["/intern/sok?q=%22&sort=x&page=999999999999999999999", "/intern/sok?q=" + "(" * 500, "/intern/sok?q=%00%ff",
     "/intern/sok?year=abc&status=%00", "/intern/arenden?page=99999999999999999999&year=0000&status=x",
     "/intern/arenden?authority=%00", "/intern/arende/not-a-uuid"],
)  # fmt: skip
def test_hostile_query_strings_get_a_page_and_never_an_error(log_in: LogIn, query: str) -> None:
    assert log_in("rut").get(query).status_code in (200, 400, 404, 422)


def test_export_runs_in_the_worker_and_can_be_downloaded(services: Diarium, log_in: LogIn) -> None:
    registrar, archivist = log_in("rut"), log_in("arja")
    send(registrar, FORM, facts(files=(io.BytesIO(b"Ett brev"), "brev.txt")))
    with services.database.reading() as session:
        page = f"/intern/arende/{session.scalars(select(Case)).one().uid}"
    assert send(registrar, f"{page}/close", {"closed_on": today().isoformat()}, page).status_code == 302
    period = {"authority": "KS", "period_from": (today() - dt.timedelta(days=1)).isoformat()}
    answer = send(archivist, "/intern/arkiv", period | {"period_to": today().isoformat()})
    assert answer.status_code == 302
    location = answer.headers["Location"]
    with services.worker() as worker:
        worker.drain()
    shown = html.fromstring(archivist.get(location).text).text_content()
    assert "Klar och godkänd i kontrollen" in shown
    package = archivist.get(f"{location}/paket/1/hamta")
    assert package.data[:2] == b"PK"
    assert registrar.get(location).status_code == 403


@pytest.mark.parametrize("username", ["rut", "hans", "arja", "adam"])
def test_every_menu_entry_of_a_role_opens(app: Flask, log_in: LogIn, username: str) -> None:
    client = log_in(username)
    page = html.fromstring(client.get("/intern/").text)
    links = page.xpath("//nav//a/@href")
    assert links
    assert all(client.get(link).status_code == 200 for link in links)


def test_every_staff_route_names_its_permission(app: Flask) -> None:
    staff = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/intern")]
    open_to_all = {
        "login.form",
        "login.log_in",
        "login.code",
        "login.check_code",
        "login.ask_for_passkey",
        "login.log_in_by_passkey",
        "login.log_out",
    }
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in staff}
    named = {name for name, view in views.items() if getattr(view, "permissions", ())}
    of_oneself = {name for name, view in views.items() if getattr(view, "is_for_oneself", False)}
    assert views.keys() - named - of_oneself == open_to_all
    assert {name.partition(".")[0] for name in of_oneself} == {"account"}


def test_case_is_tied_to_another_and_a_mistake_stays_in_its_field(services: Diarium, log_in: LogIn) -> None:
    client = log_in("rut")
    case = fill(services, 2, 1)
    page = f"/intern/arende/{case.uid}"
    answer = send(client, f"{page}/relate", {"kind": "continues", "case": "finns inte"}, page)
    shown = html.fromstring(answer.text)
    assert answer.status_code == 422
    assert shown.xpath("//input[@id='relate-case']/@value") == ["finns inte"]
    assert shown.xpath("//*[@id='relate-case-error']")
    assert (
        send(client, f"{page}/relate", {"kind": "continues", "case": f"{today().year}/1"}, page).status_code == 302
    )
    related = html.fromstring(client.get(page).text).get_element_by_id("related")
    assert f"Fortsätter KS {today().year}/1" in " ".join(related.text_content().split())
