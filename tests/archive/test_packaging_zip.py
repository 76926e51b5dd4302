"""The zip that is written as a stream: what other programs read, what it takes up again, what it finds damaged."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from diarium.archive import packaging_zip
from diarium.archive.packaging_zip import DEFLATED, STORED, ZipDamaged, ZipStream, entries_in, read_back

WHEN = dt.datetime(2024, 5, 1, 12, 30, 8, tzinfo=dt.UTC)
FILES = [
    ("mapp/små ord.txt", b"hej\n" * 50_000, DEFLATED),
    ("mapp/bild.bin", bytes(range(256)) * 9_000, STORED),
    ("mapp/tom.bin", b"", STORED),
    ("mapp/kort.bin", b"kort", STORED),
    ("mapp/tom.xml", b"", DEFLATED),
]


@pytest.fixture(params=["32 bits", "64 bits"])
def bits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every size and place over 1,000 bytes as if it were over 4 GiB, or as it is."""
    if request.param == "64 bits":
        monkeypatch.setattr(packaging_zip, "needs_zip64", lambda size: size > 3)
        monkeypatch.setattr(packaging_zip, "_FAR", 1_000)
        monkeypatch.setattr(packaging_zip, "_MANY", 2)
    return str(request.param)


def test_other_programs_read_it(tmp_path: Path, bits: str) -> None:
    _write(tmp_path, FILES)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None, bits
        assert [(info.filename, archive.read(info)) for info in archive.infolist()] == [
            (name, content) for name, content, _method in FILES
        ]
        assert {info.date_time for info in archive.infolist()} == {(2024, 5, 1, 12, 30, 8)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}
    if shutil.which("unzip"):
        assert subprocess.run(["unzip", "-tqq", tmp_path / "a.zip"], check=False).returncode == 0


def test_reading_back_gives_the_checksum_and_all_bytes_are_read(tmp_path: Path, bits: str) -> None:
    _write(tmp_path, FILES)
    path, seen = tmp_path / "a.zip", []
    digest, size = read_back(path, tmp_path / "j", WHEN, seen.append)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest(), bits
    assert size == path.stat().st_size == sum(seen)
    found = [(entry.name, entry.sha256) for entry in entries_in(tmp_path / "j")]
    assert found == [(name, hashlib.sha256(content).hexdigest()) for name, content, _method in FILES]


def test_a_single_changed_byte_anywhere_is_found(tmp_path: Path) -> None:
    _write(tmp_path, [("a.bin", b"0123456789", STORED), ("b.txt", b"text " * 20, DEFLATED)])
    path = tmp_path / "a.zip"
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ZipDamaged):
            read_back(path, tmp_path / "j", WHEN, lambda _size: None)
    for broken in (whole[:-1], whole + b"x"):
        path.write_bytes(broken)
        with pytest.raises(ZipDamaged):
            read_back(path, tmp_path / "j", WHEN, lambda _size: None)


@pytest.mark.parametrize("kept", range(len(FILES) + 1))
def test_what_an_earlier_process_wrote_is_taken_up_to_the_same_zip(tmp_path: Path, kept: int) -> None:
    _write(tmp_path, FILES)
    whole = (tmp_path / "a.zip").read_bytes()
    stream = ZipStream(tmp_path / "a.zip", tmp_path / "j", WHEN)
    assert len(list(stream.resumed)) == len(FILES)
    stream.keep(kept)
    _add(stream, FILES[kept:])
    assert (tmp_path / "a.zip").read_bytes() == whole


def test_a_journal_says_no_more_than_lies_on_the_disk(tmp_path: Path) -> None:
    _write(tmp_path, FILES)
    journal, path = tmp_path / "j", tmp_path / "a.zip"
    entries = list(entries_in(journal))
    with path.open("r+b") as file:
        file.truncate(entries[2].end - 1 if entries[2].packed else entries[1].end)
    with journal.open("a") as file:
        file.write('["half a li')
    stream = ZipStream(path, journal, WHEN)
    assert list(stream.resumed) == entries[:2]
    stream.close()


def test_a_file_that_is_not_what_it_should_be_is_not_noted(tmp_path: Path) -> None:
    stream = ZipStream(tmp_path / "a.zip", tmp_path / "j", WHEN)
    stream.keep(0)
    size, digest = stream.add("a", io.BytesIO(b"other"), 3, STORED, lambda _size: None)
    assert (size, digest) == (5, hashlib.sha256(b"other").hexdigest())
    stream.checkpoint()
    assert list(entries_in(tmp_path / "j")) == []
    stream.close()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    _write(tmp_path, FILES)
    assert (tmp_path / "a.zip").stat().st_mode & 0o077 == 0


def _write(folder: Path, files: list[tuple[str, bytes, int]]) -> None:
    stream = ZipStream(folder / "a.zip", folder / "j", WHEN)
    stream.keep(0)
    _add(stream, files)


def _add(stream: ZipStream, files: list[tuple[str, bytes, int]]) -> None:
    for name, content, method in files:
        told: list[int] = []
        size, digest = stream.add(name, io.BytesIO(content), len(content), method, told.append)
        assert (size, sum(told)) == (len(content), len(content))
        assert digest == hashlib.sha256(content).hexdigest()
        stream.done()
    stream.finish()
    stream.close()
