"""Requests to see documents in the browser: from the order to the end, refused, and by somebody anonymous."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.db.base import now
from diarium.disclosure import receiving
from diarium.disclosure.models import DisclosureRequest
from diarium.disclosure.vocabulary import NEEDS_A_PERSON, DecisionKind, Means, RequestState, ReviewOutcome
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.letterbox.letters import ContactWay, Order, OrderedItem
from diarium.register import secrecy_marks
from diarium.register.commands import DocumentFacts, PartyFacts, RestrictionFacts
from diarium.register.models import Record
from diarium.register.vocabulary import PartyKind
from diarium.secrecy.models import Scope
from diarium.web.history import ACTIONS
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import token_of
from tests.web.desk import INBOX, arrive, error_at, page_of, post, read, value_of

LogIn = Callable[[str], FlaskClient]
QUEUE = "/intern/utlamnande"
ASKER = "anna@fragar.example"


class Desk:
    """Records and orders in one line."""

    def __init__(self, services: Diarium) -> None:
        self.services = services
        self.town = Municipality(services.database, services.blobs)

    def record(self, *, marked: bool = False, **facts: object) -> Record:
        with self.services.database.unit_of_work() as session:
            sha256 = self.town.store(session, pdf("Yttrande från Trafikbolaget"))
            wanted: dict[str, object] = {"documents": (DocumentFacts(sha256, "yttrande.pdf"),), **facts}
            record = self.town.record(session, **wanted)
            if marked:
                secrecy_marks.mark(session, self.town.registrar, record, RestrictionFacts("26:1", Scope.WHOLE))
            assert record.number_text
            return record

    def order(self, *records: Record, **facts: object) -> str:
        """The address of the request that the order became."""
        letter: dict[str, object] = {"contact_way": ContactWay.EMAIL, "contact": ASKER, **facts}
        items = tuple(OrderedItem(record.number_text, record.uid, "KS") for record in records)
        with self.services.database.unit_of_work() as session:
            (made,) = receiving.receive_order(
                session, SYSTEM, Order(items, **letter), reference="B-7KQ4-M2XD", uid=uuid.uuid4(), placed_at=now()
            )
            return f"{QUEUE}/{made.uid}"

    def state(self, address: str) -> RequestState:
        with self.services.database.reading() as session:
            uid = uuid.UUID(address.rsplit("/", 1)[1])
            return session.scalars(select(DisclosureRequest).where(DisclosureRequest.uid == uid)).one().state


@pytest.fixture
def desk(services: Diarium) -> Desk:
    return Desk(services)


def pdf(*lines: str) -> bytes:
    """A PDF with a text layer."""
    target = io.BytesIO()
    canvas = Canvas(target)
    for number, line in enumerate(lines):
        canvas.drawString(72, 720 - 20 * number, line)
    canvas.save()
    return target.getvalue()


def step(client: FlaskClient, address: str, name: str, **data: object):  # type: ignore[no-untyped-def]
    """Sends one of the small forms of the request's page as it stands now."""
    page = page_of(client, address)
    version = page.xpath("//input[@name='version']/@value")[0]
    return post(client, f"{address}/{name}", page, version=version, **data)


def send_form(client: FlaskClient, address: str, target: str | None = None, **data: object):  # type: ignore[no-untyped-def]
    """Sends the form of a page of its own."""
    page = page_of(client, address)
    versions = page.xpath("//input[@name='version']/@value")
    sent = {"csrf_token": token_of(page), "version": versions[0] if versions else "", **data}
    return client.post(target or address, data=sent, content_type="multipart/form-data")


def review_address(client: FlaskClient, address: str, item: int = 0) -> str:
    return str(page_of(client, address).xpath("//a[contains(@href, '/prova/')]/@href")[item])


def text_of(client: FlaskClient, address: str) -> str:
    return " ".join(page_of(client, address).text_content().split())


