"""Sees to it that an index is made by the right engine and can be read, without anybody noticing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from diarium.search.errors import IndexUnavailable
from diarium.search.folder_index import FolderIndex
from diarium.search.port import SearchIndex

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EngineKeeper:
    """A chore: builds `index` anew with another engine when the register has outgrown the present one or somebody
    has chosen another, and when it is damaged or of an older version. `rebuild` fills what it is given from the
    database. The old index answers, and takes in what is new, until the new one has caught up.
    """

    name: str
    index: FolderIndex
    rebuild: Callable[[SearchIndex], int]
    every: float = 60.0

    def run(self) -> int:
        """Whether there was something to do."""
        if self.index.is_being_built:
            return 0
        target = self._target()
        if target is None:
            return 0
        count = self.rebuild(target)
        log.info("search index built anew", index=self.name, engine=self.index.engine, entries=count)
        return 1

    def _target(self) -> SearchIndex | None:
        try:
            suitable = self.index.suitable_engine()
            return self.index.aiming_at(suitable) if suitable != self.index.engine else None
        except IndexUnavailable:
            log.warning("search index can't be read and is built anew", index=self.name)
            return self.index
