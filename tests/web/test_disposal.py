"""The pages of disposal: from the list of what is due to the certificate, and what disposed cases look like."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import func, select, update

from diarium.composition import Diarium
from diarium.db.base import now
from diarium.disposal.models import DisposalItem, DisposalProposal, ItemState, LegalHold, RetentionDay
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.login_models import LoginSession
from diarium.identity.permissions import SYSTEM, Role
from diarium.register import closing
from diarium.register.models import Case, DisposalDepth
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import send

LIST = "/intern/arkiv/gallring"
LogIn = Callable[[str], FlaskClient]


@pytest.fixture
def town(services: Diarium) -> Municipality:
    """The municipality with a second archivist."""
    found = Municipality(services.database, services.blobs)
    with services.database.unit_of_work() as session:
        identity.create_user(
            session, SYSTEM, "arne", "Arne Arkivchef", {"KS": [Role.ARCHIVIST]}, password="arne-hemligt-lösen"
        )
    return found


def old_cases(town: Municipality, count: int = 1) -> list[Case]:
    """Cases of class 2.1 that were closed twelve years ago."""
    made = []
    with town.database.unit_of_work() as session:
        for number in range(count):
            case = town.case(session, classification="2.1", title=f"Carport {number}")
            town.record(session, case, title="Ritning till carport")
            closing.close(session, town.registrar, case, reason="Klart.")
            session.flush()
            day = dt.date(today().year - 12, 5, 3)
            session.execute(update(Case).where(Case.id == case.id).values(closed_on=day, opened_on=day))
            made.append(case)
    return made


def carry_out(services: Diarium) -> None:
    """The worker's part, with contents that need not lie untouched."""
    disposer = services.disposer
    disposer = replace(disposer, remover=replace(disposer.remover, untouched_for=0))
    disposer.run()
    with services.worker() as worker:
        worker.drain()
    disposer.run()


def proposal_number(services: Diarium) -> str:
    """How the only proposal is cited."""
    with services.database.reading() as session:
        return session.scalars(select(DisposalProposal)).one().number_text


def test_an_archivist_proposes_and_another_decides(services: Diarium, town: Municipality, log_in: LogIn) -> None:
    case, other = old_cases(town, 2)
    arja, arne = log_in("arja"), log_in("arne")
    page = arja.get(f"{LIST}/att-gallra").text
    first = f"{today().year - 1}-01-01"
    assert f"Gallras tidigast {first}: 10 år efter utgången av det år då ärendet avslutades" in page
    answer = send(arja, f"{LIST}/att-gallra", {"authority": "KS", "note": "Enligt planen"})
    assert answer.status_code == 302
    address = answer.headers["Location"]
    details = arja.get(address).text
    assert case.number_text in details
    assert "Du har lagt förslaget. En annan arkivarie ska besluta." in details
    assert 'name="confirmed"' not in arja.get(f"{address}/beslut").text
    with services.database.reading() as session:
        (left_out, _other) = session.scalars(select(DisposalItem).order_by(DisposalItem.id)).all()
    form = f"{address}/undanta/{left_out.id}"
    assert send(arne, form, {"reason": "", "version": 1}, address).status_code == 422
    assert send(arne, form, {"reason": "Forskning", "version": 1}, address).status_code == 302
    assert "Gallring går inte att ångra" in arne.get(f"{address}/beslut").text
    facts = {"decision": "KS 2026-01-15 § 7", "decided_on": "2026-01-15", "confirmed": "2", "version": 2}
    refused = send(arne, f"{address}/beslut", facts)
    assert refused.status_code == 422
    assert "Skriv antalet ärenden som ska gallras: 1." in refused.text
    assert "KS 2026-01-15 § 7" in refused.text
    assert send(arja, f"{address}/beslut", facts | {"confirmed": "1"}, f"{LIST}/stopp").status_code == 422
    assert arne.get(f"{address}/bevis").status_code == 409
    with services.database.unit_of_work() as session:
        session.execute(update(LoginSession).values(confirmed_at=now() - dt.timedelta(minutes=31)))
    assert send(arne, f"{address}/beslut", facts | {"confirmed": "1"}).status_code == 403, "who is it?"
    with services.database.unit_of_work() as session:
        session.execute(update(LoginSession).values(confirmed_at=now()))
    assert send(arne, f"{address}/beslut", facts | {"confirmed": "1"}).status_code == 302
    assert "Gallringen pågår" in arne.get(address).text
    carry_out(services)
    page = arne.get(f"{address}/bevis").text
    for told in ("KS 2026-01-15 § 7", other.number_text, "Arja Arkivarie", "Arne Arkivchef", "Forskning"):
        assert told in page
    pdf = arne.get(f"{address}/bevis.pdf")
    assert pdf.data.startswith(b"%PDF-")
    assert "Carport" not in page
    assert proposal_number(services) in arja.get(LIST).text
    with services.database.reading() as session:
        assert session.get_one(Case, case.id).disposed is None
        assert session.get_one(Case, other.id).disposed is DisposalDepth.EVERYTHING


