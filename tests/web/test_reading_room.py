"""The reading room's pages: a package opened in the browser, by those who may, noted in the log."""

from __future__ import annotations

import io
import uuid
from collections import deque
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.archive import exporting, exporting_run, received_intake
from diarium.archive.criteria import Criteria
from diarium.archive.profiles.codes import ProfileCode
from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Actor, Role
from tests.archive.made_packages import made_package
from tests.archive.reading_room.shelf import stands_in, values_of
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.archive.validation.builder import DATA, Package, zipped
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]


def take_in(services: Diarium, root: Path, name: str = "paket.zip") -> str:
    """Hands the package in; the address where it is read."""
    packed = zipped(root, root.parent / f"{uuid.uuid4()}.zip")
    settings = services.settings
    content, who = io.BytesIO(packed.read_bytes()), archivist(services)
    uid = received_intake.take_in(services.database, settings.export_folder, who, content, name, settings.packages)
    return f"/intern/arkiv/paket/{uid}/las"


@pytest.fixture
def full(services: Diarium, tmp_path: Path) -> tuple[str, Path]:
    """A package of the register with every field: its address and its folder."""
    town = Municipality(services.database, services.blobs)
    root = made_package(town, tmp_path / "made", ProfileCode.FGS2, full_case, plain_case).root
    return take_in(services, root), root


def test_every_value_of_the_content_stands_on_some_page(
    services: Diarium, log_in: LogIn, full: tuple[str, Path]
) -> None:
    address, root = full
    with services.database.unit_of_work() as session:
        roles = {"KS": [Role.ARCHIVIST, Role.REGISTRAR]}  # the latter sees who is protected
        identity.create_user(session, SYSTEM, "rita", "Rita", roles, password="rita-hemligt-lösen")
    texts = walk(log_in("rita"), address)
    everything = "\n".join(texts.values())
    missing = {text for text in values_of(root / DATA / "ERMS.xml") if squeezed(text) not in everything}
    assert missing == set()
    kinds = {urlsplit(page).path.removeprefix(address).split("/")[1:2][0] for page in texts if page != address}
    assert {"lista", "post", "fil", "mapp", "sok"} <= kinds


def test_an_archivist_learns_nothing_of_who_is_protected(log_in: LogIn, full: tuple[str, Path]) -> None:
    address, _root = full
    client = log_in("arja")
    everything = "\n".join(walk(client, address).values())
    assert "Måsen 3" in everything
    assert "Begränsad i paketet" in everything
    assert "Skyddad identitet, visas inte" in everything
    for secret in ("Petra Part", "Hemlig gata", "a@example.org"):
        assert not stands_in(secret, everything)
        assert "Inga träffar" in client.get(f"{address}/sok?q={secret}").text
    assert client.get(f"{address}/fil/{file_id(client, address, 'ERMS.xml')}/xml").status_code == 403
    assert client.get(f"{address}/fil/{file_id(client, address, 'ERMS.xml')}/hamta").status_code == 403


def test_reading_is_noted_with_what_was_read(services: Diarium, log_in: LogIn, full: tuple[str, Path]) -> None:
    address, _root = full
    client = log_in("arja")
    file = file_id(client, address, "Bilaga")
    listed = html.fromstring(client.get(f"{address}/lista/arenden").text)
    (marked,) = listed.xpath("//table[@id='items']/tbody/tr[contains(., 'Begränsad')]/th/a")
    client.get(f"{address}/sok?q=Enkelt")
    client.get(f"{address}/fil/{file}/hamta")
    client.get(urljoin(address, marked.get("href")))
    noted = events(services)
    assert [(event.actor_name, event.after) for event in noted] == [
        ("Arja Arkivarie", {"place": "overview"}),
        ("Arja Arkivarie", {"place": "arenden", "numbers": [marked.text]}),
        ("Arja Arkivarie", {"place": "file", "file": noted[2].after and noted[2].after["file"]}),
        ("Arja Arkivarie", {"place": "item", "numbers": [marked.text]}),
    ]
    assert {event.entity_uid for event in noted} == {address.split("/")[4]}


def test_numbers_that_nothing_has_lead_nowhere(log_in: LogIn, services: Diarium, tmp_path: Path) -> None:
    address = take_in(services, Package().write(tmp_path))
    client, number = log_in("arja"), 10**30
    assert client.get(address).status_code == 200
    for page in (f"/post/{number}", f"/mapp/{number}", f"/fil/{number}", f"/fil/{number}/xml"):
        assert client.get(address + page).status_code == 404, page


