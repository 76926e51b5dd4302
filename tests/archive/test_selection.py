"""What an export chooses, and what its preview tells: how much, in how many packages, what stands in its way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from diarium.archive import exporting, selection_problems
from diarium.archive.criteria import Criteria, PackageLimits, PackageStatus
from diarium.archive.errors import InvalidCriteria, NothingToExport
from diarium.archive.exporting import request_export
from diarium.archive.models import ExportItem, ExportState
from diarium.archive.selection_preview import Preview, preview
from diarium.archive.selection_problems import ProblemGroup, ProblemKind
from diarium.classification.models import Classification, Retention, RetentionRule
from diarium.db.base import now
from diarium.files.models import Blob
from diarium.i18n import today
from diarium.register.models import Case, DisposalDepth, Document, Party, Record
from diarium.register.vocabulary import CaseStatus
from diarium.secrecy.models import Restriction
from tests.archive.conftest import ExportBench
from tests.archive.register_examples import PERIOD, full_case, plain_case
from tests.conftest import Municipality
from tests.counting import statements_of

K = ProblemKind


def _preview(town: Municipality, session: Session, **narrower: object) -> Preview:
    limits = narrower.pop("limits", None)
    criteria = Criteria("KS", *PERIOD, **narrower)  # type: ignore[arg-type]
    return preview(session, criteria, limits=limits, store=town.blobs)  # type: ignore[arg-type]


def _groups(found: Preview) -> dict[ProblemKind, ProblemGroup]:
    return {group.kind: group for group in found.problems}


def _numbers(found: Preview, kind: ProblemKind) -> set[str]:
    groups = _groups(found)
    return {problem.number for problem in groups[kind].named} if kind in groups else set()


def test_the_preview_counts_cases_records_files_and_packages(municipality: Municipality) -> None:
    with municipality.database.unit_of_work() as session:
        case = full_case(municipality, session)
        plain_case(municipality, session)
        records, files = len(case.records), sum(len(record.documents) for record in case.records)
    with municipality.database.reading() as session:
        found = _preview(municipality, session)
        split = _preview(municipality, session, limits=PackageLimits(max_files=2))
    assert (found.cases, found.records, found.documents) == (2, records + 1, files + 1)
    assert found.size == sum(part.size for part in split.parts) > 0
    assert [part.cases for part in found.parts] == [2]
    assert [(part.cases, part.is_over) for part in split.parts] == [(1, True), (1, False)]
    assert len(split.oversized) == 1
    assert found.is_possible


def test_the_preview_names_what_should_be_known_and_where_it_is_mended(municipality: Municipality) -> None:
    town = municipality
    with town.database.unit_of_work() as session:
        full = full_case(town, session)
        plain = plain_case(town, session, files=0)
        assert plain.classification is not None
        plain.classification.retention_rule = None
        number, records = full.number_text, {record.uid for record in full.records}
    with town.database.reading() as session:
        found = _preview(town, session)
    groups = _groups(found)
    assert f"{number}-1" in _numbers(found, K.FILE_UNREAD)
    assert _numbers(found, K.RECORD_WITHOUT_FILE) >= {f"{plain.number_text}-1"}
    assert plain.number_text in _numbers(found, K.NO_RETENTION_RULE)
    assert _numbers(found, K.OPEN_DEADLINE) == {number}
    assert _numbers(found, K.PROTECTED_IDENTITY) == {number}
    assert _numbers(found, K.RESTRICTED) == {number}
    assert not any(group.is_blocking for group in found.problems)
    (deadline,) = groups[K.OPEN_DEADLINE].named
    assert (deadline.case_uid, deadline.record_uid) == (full.uid, None)
    assert {problem.record_uid for problem in groups[K.FILE_UNREAD].named} <= records
    assert [group.kind for group in found.problems] == [kind for kind in K if kind in groups]


def test_a_missing_file_blocks_and_is_told_first(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        number = plain_case(town, session).number_text
        town.blobs.path(session.scalars(select(Document.sha256)).one()).unlink()
    with town.database.reading() as session:
        found = _preview(town, session)
    assert (found.problems[0].kind, found.problems[0].count) == (K.FILE_MISSING, 1)
    assert "Bilaga 1.txt" in found.problems[0].named[0].message
    assert found.problems[0].named[0].number == f"{number}-1"
    assert not found.is_possible


def test_formats_are_told_apart_by_what_is_known_of_them(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        numbers = [f"{plain_case(town, session, title).number_text}-1" for title in ("a", "b", "c", "d")]
        blobs = session.scalars(
            select(Blob).join(Document, Document.sha256 == Blob.sha256).order_by(Document.id)
        ).all()
        for blob, (puid, examined) in zip(
            blobs, ((None, None), (None, now()), ("fmt/412", now()), ("fmt/95", now())), strict=True
        ):
            blob.puid, blob.examined_at, blob.format_name = puid, examined, "Microsoft Word"
    with town.database.reading() as session:
        found = _preview(town, session)
    assert _numbers(found, K.FILE_UNREAD) == {numbers[0]}
    assert _numbers(found, K.FORMAT_UNKNOWN) == {numbers[1]}
    assert _numbers(found, K.FORMAT_UNSUITABLE) == {numbers[2]}
    assert "Microsoft Word" in _groups(found)[K.FORMAT_UNSUITABLE].named[0].message


def test_a_marking_whose_day_has_passed_or_that_nobody_looked_at_is_told(
    sqlite_municipality: Municipality,
) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        number = full_case(town, session).number_text
    for days, told in ((30, set()), (0, {number}), (None, {number})):
        with town.database.unit_of_work() as session:
            for mark in session.scalars(select(Restriction).where(Restriction.lifted_at.is_(None))):
                mark.review_on = today() + dt.timedelta(days=days) if days is not None else None
        with town.database.reading() as session:
            assert _numbers(_preview(town, session), K.NOT_REVIEWED) == told, days


def test_names_of_files_of_protected_persons_are_not_told(sqlite_municipality: Municipality) -> None:
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        case = plain_case(town, session)
        session.add(Party(case_id=case.id, role="party", kind="person", name="Petra", is_protected=True))
        town.blobs.path(session.scalars(select(Document.sha256)).one()).unlink()
    with town.database.reading() as session:
        found = _preview(town, session)
    assert "Bilaga" not in str(found)
    assert "skyddad uppgift" in found.problems[0].named[0].message


def test_a_closed_circle_stays_outside_and_is_told(municipality: Municipality) -> None:
    town = municipality
    with town.database.unit_of_work() as session:
        of_case, of_record = plain_case(town, session, "a"), plain_case(town, session, "b")
        plain_case(town, session, "c")
        of_case.is_closed_circle = True
        session.scalars(select(Record).where(Record.case_id == of_record.id)).one().is_closed_circle = True
    with town.database.reading() as session:
        found = _preview(town, session)
    assert found.cases == 1
    assert _numbers(found, K.CLOSED_CIRCLE) == {of_case.number_text, of_record.number_text}


def test_cases_of_a_finished_package_are_told_but_not_those_of_a_test(bench: ExportBench) -> None:
    town = bench.municipality
    for status, told in (("TEST", 0), ("NEW", 1)):
        bench.run(bench.request(*([plain_case] if status == "TEST" else []), record_status=status))
        with town.database.reading() as session:
            assert len(_numbers(_preview(town, session), K.PACKED_BEFORE)) == told


def test_a_thousand_of_a_kind_are_counted_and_the_first_named(
    sqlite_municipality: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection_problems, "NAMED_AT_MOST", 3)
    town = sqlite_municipality
    with town.database.unit_of_work() as session:
        numbers = [plain_case(town, session, f"Ärende {place}").number_text for place in range(8)]
    with town.database.reading() as session:
        group = _groups(_preview(town, session))[K.FILE_UNREAD]
    assert (group.count, group.unnamed) == (8, 5)
    assert [problem.number for problem in group.named] == [f"{number}-1" for number in numbers[:3]]


def test_the_preview_asks_as_much_of_three_cases_as_of_thirty(municipality: Municipality) -> None:
    town = municipality
    asked = []
    for more in (3, 27):
        with town.database.unit_of_work() as session:
            for place in range(more):
                plain_case(town, session, f"Ärende {place}")
        with town.database.reading() as session, statements_of(town.database.engine) as sent:
            _preview(town, session, limits=PackageLimits(max_cases=2))
        asked.append(len(sent))
    assert asked[0] == asked[1]


def test_classes_take_their_subclasses_along_and_no_namesakes(municipality: Municipality) -> None:
    town = municipality
    with town.database.unit_of_work() as session:
        scheme = session.scalars(select(Classification).where(Classification.code == "2.1")).one().scheme_id
        for code in ("2.1.4", "2.10"):
            session.add(
                Classification(scheme_id=scheme, code=code, sort_key=code, title=code, publishing="metadata")
            )
    titles = _chosen(town, {"2.1": "2.1", "2.1.4": "2.1.4", "2.10": "2.10"})
    assert titles(class_codes=("2.1",)) == {"2.1", "2.1.4"}
    assert titles(class_codes=("2.1.4", "2.10")) == {"2.1.4", "2.10"}
    assert titles(class_codes=("2",)) == {"2.1", "2.1.4", "2.10"}
    with pytest.raises(InvalidCriteria, match=r"2\.1\.9"):
        titles(class_codes=("2.1.9",))


def test_retention_rules_and_statuses_narrow_the_choice(municipality: Municipality) -> None:
    town = municipality
    with town.database.unit_of_work() as session:
        rule = RetentionRule(retention=Retention.DISPOSE, years=5, event=None, basis="Plan")
        session.add(rule)
        session.flush()
        uid = rule.uid
        first = session.scalars(select(Classification).where(Classification.code == "2.1")).one()
        session.add(
            Classification(
                scheme_id=first.scheme_id,
                code="2.9",
                sort_key="2.9",
                title="Gallras",
                publishing="metadata",
                retention_rule=rule,
            )
        )
    titles = _chosen(town, {"kvar": "2.1", "gallras": "2.9"})
    assert titles(retention_rule_uids=(uid,)) == {"gallras"}
    with town.database.unit_of_work() as session:
        case = session.scalars(select(Case).where(Case.title == "kvar")).one()
        case.status = CaseStatus.ARCHIVED
    assert titles() == {"gallras"}
    assert titles(statuses=(CaseStatus.ARCHIVED,)) == {"kvar"}
    assert titles(statuses=(CaseStatus.CLOSED, CaseStatus.ARCHIVED)) == {"kvar", "gallras"}
    with pytest.raises(InvalidCriteria):
        titles(statuses=(CaseStatus.OPEN,))


def test_cases_with_protected_identities_can_be_left_out(municipality: Municipality) -> None:
    town = municipality
    with town.database.unit_of_work() as session:
        full_case(town, session)
        plain_case(town, session)
    with town.database.reading() as session:
        assert _preview(town, session).cases == 2
        assert _preview(town, session, with_protected=False).cases == 1


def _chosen(town: Municipality, cases: dict[str, str]) -> Callable[..., set[str]]:
    """Closed cases by title with their class; gives what an export with the named criteria would freeze."""
    with town.database.unit_of_work() as session:
        for title, code in cases.items():
            case = plain_case(town, session, title)
            case.classification = session.scalars(select(Classification).where(Classification.code == code)).one()

    def titles(**narrower: object) -> set[str]:
        with town.database.unit_of_work() as session:
            criteria = Criteria("KS", *PERIOD, **narrower)  # type: ignore[arg-type]
            export = request_export(session, town.archivist, criteria)
            query = select(Case.title).join(ExportItem, ExportItem.case_id == Case.id)
            found = set(session.scalars(query.where(ExportItem.export_id == export.id)))
            session.rollback()
        return found

    return titles


def test_what_is_disposed_of_is_chosen_by_no_export(municipality: Municipality) -> None:
    town = municipality
    with town.database.unit_of_work() as session:
        kept, bare, gone = (plain_case(town, session, title) for title in ("a", "b", "c"))
        bare.disposed, gone.disposed = DisposalDepth.FILES, DisposalDepth.EVERYTHING
        expected = [kept.id, bare.id]
    with town.database.unit_of_work() as session:
        assert _preview(town, session).cases == 2
        export = request_export(session, town.archivist, Criteria("KS", *PERIOD))
        assert [item.case_id for item in export.items] == expected


def test_an_export_is_not_made_again_over_what_was_disposed_of_since(bench: ExportBench) -> None:
    """A replacement would take from the archive what only it still has; a package that is gone on with, too."""
    town = bench.municipality
    with town.database.unit_of_work() as session:
        kept, gone = (plain_case(town, session, title).id for title in ("a", "b"))
        first = request_export(session, town.archivist, Criteria("KS", *PERIOD))
        exporting.cancel_export(session, town.archivist, first.uid)
        session.get_one(Case, gone).disposed = DisposalDepth.EVERYTHING
        number = session.get_one(Case, gone).number_text
    with town.database.unit_of_work() as session, pytest.raises(InvalidCriteria, match=number):
        exporting.repeat_export(session, town.archivist, first.uid, record_status=PackageStatus.REPLACEMENT)
    with town.database.unit_of_work() as session:
        again = exporting.repeat_export(session, town.archivist, first.uid, record_status=PackageStatus.NEW)
        assert [item.case_id for item in again.items] == [kept]
        going_on = exporting.continue_export(session, town.archivist, first.uid)
    done = bench.run(going_on)
    assert done.export.state is ExportState.FAILED
    assert number in (done.export.error or "")
    with town.database.unit_of_work() as session:
        session.get_one(Case, kept).disposed = DisposalDepth.EVERYTHING
    with town.database.unit_of_work() as session, pytest.raises(NothingToExport):
        exporting.repeat_export(session, town.archivist, first.uid, record_status=PackageStatus.TEST)
