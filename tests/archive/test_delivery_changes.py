"""What is changed while a delivery is on its way: the agreement, the cases, the delivery itself."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.archive import agreements, delivering, receipts
from diarium.archive.agreement_models import DeliveryAgreement
from diarium.archive.delivery_archiving import DeliveryArchiver
from diarium.archive.delivery_errors import DeliveryConflict, InvalidDelivery
from diarium.archive.delivery_models import PackageDelivery, PackageReceipt, ReceiptOutcome
from diarium.archive.delivery_sending import WAITS
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.receipt_collecting import ReceiptCollector
from diarium.archive.receipts import ReceiptFacts
from diarium.archive.transport import port
from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.folder import FolderTransport
from diarium.archive.transport.settings import FolderSettings
from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.i18n import today
from diarium.register import closing
from diarium.register.models import Case
from diarium.register.vocabulary import CaseStatus
from tests.archive.delivery_bench import DeliveryBench, FreeCourse, opener_that, parcel_of
from tests.conftest import Municipality


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path) -> DeliveryBench:
    return DeliveryBench(sqlite_municipality, tmp_path)


def carried(bench: DeliveryBench, agreement: DeliveryAgreement) -> None:
    """The agreement says that the archivist carries the packages from now on."""
    with bench.database.unit_of_work() as session:
        facts = bench.facts(transport="download", transport_facts={})
        agreements.change(session, bench.archivist, agreement.uid, facts, bench.policy, version=agreement.version)


def ended(bench: DeliveryBench, agreement: DeliveryAgreement) -> None:
    with bench.database.unit_of_work() as session:
        agreements.set_active(session, bench.archivist, agreement.uid, active=False, version=agreement.version)


def test_another_way_to_send_stops_what_was_approved_before_and_nothing_else(bench: DeliveryBench) -> None:
    agreement = bench.agreement()
    changed = bench.delivery(bench.part(), agreement)
    other = bench.delivery(bench.part(b"annat"), bench.agreement(name="Andra arkivet", number="2"))
    carried(bench, agreement)
    bench.round().run()
    told = bench.read(changed)
    assert told.state is DeliveryState.FAILED
    assert "annat sätt" in (told.last_error or "")
    assert bench.read(other).state is DeliveryState.RECEIVED
    with bench.database.unit_of_work() as session:
        delivering.approve(session, bench.archivist, changed.uid, bench.exports)
    bench.round().run()
    assert bench.read(changed).checked_at is not None


def test_half_a_package_of_an_earlier_way_to_send_keeps_nothing_else_waiting(bench: DeliveryBench) -> None:
    agreement = bench.agreement()
    withdrawn = bench.delivery(bench.part(b"x" * 3_000_000), agreement)
    bench.round().run()  # the check has its own turn when the next line is reached
    with bench.database.unit_of_work() as session:
        row = session.get_one(PackageDelivery, withdrawn.id)
        row.state, row.has_leftover, row.next_try_at = DeliveryState.WITHDRAWN, True, now()
    carried(bench, agreement)
    other = bench.delivery(bench.part(b"annat"), bench.agreement(name="Andra arkivet", number="2"))
    bench.round().run()
    assert bench.read(other).state is DeliveryState.RECEIVED
    assert bench.read(withdrawn).has_leftover


def test_nothing_is_sent_or_fetched_under_an_agreement_that_has_ended_meanwhile(bench: DeliveryBench) -> None:
    agreement = bench.agreement()
    delivery = bench.delivery(bench.part(), agreement)
    ended(bench, agreement)
    bench.round().run()
    assert bench.read(delivery).state is DeliveryState.FAILED
    assert list(bench.inbox.iterdir()) == []
    hand = bench.agreement(name="För hand", number="3", transport="download", transport_facts={})
    to_fetch = bench.delivery(bench.part(b"y"), hand)
    bench.round().run()
    ended(bench, hand)
    with bench.database.unit_of_work() as session, pytest.raises(InvalidDelivery, match="avslutad"):
        delivering.fetch(session, bench.archivist, to_fetch.uid, bench.exports)


def test_a_stopped_or_withdrawn_delivery_can_not_be_fetched(bench: DeliveryBench) -> None:
    agreement = bench.agreement(transport="download", transport_facts={})
    delivery = bench.delivery(bench.part(), agreement)
    bench.round().run()
    with bench.database.unit_of_work() as session:
        delivering.stop(session, bench.archivist, delivery.uid)
    for _time in range(2):
        with bench.database.unit_of_work() as session, pytest.raises(DeliveryConflict):
            delivering.fetch(session, bench.archivist, delivery.uid, bench.exports)
        with bench.database.unit_of_work() as session:
            if bench.read(delivery).state is DeliveryState.DRAFT:
                delivering.withdraw(session, bench.archivist, delivery.uid, "Fel paket")


def test_a_case_that_was_opened_again_after_the_package_is_not_archived_with_it(
    municipality: Municipality, tmp_path: Path
) -> None:
    bench = DeliveryBench(municipality, tmp_path)
    with bench.database.unit_of_work() as session:
        same, more = bench.closed_case(session, "Oförändrat"), bench.closed_case(session, "Fick en handling till")
    delivery = bench.delivery(bench.part(cases=[more, same]), bench.agreement())
    bench.round().run()
    with bench.database.unit_of_work() as session:
        row = session.get_one(Case, more.id)
        closing.reopen(session, municipality.registrar, row, "En handling till kom in")
        closing.close(session, municipality.registrar, row)
    said = ReceiptFacts(ReceiptOutcome.ACCEPTED.value, today())
    with bench.database.unit_of_work() as session:
        receipts.enter(session, bench.archivist, delivery.uid, said)
    assert bench.archive() == 1
    with bench.database.reading() as session:
        found = dict(session.execute(select(Case.title, Case.status)).all())  # type: ignore[arg-type]
    assert found == {"Oförändrat": CaseStatus.ARCHIVED, "Fick en handling till": CaseStatus.CLOSED}
    done = bench.read(delivery)
    assert (done.archived_count, done.left_count) == (1, 1)


def test_cases_that_are_left_keep_no_others_from_being_archived(
    bench: DeliveryBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diarium.archive.delivery_archiving.BATCH", 1)
    with bench.database.unit_of_work() as session:
        cases = [bench.closed_case(session, f"Ärende {number}") for number in range(3)]
    delivery = bench.delivery(bench.part(cases=cases), bench.agreement())
    bench.round().run()
    with bench.database.unit_of_work() as session:
        row = session.get_one(Case, cases[0].id)
        closing.reopen(session, bench.town.registrar, row, "Mer kom in")
        closing.close(session, bench.town.registrar, row)
        receipts.enter(session, bench.archivist, delivery.uid, ReceiptFacts("accepted", today()))
    assert DeliveryArchiver(bench.database).run() == 2
    assert bench.read(delivery).left_count == 1


def test_what_is_written_and_removed_again_each_time_is_given_up_in_the_end(bench: DeliveryBench) -> None:
    delivery = bench.delivery(bench.part(b"x" * 3_000_000), bench.agreement())
    bench.round().run()
    delivery = bench.delivery(bench.part(b"z" * 3_000_000), bench.agreement(name="Trasig", number="9"))

    def spoil() -> None:
        (partial,) = bench.inbox.glob("*.part")
        with partial.open("r+b") as target:
            target.write(b"fel")

    for _time in range(len(WAITS) + 3):
        with bench.database.unit_of_work() as session:
            row = session.get_one(PackageDelivery, delivery.id)
            row.next_try_at = now() if row.next_try_at else None
        bench.round(opener=opener_that(spoil, at=3_000_000)).run()
    assert bench.read(delivery).state is DeliveryState.FAILED


def test_a_package_that_arrives_though_it_was_just_stopped_is_told_of(bench: DeliveryBench) -> None:
    agreement = bench.agreement()
    delivery = bench.delivery(bench.part(), agreement)
    real = FolderTransport.send

    def send_then_stop(self: FolderTransport, parcel: port.Parcel, course: port.Course) -> port.Arrival:
        arrival = real(self, parcel, course)
        with bench.database.unit_of_work() as session:
            delivering.stop(session, bench.archivist, delivery.uid)
        return arrival

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FolderTransport, "send", send_then_stop)
        bench.round().run()
    found = bench.read(delivery)
    assert (found.state, found.remote_place is not None) == (DeliveryState.DRAFT, True)
    assert bench.steps(delivery)[-2:] == ["stopped", "sent"]
    assert len(list(bench.inbox.iterdir())) == 1


def test_an_accepted_package_is_not_delivered_once_more(bench: DeliveryBench) -> None:
    agreement, part = bench.agreement(), bench.part()
    first = bench.delivery(part, agreement)
    bench.round().run()
    with bench.database.unit_of_work() as session:
        second = delivering.repeat(session, bench.archivist, first.uid)
    with bench.database.unit_of_work() as session:
        receipts.enter(session, bench.archivist, first.uid, ReceiptFacts("accepted", today()))
    with bench.database.unit_of_work() as session, pytest.raises(DeliveryConflict, match="godkänt"):
        delivering.approve(session, bench.archivist, second.uid, bench.exports)
    with bench.database.unit_of_work() as session:
        delivering.withdraw(session, bench.archivist, second.uid, "Behövs inte")
    with bench.database.unit_of_work() as session, pytest.raises(DeliveryConflict, match="godkänt"):
        delivering.create(session, bench.archivist, part.uid, agreement.uid)


def test_receipts_are_found_however_many_lie_in_the_return_folder(
    bench: DeliveryBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diarium.archive.receipt_collecting.MOST_AT_ONCE", 2)
    bench.delivery(bench.part(), bench.agreement())
    bench.round().run()
    for number in range(5):
        (bench.returns / f"kvittens-{number}.txt").write_text(f"Status: mottaget {number}")
    collector = ReceiptCollector(bench.database, bench.town.blobs, bench.policy)
    assert [collector.run() for _time in range(4)] == [2, 2, 1, 0]


def test_a_document_is_read_without_keeping_the_register_locked(bench: DeliveryBench, tmp_path: Path) -> None:
    bench.delivery(bench.part(), bench.agreement())
    bench.round().run()
    (bench.returns / "kvittens.pdf").write_bytes(b"%PDF-1.4 Status: godkant")
    is_free: list[bool] = []

    def read_text(_content: bytes, _name: str) -> str:
        def write() -> None:
            with bench.database.unit_of_work() as session:
                session.execute(select(AuditEvent.id).limit(1))
            is_free.append(True)

        other = threading.Thread(target=write, daemon=True)
        other.start()
        other.join(3)
        return "Status: godkänt"

    ReceiptCollector(bench.database, bench.town.blobs, bench.policy, read_text=read_text).run()
    with bench.database.reading() as session:
        (receipt,) = session.scalars(select(PackageReceipt)).all()
    assert is_free
    assert (receipt.found or {})["outcome"] == "accepted"


@pytest.mark.timeout(20)
def test_a_pipe_in_place_of_the_package_stops_no_worker(bench: DeliveryBench, tmp_path: Path) -> None:
    parcel = parcel_of(tmp_path / "paket.zip", b"x" * 100)
    os.mkfifo(bench.inbox / parcel.name)
    transport = FolderTransport(FolderSettings(str(bench.inbox)), bench.policy)
    with pytest.raises(TransportError, match="annan fil"):
        transport.send(parcel, FreeCourse())