@pytest.mark.parametrize("username", ["rut", "hans", "adam", "siv"])
def test_nobody_but_those_who_export_opens_a_package(
    log_in: LogIn, services: Diarium, tmp_path: Path, username: str
) -> None:
    address = take_in(services, Package().write(tmp_path))
    client = log_in(username)
    for page in ("", "/lista/arenden", "/post/1", "/mapp", "/fil/1", "/fil/1/hamta", "/fil/1/xml", "/sok?q=x"):
        assert client.get(address + page).status_code == 403, page
    assert not [event for event in events(services) if event.actor_name != "Arja Arkivarie"]


def test_what_is_not_there_is_not_found(log_in: LogIn, services: Diarium, tmp_path: Path) -> None:
    address = take_in(services, Package().write(tmp_path))
    client = log_in("arja")
    assert client.get(f"{address}/lista/arenden").status_code == 404  # nobody has opened it
    assert client.get(address).status_code == 200
    for page in ("/lista/annat", "/post/999", "/post/1?del=99", "/mapp/999", "/fil/999", "/fil/1/xml?sida=99"):
        assert client.get(address + page).status_code == 404, page
    assert client.get(f"/intern/arkiv/paket/{uuid.uuid4()}/las").status_code == 404


def test_a_file_is_checked_downloaded_and_shown_safely(log_in: LogIn, services: Diarium, tmp_path: Path) -> None:
    package = Package()
    package.files[f"{DATA}/sida.html"] = b"<html><script>alert(1)</script></html>"
    package.tree()
    root = package.write(tmp_path)
    (root / DATA / "sida.html").write_bytes(b"<html><script>alert(2)</script></html>")
    address = take_in(services, root)
    client = log_in("arja")
    client.get(address)
    page, text = (f"{address}/fil/{file_id(client, address, name)}" for name in ("sida.html", "ansokan.txt"))
    for one, told in ((text, "stämmer. Filen är oförändrad."), (page, "stämmer inte. Filen är ändrad")):
        assert urlsplit(send(client, f"{one}/kontrollera", {}, one).location).path == one
        assert f"Kontrollsumman {told}" in client.get(one).text
    for one in (f"{page}/visa", f"{page}/hamta", f"{text}/hamta"):
        answer = client.get(one)
        assert answer.headers["Content-Disposition"].startswith("attachment"), one
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    shown = client.get(f"{text}/visa")
    assert shown.mimetype == "text/plain"
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert client.get(f"{page}/hamta").mimetype == "application/octet-stream"


def test_markup_in_a_package_is_text_on_the_pages(log_in: LogIn, services: Diarium, tmp_path: Path) -> None:
    package = Package()
    package.replace(f"{DATA}/ERMS.xml", "Carport", "&lt;script&gt;alert(1)&lt;/script&gt; carport")
    address = take_in(services, package.write(tmp_path), "<b>paket</b>.zip")
    client = log_in("arja")
    pages = [address, f"{address}/lista/arenden", f"{address}/sok?q=carport"]
    pages += [f"{address}/fil/{file_id(client, address, 'ERMS.xml')}/xml"]
    for page in pages:
        found = html.fromstring(client.get(page).text)
        assert not [one for one in found.iter("script") if "alert" in (one.text or "")]
    assert html.fromstring(client.get(pages[2]).text).xpath("//mark/text()") == ["carport", "carport"]


