"""What receivers answer: read in whatever form it comes, never trusted, entered by a person."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from diarium.archive import receipt_reading, receipts
from diarium.archive.delivery_errors import DeliveryConflict, InvalidReceipt, ReceiptNotFound
from diarium.archive.delivery_models import PackageReceipt, ReceiptOutcome, ReceiptState
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.receipt_collecting import ReceiptCollector
from diarium.archive.receipts import ReceiptFacts
from diarium.files.errors import FileTooLarge
from diarium.files.models import Blob
from diarium.i18n import today
from tests.archive.delivery_bench import DeliveryBench
from tests.conftest import Municipality

UID = uuid.UUID("7b4df6c1-93b5-4cde-8a39-6c8e2b1f0a11")
FILE_UID = "11111111-2222-4333-8444-555555555555"
PREMIS = f"""<?xml version="1.0" encoding="UTF-8"?>
<premis:premis xmlns:premis="http://www.loc.gov/premis/v3" version="3.0">
  <premis:object><premis:objectIdentifier><premis:objectIdentifierType>UUID</premis:objectIdentifierType>
    <premis:objectIdentifierValue>KS_2024-01-01_2024-12-31_{UID}</premis:objectIdentifierValue>
  </premis:objectIdentifier></premis:object>
  <premis:event><premis:eventType>ingestion</premis:eventType>
    <premis:eventDateTime>2024-05-06T10:00:00+02:00</premis:eventDateTime>
    <premis:eventOutcomeInformation><premis:eventOutcome>success</premis:eventOutcome>
      <premis:eventOutcomeDetail><premis:eventOutcomeDetailNote>Allt inläst.</premis:eventOutcomeDetailNote>
      </premis:eventOutcomeDetail></premis:eventOutcomeInformation></premis:event>
