"""How far a check has come, told now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

_SECONDS = 0.5


class Course:
    """Counts bytes read and tells of it at most twice a second."""

    def __init__(self, total: int, tell: Callable[[int, int], None]) -> None:
        self._total = total
        self._tell = tell
        self._done = 0
        self._told = 0.0

    def advance(self, count: int) -> None:
        """So many bytes more have been read; a file that is read twice counts once more than the total knows."""
        self._done = min(self._total, self._done + count)
        if time.monotonic() - self._told >= _SECONDS or self._done == self._total:
            self._told = time.monotonic()
            self._tell(self._done, self._total)
