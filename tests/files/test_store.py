"""The content-addressed store."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diarium.files.errors import BlobMissing, EmptyFile, FileTooLarge
from diarium.files.store import LocalBlobStore

CONTENT = b"Bygglov" * 1000


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def files_in(store: LocalBlobStore, tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


class BrokenStream(io.BytesIO):
    """An upload that is cut off after its first part."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise ConnectionResetError("the client went away")
        return super().read(10)


def test_content_is_named_by_its_sha256_and_comes_back_whole(store: LocalBlobStore) -> None:
    blob = store.put_stream(io.BytesIO(CONTENT), max_bytes=len(CONTENT))

    assert blob.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert blob.size == len(CONTENT)
    with store.open(blob.sha256) as source:
        assert source.read() == CONTENT
    assert store.path(blob.sha256).parts[-3:] == (blob.sha256[:2], blob.sha256[2:4], blob.sha256)


def test_same_content_is_kept_once(store: LocalBlobStore, tmp_path: Path) -> None:
    first = store.put_bytes(CONTENT)
    inode = store.path(first.sha256).stat().st_ino
    second = store.put_bytes(CONTENT)

    assert first == second
    assert store.path(first.sha256).stat().st_ino == inode
    assert len(files_in(store, tmp_path)) == 1


def test_stored_content_is_read_only(store: LocalBlobStore) -> None:
    blob = store.put_bytes(CONTENT)

    assert stat.S_IMODE(store.path(blob.sha256).stat().st_mode) == 0o444


def test_too_large_content_is_refused_and_leaves_nothing(store: LocalBlobStore, tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge, match="större än 6999 byte"):
        store.put_stream(io.BytesIO(CONTENT), max_bytes=6999)

    assert files_in(store, tmp_path) == []


def test_empty_content_is_refused_unless_asked_for(store: LocalBlobStore, tmp_path: Path) -> None:
    with pytest.raises(EmptyFile, match="tom"):
        store.put_bytes(b"")
    assert files_in(store, tmp_path) == []

    assert store.put_bytes(b"", allow_empty=True).size == 0


def test_upload_that_breaks_leaves_nothing(store: LocalBlobStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        store.put_stream(BrokenStream(CONTENT), max_bytes=10**6)

    assert files_in(store, tmp_path) == []


def test_twenty_writers_of_the_same_and_of_different_contents_all_succeed(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    start = threading.Barrier(20)
    stored: list[str] = []

    def write(number: int) -> None:
        start.wait()
        stored.append(store.put_bytes(CONTENT + bytes([number % 4])).sha256)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(stored) == 20
    assert sorted(set(stored)) == list(store.iter_hashes())
    assert all(store.verify(sha256) for sha256 in set(stored))
    assert len(files_in(store, tmp_path)) == 4


def test_changed_content_does_not_verify_and_is_healed_by_the_next_whole_one(store: LocalBlobStore) -> None:
    blob = store.put_bytes(CONTENT)
    path = store.path(blob.sha256)
    path.chmod(0o644)
    path.write_bytes(b"short")
    assert not store.verify(blob.sha256)

    store.put_bytes(CONTENT)

    assert store.verify(blob.sha256)


def test_changed_content_of_the_same_size_does_not_verify(store: LocalBlobStore) -> None:
    blob = store.put_bytes(CONTENT)
    path = store.path(blob.sha256)
    path.chmod(0o644)
    path.write_bytes(CONTENT[:-1] + b"X")

    assert not store.verify(blob.sha256)


@pytest.mark.parametrize(
    "trick", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "/" + "a" * 63, "g" * 64, "å" * 64]
)
def test_text_that_is_no_checksum_opens_nothing(store: LocalBlobStore, trick: str) -> None:
    with pytest.raises(BlobMissing):
        store.path(trick)
    with pytest.raises(BlobMissing):
        store.open(trick)
    assert not store.exists(trick)
    assert not store.verify(trick)


def test_unknown_checksum_is_missing(store: LocalBlobStore) -> None:
    with pytest.raises(BlobMissing, match="finns inte"):
        store.open("0" * 64)
    assert not store.verify("0" * 64)


def test_leftovers_of_crashed_writers_are_swept_when_old_and_contents_stay(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    blob = store.put_bytes(CONTENT)
    old, new = tmp_path / "blobs/tmp/in-old", tmp_path / "blobs/tmp/in-new"
    for leftover in (old, new):
        leftover.write_bytes(b"half")
    os.utime(old, (1_000_000, 1_000_000))
    os.utime(store.path(blob.sha256), (1_000_000, 1_000_000))

    assert store.sweep(older_than_seconds=3600) == 1

    assert not old.exists()
    assert new.exists()
    assert store.verify(blob.sha256)


def test_leftovers_are_not_listed_as_contents(store: LocalBlobStore, tmp_path: Path) -> None:
    blob = store.put_bytes(CONTENT)
    (tmp_path / "blobs/tmp/in-1").write_bytes(b"half")
    store.path(blob.sha256).with_name("README").write_bytes(b"not a blob")

    assert list(store.iter_hashes()) == [blob.sha256]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(contents=st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=8))
def test_whatever_is_put_comes_back(tmp_path: Path, contents: list[bytes]) -> None:
    store = LocalBlobStore(tmp_path / "any")
    for content in contents:
        blob = store.put_bytes(content)
        assert store.path(blob.sha256).read_bytes() == content
        assert blob.sha256 in set(store.iter_hashes())


def test_a_removal_that_is_cut_short_takes_nothing_that_was_stored_just_now(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    sha256 = store.put_bytes(CONTENT).sha256
    aside = tmp_path / "blobs/tmp" / f"out-{sha256}"
    store.path(sha256).rename(aside)  # where a process that is killed may leave it
    assert not store.remove(sha256, untouched_for=60)
    assert store.verify(sha256)
    store.path(sha256).rename(aside)
    os.utime(aside, (0, 0))
    assert store.remove(sha256, untouched_for=60)
    assert not store.exists(sha256)
    assert not aside.exists()
