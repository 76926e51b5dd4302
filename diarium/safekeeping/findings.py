"""What a check finds, and how it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is. `NOTICE`: in order, but worth knowing. `WARNING`: to be explained. `ERROR`: to be mended."""

    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


class Repair(StrEnum):
    """What mends it by itself: only what is derived is ever made anew, never the register."""

    INDEX = "index"
    PROJECTION = "projection"
    PUBLIC_INDEX = "public_index"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit. `id`: what kind, always the same word; `place`: where, by number, key or name;
    `key`: what a repair has to know.
    """

    id: str
    severity: Severity
    place: str
    what: str
    mend: str
    repair: Repair | None = None
    key: str = ""


MOST_OF_A_KIND = 200


class Limited:
    """Lets through so many of each kind, and counts the rest."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def take(self, findings: Iterator[Finding]) -> Iterator[Finding]:
        """Those that are told one by one."""
        for finding in findings:
            self.counts[finding.id] = self.counts.get(finding.id, 0) + 1
            if self.counts[finding.id] <= MOST_OF_A_KIND:
                yield finding

    def left_out(self) -> Iterator[tuple[str, int]]:
        """The kinds of which there were more, and how many more."""
        for kind, count in self.counts.items():
            if count > MOST_OF_A_KIND:
                yield kind, count - MOST_OF_A_KIND
