"""Sending to a folder: broken off and gone on with, full and forbidden disks, several workers at once."""

from __future__ import annotations

import datetime as dt
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from diarium.archive import delivering
from diarium.archive.delivery_course import LEASE
from diarium.archive.delivery_sending import WAITS
from diarium.archive.delivery_states import DeliveryState
from diarium.archive.transport.errors import TransportError
from diarium.archive.transport.folder import FolderTransport
from diarium.archive.transport.port import CHUNK
from diarium.archive.transport.settings import FolderSettings
from diarium.db.base import now
from diarium.settings import DeliverySettings
from tests.archive.delivery_bench import DeliveryBench, FreeCourse, opener_that, parcel_of
from tests.conftest import Municipality

CONTENT = bytes(range(256)) * (3 * CHUNK // 256) + b"slut"


@pytest.fixture
def bench(sqlite_municipality: Municipality, tmp_path: Path) -> DeliveryBench:
    return DeliveryBench(sqlite_municipality, tmp_path)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A limit that the kernel keeps, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of the superuser, where the tests run with them."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def common_folder() -> Iterator[Path]:
    """A folder that anybody may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="diarium-leverans-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_large_package_is_sent_in_turns_and_shows_only_when_it_is_whole(bench: DeliveryBench) -> None:
    part = bench.part(CONTENT)
    made = bench.delivery(part, bench.agreement())
    rounds = bench.round(slice_seconds=0)
    seen = []
    while bench.read(made).state in (DeliveryState.READY, DeliveryState.SENDING):
        rounds.run()
        seen.append((bench.read(made).sent_bytes, sorted(path.suffix for path in bench.inbox.iterdir())))
    assert seen == [
        (0, []),  # checked
        (CHUNK, [".part"]),
        (2 * CHUNK, [".part"]),
        (3 * CHUNK, [".part"]),
        (len(CONTENT), [".zip"]),
    ]
    assert (bench.inbox / str(part.package_name)).read_bytes() == CONTENT
    assert bench.steps(made) == ["created", "approved", "checked", "begun", "sent", "received"]


def test_half_a_package_of_another_content_is_not_gone_on_with(bench: DeliveryBench) -> None:
    part = bench.part(CONTENT)
    made = bench.delivery(part, bench.agreement())
    rounds = bench.round(slice_seconds=0)
    rounds.run(), rounds.run()
    half = next(bench.inbox.iterdir())
    half.write_bytes(b"\x00" * half.stat().st_size)  # the disk lost what was written
    bench.round().run()
    assert bench.read(made).state is DeliveryState.RECEIVED
    assert (bench.inbox / str(part.package_name)).read_bytes() == CONTENT


def test_what_does_not_arrive_as_it_was_sent_never_gets_its_name(bench: DeliveryBench) -> None:
    part = bench.part(CONTENT)
    made = bench.delivery(part, bench.agreement())
    rounds = bench.round(slice_seconds=0)
    rounds.run(), rounds.run()
    half = next(bench.inbox.iterdir())
    with half.open("r+b") as damaged:
        damaged.write(b"?")  # far from the end that is compared before going on
    bench.round().run()
    tried = bench.read(made)
    assert (tried.state, list(bench.inbox.iterdir())) == (DeliveryState.SENDING, [])
    assert "inte detsamma" in str(tried.last_error)
    bench.round(clock=lambda: now() + dt.timedelta(seconds=WAITS[0] + 1)).run()
    assert bench.read(made).state is DeliveryState.RECEIVED


def test_a_full_disk_is_told_and_cleared_and_tried_again(bench: DeliveryBench) -> None:
    transport = FolderTransport(FolderSettings(str(bench.inbox)), bench.policy)
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    with no_file_larger_than(2 * CHUNK), pytest.raises(TransportError, match="inte plats") as caught:
        transport.send(parcel, FreeCourse())
    assert not caught.value.is_lasting
    assert list(bench.inbox.iterdir()) == []
    transport.send(parcel, FreeCourse())
    assert [path.name for path in bench.inbox.iterdir()] == ["paket.zip"]


def test_a_folder_that_may_not_be_written_is_told_as_such(common_folder: Path) -> None:
    inbox = common_folder / "in"
    inbox.mkdir(mode=0o555)
    parcel = parcel_of(common_folder / "paket.zip", CONTENT)
    transport = FolderTransport(FolderSettings(str(inbox)), DeliverySettings(folders=(common_folder,)))
    for act in (transport.probe, lambda: transport.send(parcel, FreeCourse())):
        with as_nobody(), pytest.raises(TransportError, match="får inte skriva") as caught:
            act()
        assert caught.value.is_lasting


def test_a_file_of_the_same_name_is_never_overwritten(bench: DeliveryBench) -> None:
    part = bench.part(CONTENT)
    other = bench.inbox / str(part.package_name)
    other.write_bytes(b"mottagarens")
    made = bench.delivery(part, bench.agreement())
    bench.round().run()
    failed = bench.read(made)
    assert (failed.state, other.read_bytes()) == (DeliveryState.FAILED, b"mottagarens")
    assert "skrivs inte över" in str(failed.last_error)
    other.write_bytes(CONTENT)  # what a crash just before the last note leaves
    with bench.database.unit_of_work() as session:
        delivering.approve(session, bench.archivist, made.uid, bench.exports)
    bench.round().run()
    assert bench.read(made).state is DeliveryState.RECEIVED


def test_a_link_put_in_the_folder_leads_nowhere(bench: DeliveryBench, tmp_path: Path) -> None:
    parcel = parcel_of(bench.exports / "paket.zip", CONTENT)
    victim = tmp_path / "annans.txt"
    victim.write_bytes(b"orord")
    (bench.inbox / parcel.partial_name).symlink_to(victim)
    transport = FolderTransport(FolderSettings(str(bench.inbox), str(bench.returns)), bench.policy)
    with pytest.raises(TransportError):
        transport.send(parcel, FreeCourse())
    (bench.returns / "kvittens.txt").symlink_to(victim)
    assert list(transport.returned()) == []
    assert victim.read_bytes() == b"orord"


def test_a_withdrawn_delivery_leaves_nothing_at_the_receiver(bench: DeliveryBench) -> None:
    made = bench.delivery(bench.part(CONTENT), bench.agreement())
    rounds = bench.round(slice_seconds=0)
    rounds.run(), rounds.run()
    with bench.database.unit_of_work() as session:
        delivering.stop(session, bench.archivist, made.uid)
    assert rounds.run() == 0
    assert len(list(bench.inbox.iterdir())) == 1, "a stopped sending can go on"
    with bench.database.unit_of_work() as session:
        delivering.withdraw(session, bench.archivist, made.uid, "Fel period")
    bench.round().run()
    assert (list(bench.inbox.iterdir()), bench.read(made).has_leftover) == ([], False)


def test_a_sending_that_is_stopped_meanwhile_ends_at_once(bench: DeliveryBench) -> None:
    made = bench.delivery(bench.part(CONTENT), bench.agreement())
    bench.round(slice_seconds=0).run()

    def stop() -> None:
        with bench.database.unit_of_work() as session:
            delivering.stop(session, bench.archivist, made.uid)

    bench.round(opener=opener_that(stop, at=CHUNK)).run()
    stopped = bench.read(made)
    assert (stopped.state, bench.steps(made)[-1]) == (DeliveryState.DRAFT, "stopped")
    assert [path.suffix for path in bench.inbox.iterdir()] in ([], [".part"])


def test_it_gives_up_after_a_day_of_failures_and_says_why(bench: DeliveryBench) -> None:
    made = bench.delivery(bench.part(CONTENT), bench.agreement())
    bench.inbox.rmdir()
    moment = now()
    for wait in (*WAITS, 0):
        bench.round(clock=lambda at=moment: at).run()  # type: ignore[misc]
        moment += dt.timedelta(seconds=wait + 1)
    failed = bench.read(made)
    assert (failed.state, bench.steps(made).count("tried")) == (DeliveryState.FAILED, len(WAITS))
    assert "kan inte användas" in str(failed.last_error)


def test_two_workers_send_a_delivery_once(municipality: Municipality, tmp_path: Path) -> None:
    bench = DeliveryBench(municipality, tmp_path)
    agreement = bench.agreement()
    made = [bench.delivery(bench.part(CONTENT + bytes([number])), agreement) for number in range(4)]
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        bench.round().run()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    bench.round().run()
    for delivery in made:
        assert bench.steps(delivery) == ["created", "approved", "checked", "begun", "sent", "received"]
    assert len(list(bench.inbox.iterdir())) == 4


def test_a_worker_killed_in_the_middle_leaves_it_to_the_next_which_goes_on_there(bench: DeliveryBench) -> None:
    part = bench.part(CONTENT)
    made = bench.delivery(part, bench.agreement())
    bench.round(slice_seconds=0).run()
    child = subprocess.run(
        [sys.executable, "-c", _KILLED_IN_THE_MIDDLE, str(bench.database.engine.url), str(bench.exports),
         str(bench.inbox), str(bench.returns), str(2 * CHUNK)],
        check=False, capture_output=True, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr
    left = bench.read(made)
    assert (left.state, left.sent_at) == (DeliveryState.SENDING, None)
    assert [(path.suffix, path.stat().st_size) for path in bench.inbox.iterdir()] == [(".part", 2 * CHUNK)]
    assert bench.round().run() == 0, "its lease has not run out"
    places: list[int] = []
    opener = opener_that(lambda: None, places=places)
    bench.round(opener=opener, clock=lambda: now() + LEASE + dt.timedelta(seconds=1)).run()
    assert places[0] == 2 * CHUNK, "it goes on where it lies"
    assert (bench.inbox / str(part.package_name)).read_bytes() == CONTENT
    assert bench.steps(made)[-4:] == ["begun", "resumed", "sent", "received"]


_KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from diarium import tables
from diarium.archive.delivery_sending import DeliveryRound
from diarium.db.engine import open_database
from diarium.settings import DeliverySettings
from tests.archive.delivery_bench import opener_that

url, exports, inbox, returns, at = sys.argv[1:]
policy = DeliverySettings(folders=(Path(inbox), Path(returns)))
opener = opener_that(lambda: os.kill(os.getpid(), signal.SIGKILL), at=int(at))
DeliveryRound(open_database(url), Path(exports), policy, opener=opener).run()
"""
