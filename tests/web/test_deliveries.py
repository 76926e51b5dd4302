"""Deliveries, receipts and agreements in the browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from diarium.archive.agreement_models import DeliveryAgreement
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_models import PackageDelivery, PackageReceipt
from diarium.archive.delivery_states import DELIVERY_STATE_LABELS, DeliveryState
from diarium.archive.receipt_collecting import ReceiptCollector
from diarium.audit.models import AuditEvent
from diarium.composition import Diarium
from diarium.errors import DomainError
from diarium.i18n import today
from diarium.identity.permissions import Role
from diarium.settings import DeliverySettings, Settings, from_environment
from tests.archive.delivery_bench import DeliveryBench
from tests.conftest import Municipality
from tests.counting import statements_of
from tests.web.conftest import send

LogIn = Callable[[str], FlaskClient]
BASE = "/intern/arkiv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = replace(from_environment({"DIARIUM_DATA": str(tmp_path / "data")}), secret_key="prov" * 8)
    policy = DeliverySettings(folders=(tmp_path / "receiver", tmp_path / "returned"), hosts=("sftp.arkivet.se",))
    return replace(made, delivery=policy)


@pytest.fixture
def bench(app: Flask, services: Diarium, tmp_path: Path) -> DeliveryBench:
    bench = DeliveryBench(Municipality(services.database, services.blobs), tmp_path)
    bench.exports = services.settings.export_folder
    bench.policy = services.settings.delivery
    return bench


def text_of(page: str) -> str:
    return " ".join(html.fromstring(page).find(".//main").text_content().split())


def agreement_form(bench: DeliveryBench, **changes: str) -> dict[str, object]:
    return {
        "authority": "KS", "name": "Kommunarkivet", "number": "ÖK-2024-1", "receiver_name": "Kommunarkivet",
        "profile": "fgs2", "transport": "folder", "folder-path": str(bench.inbox), "archives_cases": "1",
        **changes,
    }  # fmt: skip


def version_of(bench: DeliveryBench, agreement: DeliveryAgreement) -> int:
    with bench.database.reading() as session:
        return session.get_one(DeliveryAgreement, agreement.id).version


def test_an_archivist_takes_a_package_from_agreement_to_archived(
    bench: DeliveryBench, services: Diarium, log_in: LogIn
) -> None:
    client = log_in("arja")
    empty = text_of(client.get(f"{BASE}/leveranser").text)
    assert "Inga leveranser än" in empty
    answer = send(client, f"{BASE}/overenskommelser/ny", agreement_form(bench))
    assert answer.status_code == 302, text_of(answer.text)
    agreement = answer.location
    assert "Överenskommelsen är sparad" in (page := client.get(agreement).text)
    assert "Överenskommelsen lades upp" in page
    with bench.database.unit_of_work() as session:
        case = bench.closed_case(session)
    part = bench.part(cases=[case])
    new = client.get(f"{BASE}/leveranser/ny?paket={part.uid}").text
    chosen = html.fromstring(new).xpath("//select[@name='agreement']/option[@selected]/@value")
    assert agreement.endswith(chosen[0]), "the only one that fits is chosen"
    answer = send(client, f"{BASE}/leveranser/ny", {"part": str(part.uid), "agreement": chosen[0]})
    delivery = answer.location
    page = client.get(delivery).text
    assert html.fromstring(page).xpath("//main//button[contains(@class,'button--primary')]/text()") == ["Sänd"]
    answer = send(client, f"{delivery}/approve", {"version": "1"}, form_page=delivery)
    assert "Paketet kontrolleras mot sin kontrollsumma" in client.get(answer.location).text
    with services.worker() as worker:
        worker.drain()
    page = client.get(delivery).text
    assert "Framme hos mottagaren" in page
    assert "SHA-256 stämmer" in page
    assert "För in mottagarens svar" in page
    said = {
        "outcome": "accepted",
        "receipt_on": today().isoformat(),
        "receiver_reference": "AIP-7",
        "archive": "1",
    }
    answer = send(client, f"{delivery}/kvittens", said)
    assert answer.location == delivery
    assert "Ärenden arkiveras" in client.get(delivery).text
    with services.worker() as worker:
        worker.drain()
    page = text_of(client.get(delivery).text)
    for words in ("Godkänd av mottagaren", "1 ärende arkiverades.", "AIP-7", "Arja Arkivarie"):
        assert words in page
    assert "ÖK-2024-1-1" in text_of(client.get(f"{BASE}/{part.export.uid}").text), "the export shows it too"
    history = text_of(client.get(f"/intern/arende/{case.uid}").text)
    assert "Levererat till arkiv Kommunarkivet: ÖK-2024-1-1" in history
    assert "Ärendet arkiverades: mottagaren har godkänt leveransen" in history
    assert "mottagande arkiv: Kommunarkivet" in history
    assert "ÖK-2024-1-1" in text_of(client.get(f"{BASE}/leveranser?visa=klara").text)


def test_a_wrong_agreement_comes_back_with_all_that_was_typed(bench: DeliveryBench, log_in: LogIn) -> None:
    client = log_in("arja")
    typed = agreement_form(bench, **{"folder-path": "/etc", "note": "Ring först", "archives_cases": ""})
    answer = send(client, f"{BASE}/overenskommelser/ny", typed)
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert page.xpath("//a[@href='#folder-path']"), "the summary leads to the field"
    assert page.xpath("//input[@name='folder-path']/@value") == ["/etc"]
    assert page.xpath("//input[@name='folder-path']/ancestor::details/@open"), "the field can be seen"
    assert page.xpath("//textarea[@name='note']")[0].text.strip() == "Ring först"
    assert not page.xpath("//input[@name='archives_cases']/@checked")
    assert "DIARIUM_DELIVERY_FOLDERS" in answer.text
    wrong = agreement_form(
        bench, transport="sftp", **{"sftp-host": "intern.kommunen.se", "sftp-secret": "Hemligt1"}
    )
    answer = send(client, f"{BASE}/overenskommelser/ny", wrong)
    assert html.fromstring(answer.text).xpath("//a[@href='#sftp-host']")


def test_two_who_change_an_agreement_see_each_others_work(bench: DeliveryBench, log_in: LogIn) -> None:
    made, client = bench.agreement(), log_in("arja")
    url = f"{BASE}/overenskommelser/{made.uid}"
    first = agreement_form(bench, number="ÖK-A", version="1")
    assert send(client, url, first).status_code == 302
    late = send(client, url, agreement_form(bench, number="ÖK-B", version="1"))
    assert late.status_code == 422
    page = html.fromstring(late.text)
    assert page.xpath("//input[@name='number']/@value") == ["ÖK-B"]
    assert "ÖK-A" in text_of(late.text)
    again = agreement_form(bench, number="ÖK-B", version=page.xpath("//form//input[@name='version']/@value")[-1])
    assert send(client, url, again).status_code == 302
    shown = text_of(client.get(url).text)
    assert "nummer: ÖK-A → ÖK-B" in shown


def test_the_connection_is_tried_from_the_page_and_the_agreement_is_ended(
    bench: DeliveryBench, log_in: LogIn
) -> None:
    made, client = bench.agreement(), log_in("arja")
    url = f"{BASE}/overenskommelser/{made.uid}"
    answer = send(client, f"{url}/prova", {}, form_page=url)
    assert "Det går bra" in client.get(answer.location).text
    bench.inbox.rmdir()
    broken = send(client, f"{url}/prova", {}, form_page=url)
    assert (broken.status_code, "kan inte användas" in broken.text) == (422, True)
    answer = send(client, f"{url}/bruk", {"active": "0", "version": "1"}, form_page=url)
    assert "Inget nytt levereras" in client.get(answer.location).text
    stale = send(client, f"{url}/bruk", {"active": "1", "version": "1"}, form_page=url)
    assert stale.status_code == 422
    assert "Avslutad" in text_of(client.get(f"{BASE}/overenskommelser").text)


def test_a_host_key_is_accepted_only_by_one_who_says_to_have_compared_it(
    bench: DeliveryBench, log_in: LogIn
) -> None:
    facts = {"host": "sftp.arkivet.se", "username": "u", "secret": "A"}
    made, client = bench.agreement(transport="sftp", transport_facts=facts), log_in("arja")
    url = f"{BASE}/overenskommelser/{made.uid}"
    shown = {"fingerprint": "SHA256:" + "k" * 43, "version": "1"}
    refused = send(client, f"{url}/vardnyckel", shown, form_page=url)
    assert (refused.status_code, version_of(bench, made)) == (422, 1)
    send(client, f"{url}/vardnyckel", {**shown, "compared": "1"}, form_page=url)
    assert "SHA256:" + "k" * 43 in client.get(url).text
    assert send(client, f"{url}/vardnyckel", {**shown, "compared": "1"}, form_page=url).status_code == 422


def test_a_delivery_that_can_not_be_is_told_at_the_field(bench: DeliveryBench, log_in: LogIn) -> None:
    client, agreement = log_in("arja"), bench.agreement(profile="fgs1")
    part = bench.part()
    url = f"{BASE}/leveranser/ny"
    answer = send(client, url, {"part": str(part.uid), "agreement": str(agreement.uid)}, form_page=url)
    assert answer.status_code == 422
    page = html.fromstring(answer.text)
    assert "annan profil" in page.xpath("//p[@id='agreement-error']")[0].text_content()
    assert page.xpath("//select[@name='part']/option[@selected]/@value") == [str(part.uid)]
    nothing = send(client, url, {"part": "", "agreement": ""}, form_page=url)
    assert html.fromstring(nothing.text).xpath("//a[@href='#part']")


def test_only_those_who_export_open_the_pages(bench: DeliveryBench, log_in: LogIn) -> None:
    agreement, part = bench.agreement(), bench.part()
    delivery = bench.delivery(part, agreement)
    pages = (
        "leveranser", "leveranser/ny", f"leveranser/{delivery.uid}", f"leveranser/{delivery.uid}/kvittens",
        "kvittenser", "overenskommelser", "overenskommelser/ny", f"overenskommelser/{agreement.uid}",
    )  # fmt: skip
    allowed, refused = log_in("arja"), log_in("rut")
    for page in pages:
        assert allowed.get(f"{BASE}/{page}").status_code == 200, page
        assert refused.get(f"{BASE}/{page}").status_code == 403, page
    with bench.database.unit_of_work() as session:
        Municipality._add_user(session, "asta", "Asta Arkivarie", {"SN": [Role.ARCHIVIST]})
    other = log_in("asta")
    for page in pages:
        expected = 404 if str(delivery.uid) in page or str(agreement.uid) in page else 200
        assert other.get(f"{BASE}/{page}").status_code == expected, page


def test_a_package_is_fetched_by_those_who_may_and_counts_as_sent(bench: DeliveryBench, log_in: LogIn) -> None:
    content = b"paket" * 100
    agreement = bench.agreement(transport="download", transport_facts={})
    plain = bench.delivery(bench.part(content), agreement)
    secret = bench.delivery(bench.part(content, has_protected=True), agreement)
    client = log_in("arja")
    url = f"{BASE}/leveranser/{plain.uid}"
    early = send(client, f"{url}/paket", {}, form_page=f"{BASE}/leveranser/ny")
    assert early.status_code == 422
    bench.round().run()
    assert "Hämta paketet" in client.get(url).text
    fetched = send(client, f"{url}/paket", {}, form_page=url)
    assert (fetched.data, fetched.headers["Cache-Control"]) == (content, "private, no-store")
    assert bench.read(plain).state is DeliveryState.SENT
    refused = send(client, f"{BASE}/leveranser/{secret.uid}/paket", {}, form_page=url)
    assert refused.status_code == 403
    assert content not in refused.data


def test_a_sending_is_shown_stopped_and_gone_on_with(bench: DeliveryBench, log_in: LogIn) -> None:
    delivery = bench.delivery(bench.part(b"x" * 3_000_000), bench.agreement())
    rounds = bench.round(slice_seconds=0)
    rounds.run(), rounds.run()
    client, url = log_in("arja"), f"{BASE}/leveranser/{delivery.uid}"
    page = html.fromstring(client.get(url).text)
    assert page.xpath("//progress/@value") == ["34"]
    assert page.xpath("//main/@data-refresh-seconds")
    send(client, f"{url}/stop", {"version": "1"}, form_page=url)
    page = html.fromstring(client.get(url).text)
    assert not page.xpath("//progress")
    assert page.xpath("//main//button[contains(@class,'button--primary')]/text()") == ["Sänd"]
    version = page.xpath("//input[@name='version']/@value")[0]
    unsaid = send(client, f"{url}/withdraw", {"version": version, "reason": " "}, form_page=url)
    assert (unsaid.status_code, "Skriv varför" in unsaid.text) == (422, True)
    stale = send(client, f"{url}/withdraw", {"version": "1", "reason": "Fel period"}, form_page=url)
    assert "Någon annan har arbetat" in stale.text
    assert client.post(f"{url}/finns-inte").status_code in (400, 404)
    send(client, f"{url}/withdraw", {"version": version, "reason": "Fel period"}, form_page=url)
    assert "Fel period" in text_of(client.get(url).text)


def test_a_rejected_delivery_asks_for_a_replacing_package(bench: DeliveryBench, log_in: LogIn) -> None:
    with bench.database.unit_of_work() as session:
        case = bench.closed_case(session)
    agreement = bench.agreement()
    delivery = bench.delivery(bench.part(cases=[case], agreement=agreement), agreement)
    bench.round().run()
    client, url = log_in("arja"), f"{BASE}/leveranser/{delivery.uid}"
    said = {"outcome": "rejected", "receipt_on": today().isoformat(), "remark": "", "archive": "1"}
    lost = send(client, f"{url}/kvittens", {**said, "file": (io.BytesIO(b"Avvisad"), "svar.txt")})
    assert lost.status_code == 422
    page = html.fromstring(lost.text)
    assert page.xpath("//input[@name='outcome'][@checked]/@value") == ["rejected"]
    assert "Skriv varför" in lost.text
    assert "Välj filen igen." in lost.text
    said["remark"] = "Fel i METS"
    send(client, f"{url}/kvittens", {**said, "file": (io.BytesIO(b"Avvisad"), "svar.txt")})
    page = html.fromstring(client.get(url).text)
    assert page.xpath("//main//button[contains(@class,'button--primary')]/text()") == ["Gör ett ersättande paket"]
    assert "Fel i METS" in page.text_content()
    file = page.xpath("//a[text()='svar.txt']/@href")[0]
    kept = client.get(file)
    assert (kept.data, kept.mimetype) == (b"Avvisad", "application/octet-stream")
    version = page.xpath("//input[@name='version']/@value")[0]
    asked = send(client, f"{url}/package", {"status": "REPLACEMENT", "version": version}, form_page=url)
    assert "/intern/arkiv/" in asked.location
    assert "Ersätter en tidigare leverans" in client.get(url).text


def test_a_dropped_receipt_finds_its_delivery_and_is_confirmed(bench: DeliveryBench, log_in: LogIn) -> None:
    part = bench.part()
    delivery = bench.delivery(part, bench.agreement())
    bench.round().run()
    client, url = log_in("arja"), f"{BASE}/kvittenser"
    receipt = f"<kvittens><paketId>{part.uid}</paketId><status>Godkänt</status><aipId>AIP-9</aipId></kvittens>"
    answer = send(client, url, {"file": (io.BytesIO(receipt.encode()), "kvittens.xml"), "agreement": ""})
    assert answer.status_code == 302, text_of(answer.text)
    page = html.fromstring(client.get(answer.location).text)
    assert page.xpath("//input[@name='outcome'][@checked]/@value") == ["accepted"]
    assert page.xpath("//input[@name='receiver_reference']/@value") == ["AIP-9"]
    assert bench.read(delivery).state is DeliveryState.RECEIVED, "nothing happens before a person says so"
    assert "Läs den returnerade filen" in client.get(f"{BASE}/leveranser/{delivery.uid}").text
    uid = page.xpath("//input[@name='kvittens']/@value")[0]
    said = {"outcome": "accepted", "receipt_on": today().isoformat(), "kvittens": uid}
    done = send(client, f"{BASE}/leveranser/{delivery.uid}/kvittens", said, form_page=answer.location)
    assert done.status_code == 302
    confirmed = bench.read(delivery)
    assert (confirmed.state, confirmed.archives_cases) == (DeliveryState.CONFIRMED, False), (
        "the box was not ticked"
    )
    with bench.database.reading() as session:
        kept = session.scalars(select(PackageReceipt)).one()
    assert kept.sha256 is not None
    assert bench.town.blobs.verify(kept.sha256)
    again = send(client, f"{BASE}/leveranser/{delivery.uid}/kvittens", said, form_page=f"{BASE}/leveranser/ny")
    assert again.status_code == 404


def test_a_file_that_names_nothing_is_chosen_for_or_laid_aside(bench: DeliveryBench, log_in: LogIn) -> None:
    agreement = bench.agreement()
    delivery = bench.delivery(bench.part(), agreement)
    bench.round().run()
    client, url = log_in("arja"), f"{BASE}/kvittenser"
    bad = b'<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]><k>&x;</k>'
    unknown = send(client, url, {"file": (io.BytesIO(bad), "okänd.xml"), "agreement": ""})
    assert (unknown.status_code, "root:" in unknown.text) == (422, False)
    assert html.fromstring(unknown.text).xpath("//a[@href='#agreement']")
    nothing = send(client, url, {"agreement": ""})
    assert html.fromstring(nothing.text).xpath("//a[@href='#file']")
    kept = send(client, url, {"file": (io.BytesIO(bad), "okänd.xml"), "agreement": str(agreement.uid)})
    page = client.get(kept.location).text
    assert str(delivery.uid) in page
    assert "root:" not in page
    assert "okänd.xml" in client.get(url).text
    assert send(client, kept.location, {"reason": ""}).status_code == 422
    send(client, kept.location, {"reason": "Reklam"})
    assert "okänd.xml" not in client.get(url).text
    assert "Filen är hanterad" in client.get(kept.location).text


def test_a_pdf_receipt_is_read_by_the_worker(bench: DeliveryBench, services: Diarium, log_in: LogIn) -> None:
    from reportlab.pdfgen.canvas import Canvas

    part = bench.part()
    delivery = bench.delivery(part, bench.agreement())
    bench.round().run()
    canvas = Canvas(str(bench.returns / "kvittens.pdf"))
    canvas.drawString(72, 700, f"Paket: {part.uid}")
    canvas.drawString(72, 680, "Utfall: Avvisat")
    canvas.save()
    with services.worker() as worker:
        worker.drain()
    with bench.database.reading() as session:
        receipt = session.scalars(select(PackageReceipt)).one()
    assert receipt.delivery_id == delivery.id
    assert receipt.found is not None
    assert receipt.found["outcome"] == "rejected"
    assert "kvittens.pdf" in log_in("arja").get(f"{BASE}/leveranser/{delivery.uid}").text


def test_the_list_and_the_page_need_as_many_statements_for_few_as_for_many(
    bench: DeliveryBench, services: Diarium, log_in: LogIn
) -> None:
    agreement, client = bench.agreement(), log_in("arja")
    delivery = bench.delivery(bench.part(), agreement)
    pages = ("leveranser", f"leveranser/{delivery.uid}", "kvittenser", "leveranser/ny", "overenskommelser")
    urls = [f"{BASE}/{page}" for page in pages]
    bench.round().run()
    collector = ReceiptCollector(bench.database, services.blobs, bench.policy)
    (bench.returns / "en.txt").write_text(f"{delivery.part.uid} Godkänt")

    def counted() -> list[int]:
        found = []
        for url in urls:
            with statements_of(services.database.engine) as sent:
                assert client.get(url).status_code == 200
            found.append(len(sent))
        return found

    for number in range(3):
        bench.delivery(bench.part(bytes([number])), agreement)
        bench.part(bytes([number, 1]))
    collector.run(), counted()
    few = counted()
    for number in range(20):
        bench.delivery(bench.part(bytes([number, 2])), agreement)
        bench.part(bytes([number, 3]))
        (bench.returns / f"{number}.txt").write_text(f"{delivery.part.uid} Godkänt {number}")
    bench.round().run()
    collector.run()
    assert counted() == few


def test_the_list_is_paged_by_place_and_sorted_into_tabs(bench: DeliveryBench, log_in: LogIn) -> None:
    agreement, client = bench.agreement(), log_in("arja")
    with bench.database.unit_of_work() as session:
        part = session.merge(bench.part())
        for number in range(1, 61):
            session.add(
                PackageDelivery(
                    authority_id=agreement.authority_id, agreement_id=agreement.id, part_id=part.id, number=number,
                    state=DeliveryState.FAILED if number % 2 else DeliveryState.DRAFT,
                    transport=agreement.transport, record_status=PackageStatus.NEW, total_bytes=1,
                    created_by_name="Arja",
                )
            )  # fmt: skip
    first = html.fromstring(client.get(f"{BASE}/leveranser").text)
    assert len(first.xpath("//tbody/tr")) == 50
    older = first.xpath("//a[contains(@href,'fore=')]/@href")[0]
    assert len(html.fromstring(client.get(older).text).xpath("//tbody/tr")) == 10
    trouble = html.fromstring(client.get(f"{BASE}/leveranser?visa=atgarda").text)
    assert len(trouble.xpath("//tbody/tr")) == 30
    assert client.get(f"{BASE}/leveranser?visa=nonsens&fore=x").status_code == 200


def test_every_state_has_its_page(bench: DeliveryBench, log_in: LogIn) -> None:
    delivery, client = bench.delivery(bench.part(), bench.agreement()), log_in("arja")
    for state in DeliveryState:
        with bench.database.unit_of_work() as session:
            session.get_one(PackageDelivery, delivery.id).state = state
        page = text_of(client.get(f"{BASE}/leveranser/{delivery.uid}").text)
        assert str(DELIVERY_STATE_LABELS[state]) in page


def test_no_secret_reaches_database_log_or_page(
    bench: DeliveryBench, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIARIUM_DELIVERY_SECRET_ARKIVET", "mycket-hemligt-4711")
    facts = {"host": "sftp.arkivet.se", "username": "u", "secret": "ARKIVET"}
    made = bench.agreement(transport="sftp", transport_facts=facts)
    page = log_in("arja").get(f"{BASE}/overenskommelser/{made.uid}").text
    with bench.database.reading() as session:
        events = session.scalars(select(AuditEvent)).all()
    assert "mycket-hemligt" not in page + str([(event.before, event.after) for event in events])
    with pytest.raises(DomainError, match="lösenordet"):
        bench.agreement(name="B", transport="sftp", transport_facts={**facts, "secret": "mycket-hemligt-4711"})
