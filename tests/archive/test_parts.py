"""One export that becomes several packages: how it is split, taken up again, repeated."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import exporting, queries
from diarium.archive.criteria import Criteria, PackageLimits, PackageStatus
from diarium.archive.errors import ExportUnderWay, InvalidCriteria
from diarium.archive.exporting_chore import ExportRound
from diarium.archive.models import Export, ExportPart, ExportState
from diarium.archive.selection_splitting import CaseSize, estimated_bytes, split
from diarium.errors import NotAllowed
from diarium.register.models import Case
from diarium.register.vocabulary import CaseStatus
from tests.archive.conftest import ExportBench, Exported
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.conftest import Municipality

METS = {"m": "http://www.loc.gov/METS/"}


def test_packages_take_in_what_fits_and_never_part_of_a_case() -> None:
    cases = [CaseSize(key, files, size) for key, files, size in ((1, 2, 10), (2, 3, 10), (3, 9, 10), (4, 1, 10))]
    parts = list(split(cases, PackageLimits(max_files=5)))
    assert [(part.first, part.last, part.files, part.is_over) for part in parts] == [
        (1, 2, 5, False),
        (3, 3, 9, True),
        (4, 4, 1, False),
    ]
    assert [part.number for part in parts] == [1, 2, 3]
    assert [part.cases for part in split(cases, PackageLimits(max_cases=3))] == [3, 1]
    assert [part.cases for part in split(cases, PackageLimits())] == [4]
    for limit in (estimated_bytes(2, 5, 20), estimated_bytes(2, 5, 20) - 1):
        packages = list(split(cases[:2], PackageLimits(max_bytes=limit)))
        assert len(packages) == (1 if limit == estimated_bytes(2, 5, 20) else 2)
    assert list(split([], PackageLimits(max_files=1))) == []


def test_each_package_is_whole_approved_and_says_which_it_is(both_benches: ExportBench) -> None:
    export = both_benches.request(*_cases(5), limits=PackageLimits(max_cases=2))
    done = both_benches.run(export)
    assert done.export.state is ExportState.VALIDATED
    assert [(part.number, part.case_count, part.state) for part in done.parts] == [
        (1, 2, ExportState.VALIDATED),
        (2, 2, ExportState.VALIDATED),
        (3, 1, ExportState.VALIDATED),
    ]
    assert len({part.uid for part in done.parts}) == 3
    labels = [etree.parse(folder / "METS.xml").getroot().get("LABEL") for folder in done.folders]
    assert [label.rsplit(",", 1)[1].strip() for label in labels] == ["del 1 av 3", "del 2 av 3", "del 3 av 3"]
    assert sum(part.package_size or 0 for part in done.parts) > 0
    assert done.export.progress == done.export.total == 5


def test_a_package_keeps_within_its_limit_of_bytes(bench: ExportBench) -> None:
    limit = estimated_bytes(2, 2, 100)
    done = bench.run(bench.request(*_cases(5), limits=PackageLimits(max_bytes=limit)))
    assert [part.case_count for part in done.parts] == [2, 2, 1]
    assert all(part.package_size is not None and part.package_size <= limit for part in done.parts)


def test_what_is_made_stays_when_a_later_package_fails_and_the_rest_is_made_afterwards(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(*_cases(4), limits=PackageLimits(max_cases=2))
    with town.database.unit_of_work() as session:
        last = session.get_one(Case, _items(session, export)[-1])
        last.is_closed_circle = True
    first = bench.run(export)
    assert (first.export.state, first.export.progress) == (ExportState.FAILED, 2)
    assert [part.state for part in first.parts] == [ExportState.VALIDATED, ExportState.FAILED]
    assert last.number_text in str(first.parts[1].error)
    with town.database.unit_of_work() as session:
        session.get_one(Case, last.id).is_closed_circle = False
        exporting.continue_export(session, town.archivist, export.uid)
    done = bench.run(export)
    assert done.export.state is ExportState.VALIDATED
    assert done.parts[0].package_sha256 == first.parts[0].package_sha256
    assert done.parts[0].finished_at == first.parts[0].finished_at


def test_only_a_stopped_export_can_be_continued(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(plain_case)
    for _again in range(2):
        with town.database.unit_of_work() as session, pytest.raises(ExportUnderWay):
            exporting.continue_export(session, town.archivist, export.uid)
        bench.run(export)
    with town.database.unit_of_work() as session, pytest.raises(NotAllowed):
        exporting.continue_export(session, town.registrar, export.uid)


def test_a_test_becomes_real_and_the_real_one_is_replaced(bench: ExportBench) -> None:
    town = bench.municipality
    test = bench.run(bench.request(*_cases(3), record_status="TEST", limits=PackageLimits(max_cases=2)))
    assert _record_status(test) == {"TEST"}
    with town.database.unit_of_work() as session:
        plain_case(town, session, "Kom efter provleveransen")
    real = _repeated(bench, test, PackageStatus.NEW)
    assert (_record_status(real), real.export.total, real.export.replaces_id) == ({"NEW"}, 3, None)
    with town.database.unit_of_work() as session:  # the receiver has accepted them meanwhile
        for key in _items(session, real.export):
            session.get_one(Case, key).status = CaseStatus.ARCHIVED
    replacing = _repeated(bench, real, PackageStatus.REPLACEMENT)
    assert replacing.export.state is ExportState.VALIDATED
    assert _record_status(replacing) == {"REPLACEMENT"}
    assert replacing.export.replaces_id == real.export.id
    for old, folder in zip(real.parts, replacing.folders, strict=True):
        told = b"".join(path.read_bytes() for path in folder.rglob("*.xml"))
        assert str(old.package_name).removesuffix(".zip").encode() in told
    with town.database.unit_of_work() as session, pytest.raises(InvalidCriteria):
        exporting.repeat_export(session, town.archivist, real.export.uid, record_status="ANYTHING")


def test_a_process_that_is_told_to_end_leaves_the_rest_to_the_next(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(*_cases(4), limits=PackageLimits(max_cases=2))
    left = bench.run(export, is_stopping=_after(3))
    assert left.export.state is ExportState.PACKAGING
    assert left.export.held_by is None
    assert any(bench.folder.glob(".work-*"))
    made = ExportRound(town.database, town.blobs, bench.folder).run(threading.Event())
    assert made == 1
    done = bench.found(export)
    assert done.export.state is ExportState.VALIDATED
    assert sorted(path.name for path in bench.folder.iterdir()) == sorted(str(p.package_name) for p in done.parts)


def test_a_worker_that_is_to_end_begins_nothing(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(plain_case)
    stop = threading.Event()
    stop.set()
    assert ExportRound(town.database, town.blobs, bench.folder).run(stop) == 0
    assert bench.found(export).export.state is ExportState.REQUESTED


def test_one_that_was_taken_over_writes_nothing_more(bench: ExportBench) -> None:
    town = bench.municipality
    export = bench.request(*_cases(2))

    def take_over(done: int, _total: int) -> None:
        if done == 1:
            with town.database.unit_of_work() as session:
                session.get_one(Export, export.id).held_by = "another machine"

    found = bench.run(export, on_case=take_over).export
    assert (found.state, found.held_by) == (ExportState.PACKAGING, "another machine")
    assert list(bench.folder.glob("*.zip")) == []


def test_progress_counts_every_byte_twice_and_ends_at_all_of_it(bench: ExportBench) -> None:
    export = bench.request(*_cases(4), limits=PackageLimits(max_cases=2))
    seen: list[int] = []

    def look(_done: int, _total: int) -> None:
        with bench.municipality.database.reading() as session:
            found = queries.export_by_uid(session, bench.municipality.archivist, export.uid)
            assert found is not None
            seen.append(queries.progress_of(found).percent)

    done = bench.run(export, on_case=look)
    progress = queries.progress_of(done.export)
    assert (progress.percent, progress.files, progress.files_in_all) == (100, 4, 4)
    assert progress.done == progress.work == 2 * sum(part.byte_count for part in done.parts)
    assert seen == sorted(seen)
    assert seen[0] < 50 <= seen[-1]


def test_a_package_with_protected_identities_is_not_for_everybody(bench: ExportBench) -> None:
    done = bench.run(bench.request(full_case, plain_case, limits=PackageLimits(max_cases=1)))
    assert [part.has_protected for part in done.parts] == [True, False]
    archivist, registrar = bench.municipality.archivist, bench.municipality.registrar
    with bench.municipality.database.reading() as session:
        parts = [queries.part_by_number(session, archivist, done.export.uid, number) for number in (1, 2)]
        assert [queries.may_download(archivist, part) for part in parts if part] == [False, True]
        assert queries.part_by_number(session, registrar, done.export.uid, 1) is None
        with pytest.raises(NotAllowed, match="skyddade personuppgifter"):
            queries.require_download(session, archivist, parts[0])  # type: ignore[arg-type]


def test_who_became_protected_after_the_cases_were_chosen_counts(bench: ExportBench) -> None:
    export = bench.request(full_case, plain_case, limits=PackageLimits(max_cases=1))
    archivist, database = bench.municipality.archivist, bench.municipality.database

    def protect(has_protected: bool) -> None:
        with database.unit_of_work() as session:
            for part in session.scalars(select(ExportPart).where(ExportPart.number == 1)):
                part.has_protected = has_protected  # as if nobody had been when the cases were chosen

    protect(False)
    done = bench.run(export)
    assert [part.has_protected for part in done.parts] == [True, False]
    protect(False)  # as if somebody became it later still
    with database.reading() as session:
        part = queries.part_by_number(session, archivist, export.uid, 1)
        assert part is not None
        with pytest.raises(NotAllowed, match="skyddade personuppgifter"):
            queries.require_download(session, archivist, part)


def test_an_earlier_export_without_criteria_is_read_as_what_it_was() -> None:
    found = Criteria.from_json({}, "KS", *PERIOD)
    assert found == Criteria("KS", *PERIOD)
    assert Criteria.from_json(found.to_json(), "KS", *PERIOD) == found


def _cases(number: int) -> list[Callable[[Municipality, Session], object]]:
    def one(place: int) -> Callable[[Municipality, Session], object]:
        return lambda town, session: plain_case(town, session, f"Ärende {place}")

    return [one(place) for place in range(number)]


def _items(session: Session, export: Export) -> list[int]:
    return [item.case_id for item in session.get_one(Export, export.id).items]


def _record_status(done: Exported) -> set[str]:
    return {
        str(etree.parse(folder / "METS.xml").find("m:metsHdr", METS).get("RECORDSTATUS"))  # type: ignore[union-attr]
        for folder in done.folders
    }


def _repeated(bench: ExportBench, earlier: Exported, status: PackageStatus) -> Exported:
    with bench.municipality.database.unit_of_work() as session:
        again = exporting.repeat_export(
            session, bench.municipality.archivist, earlier.export.uid, record_status=status
        )
    return bench.run(again)


def _after(calls: int) -> Callable[[], bool]:
    left = iter(range(calls))
    return lambda: next(left, None) is None
