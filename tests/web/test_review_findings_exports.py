"""What a review of the archivist's pages found, each as something that must not come back."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.archive.models import Export, ExportPart, ExportState
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import closing
from diarium.register.models import Case
from tests.web.conftest import send
from tests.web.test_review_findings import error_at, events, export_of_today, period, upload

LogIn = Callable[[str], FlaskClient]


def test_preview_tells_what_the_package_would_hold_and_makes_none(services: Diarium, log_in: LogIn) -> None:
    document = upload(services, log_in("rut"))
    with services.database.unit_of_work() as session:
        closing.close(session, SYSTEM, session.scalars(select(Case)).one(), day=today())
    archivist = log_in("arja")
    answer = send(archivist, "/intern/arkiv", period() | {"step": "preview"})
    assert "csrf_token" not in answer.location
    shown = html.fromstring(archivist.get(answer.location).text).get_element_by_id("preview").text_content()
    assert "Antal filer" in shown
    assert "1 kB" in shown
    services.blobs.path(document.sha256).unlink()
    shown = html.fromstring(archivist.get(answer.location).text).get_element_by_id("preview").text_content()
    assert "saknas i fillagret" in shown
    assert "kan inte skapas" in shown
    with services.database.reading() as session:
        assert session.scalars(select(Export)).all() == []


def test_preview_of_nothing_of_a_bad_period_and_of_another_authority(log_in: LogIn) -> None:
    archivist = log_in("arja")
    ask = archivist.get
    assert "Inget ärende passar urvalet" in ask("/intern/arkiv", query_string=period()).text
    backwards = ask("/intern/arkiv", query_string=period() | {"period_to": "2000-01-01"})
    assert backwards.status_code == 422
    assert error_at(backwards.text, "period_to")
    assert error_at(ask("/intern/arkiv", query_string=period() | {"period_from": "x"}).text, "period_from")
    assert ask("/intern/arkiv", query_string=period() | {"authority": "SN"}).status_code == 403


def test_running_export_is_cancelled_and_a_finished_one_is_not(services: Diarium, log_in: LogIn) -> None:
    upload(services, log_in("rut"))
    archivist = log_in("arja")
    location = export_of_today(services, archivist)
    assert "Avbryt uttaget" in archivist.get(location).text
    assert send(archivist, f"{location}/avbryt", {}, location).status_code == 302
    assert "Avbryt uttaget" not in archivist.get(location).text
    with services.database.reading() as session:
        assert session.scalars(select(Export)).one().state is ExportState.FAILED
    assert send(archivist, f"{location}/avbryt", {}, location).status_code == 302
    assert "redan klart" in archivist.get(location).text
    assert len(events(services, "export.cancelled")) == 1


def test_package_that_is_gone_from_the_disk_is_told_and_not_noted(services: Diarium, log_in: LogIn) -> None:
    upload(services, log_in("rut"))
    archivist = log_in("arja")
    location = export_of_today(services, archivist)
    with services.worker() as worker:
        worker.drain()
    with services.database.reading() as session:
        name = session.scalars(select(ExportPart)).one().package_name
    assert name is not None
    (services.settings.export_folder / name).unlink()
    answer = archivist.get(f"{location}/paket/1/hamta")
    assert answer.status_code == 404
    assert "finns inte kvar på disken" in answer.text
    assert events(services, "export.downloaded") == []


def test_a_place_in_the_list_that_no_number_has_is_the_beginning(services: Diarium, log_in: LogIn) -> None:
    client = log_in("arja")
    for place in (10**30, "x", "-1"):
        assert client.get(f"/intern/arkiv?fore={place}").status_code == 200, place
