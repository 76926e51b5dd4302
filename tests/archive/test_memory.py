"""Twice the files need no more memory."""

from __future__ import annotations

import datetime as dt
import gc
import random
import tracemalloc
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from diarium.archive import packaging_zip
from diarium.archive.package_model import (
    Delivery,
    PackageAuthority,
    PackageCase,
    PackageDocument,
    PackageInfo,
    PackageNote,
    PackageRecord,
)
from diarium.archive.packaging import PackageWork
from diarium.archive.profiles.fgs2 import Fgs2
from diarium.files.store import LocalBlobStore, StoredBlob
from diarium.register.vocabulary import CaseStatus, Direction, Initiative, Medium, RecordStatus

NOW = dt.datetime(2024, 5, 1, 12, 0, tzinfo=dt.UTC)
DAY = NOW.date()
# Room for garbage that is not collected yet, in bytes; a leak of the written XML alone would be twice as much.
SLACK = 600_000


def test_building_a_package_needs_no_more_memory_for_more_cases_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is not brought to the disk yet is held: up to here, however much there is.
    monkeypatch.setattr(packaging_zip, "CHECKPOINT_FILES", 100)
    store = LocalBlobStore(tmp_path / "files")
    blob = store.put_bytes(random.Random(1).randbytes(10_000))
    _peaks(tmp_path / "warm", store, blob, 10)
    small, small_read = _peaks(tmp_path / "small", store, blob, 900)
    large, large_read = _peaks(tmp_path / "large", store, blob, 1800)
    assert large < small + SLACK
    assert large_read < small_read + SLACK


def test_a_large_file_is_never_in_memory_whole(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path / "files")
    blob = store.put_bytes(b"y" * 40_000_000)
    assert max(_peaks(tmp_path / "one", store, blob, 1)) < 15_000_000


def _peaks(folder: Path, store: LocalBlobStore, blob: StoredBlob, files: int) -> tuple[int, int]:
    """The most memory in bytes that writing a package of `files` files took, and reading it back."""
    folder.mkdir()
    work = PackageWork(folder, Fgs2(), _info(), store)
    gc.freeze()
    often = gc.get_threshold()
    gc.set_threshold(200, 3, 1)  # else what is measured is when the collector last came by
    tracemalloc.start()
    work.write(_cases(blob, files), lambda: None)
    _now, written = tracemalloc.get_traced_memory()
    gc.collect()
    tracemalloc.reset_peak()
    read: list[int] = []
    package = work.read_back(read.append)
    _now, read_back = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gc.set_threshold(*often)
    gc.unfreeze()
    assert sum(read) == package.size
    return written, read_back


def _info() -> PackageInfo:
    authority = PackageAuthority(uuid.uuid4(), "KS", "Kommunstyrelsen", None, None, None, None, DAY, None)
    return PackageInfo(
        uid=uuid.uuid4(),
        authority=authority,
        period_from=DAY,
        period_to=DAY,
        created_at=NOW,
        requested_by="Arja",
        software=("diarium", "1.0"),
        series=(),
        units=(),
        schemes=(),
        delivery=Delivery(),
    )


def _cases(blob: StoredBlob, files: int) -> Iterator[PackageCase]:
    for number in range(1, files // 5 + 2):
        yield PackageCase(
            uid=uuid.uuid4(),
            number_text=f"KS 2024/{number}",
            year=2024,
            number=number,
            series_code="KS",
            foreign_number=None,
            title="Ett ärende" * 20,
            public_title=None,
            case_type=None,
            status=CaseStatus.CLOSED,
            initiative=Initiative.RECEIVED,
            opened_on=DAY,
            decided_on=None,
            closed_on=DAY,
            closing_reason=None,
            cancel_reason=None,
            responsible=None,
            unit=None,
            classification=None,
            physical_location=None,
            note="Anteckning " * 200,
            record_count=1,
            registered_at=NOW,
            registered_by=None,
            version=1,
            parties=(),
            restrictions=(),
            relations=(),
            notes=(PackageNote(uuid.uuid4(), "Samtal " * 200, NOW, None, "Rut", None),),
            deadlines=(),
            decisions=(),
            records=(_record(blob, min(5, files)),),
        )


def _record(blob: StoredBlob, files: int) -> PackageRecord:
    return PackageRecord(
        uid=uuid.uuid4(),
        number_text="KS 2024/1-1",
        running_number=1,
        direction=Direction.INCOMING,
        title="En handling",
        public_title=None,
        record_type=None,
        official_on=DAY,
        received_at=None,
        document_date=None,
        medium=Medium.DIGITAL,
        physical_location=None,
        status=RecordStatus.REGISTERED,
        cancel_reason=None,
        moved_to=None,
        moved_from=None,
        note=None,
        registered_at=NOW,
        registered_by=None,
        version=1,
        parties=(),
        restrictions=(),
        documents=tuple(_document(blob, position) for position in range(1, files + 1)),
    )


def _document(blob: StoredBlob, position: int) -> PackageDocument:
    return PackageDocument(
        uid=uuid.uuid4(),
        position=position,
        file_name=f"Bilaga {position}.txt",
        description=None,
        sha256=blob.sha256,
        size=blob.size,
        stored_at=NOW,
        mime="text/plain",
        puid="x-fmt/111",
        format_name="Plain Text File",
        format_version=None,
        warnings=(),
        examined_at=None,
        is_released=False,
        added_at=NOW,
        added_by=None,
    )
