"""What a review of the taking over of packages found, each as something that must not come back."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.archive.import_models import ImportMode, ImportState, PackageImport
from diarium.archive.importing import ordering, running
from diarium.archive.importing.model import Choices
from diarium.archive.package_model import PackageCase, PackageRecord, PackageRecordReference
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.reading import UnreadablePackage, read_package
from diarium.audit.models import AuditEvent
from diarium.correspondence.models import OutgoingMessage
from diarium.identity.permissions import SYSTEM
from diarium.register.models import Case, Record, SeriesCounter
from tests.archive.importing.conftest import Installation
from tests.archive.made_packages import MadePackage, again
from tests.archive.reading.foreign_packages import municipal_fgs1
from tests.conftest import Municipality

Pack = Callable[..., Path]


@pytest.fixture
def pack(town: Municipality, made: MadePackage, tmp_path: Path) -> Pack:
    """Packs cases, with the series restricted or one more class if asked for."""

    def packed(*cases: PackageCase, is_restricted: bool = False, more_classes: bool = False) -> Path:
        series = tuple(dataclasses.replace(one, is_restricted=is_restricted) for one in made.info.series)
        scheme, *others = made.info.schemes
        if more_classes:
            one = dataclasses.replace(scheme.classes[0], uid=uuid.UUID(int=99), code="99", parent_code=None)
            scheme = dataclasses.replace(scheme, classes=(*scheme.classes, one))
        info = dataclasses.replace(made.info, series=series, schemes=(scheme, *others))
        work = tmp_path / str(uuid.uuid4())
        work.mkdir()
        return again(MadePackage(work, info, cases), town, work, ProfileCode.FGS2).root

    return packed


def test_a_case_of_a_series_that_told_only_numbers_is_kept_from_the_web_where_the_series_tells_more(
    pack: Pack, made: MadePackage, empty_installation: Installation
) -> None:
    empty_installation.take_over(pack(made.cases[-1]))
    done = empty_installation.take_over(pack(*made.cases[:1], is_restricted=True))
    assert done.counts["new"] == 1, done.conflicts
    with empty_installation.database.reading() as session:
        cases = {case.uid: case for case in session.scalars(select(Case))}
        assert not cases[made.cases[-1].uid].withdrawals
        assert any(item.is_in_force for item in cases[made.cases[0].uid].withdrawals)


def test_a_package_cannot_say_that_a_record_that_counts_was_moved(
    pack: Pack, made: MadePackage, empty_installation: Installation
) -> None:
    empty_installation.take_over(pack(made.cases[-1]))
    living = next(iter(made.cases[-1].records))
    case = made.cases[0]
    first, *rest = case.records
    claimed = dataclasses.replace(first, moved_from=PackageRecordReference(living.uid, "KS 2024-1-1"))
    done = empty_installation.take_over(pack(dataclasses.replace(case, records=(claimed, *rest))))
    assert done.counts["new"] == 1, done.conflicts
    with empty_installation.database.reading() as session:
        assert session.scalars(select(Record.moved_to_id).where(Record.uid == living.uid)).one() is None


def test_a_package_cannot_claim_the_content_of_others_by_its_checksum(
    pack: Pack, made: MadePackage, empty_installation: Installation
) -> None:
    empty_installation.take_over(pack(made.cases[-1]))
    others = next(file.sha256 for record in made.cases[-1].records for file in record.documents)
    case = made.cases[0]

    def claiming(record: PackageRecord) -> PackageRecord:
        sent = (dataclasses.replace(one, content=None, content_sha256=others) for one in record.dispatches)
        return dataclasses.replace(record, dispatches=tuple(sent))

    claimed = dataclasses.replace(case, records=tuple(claiming(record) for record in case.records))
    done = empty_installation.take_over(pack(claimed))
    assert done.counts["new"] == 1, done.conflicts
    with empty_installation.database.reading() as session:
        assert set(session.scalars(select(OutgoingMessage.content_sha256))) == {None}


def test_a_number_that_no_table_holds_is_told(
    pack: Pack, made: MadePackage, empty_installation: Installation
) -> None:
    root = pack(dataclasses.replace(made.cases[-1], number=2**70))
    with pytest.raises(UnreadablePackage, match="inte går att tolka"):
        list(read_package(root).read())
    assert empty_installation.take_over(root).state is ImportState.FAILED


def test_a_number_that_none_can_be_is_given_anew(tmp_path: Path, empty_installation: Installation) -> None:
    root = municipal_fgs1(tmp_path / "paket")
    content = root / "Content" / "arenden.xml"
    text = content.read_text("utf-8").replace("BN 2019-000123", "BN 2019-0")
    text = text.replace("Gamla pärmen", "BN 2018-7")
    content.write_text(text, "utf-8")
    done = empty_installation.take_over(root, ImportMode.READ_ONLY, authority="BN")
    assert done.counts["new"] == 2, (done.error, done.conflicts)
    with empty_installation.database.reading() as session:
        assert sorted(session.scalars(select(SeriesCounter.last_number))) == [1, 7]


def test_classes_that_come_to_a_scheme_that_is_here_are_noted(
    pack: Pack, made: MadePackage, empty_installation: Installation
) -> None:
    def told() -> list[object]:
        with empty_installation.database.reading() as session:
            events = session.scalars(select(AuditEvent).where(AuditEvent.action == "scheme.taken_over"))
            return [event.after["classes"] for event in events if event.after]

    empty_installation.take_over(pack(made.cases[-1]))
    assert told() == []
    empty_installation.take_over(pack(made.cases[0], more_classes=True))
    assert told() == [1]


def test_a_fault_of_the_program_ends_an_import_and_lets_the_next_come(
    made: MadePackage, empty_installation: Installation
) -> None:
    uid = _asked(empty_installation, made.root)

    @contextmanager
    def faulty(row: PackageImport) -> Iterator[Path]:
        if row.uid == uid:
            raise LookupError("a fault")
        yield made.root

    with pytest.raises(LookupError):
        running.run_import(empty_installation.database, empty_installation.blobs, faulty, uid)
    with empty_installation.database.reading() as session:
        row = session.scalars(select(PackageImport)).one()
        assert (row.state, bool(row.error)) == (ImportState.FAILED, True)


def test_an_import_does_not_go_on_with_another_package_at_the_same_place(
    pack: Pack, made: MadePackage, empty_installation: Installation
) -> None:
    uid = _asked(empty_installation, made.root)
    with empty_installation.database.unit_of_work() as session:
        session.scalars(select(PackageImport)).one().package_id = "another"
    done = empty_installation.run(uid, made.root)
    assert done.state is ImportState.FAILED
    assert empty_installation.cases() == []


def test_what_was_cut_off_is_not_gone_on_with_under_other_choices(
    made: MadePackage, empty_installation: Installation
) -> None:
    _asked(empty_installation, made.root)
    same, package_id = Choices(ImportMode.READ_ONLY, "ks"), read_package(made.root).package_id
    with empty_installation.database.reading() as session:
        assert ordering.unfinished(session, SYSTEM, package_id, same) is not None
        for other in (
            dataclasses.replace(same, is_published=True),
            dataclasses.replace(same, mode=ImportMode.REGISTER),
            dataclasses.replace(same, authority="BN"),
        ):
            assert ordering.unfinished(session, SYSTEM, package_id, other) is None


def _asked(installation: Installation, root: Path) -> uuid.UUID:
    with installation.database.unit_of_work() as session:
        choices = Choices(ImportMode.READ_ONLY, "KS")
        return ordering.request_import(session, SYSTEM, read_package(root), choices, source=str(root)).uid
