"""Gathers findings while the checks run, and keeps the report within bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from diarium.archive.validation.catalogue import RULES
from diarium.archive.validation.model import SEVERITY_OF_LEVEL, Finding, Level, Place, Severity
from diarium.i18n import gettext as _
from diarium.i18n import ngettext

_FILES_PER_LIMIT = 10


class Collector:
    """The findings so far. A rule tells at most `limit` per file and ten times that in all; more are counted.

    No more than `in_all` are told together. `levels`: the levels of this package's version of the specification
    where they are not those of the catalogue.
    """

    def __init__(self, limit: int, in_all: int = 50_000) -> None:
        self.levels: Mapping[str, Level] = {}
        self._limit = limit
        self._in_all = in_all
        self._findings: list[Finding] = []
        self._told: Counter[tuple[str, str]] = Counter()
        self._told_in_all: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._worst_left: dict[str, Severity] = {}

    def is_full(self, rule: str, file: str) -> bool:
        """One more finding would only be counted: then its place need not be worked out."""
        return (
            self._told[rule, file] >= self._limit
            or self._told_in_all[rule] >= self._limit * _FILES_PER_LIMIT
            or len(self._findings) >= self._in_all
        )

    def add(self, rule: str, place: Place, message: str, mend: str, *, severity: Severity | None = None) -> None:
        """Notes one finding of a rule in the catalogue; severity follows from the rule's level if not given."""
        level = self.level_of(rule)
        judged = severity or SEVERITY_OF_LEVEL[level]
        if self.is_full(rule, place.file):
            self._left[rule] += 1
            self._worst_left[rule] = min(self._worst_left.get(rule, judged), judged, key=list(Severity).index)
            return
        self._told[rule, place.file] += 1
        self._told_in_all[rule] += 1
        self._findings.append(Finding(rule, level, judged, place, message, mend))

    def level_of(self, rule: str) -> Level:
        """The level of a rule in this package's version of the specification."""
        return self.levels.get(rule, RULES[rule].level)

    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order found; last, one for each rule that had more than were told."""
        more = []
        for rule, left in self._left.items():
            text = ngettext(
                "%(num)d likadan anmärkning till visas inte.",
                "%(num)d likadana anmärkningar till visas inte.",
                left,
            )
            mend = _("Rätta dem som visas och kör kontrollen igen.")
            more.append(Finding(rule, self.level_of(rule), self._worst_left[rule], Place(""), text, mend, left))
        return (*self._findings, *more)
