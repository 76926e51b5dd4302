"""Gathers findings while the checks run, and keeps the report within bounds."""

from __future__ import annotations

from collections import Counter

from diarium.archive.validation.catalogue import RULES
from diarium.archive.validation.model import SEVERITY_OF_LEVEL, Finding, Level, Place, Severity
from diarium.i18n import gettext as _
from diarium.i18n import ngettext


class Collector:
    """The findings so far. Each rule tells at most `limit` findings per file; the rest are counted."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._findings: list[Finding] = []
        self._told: Counter[tuple[str, str]] = Counter()
        self._worst_left: dict[tuple[str, str], Severity] = {}

    def add(
        self,
        rule: str,
        place: Place,
        message: str,
        mend: str,
        *,
        severity: Severity | None = None,
    ) -> None:
        """Notes one finding of a rule in the catalogue; severity follows from the rule's level if not given."""
        level = RULES[rule].level if rule in RULES else Level.MUST
        judged = severity or SEVERITY_OF_LEVEL[level]
        key = (rule, place.file)
        self._told[key] += 1
        if self._told[key] > self._limit:
            worst = self._worst_left.get(key, Severity.INFO)
            self._worst_left[key] = min(worst, judged, key=list(Severity).index)
            return
        self._findings.append(Finding(rule, level, judged, place, message, mend))

    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order found; last, one for each rule that had more than were told."""
        more = []
        for (rule, file), severity in self._worst_left.items():
            left = self._told[rule, file] - self._limit
            text = ngettext("%(num)d likadant fel till visas inte.", "%(num)d likadana fel till visas inte.", left)
            level = RULES[rule].level if rule in RULES else Level.MUST
            mend = _("Rätta dem som visas och kör kontrollen igen.")
            more.append(Finding(rule, level, severity, Place(file), text, mend))
        return (*self._findings, *more)
