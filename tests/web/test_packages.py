"""The page where an archivist hands in any package: the worker checks it; the report is read and printed."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from diarium.archive import received_intake
from diarium.archive.received_checking import PackageChecker, check_limits
from diarium.archive.received_models import ReceivedPackage
from diarium.composition import Diarium
from diarium.settings import PackageSettings, Settings
from tests.archive.validation.builder import METS, Package, zipped
from tests.counting import statements_of
from tests.web.conftest import send

LIST = "/intern/arkiv/paket"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a folder on the server, and little room."""
    folder = tmp_path / "leveranser"
    folder.mkdir()
    return replace(settings, packages=PackageSettings(folders=(folder,), max_bytes=2_000_000))


@pytest.fixture
def archivist(app: Flask, log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return log_in("arja")


def packed(tmp_path: Path, change: Callable[[Package], None] = lambda package: None) -> bytes:
    package = Package()
    change(package)
    root = package.write(tmp_path / uuid.uuid4().hex)
    return zipped(root, tmp_path / "paket.bin").read_bytes()


def without_dates(package: Package) -> None:
    """Three hundred files, none of which says when it was made."""
    package.files |= {f"documentation/{number}.txt": b"x" for number in range(300)}
    for file in package.tree().iter(f"{{{METS}}}file"):
        file.attrib.pop("CREATED")
    package.one("/m:mets").attrib.pop("LABEL")


def check(services: Diarium) -> None:
    settings = services.settings
    limits = check_limits(settings.packages)
    with PackageChecker(services.database, settings.export_folder, limits, patience=60) as checker:
        while checker.run():
            pass


def hand_in(client: FlaskClient, content: bytes, name: str = "leverans.zip") -> str:
    answer = send(client, LIST, {"package": (io.BytesIO(content), name)})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_a_package_is_handed_in_followed_and_read(
    archivist: FlaskClient, services: Diarium, tmp_path: Path
) -> None:
    address = hand_in(archivist, packed(tmp_path))
    waiting = archivist.get(address).text
    assert "Väntar på kontroll" in waiting
    assert 'http-equiv="refresh"' in waiting  # also without JavaScript
    check(services)
    page = archivist.get(address).text
    assert "Godkänt" in page
    assert "Inga anmärkningar" in page
    assert 'http-equiv="refresh"' not in page
    listing = archivist.get(LIST).text
    assert "leverans.zip" in listing
    assert "Godkänt" in listing


def test_a_long_report_is_grouped_filtered_paged_printed_and_told_as_json(
    archivist: FlaskClient, services: Diarium, tmp_path: Path
) -> None:
    address = hand_in(archivist, packed(tmp_path, without_dates))
    check(services)
    page = html.fromstring(archivist.get(address).text)
    assert "Inte godkänt" in page.text_content()
    assert [" ".join(heading.split()) for heading in page.xpath("//h3/text()[1]")][:1] == ["CSIP70"]
    assert len(page.xpath("//section[.//h2[@id='findings' or text()='Anmärkningar']]//tbody/tr")) <= 100 + 10
    following = page.xpath("//a[@rel='next']/@href")[0]
    assert "sida=2" in following
    assert "SIP1" in archivist.get(following).text
    only_infos = html.fromstring(archivist.get(f"{address}?allvar=INFO").text)
    assert [" ".join(heading.split()) for heading in only_infos.xpath("//h3/text()[1]")][:1] == ["SIP1"]
    assert "CSIP70" not in " ".join(only_infos.xpath("//tbody//td/text()"))
    assert archivist.get(f"{address}?allvar=x&regel=y&sida=999").status_code == 200

    report = archivist.get(f"{address}/rapport.json")
    assert report.content_type == "application/json"
    told = json.loads(report.data)
    assert told["errors"] > 100
    printed = archivist.get(f"{address}/rapport.pdf").data
    assert b"/Lang (sv)" in printed
    with pypdfium2.PdfDocument(printed) as document:
        text = document[0].get_textpage().get_text_range()
    assert "Inte godkänt" in text
    assert "CSIP70" in text


def test_a_package_on_the_server_is_checked_there(
    archivist: FlaskClient, services: Diarium, settings: Settings
) -> None:
    folder = settings.packages.folders[0]
    root = Package().write(folder)
    assert str(root) in archivist.get(LIST).text
    answer = send(archivist, LIST, {"path": str(root)})
    assert answer.status_code == 302
    check(services)
    page = archivist.get(answer.location).text
    assert "Godkänt" in page
    assert str(root) in page
    for path in ("/etc", str(folder), f"{folder}/../x"):
        refused = send(archivist, LIST, {"path": path})
        assert refused.status_code == 422
        assert 'id="path-error"' in refused.text
        assert f'value="{path}"' in refused.text


def test_nothing_too_large_and_an_empty_form_are_told_at_the_field(archivist: FlaskClient) -> None:
    for data in (
        {},
        {"package": (io.BytesIO(b""), "tom.zip")},
        {"package": (io.BytesIO(b"x" * 2_100_000), "s.zip")},
    ):
        answer = send(archivist, LIST, data)
        assert answer.status_code == 422
        assert 'id="package-error"' in answer.text


def test_a_package_is_removed_by_hand(archivist: FlaskClient, services: Diarium, tmp_path: Path) -> None:
    address = hand_in(archivist, packed(tmp_path))
    check(services)
    answer = send(archivist, f"{address}/ta-bort", {}, form_page=address)
    assert answer.location.endswith(LIST)
    assert archivist.get(address).status_code == 404
    assert not list((services.settings.export_folder / "received").iterdir())


def test_only_those_who_export_come_here(
    app: Flask, log_in: Callable[[str], FlaskClient], archivist: FlaskClient, tmp_path: Path
) -> None:
    address = hand_in(archivist, packed(tmp_path))
    for name in ("rut", "hans", "adam"):
        client = log_in(name)
        for url in (LIST, address, f"{address}/rapport.json", f"{address}/rapport.pdf"):
            assert client.get(url).status_code == 403
    assert app.test_client().get(address).status_code == 302
    assert archivist.get(f"{LIST}/{uuid.uuid4()}").status_code == 404
    assert archivist.get(f"{address}/rapport.pdf").status_code == 404  # not checked yet


def test_the_list_costs_the_same_whatever_there_is(archivist: FlaskClient, services: Diarium) -> None:
    def fill(count: int) -> None:
        with services.database.unit_of_work() as session:
            for number in range(count):
                report = {"findings": [{"rule": "XSD"}] * 100}
                session.add(
                    ReceivedPackage(
                        name=f"p{number}.zip", way="upload", state="checked", report=report, errors=1,
                        is_valid=False, received_by_name="x", kept_until=received_intake.now(),
                    )
                )  # fmt: skip

    fill(3)
    with statements_of(services.database.engine) as few:
        archivist.get(LIST)
    fill(60)
    with statements_of(services.database.engine) as many:
        page = archivist.get(LIST).text
    assert len(few) == len(many)
    assert 'rel="next"' in page
    older = html.fromstring(page).xpath("//a[@rel='next']/@href")[0]
    assert "p0.zip" in archivist.get(older).text
