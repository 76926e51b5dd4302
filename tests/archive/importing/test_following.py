"""Search and the open register follow a package that is taken over, and show no more of it than they may."""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select

from diarium.archive.import_models import ImportMode
from diarium.changes import feed
from diarium.register.models import Case
from diarium.search.indexer import SearchIndexer
from diarium.search.port import SearchRequest
from diarium.search.whoosh_engine import WhooshIndex
from tests.archive.importing.conftest import Installation
from tests.archive.made_packages import MadePackage
from tests.conftest import Municipality
from tests.public.open_register import OpenRegister


@contextmanager
def opened(installation: Installation, folder: Path) -> Iterator[OpenRegister]:
    """The open register of what was taken over."""
    folder.mkdir()
    owner = types.SimpleNamespace(database=installation.database, blobs=installation.blobs)
    register = OpenRegister(cast(Municipality, owner), folder)
    register.catch_up()
    yield register
    register.close()


@pytest.mark.parametrize(
    ("mode", "is_published", "shown"),
    [(ImportMode.REGISTER, False, True), (ImportMode.READ_ONLY, False, False), (ImportMode.READ_ONLY, True, True)],
)
def test_the_open_register_shows_what_was_taken_over_as_chosen_and_nothing_marked(
    mode: ImportMode,
    is_published: bool,
    shown: bool,
    made: MadePackage,
    empty_installation: Installation,
    tmp_path: Path,
) -> None:
    empty_installation.take_over(made.root, mode, is_published=is_published)
    with opened(empty_installation, tmp_path / "public") as public:
        assert bool(public.found("Enkelt")) is shown
        for hidden in ("Örjan", "Petra", "Tärnan", "Hemlig"):
            assert public.found(hidden) == []


def test_staff_search_finds_what_was_taken_over(
    made: MadePackage, empty_installation: Installation, tmp_path: Path
) -> None:
    empty_installation.take_over(made.root, ImportMode.READ_ONLY)
    index = WhooshIndex(tmp_path / "index")
    with empty_installation.database.reading() as session:
        changes = feed.pending(session, "search", limit=1000)
        uid = session.scalars(select(Case.uid).where(Case.title == "Enkelt ärende")).one()
    SearchIndexer(empty_installation.database, index).handle(changes)
    found = index.search(SearchRequest(query="Enkelt", readers=frozenset({"read:KS"})))
    index.close()
    assert f"case:{uid}" in {hit.key for hit in found.hits}
