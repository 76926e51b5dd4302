"""The life of an export, from the request to the package or the reason why there is none."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from pathlib import Path

import pytest
from sqlalchemy import event, select

from diarium.archive import exporting, exporting_run, loading
from diarium.archive.criteria import Criteria
from diarium.archive.errors import ExportNotFound, ExportUnderWay, InvalidPeriod, NothingToExport
from diarium.archive.exporting_chore import ExportRound
from diarium.archive.models import Export, ExportItem, ExportPart, ExportState
from diarium.audit.models import AuditEvent
from diarium.changes import turns
from diarium.changes.worker import Worker
from diarium.errors import NotAllowed
from diarium.register import closing
from diarium.register.models import Case, Document
from diarium.register.vocabulary import CaseStatus
from tests.archive.conftest import ExportBench
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.conftest import Municipality


def test_the_same_cases_are_packaged_and_approved_on_both_databases(both_benches: ExportBench) -> None:
    done = both_benches.run(both_benches.request(full_case, plain_case))
    assert (done.export.state, done.export.error) == (ExportState.VALIDATED, None)
    assert (done.export.progress, done.export.total) == (2, 2)
    assert done.export.finished_at is not None
    zipped = (both_benches.folder / str(done.part.package_name)).read_bytes()
    assert done.part.package_sha256 == hashlib.sha256(zipped).hexdigest()
    assert done.part.package_size == len(zipped)
    assert (done.root / "METS.xml").is_file()


def test_a_request_freezes_the_cases(bench: ExportBench) -> None:
    export = bench.request(plain_case)
    with bench.municipality.database.unit_of_work() as session:
        plain_case(bench.municipality, session, "Kom efter begäran")
    with bench.municipality.database.reading() as session:
        items = session.scalars(select(ExportItem).where(ExportItem.export_id == export.id)).all()
        event_row = session.scalars(select(AuditEvent).where(AuditEvent.action == "export.requested")).one()
    assert len(items) == export.total == 1
    assert event_row.actor_name == "Arja Arkivarie"


def test_only_closed_cases_of_the_period_are_chosen(bench: ExportBench) -> None:
    town = bench.municipality
    with town.database.unit_of_work() as session:
        first = plain_case(town, session, "Första dagen", day=PERIOD[0]).id
        last = plain_case(town, session, "Sista dagen", day=PERIOD[1]).id
        plain_case(town, session, "Dagen före", day=PERIOD[0] - dt.timedelta(days=1))
        plain_case(town, session, "Dagen efter", day=PERIOD[1] + dt.timedelta(days=1))
        town.case(session, title="Öppet", opened_on=PERIOD[0])
    export = bench.request()
    with town.database.reading() as session:
        chosen = set(session.scalars(select(ExportItem.case_id).where(ExportItem.export_id == export.id)))
    assert chosen == {first, last}


def test_only_those_who_may_export_can_ask(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    for actor in (town.registrar, town.officer, town.administrator, town.outsider):
        with town.database.unit_of_work() as session, pytest.raises(NotAllowed):
            exporting.request_export(session, actor, Criteria("KS", *PERIOD))


def test_an_empty_period_and_a_backward_one_are_refused(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session, pytest.raises(NothingToExport, match="Kommunstyrelsen"):
        exporting.request_export(session, town.archivist, Criteria("ks", *PERIOD))
    with town.database.unit_of_work() as session, pytest.raises(InvalidPeriod, match="2024-12-31"):
        exporting.request_export(session, town.archivist, Criteria("KS", PERIOD[1], PERIOD[0]))


def test_the_same_export_is_not_asked_for_twice_while_it_waits(bench: ExportBench) -> None:
    export = bench.request(plain_case)
    with pytest.raises(ExportUnderWay):
        bench.request()
    bench.run(export)
    assert bench.request().id != export.id


def test_the_worker_makes_the_package_and_the_cases_stay_closed(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(plain_case)
    Worker(town.database, [], long_chores=[ExportRound(town.database, town.blobs, bench.folder)]).drain()
    with town.database.reading() as session:
        assert session.get_one(Export, export.id).state is ExportState.VALIDATED
        assert set(session.scalars(select(Case.status))) == {CaseStatus.CLOSED}
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.entity_type == "export")).all()
    assert actions == ["export.requested", "export.part_validated", "export.validated"]


def test_a_finished_export_is_not_made_again(bench: ExportBench) -> None:
    done = bench.run(bench.request(plain_case))
    (bench.folder / str(done.part.package_name)).unlink()
    exporting.run_export(bench.municipality.database, bench.municipality.blobs, bench.folder, done.export.uid)
    assert list(bench.folder.iterdir()) == []


def test_an_export_that_a_crash_left_half_made_is_begun_anew(bench: ExportBench) -> None:
    export = bench.request(plain_case)
    with bench.municipality.database.unit_of_work() as session:
        session.get_one(Export, export.id).state = ExportState.PACKAGING
    with bench.municipality.database.reading() as session:
        part = session.scalars(select(ExportPart)).one()
    leftover = bench.folder / f".work-{part.uid}" / "half"
    leftover.mkdir(parents=True)
    (leftover / "file").write_text("left by a crash")
    done = bench.run(export)
    assert done.export.state is ExportState.VALIDATED
    assert [path.name for path in bench.folder.iterdir()] == [done.part.package_name]


def test_what_a_crash_left_of_an_export_that_was_then_cancelled_is_swept(bench: ExportBench) -> None:
    leftover = bench.folder / f".work-{uuid.uuid4()}"
    leftover.mkdir(parents=True)
    (leftover / "package.zip.part").write_text("left by a crash")
    done = bench.run(bench.request(plain_case))
    assert [path.name for path in bench.folder.iterdir()] == [done.part.package_name]


def test_only_the_owner_may_read_a_package(bench: ExportBench) -> None:
    done = bench.run(bench.request(plain_case))
    assert (bench.folder / str(done.part.package_name)).stat().st_mode & 0o077 == 0


def test_two_processes_do_not_make_the_same_package(bench: ExportBench) -> None:
    export = bench.request(plain_case)
    with turns.turn(bench.municipality.database, exporting_run.TURN) as first:
        assert first
        assert bench.run(export).export.state is ExportState.REQUESTED
    assert bench.run(export).export.state is ExportState.VALIDATED


def test_a_missing_file_stops_the_export_and_is_named(bench: ExportBench) -> None:
    export = bench.request(lambda town, session: plain_case(town, session, "Byggnad", files=2))
    lost = _path_of(bench, "Bilaga 2.txt")
    lost.unlink()
    done = bench.run(export)
    assert done.export.state is ExportState.FAILED
    assert "Bilaga 2.txt" in str(done.export.error)
    assert "saknas" in str(done.export.error)
    assert "/1-1" in str(done.export.error)
    assert done.part.package_name is None
    assert list(bench.folder.iterdir()) == []


def test_a_damaged_file_stops_the_export_and_is_named(bench: ExportBench) -> None:
    export = bench.request(plain_case)
    damaged = _path_of(bench, "Bilaga 1.txt")
    damaged.chmod(0o600)
    damaged.write_bytes(b"Enkelt arende 1!")
    done = bench.run(export)
    assert done.export.state is ExportState.FAILED
    assert "Bilaga 1.txt" in str(done.export.error)
    assert "skadad" in str(done.export.error)


def test_a_case_opened_again_after_the_request_stops_the_export(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(plain_case)
    with town.database.unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        closing.reopen(session, town.registrar, case, "Nytt yttrande kom in")
    done = bench.run(export)
    assert done.export.state is ExportState.FAILED
    assert case.number_text in str(done.export.error)


def test_a_circle_closed_after_the_request_stops_the_export(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(plain_case)
    with town.database.unit_of_work() as session:
        case = session.scalars(select(Case)).one()
        case.records[0].is_closed_circle = True
    done = bench.run(export)
    assert done.export.state is ExportState.FAILED
    assert case.number_text in str(done.export.error)


def test_an_export_can_be_cancelled_before_it_begins(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(plain_case)
    with town.database.unit_of_work() as session:
        exporting.cancel_export(session, town.archivist, export.uid)
    done = bench.run(export)
    assert done.export.state is ExportState.FAILED
    assert "Arja Arkivarie" in str(done.export.error)


def test_an_export_can_be_cancelled_while_it_is_packaged(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(plain_case, lambda town, session: plain_case(town, session, "Nästa"))

    def cancel(_done: int, _total: int) -> None:
        with town.database.unit_of_work() as session:
            if session.get_one(Export, export.id).state is ExportState.PACKAGING:
                exporting.cancel_export(session, town.archivist, export.uid)

    done = bench.run(export, on_case=cancel)
    assert done.export.state is ExportState.FAILED
    assert "Arja Arkivarie" in str(done.export.error)
    assert list(bench.folder.iterdir()) == []


def test_the_one_who_runs_the_export_can_stop_it(bench: ExportBench) -> None:
    done = bench.run(bench.request(plain_case), is_cancelled=lambda: True)
    assert done.export.state is ExportState.FAILED
    assert list(bench.folder.iterdir()) == []


def test_a_finished_export_can_not_be_cancelled(bench: ExportBench) -> None:
    town = bench.municipality
    done = bench.run(bench.request(plain_case))
    with town.database.unit_of_work() as session, pytest.raises(ExportUnderWay):
        exporting.cancel_export(session, town.archivist, done.export.uid)
    with town.database.unit_of_work() as session, pytest.raises(ExportNotFound):
        exporting.cancel_export(session, town.archivist, uuid.uuid4())


def test_progress_is_told_case_by_case(bench: ExportBench) -> None:
    told: list[tuple[int, int]] = []
    export = bench.request(*(_numbered_case(number) for number in range(3)))
    bench.run(export, on_case=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_package_of_paper_only_is_approved(bench: ExportBench) -> None:
    done = bench.run(bench.request(lambda town, session: plain_case(town, session, files=0)))
    assert done.export.state is ExportState.VALIDATED


def test_the_number_of_queries_depends_on_batches_and_not_on_cases(bench: ExportBench) -> None:
    counts = []
    for cases in (5, 40):
        export = bench.request(*(_numbered_case(number) for number in range(cases)))
        counts.append(_queries_to_read(bench, export))
        bench.run(export)
    assert counts[0] == counts[1]


def test_notes_decisions_deadlines_and_moved_records_cost_no_queries_of_their_own(bench: ExportBench) -> None:
    counts = []
    for cases in (1, 3):
        export = bench.request(*[full_case] * cases)
        counts.append(_queries_to_read(bench, export))
        bench.run(export, is_cancelled=lambda: True)
    assert counts[0] == counts[1]


def test_a_case_of_many_records_is_read_in_pages(bench: ExportBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "RECORDS_AT_ONCE", 2)
    export = bench.request(full_case)
    (case,) = loading.stream_cases(bench.municipality.database, export.id)
    assert not isinstance(case.records, tuple)
    assert [record.running_number for record in case.records] == [1, 2, 3, 4, 5, 6]
    with bench.municipality.database.reading() as session:
        whole = loading.load_case(session, session.scalars(select(Case.id).where(Case.uid == case.uid)).one())
    assert tuple(case.records) == whole.records


def _numbered_case(number: int):  # type: ignore[no-untyped-def]
    return lambda town, session: plain_case(town, session, f"Ärende {number}")


def _queries_to_read(bench: ExportBench, export: Export) -> int:
    seen: list[str] = []
    engine = bench.municipality.database.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    for case in loading.stream_cases(bench.municipality.database, export.id):
        assert list(case.records)
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def _path_of(bench: ExportBench, file_name: str) -> Path:
    with bench.municipality.database.reading() as session:
        sha256 = session.scalars(select(Document.sha256).where(Document.file_name == file_name)).one()
    return bench.municipality.blobs.path(sha256)
