"""Choosing the engine: by the size of the register, by a setting, by hand; nothing is lost while it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from diarium.search import folder_index
from diarium.search.engines import engine_of, open_index
from diarium.search.errors import IndexUnavailable
from diarium.search.folder_index import FolderIndex
from diarium.search.keeping import EngineKeeper
from diarium.search.port import IndexDocument
from tests.search.conftest import ask, document, keys


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> int:
    """Few documents are many."""
    monkeypatch.setattr(folder_index, "MANY_DOCUMENTS", 5)
    return 5


@pytest.fixture
def index(tmp_path: Path) -> Iterator[FolderIndex]:
    opened = open_index(tmp_path / "index")
    yield opened
    opened.close()


def _keeper(index: FolderIndex, documents: list[IndexDocument]) -> EngineKeeper:
    return EngineKeeper("test", index, lambda target: target.rebuild(list(documents)))


def test_a_new_index_begins_with_whoosh_or_with_what_is_set(index: FolderIndex, tmp_path: Path) -> None:
    assert (index.engine, index.choice) == ("whoosh", "")
    assert open_index(tmp_path / "other", "tantivy").engine == "tantivy"


def test_a_register_that_grows_goes_over_to_tantivy_by_itself_and_stays(
    index: FolderIndex, small_limit: int
) -> None:
    documents = [document(f"r{number}", "Buller") for number in range(small_limit)]
    keeper = _keeper(index, documents)
    index.apply(documents, [])
    assert keeper.run() == 0
    assert index.engine == "whoosh"
    documents.append(document("more", "Buller"))
    index.apply(documents[-1:], [])
    assert keeper.run() == 1
    assert (index.engine, ask(index, "buller").total) == ("tantivy", 6)
    index.apply([], ["more", "r0", "r1"])
    assert keeper.run() == 0
    assert (index.engine, ask(index, "buller").total) == ("tantivy", 3)
    assert index.rebuild(documents[:1]) == 1
    assert index.engine == "tantivy"


def test_a_rebuild_takes_the_engine_that_suits_what_it_is_given(index: FolderIndex, small_limit: int) -> None:
    assert index.rebuild(document(f"r{number}", "Buller") for number in range(small_limit)) == 5
    assert index.engine == "whoosh"
    assert index.rebuild(document(f"r{number}", "Buller") for number in range(small_limit + 1)) == 6
    assert index.engine == "tantivy"
    assert ask(index, "buller").total == 6


def test_a_choice_is_kept_and_holds_for_every_process(
    index: FolderIndex, tmp_path: Path, small_limit: int
) -> None:
    documents = [document(f"r{number}", "Buller") for number in range(small_limit + 1)]
    index.apply(documents, [])
    index.choose("whoosh")
    assert _keeper(open_index(tmp_path / "index"), documents).run() == 0
    index.choose("tantivy")
    other = open_index(tmp_path / "index")
    assert _keeper(other, documents).run() == 1
    assert (index.engine, other.engine) == ("tantivy", "tantivy")
    index.choose("whoosh")
    assert _keeper(index, documents).run() == 1
    assert index.engine == "whoosh"
    assert sorted(keys(other, "buller")) == sorted(each.key for each in documents)


def test_a_setting_is_stronger_than_a_choice(index: FolderIndex, tmp_path: Path) -> None:
    index.choose("whoosh")
    fixed = open_index(tmp_path / "index", "tantivy")
    assert fixed.choice == "tantivy"
    assert _keeper(fixed, []).run() == 1
    assert fixed.engine == "tantivy"


def test_a_choice_of_something_unknown_is_none(index: FolderIndex) -> None:
    index.choose("lucene")
    assert index.choice == ""


def test_changing_the_engine_while_one_searches_and_writes_loses_nothing(
    index: FolderIndex, tmp_path: Path
) -> None:
    register = {f"r{number:03}": document(f"r{number:03}", "Buller") for number in range(150)}
    index.apply(list(register.values()), [])
    writer, reader = open_index(tmp_path / "index"), open_index(tmp_path / "index")
    stop = threading.Event()
    wrong: list[object] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            changes = [document(f"new{number}", "Buller"), document("r000", f"Avtal{number}")]
            gone = f"r{number + 1:03}" if number < 149 else f"new{number - 149}"
            register.pop(gone, None)
            register.update({each.key: each for each in changes})
            writer.apply(changes, [gone])
            number += 1

    def read() -> None:
        while not stop.is_set():
            result = ask(reader, "buller OR avtal*", page_size=100)
            if result.total not in (150, 151, 152) or len(result.hits) != 100:
                wrong.append(result.total)

    def stream() -> Iterator[IndexDocument]:
        """Some before and some after more has been written."""
        found = list(register.values())
        yield from found[:75]
        newest = register["r000"]
        while register["r000"] is newest:
            stop.wait(0.01)
        yield from found[75:]

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    try:
        for engine in ("tantivy", "whoosh", "tantivy"):
            index.aiming_at(engine).rebuild(stream())
            assert index.engine == engine
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    for opened in (index, reader):
        found = {hit.key: hit.title for page in (1, 2) for hit in ask(opened, page=page, page_size=100).hits}
        assert found == {key: each.title for key, each in register.items()}
    writer.close()
    reader.close()


def test_an_index_of_another_version_counts_as_empty_and_is_built_anew(index: FolderIndex, tmp_path: Path) -> None:
    documents = [document("a", "Buller")]
    index.apply(documents, [])
    index.close()
    folder = tmp_path / "index"
    (built,) = folder.glob("built-*")
    built.rename(folder / "built-whoosh-v0-x")
    (folder / "CURRENT").write_text("built-whoosh-v0-x")
    later = open_index(folder)
    assert later.document_count() == 0
    assert engine_of(later) is None
    with pytest.raises(IndexUnavailable):
        ask(later, "buller")
    keeper = _keeper(later, documents)
    assert keeper.run() == 1
    assert keys(later, "buller") == ["a"]
    assert keeper.run() == 0
    later.close()


def test_a_keeper_leaves_an_index_alone_that_another_builds(index: FolderIndex) -> None:
    index.choose("tantivy")
    seen: list[int] = []

    def documents() -> Iterator[IndexDocument]:
        seen.append(_keeper(index, []).run())
        yield document("a", "Buller")

    index.aiming_at("whoosh").rebuild(documents())
    assert seen == [0]
    assert keys(index, "buller") == ["a"]
