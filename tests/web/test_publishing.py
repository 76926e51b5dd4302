"""The staff's pages about the web register."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.changes.worker import Worker
from diarium.classification.models import Classification
from diarium.composition import Diarium
from diarium.identity import accounts
from diarium.identity.models import User
from diarium.identity.permissions import Role
from diarium.public.models import PublicDocument
from diarium.register import publishing, secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.models import Authority, Case, Document, FileReview, Record
from diarium.register.spreading import CaseSpreader
from diarium.register.vocabulary import PartyKind
from diarium.secrecy.models import Scope
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]
ANNA = PartyFacts("Anna Svensson", PartyKind.PERSON)
LETTER = "Anna Svensson, 640823-3234, klagar på bullret."


@pytest.fixture
def town(app: Flask, services: Diarium) -> Municipality:
    return Municipality(services.database, services.blobs)


def register(
    town: Municipality, *, text: str = "Protokoll om broar", released: bool = True
) -> tuple[uuid.UUID, ...]:
    """A case with a record and a file; the identifiers of the three."""
    with town.database.unit_of_work() as session:
        sha256 = town.store(session, text.encode(), text=text)
        case = town.case(session, classification="1.1", title="Buller vid broarna", parties=(ANNA,))
        file = DocumentFacts(sha256, "brev från Anna.txt", is_released=released)
        record = town.record(session, case, title="Klagomål om buller", documents=(file,))
        return case.uid, record.uid, record.documents[0].uid


def drain(services: Diarium) -> None:
    Worker(services.database, [CaseSpreader(services.database), services.projector]).drain()


def text_of(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return " ".join(html.fromstring(answer.text).xpath("//main")[0].text_content().split())


def test_record_is_taken_from_the_web_in_the_same_request_and_put_back(
    app: Flask, services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    _case, record, _file = register(town)
    drain(services)
    public = app.test_client()
    number = _number(town, record)
    year, case_number = number.removeprefix("KS ").split("-")[0].split("/")
    address = f"/handling/KS/{year}/{case_number}/1"
    assert "Klagomål om buller" in public.get(address).text
    client, page = log_in("rut"), f"/intern/handling/{record}/webben"
    assert "visas som" in text_of(client, page)
    refused = send(client, f"{page}/dra-tillbaka", {"reason": ""}, page)
    assert refused.status_code == 422
    assert "Skriv varför" in refused.text
    assert send(client, f"{page}/dra-tillbaka", {"reason": "Fel fil"}, page).status_code == 302
    after = public.get(address)
    assert "Klagomål om buller" not in after.text
    assert "max-age=5" in after.headers["Cache-Control"]
    assert "ETag" in after.headers
    told = text_of(client, page)
    assert "Borttaget från webben" in told
    assert "Skäl: Fel fil" in told
    assert send(client, f"{page}/publicera-igen", {"reason": "Rättad"}, page).status_code == 302
    drain(services)
    assert "Klagomål om buller" in public.get(address).text


def _number(town: Municipality, record: uuid.UUID) -> str:
    with town.database.reading() as session:
        return session.scalars(select(Record).where(Record.uid == record)).one().number_text


def test_single_file_is_taken_from_the_web_and_listed(
    services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    _case, record, file = register(town)
    drain(services)
    client, page = log_in("rut"), f"/intern/handling/{record}/webben"
    assert (
        send(client, f"/intern/fil/{file}/webben/dra-tillbaka", {"reason": "Innehåller namn"}, page).status_code
        == 302
    )
    assert "Filen är tillbakadragen från webben." in text_of(client, page)
    listed = text_of(client, "/intern/publicering/tillbakadraget")
    assert _number(town, record) in listed
    assert "Innehåller namn" in listed


def test_case_page_tells_why_a_title_is_not_on_the_web(
    services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    with town.database.unit_of_work() as session:
        case = town.case(session, classification="1.1", title="Klagomål från Anna Svensson", parties=(ANNA,)).uid
    drain(services)
    client = log_in("rut")
    told = text_of(client, f"/intern/arende/{case}")
    assert "Visas inte på webben: rubrik. Texten innehåller namnet på en privatperson" in told
    assert "Privatpersoner namnges inte." in text_of(client, f"/intern/arende/{case}/webben")


def test_released_file_with_personal_data_waits_for_a_registrar(
    app: Flask, services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    _case, record, file = register(town, text=LETTER, released=False)
    client = log_in("rut")
    answer = send(client, f"/intern/fil/{file}/slapp", {"released": "1"}, f"/intern/handling/{record}")
    assert answer.status_code == 302
    assert "innehåller personnummer" in text_of(client, f"/intern/handling/{record}")
    drain(services)
    listed = text_of(client, "/intern/publicering")
    assert "brev från Anna.txt" in listed
    assert "personnummer, namnet Anna Svensson" in listed
    assert "Publicering (1)" in client.get("/intern/").text
    with services.database.reading() as session:
        review = session.scalars(select(FileReview)).one()
    assert _public_file(services) is None
    page = html.fromstring(client.get("/intern/publicering").text)
    seen = page.xpath("//input[@name='seen']/@value")[0]
    decide = f"/intern/publicering/granskning/{review.uid}"
    form = {"seen": seen, "decision": "approve", "reason": ""}
    assert send(client, decide, form, "/intern/publicering").status_code == 422
    stale = send(client, decide, form | {"reason": "Prövad", "seen": "gammal"}, "/intern/publicering")
    assert (stale.status_code, "Någon annan har ändrat" in stale.text) == (422, True)
    assert send(client, decide, form | {"reason": "Prövad"}, "/intern/publicering").status_code == 302
    drain(services)
    assert _public_file(services) is not None
    assert "Inget här" in text_of(client, "/intern/publicering")
    approved = html.fromstring(client.get("/intern/publicering?visa=approved").text)
    seen = approved.xpath("//input[@name='seen']/@value")[0]
    form = {"seen": seen, "decision": "decline", "reason": "Ångrat"}
    assert send(client, decide, form, "/intern/publicering?visa=approved").status_code == 302
    assert _public_file(services) is None


def _public_file(services: Diarium) -> str | None:
    with services.public.database.reading() as session:
        return session.scalar(select(PublicDocument.file_name))


def test_file_name_and_findings_of_a_marked_file_are_not_told_to_who_may_not_open_it(
    services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    _case, record, file = register(town, text=LETTER)
    drain(services)
    with town.database.unit_of_work() as session:
        target = session.scalars(select(Record).where(Record.uid == record)).one()
        facts = RestrictionFacts("26:1", Scope.FILES)
        secrecy_marks.mark(session, town.registrar, target, facts)
    client = log_in("hans")
    told = text_of(client, f"/intern/handling/{record}/webben")
    assert "brev från Anna" not in told
    assert "Fil 1: visas inte." in told
    assert client.get("/intern/publicering").status_code == 403
    with town.database.reading() as session:
        assert session.scalars(select(Document).where(Document.uid == file)).one().is_released


def test_other_boards_registrar_finds_none_of_it(services: Diarium, log_in: LogIn, town: Municipality) -> None:
    case, record, file = register(town, text=LETTER)
    drain(services)
    with services.database.reading() as session:
        review = session.scalars(select(FileReview)).one().uid
    client = log_in("siv")
    for address in (f"/intern/arende/{case}/webben", f"/intern/handling/{record}/webben"):
        assert client.get(address).status_code == 404
    for address in (
        f"/intern/arende/{case}/webben/dra-tillbaka",
        f"/intern/handling/{record}/webben/dra-tillbaka",
        f"/intern/fil/{file}/webben/dra-tillbaka",
        f"/intern/publicering/granskning/{review}",
    ):
        answer = send(client, address, {"reason": "Nyfiken", "decision": "approve"}, "/intern/registrera")
        assert answer.status_code == 404, address
    assert _number(town, record) not in text_of(client, "/intern/publicering")


def test_correcting_form_warns_once_of_a_name_in_the_title(
    services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    case, record, _file = register(town)
    client = log_in("rut")
    for kind, uid in (("arende", case), ("handling", record)):
        page = f"/intern/{kind}/{uid}/ratta"
        form = {name: value for name, value in _fields(client, page).items() if name != "csrf_token"}
        form |= {"title": "Klagomål från A Svensson", "reason": "Skrivfel"}
        warned = send(client, page, form, page)
        assert warned.status_code == 422
        assert "namn på en part som inte ska namnges" in warned.text
        assert "confirm_public" in warned.text
        assert send(client, page, form | {"confirm_public": "1"}, page).status_code == 302


def _fields(client: FlaskClient, page: str) -> dict[str, str]:
    form = html.fromstring(client.get(page).text).xpath("//main//form")[-1]
    return dict(form.form_values())


def test_registration_form_warns_of_names_in_the_form_and_in_the_case(
    services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    case, _record, _file = register(town)
    with town.database.reading() as session:
        number = session.scalars(select(Case).where(Case.uid == case)).one().number_text
    client = log_in("rut")
    form = {
        "direction": "incoming", "official_on": "2026-01-05", "case_choice": "existing", "case": number,
        "secrecy": "open", "party-0-name": "Bo Ek", "party-0-kind": "person",
    }  # fmt: skip
    for title in ("Yttrande av Bo Ek", "Yttrande om Svensson, Anna"):
        answer = send(client, "/intern/registrera", form | {"title": title}, "/intern/registrera")
        assert answer.status_code == 422
        assert "namn på en part som inte ska namnges" in answer.text
    form |= {"title": "Yttrande av Bo Ek", "confirm_public": "1"}
    assert send(client, "/intern/registrera", form, "/intern/registrera").status_code == 302


def test_delay_is_set_for_an_authority_and_for_a_class(
    services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    with services.database.unit_of_work() as session:
        adam = session.scalars(select(User).where(User.username == "adam")).one()
        both = {code: [Role.ADMINISTRATOR] for code in ("KS", "SN")}
        accounts.set_roles(session, town.chief, adam, both)
        item = session.scalars(select(Classification).where(Classification.code == "1.1")).one().uid
    client = log_in("adam")
    page = "/intern/administration/myndigheter/KS/publicering"
    for wrong in ("-1", "61", "många"):
        answer = send(client, page, _fields(client, page) | {"publish_after_days": wrong}, page)
        assert answer.status_code == 422
        assert f'value="{wrong}"' in answer.text
    assert send(client, page, _fields(client, page) | {"publish_after_days": "2"}, page).status_code == 302
    assert "efter 2 arbetsdagar" in text_of(client, "/intern/administration/myndigheter/KS")
    of_class = f"/intern/administration/klasser/{item}/publicering"
    assert (
        send(client, of_class, _fields(client, of_class) | {"publish_after_days": "0"}, of_class).status_code
        == 302
    )
    listed = text_of(client, "/intern/administration/publicering")
    assert "2 arbetsdagar" in listed
    assert "1.1 Protokoll" in listed
    with services.database.reading() as session:
        assert session.scalars(select(Authority.publish_after_days).order_by(Authority.id)).all() == [2, 0]


def test_pages_take_as_many_statements_for_many_records_as_for_few(
    services: Diarium, log_in: LogIn, town: Municipality
) -> None:
    case, _record, _file = register(town, text=LETTER)
    client = log_in("rut")
    pages = (f"/intern/arende/{case}/webben", "/intern/publicering", "/intern/publicering/tillbakadraget")
    counts = []
    for amount in (2, 12):
        with town.database.unit_of_work() as session:
            target = session.scalars(select(Case).where(Case.uid == case)).one()
            for number in range(amount):
                letter = f"{LETTER} {amount} {number}"
                file = DocumentFacts(
                    town.store(session, letter.encode(), text=letter), "brev.txt", is_released=True
                )
                record = town.record(session, target, title="Klagomål", documents=(file,))
                publishing.withdraw(
                    session, town.registrar, record if number % 2 else record.documents[0], "Fel fil"
                )
        drain(services)
        found = []
        for page in pages:
            with statements_of(services.database.engine) as statements:
                text_of(client, page)
            found.append(len(statements))
        counts.append(found)
    assert counts[0] == counts[1]