</premis:premis>"""
METS = f"""<mets xmlns="http://www.loc.gov/METS/" OBJID="UUID:{UID}" LABEL="Kvittens">
  <metsHdr CREATEDATE="2024-05-07T08:00:00"><altRecordID TYPE="RECEIPT">x</altRecordID></metsHdr>
  <fileSec><fileGrp><file ID="uuid-{FILE_UID}"/></fileGrp></fileSec></mets>"""

OTHER_XML = (
    f'<k:kvittens xmlns:k="urn:x"><k:paketID id="{UID}"/><k:status>Ej godkänd</k:status>'
    "<k:datum>20240508</k:datum><k:accessionsNummer>2024-17</k:accessionsNummer></k:kvittens>"
)


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path) -> DeliveryBench:
    return DeliveryBench(sqlite_municipality, tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "form", "outcome", "reference", "day"),
    [
        ("premis.xml", PREMIS, "PREMIS", ReceiptOutcome.ACCEPTED, None, dt.date(2024, 5, 6)),
        ("mets.xml", METS, "METS", None, None, dt.date(2024, 5, 7)),
        (
            "kvittens.xml",
            OTHER_XML, "XML", ReceiptOutcome.REJECTED, "2024-17", dt.date(2024, 5, 8),
        ),
        (
            "svar.json",
            f'{{"packages": [{{"objid": "{UID}", "result": "ACCEPTED", "aipId": "A-1", "date": "2024-05-09"}}]}}',
            "JSON", ReceiptOutcome.ACCEPTED, "A-1", dt.date(2024, 5, 9),
        ),
        (
            "svar.csv", f"Paket;Status;Datum;Referens\n{UID};Mottagen;2024-05-10;R-9\n",
            "CSV", ReceiptOutcome.RECEIVED, "R-9", dt.date(2024, 5, 10),
        ),
        (
            "svar.txt", f"Paket: {UID}\r\nUtfall: Avvisat\r\nReferens: R-1\r\nDatum: 2024-05-11\r\n",
            "text", ReceiptOutcome.REJECTED, "R-1", dt.date(2024, 5, 11),
        ),
        (f"{UID}_OK.txt", "", "text", ReceiptOutcome.ACCEPTED, None, None),
        ("brev.txt", f"Paketet {UID} är inte godkänt.", "text", ReceiptOutcome.REJECTED, None, None),
        ("brev.txt", f"Hej! Vi återkommer om {UID}.", "text", None, None, None),
    ],
)  # fmt: skip
def test_answers_of_many_forms_are_read(
    name: str, content: str, form: str, outcome: ReceiptOutcome | None, reference: str | None, day: dt.date | None
) -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        if "encoding=" in content and encoding == "cp1252":
            continue  # it says itself what it is written in
        if content.startswith("<") and encoding == "cp1252" and not content.isascii():
            continue  # XML without a declaration is UTF-8
        found = receipt_reading.read(content.encode(encoding), name)
        assert (found.form, found.uids[0]) == (form, UID), encoding
        assert (found.outcome, found.receiver_reference, found.receipt_on) == (outcome, reference, day)


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>',
        b"<a>" * 100_000,
        b"[" * 100_000,
        b"<a",
        b"{",
        b"\x00" * 1000,
        b"\xff\xfe<\x00a\x00",
        b"a,b\n" * 200_000,
    ],
)
def test_hostile_files_say_nothing_and_harm_nothing(content: bytes) -> None:
    found = receipt_reading.read(content, "kvittens.xml")
    assert (found.uids, found.outcome, found.receiver_reference) == ((), None, None)
    assert "root:" not in str(found.to_json())


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode()), name=st.text())
def test_no_file_whatever_breaks_the_reading(content: bytes, name: str) -> None:
    for start in (b"", b"<k>", b'{"status":', b"status;datum\n"):
        found = receipt_reading.read(start + content, name)
        assert found.to_json()["form"] == found.form
        receipt_reading.is_plain(name, content)


def test_a_returned_file_is_matched_kept_and_confirms_nothing(municipality: Municipality, tmp_path: Path) -> None:
    bench = DeliveryBench(municipality, tmp_path)
    agreement, part = bench.agreement(), bench.part()
    delivery = bench.delivery(part, agreement)
    bench.round().run()
    content = f"<kvittens><paket>{part.uid}</paket><status>OK</status></kvittens>".encode()
    (bench.returns / "kvittens.xml").write_bytes(content)
    collector = ReceiptCollector(bench.database, bench.town.blobs, bench.policy)
    assert (collector.run(), collector.run()) == (1, 0)
    (bench.returns / "kvittens.xml").write_bytes(content + b"<!-- igen -->")
    assert collector.run() == 1, "a new version of the file is another answer"
    with bench.database.reading() as session:
        first, second = session.scalars(select(PackageReceipt).order_by(PackageReceipt.id)).all()
        assert session.get(Blob, first.sha256) is not None
    with bench.town.blobs.open(str(first.sha256)) as kept:
        assert kept.read() == content
    assert first.delivery_id == second.delivery_id == delivery.id
    assert bench.read(delivery).state is DeliveryState.RECEIVED
    facts = ReceiptFacts("accepted", today())
    with bench.database.unit_of_work() as session:
        receipts.enter(session, bench.archivist, delivery.uid, facts, receipt_uid=first.uid)
    with bench.database.unit_of_work() as session:
        with pytest.raises(ReceiptNotFound, match="redan hanterad"):
            receipts.dismiss(session, bench.archivist, first.uid, "Två gånger")
        dismissed = receipts.dismiss(session, bench.archivist, second.uid, "Samma igen")
        assert (dismissed.state, receipts.waiting(session, bench.archivist)) == (ReceiptState.DISMISSED, [])
    assert bench.read(delivery).state is DeliveryState.CONFIRMED


def test_one_bad_file_hides_no_others(bench: DeliveryBench) -> None:
    bench.delivery(bench.part(), bench.agreement())
    bench.round().run()
    (bench.returns / "a_stor.bin").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    (bench.returns / "b_tom.txt").write_bytes(b"")
    (bench.returns / "c.txt").write_text("Godkänt")
    assert ReceiptCollector(bench.database, bench.town.blobs, bench.policy).run() == 1


def test_nothing_is_asked_of_receivers_that_owe_no_answer(bench: DeliveryBench) -> None:
    bench.delivery(bench.part(), bench.agreement(), approved=False)
    (bench.returns / "c.txt").write_text("Godkänt")
    assert ReceiptCollector(bench.database, bench.town.blobs, bench.policy).run() == 0


def test_an_answer_comes_only_on_what_was_sent_and_fits_its_agreement(bench: DeliveryBench) -> None:
    agreement, other = bench.agreement(), bench.agreement(name="Annan")
    draft = bench.delivery(bench.part(), agreement, approved=False)
    said = ReceiptFacts("accepted", today())
    with bench.database.unit_of_work() as session, pytest.raises(DeliveryConflict):
        receipts.enter(session, bench.archivist, draft.uid, said)
    sent = bench.delivery(bench.part(b"annat"), agreement)
    bench.round().run()
    with bench.database.unit_of_work() as session:
        foreign = receipts.take_in(session, bench.archivist, other, bench.town.blobs, "a.txt", b"Godk\xc3\xa4nt")
    with bench.database.unit_of_work() as session, pytest.raises(ReceiptNotFound):
        receipts.enter(session, bench.archivist, sent.uid, said, receipt_uid=foreign.uid)
    for facts, field in (
        (ReceiptFacts("kanske", today()), "outcome"),
        (ReceiptFacts("accepted", None), "receipt_on"),
    ):
        with bench.database.unit_of_work() as session, pytest.raises(InvalidReceipt) as caught:
            receipts.enter(session, bench.archivist, sent.uid, facts)
        assert caught.value.field == field
    upload = (bench.town.blobs, "stor.bin", b"x" * (receipt_reading.MAX_BYTES + 1))
    with bench.database.unit_of_work() as session, pytest.raises(FileTooLarge):
        receipts.enter(session, bench.archivist, sent.uid, said, upload=upload)
    with bench.database.unit_of_work() as session:
        receipts.enter(session, bench.archivist, sent.uid, ReceiptFacts("received", today(), "R-1"))
    assert bench.steps(sent)[-2:] == ["received", "received"]


def test_two_who_answer_at_once_enter_one_answer(bench: DeliveryBench) -> None:
    sent = bench.delivery(bench.part(), bench.agreement())
    bench.round().run()
    seen = bench.read(sent).version
    with bench.database.unit_of_work() as session:
        receipts.enter(session, bench.archivist, sent.uid, ReceiptFacts("accepted", today()), version=seen)
    late = ReceiptFacts("rejected", today(), remark="Fel")
    with bench.database.unit_of_work() as session, pytest.raises(DeliveryConflict, match="Någon annan"):
        receipts.enter(session, bench.archivist, sent.uid, late, version=seen)
    assert bench.read(sent).state is DeliveryState.CONFIRMED
