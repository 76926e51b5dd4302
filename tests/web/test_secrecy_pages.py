"""The pages about secrecy: single files, reviews, who is let in, closed circles, shares, readings, what ends."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.i18n import today
from diarium.identity import service as identity
from diarium.identity.models import User
from diarium.identity.permissions import SYSTEM, Role
from diarium.register import closed_circles, letting_in, queries, registration, secrecy_marks
from diarium.register.commands import DocumentFacts, RestrictionFacts
from diarium.register.letting_in import NewGrant
from diarium.register.models import Case
from diarium.search.indexer import rebuild
from diarium.secrecy.models import Restriction, Scope
from diarium.secrecy.work_models import AccessGrant, CaseShare, RestrictionReview
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]
MARK = RestrictionFacts("26:1")


@pytest.fixture
def municipality(services: Diarium) -> Municipality:
    """The municipality of the application."""
    return Municipality(services.database, services.blobs)


class Kept:
    """A marked case of its own with a record with two files, by identifier."""

    def __init__(self, m: Municipality, **facts: object) -> None:
        with m.database.unit_of_work() as session:
            case = m.case(session, **{"title": "Kamomill", "restrictions": (MARK,), **facts})
            record = m.record(session, case, title="Ringblomma")
            names = ("rot.txt", "blad.txt")
            files = tuple(DocumentFacts(m.store(session, name.encode()), name) for name in names)
            registration.add_documents(session, m.registrar, record, files)
            session.refresh(record, ["documents"])
            self.case, self.record, self.number = case.uid, record.uid, case.number_text
            self.files = [item.uid for item in record.documents]
            self.mark = case.restrictions[0].uid if case.restrictions else uuid.uuid4()

    @property
    def case_url(self) -> str:
        return f"/intern/arende/{self.case}"

    @property
    def record_url(self) -> str:
        return f"/intern/handling/{self.record}"


def text_of(client: FlaskClient, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return " ".join(str(html.fromstring(answer.text).text_content()).split())


def wrong(answer) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """The messages of a refused form by the fields that they lead to."""
    assert answer.status_code == 422, answer.status_code
    page = html.fromstring(answer.text)
    links = page.xpath("//div[contains(@class, 'error-summary')]//a")
    for link in links:
        assert page.xpath(f"//*[@id='{link.get('href')[1:]}']"), link.get("href")
    return {link.get("href")[1:]: link.text_content() for link in links}


def test_one_file_is_marked_on_the_page_and_hidden_from_others(municipality: Municipality, log_in: LogIn) -> None:
    kept = Kept(municipality, restrictions=())
    client, url = log_in("rut"), f"{kept.record_url}/markera"
    facts = {"provision": "26:1", "scope": "title", "document": str(kept.files[1])}
    refused = send(client, url, facts)
    assert set(wrong(refused)) == {"document"}
    assert html.fromstring(refused.text).xpath("//select[@id='document']/option[@selected]/@value") == [
        facts["document"]
    ]
    assert set(wrong(send(client, url, {**facts, "document": "x"}))) == {"document"}
    assert send(client, url, {**facts, "scope": "files"}).status_code == 302
    assert "blad.txt" in text_of(client, kept.record_url)
    officer = log_in("hans")
    seen = text_of(officer, kept.record_url)
    assert "rot.txt" in seen
    assert "blad.txt" not in seen
    assert "En del av filerna" in seen
    assert [officer.get(f"/intern/fil/{uid}").status_code for uid in kept.files] == [200, 404]
    assert "blad.txt" not in text_of(officer, f"{kept.record_url}/markera")


def test_review_is_recorded_with_occasion_and_outcome(municipality: Municipality, log_in: LogIn) -> None:
    kept = Kept(municipality)
    client, url = log_in("rut"), f"{kept.case_url}/markering/{kept.mark}"
    assert "En markering är en påminnelse, inte ett beslut (OSL 5 kap. 5 §)" in text_of(client, url)
    assert set(wrong(send(client, url, {"reason": "Prövad"}))) == {"occasion"}
    past = {"occasion": "request", "outcome": "kept", "reason": "Prövad", "review_on": "2020-01-01"}
    refused = send(client, url, past)
    assert set(wrong(refused)) == {"review_on"}
    assert "Prövad" in refused.text, "what was typed stays"
    assert set(wrong(send(client, url, {"occasion": "routine", "outcome": "narrowed", "reason": "Mindre"}))) == {
        "scope"
    }
    ahead = (today() + dt.timedelta(days=30)).isoformat()
    assert send(client, url, {**past, "review_on": ahead}).status_code == 302
    narrowed = {"occasion": "routine", "outcome": "narrowed", "scope": "title", "reason": "Bara rubriken"}
    assert send(client, url, narrowed).status_code == 302
    shown = text_of(client, url)
    for words in (
        "Någon har begärt ut uppgiften",
        "Hela handlingen → Rubriken",
        f"prövas igen {ahead}",
        "Bara rubriken",
    ):
        assert words in shown
    assert (
        send(client, url, {"occasion": "time_limit", "outcome": "lifted", "reason": "Tiden ute"}).status_code
        == 302
    )
    with municipality.database.reading() as session:
        rows = session.scalars(select(RestrictionReview).order_by(RestrictionReview.id)).all()
        assert [row.outcome.value for row in rows] == ["kept", "narrowed", "lifted"]
        mark = session.scalars(select(Restriction).where(Restriction.uid == kept.mark)).one()
        assert (mark.scope, mark.is_in_force) == (Scope.TITLE, False)
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.entity_uid == str(kept.case))).all()
    assert {"case.mark_reviewed", "case.mark_narrowed", "case.mark_lifted"} <= set(actions)
    history = text_of(client, f"{kept.case_url}?visa=event")
    assert "Sekretessmarkering omprövades och omfattar mindre" in history


def test_who_does_not_see_what_is_marked_can_not_review_it(municipality: Municipality, log_in: LogIn) -> None:
    kept = Kept(municipality)
    officer, url = log_in("hans"), f"{kept.case_url}/markering/{kept.mark}"
    shown = text_of(officer, url)
    assert "Kamomill" not in shown
    assert "Pröva på nytt" not in shown
    facts = {"occasion": "routine", "outcome": "lifted", "reason": "Vill se"}
    assert send(officer, url, facts, form_page="/intern/registrera").status_code == 403
    assert log_in("siv").get(url).status_code == 404


def test_colleague_is_let_in_and_shut_out_again(municipality: Municipality, log_in: LogIn) -> None:
    kept = Kept(municipality)
    client, url = log_in("rut"), f"{kept.case_url}/atkomst"
    assert log_in("hans").get(url).status_code == 403
    assert set(wrong(send(client, url, {"reason": "Behövs"}))) == {"username"}
    refused = send(client, url, {"username": "hans", "until": "2020-01-01", "reason": "Behövs"})
    assert set(wrong(refused)) == {"until"}
    assert set(wrong(send(client, url, {"username": "hans", "reason": ""}))) == {"reason"}
    assert send(client, url, {"username": "hans", "reason": "Medhandläggare"}).status_code == 302
    hans = log_in("hans")
    assert "Kamomill" in text_of(hans, kept.case_url)
    assert hans.get(url).status_code == 200, "who is let in sees who else is"
    with municipality.database.reading() as session:
        grant = session.scalars(select(AccessGrant)).one().uid
    end = f"{url}/{grant}/avsluta"
    assert set(wrong(send(client, end, {"reason": ""}, form_page=url))) == {f"revoke-{grant}-reason"}
    assert send(client, end, {"reason": "Slutat"}, form_page=url).status_code == 302
    assert "Kamomill" not in text_of(hans, kept.case_url)
    assert "Hans Handläggare Avslutad" in text_of(client, url)


def test_circle_is_closed_and_the_registrar_outside_sees_nothing(
    municipality: Municipality, log_in: LogIn
) -> None:
    kept = Kept(municipality, responsible="hans")
    hans, url = log_in("hans"), f"{kept.case_url}/atkomst"
    assert set(wrong(send(hans, f"{kept.case_url}/krets", {"closes": "1"}, form_page=url))) == {"circle-reason"}
    closed = {"closes": "1", "reason": "Rör en kollega"}
    assert send(hans, f"{kept.case_url}/krets", closed, form_page=url).status_code == 302
    rut = log_in("rut")
    for address in (kept.case_url, kept.record_url, f"{kept.case_url}/dagboksblad", "/intern/sok?q=kamomill"):
        shown = text_of(rut, address)
        assert "Kamomill" not in shown
        assert "Ringblomma" not in shown
    assert "Begränsad krets" in text_of(rut, kept.case_url)
    assert rut.get(url).status_code == 403
    assert rut.get(f"/intern/fil/{kept.files[0]}").status_code == 404
    assert (
        send(rut, f"{kept.case_url}/krets", {"closes": "0", "reason": "Jag"}, form_page="/intern/").status_code
        == 403
    )
    assert send(hans, url, {"username": "rut", "reason": "Registrerar i ärendet"}).status_code == 302
    assert "Kamomill" in text_of(rut, kept.case_url)


def test_administrator_names_somebody_into_a_circle_without_seeing_it(
    municipality: Municipality, log_in: LogIn
) -> None:
    kept = Kept(municipality, responsible="hans")
    hans = log_in("hans")
    closed = {"closes": "1", "reason": "Känsligt"}
    send(hans, f"{kept.case_url}/krets", closed, form_page=f"{kept.case_url}/atkomst")
    adam = log_in("adam")
    url = f"/intern/sekretess/kretsar/{kept.case}"
    assert url not in adam.get("/intern/sekretess/kretsar").text
    assert 'name="username"' not in adam.get(url).text, "somebody is left, who decides"
    with municipality.database.unit_of_work() as session:
        session.scalars(select(User).where(User.username == "hans")).one().is_active = False
    listed = text_of(adam, "/intern/sekretess/kretsar")
    assert kept.number in listed
    assert "Ingen kvar" in listed
    assert "Kamomill" not in listed
    assert set(wrong(send(adam, url, {"username": "siv", "reason": "Ingen kvar"}))) == {"username"}
    assert send(adam, url, {"username": "rut", "reason": "Ingen kvar"}).status_code == 302
    assert "Kamomill" in text_of(log_in("rut"), kept.case_url)
    assert log_in("rut").get(url).status_code == 403
    assert adam.get(f"/intern/sekretess/kretsar/{uuid.uuid4()}").status_code == 404


def test_case_is_shared_read_and_closed_again(
    municipality: Municipality, log_in: LogIn, services: Diarium
) -> None:
    kept = Kept(municipality, restrictions=())
    client, siv, url = log_in("rut"), log_in("siv"), f"{kept.case_url}/atkomst"
    assert [siv.get(address).status_code for address in (kept.case_url, kept.record_url)] == [404, 404]
    assert set(wrong(send(client, f"{kept.case_url}/dela", {"reason": "Gemensamt"}, form_page=url))) == {
        "share-to_authority"
    }
    with_marked = {"to_authority": "SN", "reason": "Gemensamt", "with_marked": "1"}
    refused = send(client, f"{kept.case_url}/dela", with_marked, form_page=url)
    assert set(wrong(refused)) == {"share-legal_ground"}
    shared = {"to_authority": "SN", "reason": "Gemensam utredning"}
    assert send(client, f"{kept.case_url}/dela", shared, form_page=url).status_code == 302
    assert kept.number in text_of(siv, "/intern/sekretess/delade")
    page = text_of(siv, kept.case_url)
    assert "Kamomill" in page
    assert "Rätta" not in page
    assert "Ringblomma" in text_of(siv, kept.record_url)
    assert siv.get(f"/intern/fil/{kept.files[0]}").status_code == 200
    rebuild(services.database, services.index)
    assert "Ringblomma" in text_of(siv, "/intern/sok?q=ringblomma")
    for path in ("ratta", "anteckna", "bevaka", "atkomst", "markera", "omslag.pdf"):
        assert siv.get(f"{kept.case_url}/{path}").status_code in (403, 404), path
    form = {"body": "Nej"}
    assert send(siv, f"{kept.case_url}/anteckna", form, form_page="/intern/registrera").status_code in (403, 404)
    with municipality.database.reading() as session:
        share = session.scalars(select(CaseShare)).one().uid
    end = f"{kept.case_url}/dela/{share}/avsluta"
    assert send(client, end, {"reason": "Klart"}, form_page=url).status_code == 302
    assert siv.get(kept.case_url).status_code == 404
    assert "Ringblomma" not in text_of(siv, "/intern/sok?q=ringblomma")


def test_who_has_read_it_is_told_with_filters_and_as_a_file(municipality: Municipality, log_in: LogIn) -> None:
    kept = Kept(municipality, responsible="hans")
    rut, hans, adam = log_in("rut"), log_in("hans"), log_in("adam")
    for client in (rut, hans):
        client.get(kept.case_url)
    hans.get(kept.record_url)
    hans.get(f"/intern/fil/{kept.files[0]}")
    url = f"{kept.case_url}/lasningar"
    shown = text_of(rut, url)
    for words in ("Hans Handläggare", "Rut Registrator", "Öppnade en fil", "rot.txt", f"{kept.number}-1"):
        assert words in shown
    with municipality.database.reading() as session:
        number = session.scalars(select(User.id).where(User.username == "hans")).one()
    only = html.fromstring(rut.get(f"{url}?reader={number}").text).xpath("//table[@id='readings']/tbody/tr/td[1]")
    assert {cell.text_content()[-16:] for cell in only} == {"Hans Handläggare"}
    assert "Ingen läsning" in text_of(rut, f"{url}?last=2020-01-01")
    refused = rut.get(f"{url}?first=2024-05-02&last=2024-05-01")
    assert (refused.status_code, "Sista dagen ligger före" in refused.text) == (422, True)
    file = rut.get(f"{url}.csv")
    lines = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == ["Tidpunkt", "Läst av", "Vad", "Nummer"]
    assert {line[1] for line in lines[1:]} == {"Hans Handläggare", "Rut Registrator"}
    assert "Kamomill" not in file.text
    assert hans.get(url).status_code == 403
    assert log_in("siv").get(url).status_code == 404
    by_admin = text_of(adam, url)
    assert "Hans Handläggare" in by_admin
    assert "Kamomill" not in by_admin, "an administrator reads no content"
    person = text_of(adam, f"/intern/sekretess/lasningar?reader={number}")
    assert f"{kept.number}-1" in person
    assert "Ringblomma" not in person
    assert "rot.txt" not in person
    assert "Välj en person" in adam.get("/intern/sekretess/lasningar?reader=999").text
    assert rut.get(f"/intern/sekretess/lasningar?reader={number}").status_code == 403


def test_secrecy_that_ends_is_listed_and_nothing_is_lifted(municipality: Municipality, log_in: LogIn) -> None:
    m = municipality
    with m.database.unit_of_work() as session:
        case = m.case(session, title="Kamomill")
        old = today().replace(day=1) - dt.timedelta(days=21 * 366)
        record = m.record(session, case, title="Gammalt avtal", official_on=old)
        secrecy_marks.mark(session, m.registrar, record, RestrictionFacts("31:16", Scope.FILES))
        secrecy_marks.mark(session, m.registrar, record, RestrictionFacts("26:1", Scope.TITLE))
    client, url = log_in("rut"), "/intern/sekretess/upphor"
    ended = text_of(client, f"{url}?visa=ended")
    assert "OSL 31 kap. 16 §" in ended
    assert "Tiden har löpt ut" in ended
    assert "OSL 26 kap. 1 §" not in ended
    assert "OSL 31 kap. 16 §" not in text_of(client, url)
    assert "OSL 26 kap. 1 §" in text_of(client, f"{url}?days=30000")
    assert set(wrong(client.get(f"{url}?days=999999"))) == {"days"}
    officer = text_of(log_in("hans"), f"{url}?visa=ended")
    assert "OSL 31 kap. 16 §" in officer
    assert "Gammalt avtal" not in officer, "its title is hidden"
    assert "OSL 31" not in text_of(log_in("siv"), f"{url}?visa=ended")
    with m.database.reading() as session:
        assert all(mark.is_in_force for mark in session.scalars(select(Restriction)))


def test_pages_ask_as_many_questions_of_much_as_of_little(municipality: Municipality, log_in: LogIn) -> None:
    m = municipality
    kept = Kept(m, responsible="hans")
    client, adam, engine = log_in("rut"), log_in("adam"), m.database.engine
    with m.database.reading() as session:
        number = session.scalars(select(User.id).where(User.username == "rut")).one()
    addresses = [
        (client, f"{kept.case_url}/atkomst"),
        (client, f"{kept.case_url}/lasningar"),
        (client, f"{kept.case_url}/markering/{kept.mark}"),
        (client, "/intern/sekretess/upphor?days=30000"),
        (adam, f"/intern/sekretess/lasningar?reader={number}"),
        (adam, "/intern/sekretess/kretsar"),
    ]

    def asked() -> list[int]:
        counts = []
        for who, address in addresses:
            with statements_of(engine) as statements:
                assert who.get(address).status_code == 200
            counts.append(len(statements))
        return counts

    def more(session: Session, names: range) -> None:
        case = session.scalars(select(Case).where(Case.uid == kept.case)).one()
        for name in names:
            identity.create_user(session, SYSTEM, f"per{name}", f"Per {name}", {"KS": [Role.CASE_OFFICER]})
            letting_in.let_in(session, m.registrar, case, NewGrant("Behövs", username=f"per{name}"))
            record = m.record(session, case, title=f"Nr {name}", restrictions=(MARK,))
            queries.note_reading(session, m.registrar, record)
            secrecy_marks.review(session, m.registrar, case, kept.mark, today() + dt.timedelta(days=9), "Prövad")
            closed_circles.close_circle(session, m.registrar, m.case(session), "Känsligt")

    with m.database.unit_of_work() as session:
        more(session, range(3))
    asked()
    few = asked()
    with m.database.unit_of_work() as session:
        more(session, range(3, 15))
    assert asked() == few
