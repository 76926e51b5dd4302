"""Deliveries from draft to confirmed: what may be delivered, who does what, and what becomes of the cases."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from diarium.archive import agreements, delivering, receipts
from diarium.archive.criteria import PackageStatus
from diarium.archive.delivery_errors import DeliveryConflict, DeliveryNotFound, InvalidDelivery, InvalidReceipt
from diarium.archive.delivery_models import PackageDelivery, ReceiptOutcome
from diarium.archive.delivery_states import (
    DELIVERY_STATE_LABELS,
    DELIVERY_STATE_MEANINGS,
    STEP_LABELS,
    TRANSITIONS,
    DeliveryState,
    DeliveryStep,
)
from diarium.archive.models import Export, ExportPart, ExportState
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.receipts import ReceiptFacts
from diarium.audit.models import AuditEvent
from diarium.changes.models import Change
from diarium.errors import DomainError, NotAllowed
from diarium.i18n import SOURCE_LOCALE, today, use_locale
from diarium.register import closing
from diarium.register.models import Case
from diarium.register.vocabulary import CaseStatus
from tests.archive.conftest import ExportBench
from tests.archive.delivery_bench import DeliveryBench
from tests.archive.register_examples import plain_case
from tests.conftest import Municipality


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path) -> DeliveryBench:
    return DeliveryBench(sqlite_municipality, tmp_path)


def answer(
    bench: DeliveryBench, delivery: PackageDelivery, outcome: ReceiptOutcome, **facts: object
) -> PackageDelivery:
    said = ReceiptFacts(outcome.value, today(), **{"remark": "Se rapporten.", **facts})  # type: ignore[arg-type]
    with bench.database.unit_of_work() as session:
        receipts.enter(session, bench.archivist, delivery.uid, said)
    return bench.read(delivery)


def statuses(bench: DeliveryBench) -> list[CaseStatus]:
    with bench.database.reading() as session:
        return list(session.scalars(select(Case.status).order_by(Case.id)))


def test_a_package_goes_to_a_folder_and_its_cases_become_archived(
    municipality: Municipality, tmp_path: Path
) -> None:
    bench = DeliveryBench(municipality, tmp_path)
    with bench.database.unit_of_work() as session:
        cases = [bench.closed_case(session, f"Ärende {number}") for number in range(3)]
        reopened = bench.closed_case(session, "Öppnas igen")
    content = b"paketets byte" * 500_000
    part = bench.part(content, cases=[*cases, reopened])
    delivery = bench.delivery(part, bench.agreement())
    assert bench.round().run() == 2  # checked, then sent
    sent = bench.read(delivery)
    assert (sent.state, sent.proof, sent.sent_bytes) == (DeliveryState.RECEIVED, "read_back", len(content))
    assert [path.name for path in bench.inbox.iterdir()] == [part.package_name]
    assert (bench.inbox / str(part.package_name)).read_bytes() == content
    with bench.database.unit_of_work() as session:
        closing.reopen(session, bench.town.registrar, session.get_one(Case, reopened.id), "Ny handling kom in")
    confirmed = answer(bench, sent, ReceiptOutcome.ACCEPTED, receiver_reference="AIP-77")
    assert (confirmed.state, confirmed.archives_cases) == (DeliveryState.CONFIRMED, True)
    assert bench.archive() == 3
    assert bench.archive() == 0
    assert statuses(bench) == [CaseStatus.ARCHIVED] * 3 + [CaseStatus.IN_PROGRESS]
    done = bench.read(delivery)
    assert (done.archived_count, done.left_count) == (3, 1)
    assert bench.steps(delivery) == [
        "created", "approved", "checked", "begun", "sent", "received", "confirmed", "cases_archived",
    ]  # fmt: skip
    with bench.database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "case.archived").limit(1)).one()
        feed = session.scalars(select(Change.kind).where(Change.kind == "case.archived")).all()
    assert (event.actor_name, event.after) == (
        "Arja Arkivarie",
        {"status": "archived", "delivery": "ÖK-2024-1-1", "receiver": "Kommunarkivet i Ekdala"},
    )
    assert len(feed) == 3


def test_a_real_package_of_the_register_is_delivered(sqlite_municipality: Municipality, tmp_path: Path) -> None:
    exports = ExportBench(sqlite_municipality, tmp_path / "town")
    done = exports.run(exports.request(plain_case))
    bench = DeliveryBench(sqlite_municipality, tmp_path)
    bench.exports = exports.folder
    with bench.database.reading() as session:
        part = session.scalars(select(ExportPart).where(ExportPart.export_id == done.export.id)).one()
    delivery = bench.delivery(part, bench.agreement())
    bench.round().run()
    assert bench.read(delivery).state is DeliveryState.RECEIVED
    assert (bench.inbox / str(part.package_name)).stat().st_size == part.package_size


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"part": {"state": ExportState.INVALID}}, "godkänt i kontrollen"),
        ({"agreement": {"profile": ProfileCode.FGS1.value}}, "annan profil"),
        ({"agreement": {"max_package_files": "2"}}, "fler filer"),
        ({"agreement": {"max_package_mib": "1"}, "part": {"content": b"x" * 1_100_000}}, "större"),
    ],
)
def test_only_a_package_that_the_agreement_fits_is_delivered(
    bench: DeliveryBench, changes: dict[str, dict[str, object]], words: str
) -> None:
    agreement, part = bench.agreement(**changes.get("agreement", {})), bench.part(**changes.get("part", {}))  # type: ignore[arg-type]
    with pytest.raises(InvalidDelivery, match=words):
        bench.delivery(part, agreement)


def test_an_ended_agreement_and_one_of_another_package_are_refused(bench: DeliveryBench) -> None:
    agreement, other = bench.agreement(), bench.agreement(name="Annan", number="ÖK-9")
    with pytest.raises(InvalidDelivery, match="annan överenskommelse"):
        bench.delivery(bench.part(agreement=other), agreement)
    made = bench.delivery(bench.part(), agreement, approved=False)
    with bench.database.unit_of_work() as session:
        agreements.set_active(session, bench.archivist, agreement.uid, active=False, version=1)
    with bench.database.unit_of_work() as session, pytest.raises(InvalidDelivery, match="avslutad"):
        delivering.approve(session, bench.archivist, made.uid, bench.exports)


def test_only_those_who_export_know_of_a_delivery(bench: DeliveryBench) -> None:
    agreement, part = bench.agreement(), bench.part()
    made = bench.delivery(part, agreement)
    for actor in (bench.town.registrar, bench.town.officer, bench.town.outsider):
        with bench.database.unit_of_work() as session, pytest.raises(DeliveryNotFound):
            delivering.stop(session, actor, made.uid)
        with bench.database.unit_of_work() as session, pytest.raises(DeliveryNotFound):
            receipts.enter(session, actor, made.uid, ReceiptFacts("accepted", today()))


def test_the_same_package_is_not_on_its_way_twice_unless_it_is_repeated(bench: DeliveryBench) -> None:
    agreement, part = bench.agreement(), bench.part()
    first = bench.delivery(part, agreement)
    with pytest.raises(DeliveryConflict, match="ÖK-2024-1-1"):
        bench.delivery(part, agreement)
    bench.round().run()
    (bench.inbox / str(part.package_name)).unlink()  # the receiver lost it
    with bench.database.unit_of_work() as session:
        again = delivering.repeat(session, bench.archivist, first.uid)
    with bench.database.unit_of_work() as session:
        delivering.approve(session, bench.archivist, again.uid, bench.exports)
    bench.round().run()
    assert answer(bench, again, ReceiptOutcome.ACCEPTED).state is DeliveryState.CONFIRMED
    assert bench.read(first).state is DeliveryState.REPLACED
    assert bench.steps(first)[-2:] == ["repeated", "replaced"]


def test_a_changed_package_file_is_never_sent(bench: DeliveryBench) -> None:
    part = bench.part(b"paket" * 1000)
    made = bench.delivery(part, bench.agreement())
    (bench.exports / str(part.package_name)).write_bytes(b"pakeT" * 1000)
    bench.round().run()
    failed = bench.read(made)
    assert failed.state is DeliveryState.FAILED
    assert "kontrollsumman stämmer inte" in str(failed.last_error)
    assert list(bench.inbox.iterdir()) == []
    (bench.exports / str(part.package_name)).unlink()
    with bench.database.unit_of_work() as session, pytest.raises(InvalidDelivery, match="disken"):
        delivering.approve(session, bench.archivist, made.uid, bench.exports)


def test_two_who_act_on_the_same_delivery_do_not_pass_unseen(bench: DeliveryBench) -> None:
    made = bench.delivery(bench.part(), bench.agreement(), approved=False)
    with bench.database.unit_of_work() as session:
        delivering.approve(session, bench.archivist, made.uid, bench.exports, version=1)
    with bench.database.unit_of_work() as session, pytest.raises(DeliveryConflict, match="Någon annan"):
        delivering.withdraw(session, bench.archivist, made.uid, "Fel period", version=1)


def test_a_package_with_protected_identities_is_sent_by_anyone_but_fetched_by_few(bench: DeliveryBench) -> None:
    part = bench.part(has_protected=True)
    made = bench.delivery(part, bench.agreement(transport="download", transport_facts={}))
    with bench.database.unit_of_work() as session, pytest.raises(DeliveryConflict, match="kontrollerad"):
        delivering.fetch(session, bench.privileged, made.uid, bench.exports)
    assert bench.round().run() == 1
    with bench.database.unit_of_work() as session, pytest.raises(NotAllowed, match="skyddade"):
        delivering.fetch(session, bench.archivist, made.uid, bench.exports)
    for _turn in range(2):
        with bench.database.unit_of_work() as session:
            path = delivering.fetch(session, bench.privileged, made.uid, bench.exports)
    assert path.name == part.package_name
    assert bench.read(made).state is DeliveryState.SENT
    assert bench.steps(made) == ["created", "approved", "checked", "fetched", "fetched"]
    sent = bench.delivery(bench.part(has_protected=True), bench.agreement(name="Mapp"))
    bench.round().run()
    assert bench.read(sent).state is DeliveryState.RECEIVED


def test_a_test_delivery_goes_all_the_way_and_archives_nothing(bench: DeliveryBench) -> None:
    with bench.database.unit_of_work() as session:
        case = bench.closed_case(session)
    agreement = bench.agreement()
    made = bench.delivery(bench.part(status=PackageStatus.TEST, cases=[case], agreement=agreement), agreement)
    bench.round().run()
    assert not answer(bench, made, ReceiptOutcome.ACCEPTED, archive=True).archives_cases
    assert bench.archive() == 0
    assert statuses(bench) == [CaseStatus.CLOSED]
    with bench.database.unit_of_work() as session:
        real = delivering.ask_for_package(session, bench.archivist, made.uid, PackageStatus.NEW)
        assert (real.record_status, real.agreement_id) == (PackageStatus.NEW, agreement.id)
        with pytest.raises(DeliveryConflict):
            delivering.ask_for_package(session, bench.archivist, made.uid, PackageStatus.REPLACEMENT)


def test_a_rejected_package_is_replaced_by_one_that_is_linked_to_it(bench: DeliveryBench) -> None:
    with bench.database.unit_of_work() as session:
        case = bench.closed_case(session)
    agreement = bench.agreement()
    part = bench.part(cases=[case], agreement=agreement)
    first = bench.delivery(part, agreement)
    bench.round().run()
    with pytest.raises(InvalidReceipt, match="varför"):
        answer(bench, first, ReceiptOutcome.REJECTED, remark=" ")
    assert answer(bench, first, ReceiptOutcome.REJECTED).state is DeliveryState.REJECTED
    assert bench.archive() == 0
    with bench.database.unit_of_work() as session:
        export = delivering.ask_for_package(session, bench.archivist, first.uid, PackageStatus.REPLACEMENT)
        assert (export.record_status, export.replaces_id) == (PackageStatus.REPLACEMENT, part.export_id)
    new = bench.part(
        b"rattat", status=PackageStatus.REPLACEMENT, cases=[case], agreement=agreement, replaces_id=part.export_id
    )
    second = bench.delivery(new, agreement)
    assert second.replaces_id == first.id
    bench.round().run()
    assert bench.read(first).state is DeliveryState.REJECTED, "nothing is replaced before the answer"
    answer(bench, second, ReceiptOutcome.ACCEPTED)
    assert bench.archive() == 1
    assert (bench.read(first).state, statuses(bench)) == (DeliveryState.REPLACED, [CaseStatus.ARCHIVED])


def test_the_agreement_or_the_archivist_can_say_that_nothing_becomes_archived(bench: DeliveryBench) -> None:
    with bench.database.unit_of_work() as session:
        cases = [bench.closed_case(session, f"Ärende {number}") for number in range(2)]
    quiet = bench.agreement(archives_cases=False)
    loud = bench.agreement(name="Annan")
    for agreement, case, said in ((quiet, cases[0], None), (loud, cases[1], False)):
        made = bench.delivery(bench.part(cases=[case]), agreement)
        bench.round().run()
        assert not answer(bench, made, ReceiptOutcome.ACCEPTED, archive=said).archives_cases
    assert bench.archive() == 0


def test_an_answer_dated_before_the_sending_or_without_a_day_is_refused(bench: DeliveryBench) -> None:
    made = bench.delivery(bench.part(), bench.agreement())
    bench.round().run()
    for day in (None, today() - dt.timedelta(days=400)):
        with bench.database.unit_of_work() as session, pytest.raises(InvalidReceipt) as caught:
            receipts.enter(session, bench.archivist, made.uid, ReceiptFacts("accepted", day))
        assert caught.value.field == "receipt_on"
    assert bench.read(made).state is DeliveryState.RECEIVED


def test_an_unknown_delivery_or_package_is_not_found(bench: DeliveryBench) -> None:
    with bench.database.unit_of_work() as session, pytest.raises(DeliveryNotFound):
        delivering.approve(session, bench.archivist, uuid.uuid4(), bench.exports)
    with bench.database.reading() as session:
        assert session.scalar(select(Export.id)) is None


@pytest.mark.parametrize("status", list(PackageStatus))
def test_whatever_people_do_a_test_archives_nothing_and_nothing_unsent_is_confirmed(
    bench: DeliveryBench, status: PackageStatus
) -> None:
    """The usual way with random steps in between; each is taken or refused, and the rules hold throughout."""
    agreement = bench.agreement()
    between = st.lists(st.sampled_from(sorted(_ACTS)), max_size=2)

    @settings(max_examples=6, deadline=None)
    @example(extras=[[], [], [], []])
    @given(extras=st.lists(between, min_size=4, max_size=4))
    def walk(extras: list[list[str]]) -> None:
        usual = ("approve", "send", "accepted", "archive")
        acts = [act for more, step in zip(extras, usual, strict=True) for act in (*more, step)]
        with bench.database.unit_of_work() as session:
            case = bench.closed_case(session)
        made = bench.delivery(bench.part(status=status, cases=[case]), agreement, approved=False)
        for act in acts:
            with suppress(DomainError):
                _ACTS[act](bench, made)
            now = bench.read(made)
            if now.state in (DeliveryState.CONFIRMED, DeliveryState.REJECTED, DeliveryState.RECEIVED):
                assert now.sent_at is not None
            with bench.database.reading() as session:
                is_archived = session.get_one(Case, case.id).status is CaseStatus.ARCHIVED
            assert not is_archived or (now.state is DeliveryState.CONFIRMED and status is not PackageStatus.TEST)
        assert any(extras) or is_archived is (status is not PackageStatus.TEST)

    walk()


def _approve(bench: DeliveryBench, made: PackageDelivery) -> None:
    with bench.database.unit_of_work() as session:
        delivering.approve(session, bench.archivist, made.uid, bench.exports)


def _stop(bench: DeliveryBench, made: PackageDelivery) -> None:
    with bench.database.unit_of_work() as session:
        delivering.stop(session, bench.archivist, made.uid)


def _withdraw(bench: DeliveryBench, made: PackageDelivery) -> None:
    with bench.database.unit_of_work() as session:
        delivering.withdraw(session, bench.archivist, made.uid, "Fel period")


_ACTS: dict[str, Callable[[DeliveryBench, PackageDelivery], object]] = {
    "accepted": lambda bench, made: answer(bench, made, ReceiptOutcome.ACCEPTED, archive=True),
    "approve": _approve,
    "archive": lambda bench, _made: bench.archive(),
    "received": lambda bench, made: answer(bench, made, ReceiptOutcome.RECEIVED),
    "rejected": lambda bench, made: answer(bench, made, ReceiptOutcome.REJECTED),
    "send": lambda bench, _made: bench.round().run(),
    "stop": _stop,
    "withdraw": _withdraw,
}


def test_the_documentation_shows_the_states_as_they_are() -> None:
    text = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")
    with use_locale(SOURCE_LOCALE):
        rows = [
            f"| `{state}` | {DELIVERY_STATE_LABELS[state]} | "
            f"{', '.join(f'`{after}`' for after in sorted(TRANSITIONS[state])) or '(end)'} |"
            for state in DeliveryState
        ]
    assert "\n".join(rows) in text


def test_every_state_and_step_has_its_words() -> None:
    assert set(DELIVERY_STATE_LABELS) == set(DELIVERY_STATE_MEANINGS) == set(TRANSITIONS) == set(DeliveryState)
    assert set(STEP_LABELS) == set(DeliveryStep)


@settings(max_examples=200, deadline=None)
@given(choices=st.lists(st.integers(0, 9), max_size=30))
def test_nothing_is_confirmed_that_was_not_sent(choices: list[int]) -> None:
    """Any walk through the states: what comes before `confirmed`, and that ends are ends."""
    state, walked = DeliveryState.DRAFT, [DeliveryState.DRAFT]
    for choice in choices:
        after = sorted(TRANSITIONS[state])
        if not after:
            assert state in (DeliveryState.REPLACED, DeliveryState.WITHDRAWN)
            break
        state = after[choice % len(after)]
        walked.append(state)
        if state in (DeliveryState.CONFIRMED, DeliveryState.REJECTED, DeliveryState.RECEIVED):
            assert DeliveryState.SENT in walked
        if state is DeliveryState.SENT:
            assert DeliveryState.READY in walked, "nobody has approved it"