def test_from_order_to_end(desk: Desk, log_in: LogIn) -> None:
    record = desk.record()
    address = desk.order(record, message="Gärna i dag")
    client = log_in("rut")
    assert "1 begäran om utlämnande ska besvaras skyndsamt." in text_of(client, "/intern/")
    page = page_of(client, QUEUE)
    assert page.xpath("//nav[contains(@class, 'site-nav')]//a[@aria-current]")[0].text == "Utlämnande (1)"
    assert record.number_text in page.xpath("//table[@id='requests']")[0].text_content()
    assert "B-7KQ4-M2XD" in page.text_content()
    assert step(client, address, "ta").status_code == 302
    shown = text_of(client, address)
    for words in (ASKER, "Gärna i dag", "Yttrande över remiss", "Rut Registrator", f"Pröva {record.number_text}"):
        assert words in shown
    answer = step(client, address, "avsluta", reason="answered", note="Sparas i formuläret")
    assert answer.status_code == 409
    assert read(answer.text).get_element_by_id("avsluta-note").text.strip() == "Sparas i formuläret"
    assert f"Pröva först: {record.number_text}." in read(answer.text).text_content()
    form = review_address(client, address)
    with desk.services.database.reading() as session:
        (file,) = session.get_one(Record, record.id).documents
    assert page_of(client, form).xpath("//input[@name='seen']/@value") == [str(file.uid)]
    stale = send_form(client, form, outcome="released", seen=str(uuid.uuid4()))
    assert stale.status_code == 422
    assert "filer har ändrats" in read(stale.text).text_content()
    assert send_form(client, form, outcome="released", seen=str(file.uid)).status_code == 302
    give = f"{address}/lamna-ut"
    item = page_of(client, give).xpath("//input[@name='item']/@value")[0]
    computed = send_form(client, give, item=item, means="post", day=today(), pages="12", do="fee")
    assert "Avgift: 54 kr." in read(computed.text).text_content()
    assert send_form(client, give, item=item, means="post", day=today(), pages="12", do="save").status_code == 302
    assert "avgift 54 kr" in text_of(client, address)
    assert step(client, address, "avsluta", reason="answered").status_code == 302
    assert desk.state(address) is RequestState.CLOSED
    closed = text_of(client, address)
    assert "Begäran avslutades" in closed
    assert "Kopia skickades med post" in closed
    record_page = text_of(client, f"/intern/handling/{record.uid}")
    assert "Lämnas ut helt" in record_page
    assert "Varje ny begäran prövas för sig" in record_page
    assert ASKER not in record_page
    assert page_of(client, f"{QUEUE}?visa=closed").xpath("//table[@id='requests']//tbody/tr")


def test_refusal_with_notice_then_the_authoritys_decision(desk: Desk, log_in: LogIn) -> None:
    record = desk.record(marked=True)
    address = desk.order(record)
    client = log_in("rut")
    form = review_address(client, address)
    wrong = send_form(client, form, outcome="refused", provisions="99:99", reason="Skäl")
    assert wrong.status_code == 422
    page = read(wrong.text)
    assert "finns inte i tabellen" in error_at(page, "provisions")
    assert page.xpath("//textarea[@name='reason']")[0].text.strip() == "Skäl"
    sent = send_form(
        client, form, outcome="refused", provisions="26:1", reason="Uppgifter om hälsa, men för den enskilde."
    )
    assert sent.status_code == 302
    answer = step(client, address, "avsluta", reason="answered")
    assert "6 kap. 3 §" in read(answer.text).text_content()
    notice = f"{address}/beslut/ny/notice"
    text = page_of(client, notice).xpath("//textarea[@name='instruction']")[0].text
    assert "skriftligt beslut" in text
    told = send_form(client, notice, decided_on=today(), decided_by="Rut Registrator", reasons="Besked.",
                     instruction=text, told_on=today())  # fmt: skip
    assert told.status_code == 302
    formal = f"{address}/beslut/ny/refusal"
    page = page_of(client, formal)
    reasons, instruction = (
        page.xpath(f"//textarea[@name='{name}']")[0].text for name in ("reasons", "instruction")
    )
    assert f"{record.number_text}: lämnas inte ut (OSL 26 kap. 1 §)" in reasons
    assert "kammarrätten" in instruction
    assert "inom tre veckor" in instruction
    missing = send_form(
        client, formal, decided_on="", decided_by="Kommunstyrelsen", reasons=reasons, instruction=instruction
    )
    assert error_at(read(missing.text), "decided_on")
    made = send_form(client, formal, decided_on=today(), decided_by="Kommunstyrelsen, kanslichefen",
                     delegation_point="4.2", reasons=reasons + "För att.", instruction=instruction)  # fmt: skip
    paper = str(made.headers["Location"])
    assert "Kommunstyrelsen, kanslichefen" in text_of(client, paper)
    early = send_form(client, paper, told_on=today(), receipt_on="2020-01-01")
    assert error_at(read(early.text), "receipt_on")
    assert send_form(client, paper, told_on=today(), receipt_on=today()).status_code == 302
    assert "Kan överklagas till och med" in text_of(client, paper)
    assert step(client, address, "avsluta", reason="answered").status_code == 302
    assert send_form(client, paper, told_on=today(), receipt_on=today(), appealed_on=today()).status_code == 302
    assert f"överklagat {today()}" in text_of(client, address)


