"""Writing: replacing, deleting, rebuilding, and several processes on one index."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from diarium.search.errors import IndexBusy, IndexUnavailable
from diarium.search.port import IndexDocument, SearchIndex
from diarium.search.store import Store
from tests.search.conftest import OpenIndex, ask, document, keys

ROOT = Path(__file__).parents[2]


def test_an_update_replaces_the_document_of_its_key(index: SearchIndex) -> None:
    index.apply([document("a", "Buller", version=1)], [])
    index.apply([document("a", "Avtal", version=2)], [])
    assert keys(index, "buller") == []
    assert [hit.version for hit in ask(index, "avtal").hits] == [2]
    assert index.document_count() == 1


def test_the_last_of_several_updates_of_a_key_wins(index: SearchIndex) -> None:
    index.apply([document("a", "Buller"), document("a", "Avtal")], [])
    assert [hit.title for hit in ask(index).hits] == ["Avtal"]


def test_a_delete_removes_and_an_update_of_the_same_key_stays(index: SearchIndex) -> None:
    index.apply([document("a", "Buller"), document("b", "Buller"), document("c", "Buller")], [])
    index.apply([document("b", "Buller igen")], ["a", "b", "unknown"])
    assert sorted(keys(index, "buller")) == ["b", "c"]
    assert index.document_count() == 2


def test_all_documents_can_be_deleted_and_the_index_filled_again(index: SearchIndex) -> None:
    index.apply([document("a", "Buller")], [])
    index.apply([], ["a"])
    assert (ask(index).total, index.document_count()) == (0, 0)
    index.apply([document("a", "Buller")], [])
    assert keys(index, "buller") == ["a"]


def test_nothing_to_do_is_no_error(index: SearchIndex) -> None:
    index.apply([], [])
    index.apply([], ["unknown"])
    assert ask(index, "buller").total == 0


def test_many_small_updates_and_an_optimisation_keep_everything(index: SearchIndex) -> None:
    for number in range(12):
        index.apply(
            [document(f"r{number}", "Buller", body=f"ord{number}"), document("again", f"Gång {number}")], []
        )
    index.optimize()
    assert ask(index, "buller").total == 12
    assert keys(index, "ord7") == ["r7"]
    assert [hit.title for hit in ask(index, "gång").hits] == ["Gång 11"]
    assert {count.value: count.count for count in ask(index).facets["authority"]} == {"KS": 13}


def test_a_rebuild_replaces_everything_and_tells_how_much(index: SearchIndex) -> None:
    index.apply([document("old", "Buller")], [])
    assert index.rebuild(document(f"r{number}", "Avtal") for number in range(3)) == 3
    assert keys(index, "buller") == []
    assert ask(index, "avtal").total == 3


def test_a_rebuild_to_nothing_gives_an_empty_index(index: SearchIndex) -> None:
    index.apply([document("old", "Buller")], [])
    assert index.rebuild([]) == 0
    assert index.document_count() == 0


def test_a_rebuild_that_fails_leaves_the_old_index(index: SearchIndex, open_index: OpenIndex) -> None:
    index.apply([document("old", "Buller")], [])

    def broken() -> Iterator[IndexDocument]:
        yield document("new", "Avtal")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        index.rebuild(broken())
    assert keys(index) == ["old"]
    assert keys(open_index()) == ["old"]
    index.apply([document("more", "Avtal")], [])
    assert sorted(keys(index)) == ["more", "old"]
    assert index.rebuild([document("new", "Avtal")]) == 1


def test_a_process_killed_in_the_middle_of_a_rebuild_leaves_the_old_index(
    index: SearchIndex, tmp_path: Path
) -> None:
    index.apply([document("old", "Buller")], [])
    code = """
import os, sys
from pathlib import Path
from tests.search.conftest import document
def documents():
    yield document("new", "Avtal")
    os._exit(9)
TYPE(Path(sys.argv[1])).rebuild(documents())
"""
    assert _run(index, code, tmp_path / "index").returncode == 9
    assert keys(index) == ["old"]
    assert index.rebuild([document("new", "Avtal")]) == 1
    assert keys(index) == ["new"]


def test_searches_go_on_in_the_old_index_while_a_new_one_is_built(index: SearchIndex) -> None:
    index.apply([document("old", "Buller")], [])
    seen: list[list[str]] = []

    def documents() -> Iterator[IndexDocument]:
        yield document("new", "Avtal")
        seen.append(keys(index))

    index.rebuild(documents())
    assert seen == [["old"]]
    assert keys(index) == ["new"]


def test_another_process_sees_and_makes_changes_at_once(index: SearchIndex, tmp_path: Path) -> None:
    index.apply([document("a", "Buller")], [])
    code = """
