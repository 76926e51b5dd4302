"""Scan folders: each file once, when it is whole, and moved out of the way."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from diarium.errors import NotAllowed
from diarium.identity.permissions import SYSTEM
from diarium.intake import claims, sources
from diarium.intake.chores import ScanFolderChore
from diarium.intake.errors import InvalidSource
from diarium.intake.folder_collecting import SETTLED_SECONDS, FolderWatch
from diarium.intake.models import IntakeItem, ScanFolder
from diarium.intake.taking_in import Intake
from diarium.intake.vocabulary import Channel
from tests.conftest import Municipality
from tests.intake.conftest import MAX_BYTES
from tests.intake.letters import letter


class Clock:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder that a scanner writes into."""
    folder = tmp_path / "skanner"
    folder.mkdir()
    return folder


def add(intake: Intake, place: Path, authority: str = "KS") -> int:
    with intake.database.unit_of_work() as session:
        return sources.add_scan_folder(session, SYSTEM, authority, place, apart_from=place.parent / "data").id


def put(place: Path, name: str, content: bytes = b"%PDF-1.4", *, age: float = 60) -> Path:
    """A file that was changed `age` seconds ago."""
    path = place / name
    path.write_bytes(content)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def looked(intake: Intake, key: int) -> claims.Report:
    report = FolderWatch(intake).look(key)
    assert report is not None
    return report


def items(intake: Intake) -> list[IntakeItem]:
    with intake.database.reading() as session:
        return list(session.scalars(select(IntakeItem).order_by(IntakeItem.id)))


def tree(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir()}


def test_files_become_items_in_order_of_age_and_are_moved(intake_on_any: Intake, place: Path) -> None:
    intake = intake_on_any
    key = add(intake, place)
    put(place, "b.pdf", b"b", age=60)
    put(place, "a.pdf", b"a", age=30)
    put(place, "brev.eml", letter("Remiss", files=(("x.pdf", b"x"),)), age=20)
    assert looked(intake, key).new == 3
    assert [(item.subject, item.channel) for item in items(intake)] == [
        ("b.pdf", Channel.SCAN),
        ("a.pdf", Channel.SCAN),
        ("Remiss", Channel.SCAN),
    ]
    assert tree(place) == {"mottaget/b.pdf", "mottaget/a.pdf", "mottaget/brev.eml"}
    assert looked(intake, key).fetched == 0


def test_file_that_is_still_written_waits(intake: Intake, place: Path) -> None:
    key = add(intake, place)
    put(place, "halv.pdf", age=SETTLED_SECONDS / 2)
    put(place, "halv.pdf.part")
    put(place, ".dold")
    put(place, "~$brev.docx")
    assert looked(intake, key).fetched == 0
    assert len(tree(place)) == 4


def test_file_of_a_scanner_whose_clock_goes_ahead_is_taken_when_it_stays_the_same(
    intake: Intake, place: Path
) -> None:
    key, clock = add(intake, place), Clock()
    watch = FolderWatch(intake, clock=clock)
    path = put(place, "framtid.pdf", b"half", age=-100_000)

    def fetched() -> int:
        report = watch.look(key)
        assert report is not None
        return report.fetched

    assert fetched() == 0
    clock.seconds += SETTLED_SECONDS / 2
    assert fetched() == 0
    put(place, path.name, b"whole now", age=-100_000)
    clock.seconds += SETTLED_SECONDS
    assert fetched() == 0
    clock.seconds += SETTLED_SECONDS
    assert fetched() == 1
    assert tree(place) == {"mottaget/framtid.pdf"}


def test_links_and_subfolders_are_not_followed(intake: Intake, place: Path, tmp_path: Path) -> None:
    key = add(intake, place)
    secret = put(tmp_path, "hemligt.txt", b"secret")
    (place / "länk.txt").symlink_to(secret)
    (place / "mapp").mkdir()
    put(place / "mapp", "inne.pdf")
    os.mkfifo(place / "rör")
    assert looked(intake, key).fetched == 0
    assert items(intake) == []
    assert secret.exists()