def test_somebody_anonymous_at_the_counter_reads_on_the_spot_for_nothing(desk: Desk, log_in: LogIn) -> None:
    record = desk.record()
    client = log_in("arja")  # the archivist answers requests too
    page = page_of(client, f"/intern/handling/{record.uid}")
    (link,) = page.xpath("//a[contains(@href, '/utlamnande/ny')]/@href")
    assert page_of(client, link).xpath("//textarea[@name='wanted']")[0].text.strip() == record.number_text
    wrong = send_form(client, link, f"{QUEUE}/ny", authority="KS", wanted="", message="", channel="visit",
                      received_on=today(), contact_way="email", contact="inte en adress")  # fmt: skip
    assert wrong.status_code == 422
    assert error_at(read(wrong.text), "contact")
    made = send_form(
        client,
        link,
        f"{QUEUE}/ny",
        authority="KS",
        wanted=record.number_text,
        channel="visit",
        received_on=today(),
    )
    address = str(made.headers["Location"])
    assert send_form(client, review_address(client, address), outcome="released").status_code == 302
    give = f"{address}/lamna-ut"
    item = page_of(client, give).xpath("//input[@name='item']/@value")[0]
    assert error_at(read(send_form(client, give, item=item, means="post", day=today()).text), "pages")
    assert send_form(client, give, item=item, means="on_spot", day=today()).status_code == 302
    assert step(client, address, "avsluta", reason="answered").status_code == 302
    assert "Lästes på plats" in text_of(client, address)


def test_masked_copy_that_still_holds_the_name_is_noticed_and_the_upload_stays(desk: Desk, log_in: LogIn) -> None:
    record = desk.record(parties=(PartyFacts("Berta Hemlig", PartyKind.PERSON),))
    address = desk.order(record)
    client = log_in("rut")
    form = review_address(client, address)
    (name,) = [
        field for field in page_of(client, form).xpath("//input[@type='file']/@name") if "whole" not in field
    ]
    facts = {"outcome": "masked", "provisions": "26:1", "reason": "Hälsa."}
    leaking = send_form(
        client, form, **facts, **{name: (io.BytesIO(pdf("Om Berta Hemlig 8001011239")), "maskad.pdf")}
    )
    assert leaking.status_code == 422
    page = read(leaking.text)
    assert "namn på privatpersoner" in error_at(page, "confirmed")
    (ticket,) = page.xpath("//input[starts-with(@name, 'kept-')]")
    assert "maskad.pdf" in page.text_content()
    again = send_form(client, form, **facts, **{ticket.name: ticket.get("value")})
    assert again.status_code == 422
    clean = send_form(client, form, **facts, **{name: (io.BytesIO(pdf("Om en person")), "maskad.pdf")})
    assert clean.status_code == 302
    (link,) = page_of(client, address).xpath("//a[contains(@href, '/maskad/')]/@href")
    answer = client.get(link)
    assert answer.data.startswith(b"%PDF")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert log_in("siv").get(link).status_code == 404


def test_what_was_only_described_is_found_and_a_whole_case_is_taken_apart(desk: Desk, log_in: LogIn) -> None:
    record = desk.record()
    with desk.services.database.reading() as session:
        case_number = session.get_one(Record, record.id).case.number_text
    address = desk.order(message="Något om bussen")
    client = log_in("rut")
    page = page_of(client, address)
    (item,) = set(page.xpath("//input[@name='item']/@value"))
    wrong = step(client, address, "bestam", item=item, number="KS 1999/1")
    assert wrong.status_code == 422
    assert "Det finns inget ärende" in error_at(read(wrong.text), f"bestam-number-{item}")
    assert step(client, address, "bestam", item=item, number=case_number).status_code == 302
    assert "Hela ärendet" in text_of(client, address)
    page = page_of(client, review_address(client, address))
    assert "reservation" in page.xpath("//input[@name='outcome']/@value")
    assert page.xpath("//textarea[@name='terms']")
    assert step(client, address, "dela-upp", item=item).status_code == 302
    assert f"Pröva {record.number_text}" in text_of(client, address)
    assert error_at(read(step(client, address, "lagg-till", number=record.number_text).text), "lagg-till-number")


