"""The engines there are, and opening an index with whichever of them made it."""

from __future__ import annotations

from pathlib import Path

from diarium.search.errors import IndexUnavailable
from diarium.search.folder_index import LOCK_TIMEOUT, FolderIndex
from diarium.search.tantivy_engine import TantivyEngine
from diarium.search.whoosh_engine import WhooshEngine

ENGINES = (WhooshEngine.name, TantivyEngine.name)
"""By the size of the indexes they are meant for."""


def open_index(folder: Path, engine: str = "", *, lock_timeout: float = LOCK_TIMEOUT) -> FolderIndex:
    """The index in `folder`. `engine`: the one to use; without it, what was chosen before, else what suits."""
    return FolderIndex(folder, (WhooshEngine(), TantivyEngine()), choice=engine, lock_timeout=lock_timeout)


def engine_of(index: FolderIndex) -> str | None:
    """The name of the engine that answers now; None while there is no index that can be read."""
    try:
        return index.engine
    except IndexUnavailable:
        return None
