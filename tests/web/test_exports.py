"""The archivist's pages of exports: choosing, splitting, following, continuing, repeating, downloading."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.archive.models import Export, ExportPart, ExportState
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity.models import Membership, User
from diarium.identity.permissions import SYSTEM, Role
from diarium.register import closing
from diarium.register.models import Case, Party
from tests.counting import statements_of
from tests.web.conftest import send
from tests.web.test_registering import FORM, facts
from tests.web.test_review_findings import error_at, events, export_of_today, period

LogIn = Callable[[str], FlaskClient]


def test_the_form_keeps_what_was_typed_and_the_preview_follows_it(services: Diarium, log_in: LogIn) -> None:
    _closed(services, log_in, 3)
    archivist = log_in("arja")
    asked = period() | {"step": "preview", "max_cases": "2", "record_status": "TEST", "class_text": "1, 2"}
    location = send(archivist, "/intern/arkiv", asked).location
    page = html.fromstring(archivist.get(location).text)
    shown = " ".join(page.get_element_by_id("preview").text_content().split())
    assert "Antal ärenden 3" in shown
    assert "Antal paket 2" in shown
    assert page.get_element_by_id("max_cases").value == "2"
    assert page.get_element_by_id("record_status").value == "TEST"
    assert page.get_element_by_id("class_text").value == "1, 2"
    assert page.xpath("//details[@open]//*[@id='max_cases']")
    links = page.xpath("//*[@id='preview']//li/a/@href")
    assert links
    assert all(archivist.get(link).status_code == 200 for link in set(links))


def test_each_field_tells_what_is_wrong_with_it(log_in: LogIn) -> None:
    archivist = log_in("arja")
    wrong = {
        "max_megabytes": "många",
        "max_files": "0",
        "class_text": "99.9",
        "profile": "paper",
        "record_status": "MAYBE",
        "retention_rules": "x",
        "statuses": "open?",
    }
    for field, value in wrong.items():
        answer = send(archivist, "/intern/arkiv", period() | {field: value})
        assert answer.status_code == 422, field
        told = error_at(answer.text, "class_codes" if field == "class_text" else field)
        assert told, field
        assert "Traceback" not in answer.text
    open_cases = send(archivist, "/intern/arkiv", period() | {"statuses": "open"})
    assert (open_cases.status_code, bool(error_at(open_cases.text, "statuses"))) == (422, True)


def test_an_export_in_parts_is_followed_continued_and_downloaded(services: Diarium, log_in: LogIn) -> None:
    _closed(services, log_in, 3)
    archivist = log_in("arja")
    location = send(archivist, "/intern/arkiv", period() | {"max_cases": "2"}).location
    waiting = archivist.get(location).text
    assert "Avbryt uttaget" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert send(archivist, f"{location}/avbryt", {}, location).status_code == 302
    stopped = archivist.get(location).text
    assert "Fortsätt" in stopped
    assert "avbröts av Arja Arkivarie" in stopped
    assert send(archivist, f"{location}/fortsatt", {}, location).status_code == 302
    assert send(archivist, f"{location}/fortsatt", {}, location).status_code == 302
    assert "inget att fortsätta med" in archivist.get(location).text
    _make(services)
    page = html.fromstring(archivist.get(location).text)
    assert "Fortsätt" not in page.text_content()
    rows = page.xpath("//table[@id='packages']/tbody/tr")
    assert [" ".join(row[2].text_content().split()) for row in rows] == ["2", "1"]
    for number in (1, 2):
        part = archivist.get(f"{location}/paket/{number}")
        assert "Kontrollsumma" in part.text
        assert "Inga fel" in part.text
        assert archivist.get(f"{location}/paket/{number}/hamta").data.startswith(b"PK")
    assert archivist.get(f"{location}/paket/3").status_code == 404
    assert len(events(services, "export.downloaded")) == 2
    assert len(events(services, "export.continued")) == 1


def test_progress_with_rate_and_time_left_is_shown(services: Diarium, log_in: LogIn) -> None:
    _closed(services, log_in, 1)
    archivist = log_in("arja")
    location = send(archivist, "/intern/arkiv", period()).location
    with services.database.unit_of_work() as session:
        export = session.scalars(select(Export)).one()
        export.state, export.files_per_second, export.bytes_per_second = ExportState.PACKAGING, 12, 1_000_000
        (part,) = export.parts
        part.state, part.byte_count, part.bytes_done, part.file_count, part.files_done = (
            ExportState.PACKAGING, 3_000_000_000, 1_500_000_000, 100, 50,
        )  # fmt: skip
    shown = " ".join(html.fromstring(archivist.get(location).text).text_content().split())
    assert "50 av 100" in shown
    assert "25 %" in shown
    assert "12 filer och 1,0 MB i sekunden" in shown
    assert "ungefär 1 tim 15 min" in shown


def test_a_test_is_repeated_for_real(services: Diarium, log_in: LogIn) -> None:
    _closed(services, log_in, 1)
    archivist = log_in("arja")
    location = send(archivist, "/intern/arkiv", period() | {"record_status": "TEST"}).location
    assert "Gör om uttaget" not in archivist.get(location).text
    _make(services)
    answer = send(archivist, f"{location}/gor-om", {"record_status": "NEW"}, location)
    assert answer.status_code == 302
    assert answer.location != location
    assert "Ny leverans" in archivist.get(answer.location).text
    assert "Välj vad leveransen är" in _followed(archivist, f"{location}/gor-om", {"record_status": "X"}, location)
    _make(services)
    replaced = send(archivist, f"{answer.location}/gor-om", {"record_status": "REPLACEMENT"}, location).location
    assert answer.location in archivist.get(replaced).text


def test_a_package_with_protected_identities_is_downloaded_only_by_who_may_read_them(
    services: Diarium, log_in: LogIn
) -> None:
    _closed(services, log_in, 1)
    with services.database.unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        session.add(Party(case_id=case.id, role="party", kind="person", name="Petra", is_protected=True))
    archivist = log_in("arja")
    location = export_of_today(services, archivist)
    _make(services)
    page = archivist.get(location).text
    assert "Hämta paketet" not in page
    assert "skyddade personuppgifter" in page
    assert archivist.get(f"{location}/paket/1/hamta").status_code == 403
    assert events(services, "export.downloaded") == []
    with services.database.unit_of_work() as session:
        user = session.scalars(select(User).where(User.username == "arja")).one()
        session.add(Membership(user=user, authority_code="KS", role=Role.REGISTRAR))
    archivist = log_in("arja")
    assert "Hämta paketet" in archivist.get(location).text
    assert archivist.get(f"{location}/paket/1/hamta").status_code == 200


def test_exports_of_others_are_not_there(services: Diarium, log_in: LogIn) -> None:
    _closed(services, log_in, 1)
    location = export_of_today(services, log_in("arja"))
    for name in ("rut", "hans"):
        assert log_in(name).get(location).status_code == 403
    with services.database.unit_of_work() as session:
        session.scalars(select(Membership).where(Membership.role == Role.ARCHIVIST)).first().authority_code = "SN"  # type: ignore[union-attr]
    stranger = log_in("arja")
    for address in (location, f"{location}/paket/1", f"{location}/paket/1/hamta"):
        assert stranger.get(address).status_code == 404
    assert send(stranger, f"{location}/avbryt", {}, "/intern/arkiv").status_code == 404


def test_the_pages_ask_as_much_of_few_exports_as_of_many(services: Diarium, log_in: LogIn) -> None:
    _closed(services, log_in, 1)
    archivist = log_in("arja")
    location = export_of_today(services, archivist)
    asked: list[tuple[int, int]] = []
    for more in (3, 60):
        with services.database.unit_of_work() as session:
            export = session.scalars(select(Export).order_by(Export.id)).first()
            assert export is not None
            first = len(export.parts) + 1
            for place in range(more):
                session.add(ExportPart(export_id=export.id, number=first + place, state=ExportState.FAILED))
                session.add(_another(export))
        counts = []
        for address in ("/intern/arkiv", location):
            with statements_of(services.database.engine) as sent:
                assert archivist.get(address).status_code == 200
            counts.append(len(sent))
        asked.append((counts[0], counts[1]))
    assert asked[0] == asked[1]
    page = archivist.get("/intern/arkiv").text
    older = re.search(r'href="(/intern/arkiv\?fore=\d+)"', page)
    assert older
    assert archivist.get(older[1]).status_code == 200


def _another(export: Export) -> Export:
    return Export(
        authority_id=export.authority_id,
        period_from=export.period_from,
        period_to=export.period_to,
        criteria=export.criteria,
        state=ExportState.FAILED,
        requested_by_name="Arja",
    )


def _closed(services: Diarium, log_in: LogIn, cases: int) -> None:
    """So many closed cases, each with a file that is examined."""
    registrar = log_in("rut")
    for _case in range(cases):
        answer = send(registrar, FORM, facts(files=(io.BytesIO(b"brev"), "brev.txt")))
        assert answer.status_code == 302
    with services.database.unit_of_work() as session:
        for case in session.scalars(select(Case)):
            closing.close(session, SYSTEM, case, day=today())


def _make(services: Diarium) -> None:
    with services.worker() as worker:
        worker.drain()


def _followed(client: FlaskClient, address: str, values: dict[str, str], form_page: str) -> str:
    return client.get(send(client, address, values, form_page).location).text