def test_other_authorities_find_nothing_and_an_officer_sees_no_title_of_what_is_marked(
    desk: Desk, log_in: LogIn
) -> None:
    record = desk.record(marked=True)
    address = desk.order(record, name="Anna Frågvis", message="Allt om grannen")
    form = review_address(log_in("rut"), address)
    outsider = log_in("siv")
    for target in (address, form, f"{address}/lamna-ut", f"{address}/beslut/ny/notice"):
        assert outsider.get(target).status_code == 404
    token = token_of(page_of(outsider, QUEUE))
    assert outsider.post(f"{address}/ta", data={"csrf_token": token, "version": "1"}).status_code == 404
    assert record.number_text not in page_of(outsider, QUEUE).text_content()
    officer = log_in("hans")
    assert record.number_text in page_of(officer, QUEUE).text_content()
    shown = text_of(officer, address)
    assert record.number_text in shown
    for hidden in ("Yttrande över remiss", "yttrande.pdf", ASKER, "Frågvis", "Allt om grannen"):
        assert hidden not in shown
    assert officer.get(form).status_code == 403
    assert step(officer, address, "ta").status_code == 302
    taken = text_of(officer, address)
    assert ASKER in taken
    assert "Yttrande över remiss" not in taken
    assert log_in("adam").get(QUEUE).status_code == 403


def test_looking_at_marked_material_is_noted(desk: Desk, log_in: LogIn) -> None:
    record = desk.record(marked=True)
    address = desk.order(record)
    page_of(log_in("rut"), address)
    with desk.services.database.reading() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "search.restricted_shown")).all()
    assert [(event.entity_label, (event.after or {})["numbers"]) for event in events] == [
        ("Begäran om utlämnande", [record.number_text])
    ]


def test_page_that_somebody_overtook_tells_so(desk: Desk, log_in: LogIn) -> None:
    address = desk.order(desk.record())
    first, second = log_in("rut"), log_in("hans")
    stale = page_of(first, address)
    version = stale.xpath("//input[@name='version']/@value")[0]
    assert step(second, address, "ta").status_code == 302
    answer = post(first, f"{address}/ta", stale, version=version)
    assert answer.status_code == 409
    assert "Någon annan har arbetat med begäran" in read(answer.text).text_content()
    assert post(first, f"{address}/hitta-pa", stale, version=version).status_code == 404


def test_pages_ask_the_same_for_many_as_for_few(desk: Desk, log_in: LogIn) -> None:
    client = log_in("rut")
    few, many = desk.order(*(desk.record(marked=True) for _turn in range(2))), ""

    def asked(address: str) -> int:
        page_of(client, address)
        with statements_of(desk.services.database.engine) as sent:
            page_of(client, address)
        return len(sent)

    before = {path: asked(path) for path in (QUEUE, "/intern/")}
    for _turn in range(4):
        many = desk.order(*(desk.record(marked=True) for _turn in range(8)))
    assert asked(many) == asked(few)
    assert {path: asked(path) for path in before} == before


def test_what_came_to_the_inbox_is_written_down_as_a_request(desk: Desk, log_in: LogIn) -> None:
    item = arrive(
        desk.services, subject="Begäran om handlingar", sender_email=ASKER, body="Jag vill ha yttrandet."
    )
    client = log_in("rut")
    (link,) = page_of(client, f"{INBOX}/{item}").xpath("//a[contains(@href, '/utlamnande/ny')]/@href")
    page = page_of(client, link)
    assert value_of(page, "contact") == ASKER
    assert "Jag vill ha yttrandet." in value_of(page, "message")
    assert page.xpath("//select[@name='contact_way']")[0].value == "email"
    # Who may not open the item learns nothing of it.
    assert log_in("hans").get(link).status_code == 404
    assert page_of(log_in("arja"), link).xpath("//textarea[@name='message']")[0].text.strip() == ""


def test_all_that_is_done_with_a_request_has_words_in_the_history() -> None:
    actions = [
        *(f"disclosure.reviewed_{outcome}" for outcome in ReviewOutcome),
        *(f"record.disclosure_{outcome}" for outcome in ReviewOutcome),
        *(f"disclosure.decided_{kind}" for kind in DecisionKind),
        *(f"disclosure.given_{means}" for means in Means),
        *(f"disclosure.mail_{state}" for state in NEEDS_A_PERSON),
    ]
    assert [action for action in actions if action not in ACTIONS] == []