def test_a_disposed_case_tells_what_it_was_and_takes_no_changes(
    services: Diarium, town: Municipality, log_in: LogIn
) -> None:
    (case,) = old_cases(town)
    arja, arne, rut = log_in("arja"), log_in("arne"), log_in("rut")
    address = send(arja, f"{LIST}/att-gallra", {"authority": "KS"}).headers["Location"]
    facts = {"decision": "KS 2026-01-15 § 7", "decided_on": "2026-01-15", "confirmed": "1", "version": 1}
    send(arne, f"{address}/beslut", facts)
    carry_out(services)
    with services.database.reading() as session:
        record = session.get_one(Case, case.id).records[0].uid
    for page in (f"/intern/arende/{case.uid}", f"/intern/handling/{record}"):
        shown = rut.get(page)
        assert shown.status_code == 200
        assert "Gallrat" in shown.text
        assert "KS 2026-01-15 § 7" in shown.text
        assert "carport" not in shown.text.lower()
    page = rut.get(f"/intern/arende/{case.uid}").text
    assert "Uppgifterna är strukna genom gallring: KS 2026-01-15 § 7" in page
    assert "Ärendet gallrades" in page
    assert "Öppna ärendet igen" not in page
    refused = send(rut, f"/intern/arende/{case.uid}/reopen", {"reason": "Mer att göra"})
    assert refused.status_code == 422
    assert "är gallrat och kan inte ändras" in refused.text


def test_stops_and_days_are_set_and_ended_on_a_page(services: Diarium, town: Municipality, log_in: LogIn) -> None:
    (case,) = old_cases(town)
    arja, page = log_in("arja"), f"{LIST}/stopp"
    wrong = send(arja, page, {"authority": "KS", "case": "KS 1999/1", "reason": "Tvist"})
    assert wrong.status_code == 422
    assert "Det finns inget ärende med numret" in wrong.text
    assert send(arja, page, {"authority": "KS", "case": case.number_text, "reason": "Tvist"}).status_code == 302
    assert "Gallringsstopp gäller." in arja.get(f"{LIST}/att-gallra").text
    nothing = send(arja, f"{LIST}/att-gallra", {"authority": "KS"})
    assert nothing.status_code == 422
    assert "Inget ärende i urvalet kan gallras nu" in nothing.text
    with services.database.reading() as session:
        stop = session.scalars(select(LegalHold)).one()
    assert send(arja, f"{page}/{stop.uid}/hav", {"reason": "Dom", "authority": "KS"}, page).status_code == 302
    day: dict[str, object] = {"authority": "KS", "case": case.number_text, "happened_on": "2014-05-04"}
    assert send(arja, f"{LIST}/handelsedag", day, page).status_code == 302
    bad = send(arja, f"{LIST}/handelsedag", day | {"happened_on": "x"}, page)
    assert bad.status_code == 422
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RetentionDay)) == 1


def test_only_archivists_dispose(town: Municipality, log_in: LogIn, app: Flask) -> None:
    old_cases(town)
    arja = log_in("arja")
    address = send(arja, f"{LIST}/att-gallra", {"authority": "KS"}).headers["Location"]
    for name in ("rut", "hans", "adam"):
        client = log_in(name)
        for page in (
            LIST,
            f"{LIST}/att-gallra",
            f"{LIST}/stopp",
            address,
            f"{address}/beslut",
            f"{address}/bevis",
        ):
            assert client.get(page).status_code == 403
    assert app.test_client().get(LIST).status_code == 302
    with_other = arja.get(f"{LIST}/att-gallra?authority=SN")
    assert with_other.status_code == 403


def test_a_proposal_is_taken_back_or_declined(services: Diarium, town: Municipality, log_in: LogIn) -> None:
    old_cases(town)
    arja, arne = log_in("arja"), log_in("arne")
    address = send(arja, f"{LIST}/att-gallra", {"authority": "KS"}).headers["Location"]
    assert send(arja, f"{address}/aterkalla", {"reason": "Fel urval"}, address).status_code == 302
    address = send(arja, f"{LIST}/att-gallra", {"authority": "KS"}).headers["Location"]
    decline = {"reason": "Ska utredas först", "version": 1}
    assert send(arne, f"{address}/avsla", decline, f"{address}/beslut").status_code == 302
    assert arne.get(f"{address}/beslut").status_code == 409
    with services.database.reading() as session:
        assert set(session.scalars(select(DisposalItem.state))) == {ItemState.REJECTED}


def test_pages_cost_the_same_whatever_there_is(services: Diarium, town: Municipality, log_in: LogIn) -> None:
    arja = log_in("arja")
    old_cases(town, 3)
    address = send(arja, f"{LIST}/att-gallra", {"authority": "KS"}).headers["Location"]

    def asked() -> list[int]:
        counts = []
        for page in (LIST, f"{LIST}/att-gallra", latest(arja)):
            with statements_of(services.database.engine) as statements:
                assert arja.get(page).status_code == 200
            counts.append(len(statements))
        return counts

    few = asked()
    send(arja, f"{address}/aterkalla", {"reason": "Fler"}, address)
    old_cases(town, 9)
    send(arja, f"{LIST}/att-gallra", {"authority": "KS"})
    assert asked() == few


def latest(client: FlaskClient) -> str:
    """The address of the newest proposal."""
    page = html.fromstring(client.get(LIST).text)
    (address, *_older) = page.findall(".//table[@id='proposals-table']//a")
    return str(address.get("href"))