def test_a_large_package_waits_for_the_worker_and_its_files_are_searched(
    log_in: LogIn, services: Diarium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diarium.archive.reading_room.making.SMALL_PACKAGE", 10)
    address = take_in(services, Package().write(tmp_path))
    client = log_in("arja")
    waiting = client.get(address).text
    assert "Paketet är stort och läses in." in waiting
    assert "data-refresh-seconds" in waiting
    with services.worker() as worker:
        worker.drain()
    assert "Metadata i paketet" in client.get(address).text
    assert "Jag <mark>vill</mark> bygga." in client.get(f"{address}/sok?q=vill").text


def test_a_package_that_cannot_be_opened_says_why_and_is_tried_again(log_in: LogIn, services: Diarium) -> None:
    uid = received_intake.take_in(
        services.database,
        services.settings.export_folder,
        archivist(services),
        io.BytesIO(b"PK inget arkiv"),
        "trasigt.zip",
        services.settings.packages,
    )
    client = log_in("arja")
    address = f"/intern/arkiv/paket/{uid}/las"
    assert "Paketet kunde inte öppnas" in client.get(address).text
    assert send(client, address, {}).status_code == 302
    assert "Paketet kunde inte öppnas" in client.get(address).text


def test_a_list_needs_as_many_questions_for_many_as_for_few(
    log_in: LogIn, services: Diarium, tmp_path: Path
) -> None:
    few, many = (take_in(services, with_cases(number).write(tmp_path / str(number))) for number in (3, 40))
    client = log_in("arja")
    sent = []
    for address in (few, many):
        client.get(address)
        counts = []
        for page in ("", "/lista/arenden", "/post/9", "/mapp", "/fil/1", "/sok?q=Carport"):
            with statements_of(services.database.engine) as statements:
                assert client.get(address + page).status_code == 200, page
            counts.append(len(statements))
        sent.append(counts)
    assert sent[0] == sent[1]


def test_long_lists_are_read_page_by_page(log_in: LogIn, services: Diarium, tmp_path: Path) -> None:
    address = take_in(services, with_cases(120).write(tmp_path))
    client = log_in("arja")
    client.get(address)
    seen: list[str] = []
    page: str | None = f"{address}/lista/arenden"
    while page is not None:
        found = html.fromstring(client.get(page).text)
        seen += found.xpath("//table[@id='items']/tbody/tr/th/a/text()")
        page = next(iter(found.xpath("//a[@rel='next']/@href")), None)
    assert seen == [f"BN 2024-{number}" for number in range(1, 121)]


def test_a_package_made_here_is_read_where_it_was_made(log_in: LogIn, services: Diarium) -> None:
    town, folder = Municipality(services.database, services.blobs), services.settings.export_folder
    with services.database.unit_of_work() as session:
        full_case(town, session)
        roles = {"SN": [Role.ARCHIVIST]}
        identity.create_user(session, SYSTEM, "arne", "Arne", roles, password="arne-hemligt-lösen")
    with services.database.unit_of_work() as session:
        export = exporting.request_export(session, town.archivist, Criteria("KS", *PERIOD))
    exporting_run.run_export(services.database, services.blobs, folder, export.uid)
    client = log_in("arja")
    pages = [client.get(f"/intern/arkiv/{export.uid}{rest}").text for rest in ("", "/paket/1")]
    links = [str(link) for page in pages for link in html.fromstring(page).xpath("//main//a/@href")]
    (address,) = {link for link in links if link.endswith("/las")}
    told = client.get(address).text
    assert "Kontrollen fann inga fel." in told
    assert "Kommunstyrelsen" in told
    assert "Petra Part" not in "".join(walk(client, address).values())
    assert events(services)[0].authority_code == "KS"
    assert log_in("arne").get(address).status_code == 404  # another authority's archivist


def test_rooms_without_a_package_are_removed(log_in: LogIn, services: Diarium, tmp_path: Path) -> None:
    address = take_in(services, Package().write(tmp_path))
    client = log_in("arja")
    client.get(address)
    folder = services.settings.export_folder
    own = folder / "reading" / str(uuid.uuid4())
    own.mkdir(parents=True)
    (own / ".wanted").touch()
    with services.worker() as worker:
        worker.drain()
    assert not own.exists()
    uid = uuid.UUID(address.split("/")[4])
    with services.database.unit_of_work() as session:
        received_intake.remove(session, folder, archivist(services), uid)
    assert list((folder / "received").iterdir()) == []
    assert client.get(address).status_code == 404


def with_cases(number: int) -> Package:
    package = Package()
    text = package.files[f"{DATA}/ERMS.xml"].decode()
    start, end = text.index("<aggregation "), text.index("</aggregation>") + len("</aggregation>")
    cases = "".join(text[start:end].replace("2024-1", f"2024-{one}") for one in range(1, number + 1))
    package.files[f"{DATA}/ERMS.xml"] = (text[:start] + cases + text[end:]).encode()
    return package


def walk(client: FlaskClient, start: str) -> dict[str, str]:
    """The texts of all pages of the reading room that links lead to, by address."""
    texts: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        address = waiting.popleft()
        if address in texts or address.endswith(("/hamta", "/visa")) or "/xml" in address:
            continue
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = html.fromstring(answer.text)
        texts[address] = squeezed(page.find(".//main").text_content())
        links = (urldefrag(urljoin(address, link)).url for link in page.xpath("//main//a/@href"))
        waiting += [link for link in links if link.startswith(start) and "lang=" not in link]
    return texts


def squeezed(text: str) -> str:
    return " ".join(text.split())


def file_id(client: FlaskClient, address: str, name: str) -> str:
    """The number of the first file whose name or place holds `name`."""
    client.get(address)
    page = html.fromstring(client.get(f"{address}/sok?q={name}").text)
    links = page.xpath("//ol[@class='result-list']//a[contains(@href, '/fil/')]/@href")
    return str(links[0]).rsplit("/", 1)[-1]


def events(services: Diarium) -> list[AuditEvent]:
    with services.database.reading() as session:
        query = select(AuditEvent).where(AuditEvent.action == "package.read").order_by(AuditEvent.id)
        return list(session.scalars(query))


def archivist(services: Diarium) -> Actor:
    with services.database.reading() as session:
        return identity.actor_of(session.scalars(select(User).where(User.username == "arja")).one())
