"""The pages where an archivist takes a package over: what it would do, the choice, the outcome."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from diarium.archive.importing.opening import opener_for
from diarium.archive.importing.running import ImportChore
from diarium.archive.received_checking import PackageChecker, check_limits
from diarium.composition import Diarium
from diarium.identity.models import Membership, User
from diarium.identity.permissions import Role
from diarium.register.models import Case
from tests.archive.reading.foreign_packages import municipal_fgs1
from tests.archive.validation.builder import zipped
from tests.counting import statements_of
from tests.web.conftest import send

LIST = "/intern/arkiv/paket"


@pytest.fixture
def archivist(app: Flask, log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return log_in("arja")


def received(client: FlaskClient, services: Diarium, root: Path, folder: Path) -> str:
    """Hands a package in and has it checked; the address of its page."""
    content = zipped(root, folder / f"{root.name}.zip").read_bytes()
    answer = send(client, LIST, {"package": (io.BytesIO(content), f"{root.name}.zip")})
    assert answer.status_code == 302, answer.text
    settings = services.settings
    limits = check_limits(settings.packages)
    with PackageChecker(services.database, settings.export_folder, limits, patience=60) as checker:
        while checker.run():
            pass
    return str(answer.location)


def take_over(services: Diarium) -> None:
    """What the worker does."""
    opener = opener_for(services.database, services.settings.export_folder)
    ImportChore(services.database, services.blobs, opener).run(threading.Event())


def test_a_package_is_seen_taken_over_and_followed(
    archivist: FlaskClient, services: Diarium, tmp_path: Path
) -> None:
    address = received(archivist, services, municipal_fgs1(tmp_path / "bygglov"), tmp_path)
    assert f"{address}/ta-over" in archivist.get(address).text
    page = archivist.get(f"{address}/ta-over")
    assert page.status_code == 200, page.text
    for told in ("Byggnadsnämnden", "ByggReda", "212000-1439", "ett annat system", "läggs upp", "Berit Bygg"):
        assert told in page.text
    for hidden in ("Petra Skyddad", "Nybyggnad av enbostadshus", "ansokan.pdf"):
        assert hidden not in page.text  # what is marked is not for the list of what comes
    refused = send(archivist, f"{address}/ta-over", {"mode": "read_only", "authority": "KS"})
    assert refused.status_code == 422
    assert "Kontrollen fann fel" in refused.text
    chosen: dict[str, object] = {"mode": "read_only", "authority": "KS", "accepts_errors": "1"}
    looked = send(archivist, f"{address}/ta-over", {**chosen, "step": "preview"})
    assert "authority=KS" in str(looked.location)
    assert "Kommunstyrelsen (KS)" in archivist.get(str(looked.location)).text
    ordered = send(archivist, f"{address}/ta-over", chosen)
    assert ordered.status_code == 302, ordered.text
    waiting = archivist.get(str(ordered.location)).text
    assert "Väntar" in waiting
    assert 'http-equiv="refresh"' in waiting
    take_over(services)
    done = archivist.get(str(ordered.location)).text
    assert "Klart" in done
    assert "BN 2019-000123" in done
    with services.database.reading() as session:
        case = session.scalars(select(Case).where(Case.number_text == "BN 2019-000123")).one()
    shown = archivist.get(f"/intern/arende/{case.uid}").text
    assert "Övertaget ärende" in shown
    assert "ByggReda" in shown
    assert "läsarkiv" in shown
    assert "Tidigare övertaganden" in archivist.get(f"{address}/ta-over").text


def test_an_archivist_alone_brings_nothing_into_the_living_register(
    archivist: FlaskClient, services: Diarium, tmp_path: Path
) -> None:
    address = received(archivist, services, municipal_fgs1(tmp_path / "bygglov"), tmp_path)
    chosen: dict[str, object] = {"mode": "register", "authority": "KS", "accepts_errors": "1"}
    new: dict[str, object] = {**chosen, "mode": "read_only", "authority": "", "new_code": "BN"}
    for values in (chosen, new):
        assert send(archivist, f"{address}/ta-over", values).status_code == 403
    with services.database.unit_of_work() as session:
        user = session.scalars(select(User).where(User.username == "arja")).one()
        session.add(Membership(user_id=user.id, authority_code="KS", role=Role.ADMINISTRATOR))
    assert send(archivist, f"{address}/ta-over", chosen).status_code == 302


def test_the_preview_tells_nothing_of_an_authority_that_is_not_the_archivists(
    archivist: FlaskClient, services: Diarium, tmp_path: Path
) -> None:
    address = received(archivist, services, municipal_fgs1(tmp_path / "bygglov"), tmp_path)
    answer = archivist.get(f"{address}/ta-over?mode=read_only&authority=SN")
    assert answer.status_code == 403
    assert "Socialnämnden" not in answer.text


def test_an_import_is_stopped_and_gone_on_with(archivist: FlaskClient, services: Diarium, tmp_path: Path) -> None:
    address = received(archivist, services, municipal_fgs1(tmp_path / "bygglov"), tmp_path)
    chosen: dict[str, object] = {"mode": "read_only", "authority": "KS", "accepts_errors": "1"}
    place = str(send(archivist, f"{address}/ta-over", chosen).location)
    send(archivist, f"{place}/stoppa", {}, form_page=place)
    take_over(services)
    stopped = archivist.get(place).text
    assert "stoppades av" in stopped
    assert "BN 2019-000123" not in stopped
    send(archivist, f"{place}/fortsatt", {}, form_page=place)
    take_over(services)
    assert "BN 2019-000123" in archivist.get(place).text


def test_others_know_nothing_of_packages_and_imports(
    archivist: FlaskClient, log_in: Callable[[str], FlaskClient], services: Diarium, tmp_path: Path
) -> None:
    address = received(archivist, services, municipal_fgs1(tmp_path / "bygglov"), tmp_path)
    chosen: dict[str, object] = {"mode": "read_only", "authority": "KS", "accepts_errors": "1"}
    place = str(send(archivist, f"{address}/ta-over", chosen).location)
    registrar = log_in("rut")
    assert registrar.get(f"{address}/ta-over").status_code == 403
    assert registrar.get(place).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_package(
    archivist: FlaskClient, services: Diarium, tmp_path: Path
) -> None:
    counts = []
    for number in (2, 30):
        root = municipal_fgs1(tmp_path / f"p{number}")
        content = root / "Content" / "arenden.xml"
        text = content.read_text("utf-8")
        start, end = text.index("<ArkivobjektArende "), text.index("</ArkivobjektListaArenden>")
        cases = [text[start:end].replace("2019-000", f"20{10 + place}-{place:03d}") for place in range(number)]
        content.write_text(text[:start] + "".join(cases) + text[end:], "utf-8")
        address = f"{received(archivist, services, root, tmp_path)}/ta-over?mode=read_only&authority=KS"
        archivist.get(address)  # unpacked once
        with statements_of(services.database.engine) as statements:
            assert archivist.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