import sys
from pathlib import Path
from tests.search.conftest import document, keys
index = TYPE(Path(sys.argv[1]))
assert keys(index, "buller") == ["a"]
index.apply([document("b", "Buller")], ["a"])
"""
    assert _run(index, code, tmp_path / "index").returncode == 0
    assert keys(index, "buller") == ["b"]


def test_another_reader_follows_updates_and_rebuilds(index: SearchIndex, open_index: OpenIndex) -> None:
    reader = open_index()
    for round_number in range(3):
        index.apply([document("a", f"Omgång{round_number}")], [])
        assert keys(reader, f"omgång{round_number}") == ["a"]
        index.rebuild([document(f"r{round_number}", "Nytt")])
        assert keys(reader) == [f"r{round_number}"]


def test_readers_in_threads_always_see_a_whole_state(index: SearchIndex, open_index: OpenIndex) -> None:
    pair = ("x", "y")
    index.apply([document(key, "Version0") for key in pair], [])
    other = open_index()
    wrong: list[object] = []
    stop = threading.Event()

    def read(reader: SearchIndex) -> None:
        while not stop.is_set():
            try:
                titles = [hit.title for hit in ask(reader, "version*").hits]
            except Exception as error:  # whatever it is, the test has to show it
                wrong.append(error)
                return
            if len(titles) != 2 or len(set(titles)) != 1:
                wrong.append(titles)

    threads = [threading.Thread(target=read, args=(reader,)) for reader in (index, index, other)]
    for thread in threads:
        thread.start()
    for number in range(1, 11):
        documents = [document(key, f"Version{number}") for key in pair]
        if number % 4:
            index.apply(documents, [])
        else:
            index.rebuild(documents)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_writers_in_threads_lose_nothing(index: SearchIndex, open_index: OpenIndex) -> None:
    def write(writer: SearchIndex, name: str) -> None:
        for number in range(4):
            writer.apply([document(f"{name}{number}", "Buller")], [])

    writers = (("a", index), ("b", index), ("c", open_index()))
    threads = [threading.Thread(target=write, args=(writer, name)) for name, writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ask(index, "buller").total == 12


def test_a_second_writer_is_told_that_the_index_is_busy(
    index: SearchIndex, open_index: OpenIndex, tmp_path: Path
) -> None:
    impatient = open_index(lock_timeout=0.0)
    index.apply([document("a", "Buller")], [])
    with Store(tmp_path / "index", 0.0).writing(), pytest.raises(IndexBusy, match="En annan process"):
        impatient.apply([document("b")], [])
    impatient.apply([document("b", "Buller")], [])
    assert sorted(keys(index, "buller")) == ["a", "b"]


def test_a_second_builder_is_told_that_the_index_is_busy(index: SearchIndex, open_index: OpenIndex) -> None:
    impatient = open_index(lock_timeout=0.0)

    def documents() -> Iterator[IndexDocument]:
        with pytest.raises(IndexBusy, match="En annan process"):
            impatient.rebuild([])
        yield document("a", "Buller")

    index.rebuild(documents())
    assert impatient.rebuild([document("b", "Buller")]) == 1
    assert keys(index, "buller") == ["b"]


def test_what_is_written_while_a_new_index_is_built_is_in_both(index: SearchIndex, open_index: OpenIndex) -> None:
    index.apply([document("old", "Buller"), document("gone", "Buller"), document("changed", "Buller")], [])
    other = open_index()

    def documents() -> Iterator[IndexDocument]:
        yield document("old", "Buller")
        yield document("gone", "Buller")
        yield document("changed", "Buller")
        other.apply([document("new", "Buller", parties=("Anna",)), document("changed", "Avtal")], ["gone"])
        other.optimize()
        assert sorted(keys(index)) == ["changed", "new", "old"]

    assert index.rebuild(documents()) == 3
    for one in (index, other):
        assert sorted(keys(one, "buller")) == ["new", "old"]
        assert keys(one, "avtal") == ["changed"]
        assert keys(one, "part:anna") == ["new"]


def test_a_building_that_died_does_not_keep_notes_of_what_is_written(index: SearchIndex, tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from tests.search.conftest import document
def documents():
    yield document("new", "Avtal")
    os._exit(9)
TYPE(Path(sys.argv[1])).rebuild(documents())
"""
    assert _run(index, code, tmp_path / "index").returncode == 9
    (notes,) = (tmp_path / "index").glob("*.journal")
    index.apply([document("a", "Buller")], [])
    assert notes.read_bytes() == b""
    assert index.rebuild([document("b", "Buller")]) == 1
    assert not notes.exists()
    assert len(list((tmp_path / "index").glob("built-*"))) == 1


def test_a_damaged_index_says_so_and_can_be_rebuilt(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    index.apply([document("a", "Buller")], [])
    index.close()
    for path in (tmp_path / "index").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    damaged = open_index()
    with pytest.raises(IndexUnavailable, match="Bygg om"):
        ask(damaged, "buller")
    damaged.rebuild([document("a", "Buller")])
    assert keys(damaged, "buller") == ["a"]


def test_damage_in_the_middle_of_the_files_says_so_too(open_index: OpenIndex, tmp_path: Path) -> None:
    index = open_index()
    index.apply([document("a", "Buller")], [])
    index.close()
    largest = max((tmp_path / "index").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    largest.write_bytes(b"\x00" * largest.stat().st_size)
    damaged = open_index()
    with pytest.raises(IndexUnavailable, match="Bygg om"):
        ask(damaged, "buller")
    with pytest.raises(IndexUnavailable, match="Bygg om"):
        damaged.apply([document("a", "Avtal")], [])
    damaged.rebuild([document("a", "Buller")])
    assert keys(damaged, "buller") == ["a"]


def test_two_documents_of_one_key_are_refused_in_a_rebuild(index: SearchIndex) -> None:
    with pytest.raises(ValueError, match="two documents"):
        index.rebuild([document("a"), document("a")])


def _run(index: SearchIndex, code: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    kind = type(index)
    head = f"from {kind.__module__} import {kind.__name__} as TYPE\n"
    return subprocess.run([sys.executable, "-c", head + code, str(folder)], cwd=ROOT, timeout=60, check=False)