def test_unreadable_files_become_items_and_go_to_their_own_folder(intake: Intake, place: Path) -> None:
    key = add(intake, place)
    put(place, "tom.pdf", b"")
    put(place, "stor.tif", b"x" * (MAX_BYTES + 1))
    put(place, "fel.eml", b"%PDF no letter")
    put(place, "hel.pdf", b"hel")
    report = looked(intake, key)
    assert (report.new, report.failed, report.error) == (4, 0, None)
    assert tree(place) == {
        "fel/tom.pdf",
        "fel/tom.pdf.txt",
        "fel/stor.tif",
        "fel/stor.tif.txt",
        "fel/fel.eml",
        "fel/fel.eml.txt",
        "mottaget/hel.pdf",
    }
    assert "Se posten i inkorgen" in (place / "fel/tom.pdf.txt").read_text(encoding="utf-8")
    assert sorted(bool(item.remarks) for item in items(intake)) == [False, True, True, True]


def test_same_name_again_overwrites_nothing(intake: Intake, place: Path) -> None:
    key = add(intake, place)
    for content in (b"one", b"two", b"three"):
        put(place, "scan.pdf", content)
        looked(intake, key)
    assert tree(place) == {"mottaget/scan.pdf", "mottaget/scan (2).pdf", "mottaget/scan (3).pdf"}
    assert len(items(intake)) == 3


def test_file_that_was_stored_but_not_moved_is_not_taken_twice(intake: Intake, place: Path) -> None:
    key = add(intake, place)
    path = put(place, "a.pdf", b"a")
    status = path.stat()
    looked(intake, key)
    path.write_bytes(b"a")  # as if the power had gone before it was moved
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    report = looked(intake, key)
    assert (report.new, report.known) == (0, 1)
    assert len(items(intake)) == 1
    assert tree(place) == {"mottaget/a.pdf", "mottaget/a (2).pdf"}


def test_folder_that_went_away_is_told_and_found_again(intake: Intake, place: Path) -> None:
    key = add(intake, place)
    place.rename(place.with_name("borta"))
    report = looked(intake, key)
    assert report.error == "Mappen går inte att läsa: No such file or directory"
    assert ScanFolderChore(FolderWatch(intake)).run() == 0  # not before its time
    place.with_name("borta").rename(place)
    put(place, "a.pdf")
    assert looked(intake, key).new == 1
    with intake.database.reading() as session:
        assert session.get_one(ScanFolder, key).last_error is None


def test_file_that_can_not_be_moved_is_told_and_not_doubled(intake: Intake, place: Path) -> None:
    key = add(intake, place)
    put(place, "a.pdf")
    (place / "mottaget").write_text("in the way")
    os.utime(place / "mottaget", (time.time(), time.time()))
    for _look in range(2):
        report = looked(intake, key)
        assert report.error is not None
        assert "Ge diarium skrivrätt i mappen." in report.error
    assert len(items(intake)) == 1


def test_two_workers_at_once_do_not_meet(intake: Intake, place: Path) -> None:
    key = add(intake, place)
    assert claims.claim(intake.database, ScanFolder, key)
    assert FolderWatch(intake).look(key) is None


def test_chore_looks_into_every_folder(intake: Intake, place: Path, tmp_path: Path) -> None:
    other = tmp_path / "andra"
    other.mkdir()
    add(intake, place)
    add(intake, other, "SN")
    put(place, "a.pdf")
    put(other, "a.pdf")
    assert ScanFolderChore(FolderWatch(intake)).run() == 2
    assert [item.duplicate_of_id for item in items(intake)] == [None, None]


@pytest.mark.parametrize("name", ["data", "data/files", "..", "finns-inte", "fil.txt", "länk"])
def test_folder_that_can_not_be_used_is_refused(intake: Intake, place: Path, name: str) -> None:
    (place.parent / "data" / "files").mkdir(parents=True)
    (place.parent / "fil.txt").write_text("x")
    (place.parent / "länk").symlink_to(place)
    with pytest.raises(InvalidSource) as refusal, intake.database.unit_of_work() as session:
        sources.add_scan_folder(session, SYSTEM, "KS", place.parent / name, apart_from=place.parent / "data")
    assert refusal.value.field == "path"


def test_folders_of_the_server_are_named_on_the_server_only(
    sqlite_municipality: Municipality, place: Path
) -> None:
    with pytest.raises(NotAllowed), sqlite_municipality.database.unit_of_work() as session:
        sources.add_scan_folder(
            session, sqlite_municipality.administrator, "KS", place, apart_from=place.parent / "data"
        )
