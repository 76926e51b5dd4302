"""The files of an index: they do not pile up, and what is deleted leaves them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from diarium.search.port import IndexDocument, SearchIndex
from diarium.search.tantivy_engine import TantivyIndex
from tests.search.conftest import OpenIndex, ask, document, keys

_COMMITS = 2_000 if Path("/dev/shm").exists() else 300


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of commits wait for the disk each time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def test_two_thousand_small_commits_leave_few_files(fast_folder: Path) -> None:
    index = TantivyIndex(fast_folder)
    sizes = []
    for number in range(_COMMITS):
        index.apply([document(f"r{number % 50}", "Buller", body=f"gång {number}")], [])
        if number % 500 == 499:
            files = [path for path in fast_folder.rglob("*") if path.is_file()]
            sizes.append((len(files), sum(path.stat().st_size for path in files)))
            assert ask(index, "buller").total == 50
    index.close()
    counts, bytes_used = zip(*sizes, strict=True)
    assert max(counts) < 150
    assert max(bytes_used) < 1_000_000


def test_what_was_deleted_or_changed_is_in_no_file_after_an_optimisation(
    index: SearchIndex, open_index: OpenIndex, tmp_path: Path
) -> None:
    index.apply(
        [
            document("gone", "Hemligkanin ett", body="hemligkanin", parties=("Hemligkanin",)),
            document("changed", "Hemligkanin två"),
            *(document(f"r{number}", "Buller", body="kvar") for number in range(30)),
        ],
        [],
    )
    reader = open_index()
    assert ask(reader, "hemligkanin").total == 2
    index.apply([document("changed", "Öppen titel")], ["gone"])
    assert ask(reader, "hemligkanin").total == 0
    index.optimize()
    assert _files_with(tmp_path, b"hemligkanin") == []
    assert ask(reader, "hemligkanin").total == 0
    assert ask(reader, "buller kvar").total == 30
    assert keys(reader, "öppen") == ["changed"]
    assert index.suggest("heml", frozenset({"everyone"})) == ()


def test_what_is_deleted_while_a_new_index_is_built_is_in_no_file_of_it(
    index: SearchIndex, tmp_path: Path
) -> None:
    index.apply([document("gone", "Hemligkanin"), document("a", "Buller")], [])

    def documents() -> Iterator[IndexDocument]:
        yield document("gone", "Hemligkanin")
        yield document("a", "Buller")
        index.apply([], ["gone"])
        index.optimize()

    assert index.rebuild(documents()) == 1
    assert _files_with(tmp_path, b"hemligkanin") == []


def test_an_optimised_index_keeps_every_field(index: SearchIndex) -> None:
    whole = document(
        "k", "Buller vid Ängen", number="KS 2024/1", officer="Bo", record_type="Avtal", direction="outgoing",
        status="open", classification="1.2", version=7, body="Se KS 2020/00005.", parties=("Anna Ek",),
        senders=("Anna Ek",), recipients=("Bo Al",),
    )  # fmt: skip
    index.apply([whole, document("gone")], [])
    before = ask(index, "buller")
    index.apply([], ["gone"])
    index.optimize()
    assert ask(index, "buller") == before
    for query in ("dnr:1", "klass:1", '"anna ek"', "mottagare:bo", "typ:avtal", '"KS 2020/5"', "datum:2024",
                  "år:2024", "handläggare:bo", "buller*", "bullret OR buller"):  # fmt: skip
        assert keys(index, query) == ["k"], query
    assert keys(index, filters={"classification": ("1",), "status": ("open",), "year": ("2024",)}) == ["k"]


def test_whoever_may_read_the_folder_can_search_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = TantivyIndex(folder)
    index.apply([document("a", "Buller")], [])
    (built,) = folder.glob("built-*")
    for mode, expected in ((0o755, 0o644), (0o750, 0o640), (0o700, 0o600)):
        built.chmod(mode)
        index.apply([document("a", "Buller")], [])
        assert {(built / name).stat().st_mode & 0o777 for name in ("meta.json", ".managed.json")} == {expected}
    assert keys(index, "buller") == ["a"]
    index.close()


def _files_with(folder: Path, text: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text in path.read_bytes().lower()]
