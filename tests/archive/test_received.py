"""Packages from outside: taken in whole or not at all, checked apart, opened safely, and taken away again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import io
import shutil
import uuid
import zipfile
from pathlib import Path

import pytest

from diarium.archive import received, received_intake
from diarium.archive.received_checking import PackageChecker, PackageCleaner, check_limits
from diarium.archive.received_models import ReceivedPackage, ReceivedState, ReceivedWay
from diarium.archive.validation.sandbox import CheckLimits
from diarium.audit.models import AuditEvent
from diarium.db.base import now
from diarium.errors import NotAllowed, NotFound
from diarium.settings import PackageSettings
from tests.archive.validation.builder import NAME, Package, zipped
from tests.conftest import Municipality

SETTINGS = PackageSettings(max_bytes=1_000_000)


class Desk:
    """An archivist who hands packages in."""

    def __init__(self, town: Municipality, folder: Path) -> None:
        self.town = town
        self.exports = folder / "exports"
        self.source = folder / "source"
        self.source.mkdir()
        self.settings = dataclasses.replace(SETTINGS, folders=(self.source,))
        self.limits = check_limits(self.settings)

    def hand_in(self, content: bytes, name: str = "paket.zip") -> uuid.UUID:
        who = self.town.archivist
        return received_intake.take_in(
            self.town.database, self.exports, who, io.BytesIO(content), name, self.settings
        )

    def from_server(self, path: str) -> uuid.UUID:
        return received_intake.take_from_server(
            self.town.database, self.exports, self.town.archivist, path, self.settings
        )

    def sound(self) -> bytes:
        root = Package().write(self.source)
        packed = zipped(root, self.source / "paket.bin").read_bytes()
        (self.source / "paket.bin").unlink()
        shutil.rmtree(root)
        return packed

    def found(self, uid: uuid.UUID) -> ReceivedPackage:
        with self.town.database.reading() as session:
            return received.find(session, self.town.archivist, uid)

    def check(self, limits: CheckLimits | None = None) -> int:
        with PackageChecker(
            self.town.database, self.exports, limits or self.limits, patience=60, every=0
        ) as checker:
            return checker.run()

    def left(self) -> list[str]:
        return sorted(path.name for path in (self.exports / "received").glob("*"))


@pytest.fixture
def desk(sqlite_municipality: Municipality, tmp_path: Path) -> Desk:
    return Desk(sqlite_municipality, tmp_path)


def test_a_package_is_taken_in_checked_and_opened(desk: Desk) -> None:
    uid = desk.hand_in(desk.sound(), "../in/Leverans å.zip")
    waiting = desk.found(uid)
    assert (waiting.state, waiting.name, waiting.way) == (
        ReceivedState.WAITING,
        "Leverans å.zip",
        ReceivedWay.UPLOAD,
    )
    assert desk.check() == 1
    package = desk.found(uid)
    assert (package.state, package.is_valid, package.errors) == (ReceivedState.CHECKED, True, 0)
    assert package.profile == "FGS Paketstruktur 2.0 / E-ARK SIP 2.1.0"
    assert package.report is not None
    assert package.report["package"] == NAME
    assert package.progress == package.total == package.report["bytes"]
    with received.opened(desk.exports, package) as root:
        assert root.name == NAME
        assert (root / "METS.xml").is_file()
        assert root.parent.name == received.UNPACKED
    with desk.town.database.reading() as session:
        events = [event.action for event in session.query(AuditEvent).filter_by(entity_uid=str(uid))]
    assert events == ["package.received", "package.checked"]
    assert desk.check() == 0


def test_a_package_can_be_opened_before_it_is_checked(desk: Desk) -> None:
    package = desk.found(desk.hand_in(desk.sound()))
    for _time in range(2):
        with received.opened(desk.exports, package) as root:
            assert (root / "METS.xml").is_file()
    with received.locked(received.folder_of(desk.exports, package.uid)) as is_mine:
        assert is_mine
        shutil.rmtree(received.folder_of(desk.exports, package.uid) / received.UNPACKED)
        with pytest.raises(received.PackageBusy), received.opened(desk.exports, package):
            pass


def test_what_is_no_safe_archive_is_checked_but_never_opened(desk: Desk) -> None:
    bad = io.BytesIO()
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("p/METS.xml", b"<mets/>")
        archive.writestr("../../ut.txt", b"x")
    uid = desk.hand_in(bad.getvalue())
    assert desk.check() == 1
    package = desk.found(uid)
    assert (package.state, package.is_valid) == (ReceivedState.CHECKED, False)
    assert not (received.folder_of(desk.exports, uid) / received.UNPACKED).exists()
    unsafe = pytest.raises(received.PackageUnreadable, match="leder ut ur paketet")
    with unsafe, received.opened(desk.exports, package):
        pass
    assert not list(desk.exports.rglob("ut.txt"))


def test_too_large_empty_or_unwritable_packages_leave_nothing(desk: Desk) -> None:
    with pytest.raises(received_intake.PackageNotTaken, match="större än 0 MB"):
        desk.hand_in(b"x" * 1_000_001)
    with pytest.raises(received_intake.PackageNotTaken, match="tom"):
        desk.hand_in(b"")

    class Full(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.ENOSPC, "disk full")

    with pytest.raises(received_intake.PackageNotTaken, match="plats"):
        received_intake.take_in(
            desk.town.database, desk.exports, desk.town.archivist, Full(), "p.zip", desk.settings
        )
    assert desk.left() == []


def test_only_those_who_export_know_of_packages(desk: Desk) -> None:
    uid = desk.hand_in(desk.sound())
    for who in (desk.town.registrar, desk.town.officer, desk.town.administrator):
        with desk.town.database.reading() as session:
            with pytest.raises(NotFound):
                received.find(session, who, uid)
            with pytest.raises(NotAllowed):
                received.listing(session, who)
        with pytest.raises(NotAllowed):
            received_intake.take_in(
                desk.town.database, desk.exports, who, io.BytesIO(b"x"), "p.zip", desk.settings
            )


def test_a_folder_on_the_server_is_checked_where_it_lies(desk: Desk) -> None:
    root = Package().write(desk.source)
    assert list(received_intake.offered(desk.settings.folders)) == [root]
    uid = desk.from_server(str(root))
    assert desk.check() == 1
    package = desk.found(uid)
    assert (package.is_valid, package.way, package.sha256) == (True, ReceivedWay.FOLDER, None)
    with received.opened(desk.exports, package) as opened:
        assert opened == root
    (root / "documentation/lank.txt").symlink_to("/etc/passwd")
    with pytest.raises(received.PackageUnreadable, match="länk"), received.opened(desk.exports, package):
        pass
    with desk.town.database.unit_of_work() as session:
        received_intake.remove(session, desk.exports, desk.town.archivist, uid)
    assert root.is_dir()
    assert desk.left() == []


def test_a_file_on_the_server_stays_there_and_is_unpacked_beside_the_report(desk: Desk) -> None:
    place = desk.source / "paket.zip"
    place.write_bytes(desk.sound())
    uid = desk.from_server(str(place))
    assert desk.check() == 1
    with received.opened(desk.exports, desk.found(uid)) as opened:
        assert opened.is_relative_to(desk.exports)
    assert place.is_file()


@pytest.mark.parametrize(
    "path", ["/etc", "{source}", "{source}/../annat", "{source}/finns-inte", "", "\0", "{link}"]
)
def test_only_what_lies_in_the_folders_of_the_settings_is_taken(desk: Desk, tmp_path: Path, path: str) -> None:
    (tmp_path / "annat").mkdir()
    link = desk.source / "lank"
    link.symlink_to(tmp_path / "annat")
    with pytest.raises(received_intake.PackageNotTaken) as refused:
        desk.from_server(path.format(source=desk.source, link=link))
    assert refused.value.field == "path"
    assert desk.left() == []


def test_a_check_that_takes_too_long_or_too_much_memory_is_broken_off(desk: Desk) -> None:
    uid = desk.hand_in(desk.sound())
    assert desk.check(dataclasses.replace(desk.limits, seconds=0)) == 1
    package = desk.found(uid)
    assert (package.state, package.report) == (ReceivedState.FAILED, None)
    assert "minuter" in (package.error or "")
    uid = desk.hand_in(desk.sound())
    assert desk.check(dataclasses.replace(desk.limits, memory_bytes=1024 * 1024)) == 1
    package = desk.found(uid)
    assert package.state is ReceivedState.FAILED
    assert package.error
    folder = received.folder_of(desk.exports, uid)
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "paket.zip"]


def test_what_another_worker_left_half_checked_is_begun_anew(desk: Desk) -> None:
    uid = desk.hand_in(desk.sound())
    stopped = PackageChecker(desk.town.database, desk.exports, desk.limits, patience=0)
    with stopped:
        stopped.run()
        assert desk.found(uid).state is ReceivedState.CHECKING
        assert desk.check() == 0  # it is in the other's hands
    assert desk.check() == 1
    assert desk.found(uid).state is ReceivedState.CHECKED


def test_a_package_whose_files_are_gone_is_told_of(desk: Desk) -> None:
    uid = desk.hand_in(desk.sound())
    shutil.rmtree(received.folder_of(desk.exports, uid))
    desk.check()
    package = desk.found(uid)
    assert package.state is ReceivedState.FAILED
    with pytest.raises(received.PackageGone), received.opened(desk.exports, package):
        pass


def test_packages_are_removed_by_hand_and_after_their_time(desk: Desk) -> None:
    first, second, third = (desk.hand_in(desk.sound()) for _number in range(3))
    with desk.town.database.unit_of_work() as session:
        received_intake.remove(session, desk.exports, desk.town.archivist, first)
    with desk.town.database.unit_of_work() as session:
        received.find(session, desk.town.archivist, second).kept_until = now() - dt.timedelta(seconds=1)
    assert PackageCleaner(desk.town.database, desk.exports).run() == 1
    with desk.town.database.reading() as session:
        page = received.listing(session, desk.town.archivist)
        assert [package.uid for package in page.packages] == [third]
    assert first not in map(uuid.UUID, desk.left())


def test_the_list_pages_by_what_came_last(desk: Desk) -> None:
    content = desk.sound()
    uids = [desk.hand_in(content) for _number in range(5)]
    with desk.town.database.reading() as session:
        page = received.listing(session, desk.town.archivist, size=3)
        rest = received.listing(session, desk.town.archivist, before=page.before, size=3)
    assert [package.uid for package in (*page.packages, *rest.packages)] == uids[::-1]
    assert rest.before is None


@pytest.mark.parametrize(
    "name", ["progress", "report.json", "Report.JSON.part", "progress.part", "å" * 300, "å" * 300 + ".zip"]
)
def test_a_package_with_the_name_of_a_working_file_is_not_lost(desk: Desk, name: str) -> None:
    uid = desk.hand_in(desk.sound(), name)
    assert desk.check() == 1
    package = desk.found(uid)
    assert (package.state, package.is_valid) == (ReceivedState.CHECKED, True)
    assert received.file_of(desk.exports, package).is_file()


def test_a_place_on_the_server_that_has_become_a_link_is_never_followed(desk: Desk, tmp_path: Path) -> None:
    """Whoever fills the folder, a supplier for instance, must not make the system read what lies elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret.zip").write_bytes(desk.sound())
    (desk.source / "sub").mkdir()
    (desk.source / "sub" / "secret.zip").write_bytes(b"PK")
    uid = desk.from_server(str(desk.source / "sub" / "secret.zip"))
    shutil.rmtree(desk.source / "sub")
    (desk.source / "sub").symlink_to(elsewhere)
    with pytest.raises(received.PackageGone), received.opened(desk.exports, desk.found(uid)):
        pass
    desk.check()
    assert desk.found(uid).state is ReceivedState.FAILED
