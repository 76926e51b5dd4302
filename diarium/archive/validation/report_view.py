"""A report as people read it: the verdict first, then its findings by severity and rule, some at a time.

Works on the report's JSON form, which is what tables keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from diarium.archive.validation.catalogue import RULES
from diarium.archive.validation.model import Severity
from diarium.i18n import gettext as _
from diarium.i18n import lazy_gettext as _l
from diarium.i18n import ngettext, show_size

PAGE = 100
SEVERITY_LABELS: Mapping[Severity, str] = {
    Severity.ERROR: _l("Fel"),
    Severity.WARNING: _l("Varning"),
    Severity.INFO: _l("Upplysning"),
}


class Verdict(StrEnum):
    """What the check came to."""

    VALID = "valid"
    INVALID = "invalid"
    UNUSABLE = "unusable"


VERDICT_LABELS: Mapping[Verdict, str] = {
    Verdict.VALID: _l("Godkänt"),
    Verdict.INVALID: _l("Inte godkänt"),
    Verdict.UNUSABLE: _l("Går inte att läsa som paket"),
}


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One finding in words."""

    place: str
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Findings of one rule and severity. `count`: how many there are in all; `asks`: what the rule asks for."""

    rule: str
    level: str
    severity: Severity
    label: str
    asks: str
    count: int
    findings: Sequence[ShownFinding]


@dataclass(frozen=True, slots=True)
class ShownReport:
    """One page of a report. `matching`: how many findings are chosen, `listed`: how many of them are told one by
    one; `rules`: all rules and their counts."""

    package: str
    profile: str
    verdict: Verdict
    label: str
    counts: Mapping[Severity, int]
    files: int
    size: int
    matching: int
    listed: int
    groups: Sequence[RuleGroup]
    rules: Sequence[tuple[str, int]]
    severity: Severity | None
    rule: str
    page: int
    pages: int

    @property
    def counts_text(self) -> str:
        """How many findings of each severity, in one line."""
        errors, warnings, infos = (self.counts[severity] for severity in Severity)
        return ", ".join(
            (
                ngettext("%(num)d fel", "%(num)d fel", errors),
                ngettext("%(num)d varning", "%(num)d varningar", warnings),
                ngettext("%(num)d upplysning", "%(num)d upplysningar", infos),
            )
        )

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What was checked, as terms and values."""
        return [
            (_("Paket"), self.package),
            (_("Format"), self.profile),
            (_("Antal filer"), str(self.files)),
            (_("Filernas storlek"), show_size(self.size)),
        ]


def show(
    report: Mapping[str, Any], *, severity: str = "", rule: str = "", page: int = 1, size: int = PAGE
) -> ShownReport:
    """The findings of `severity` and `rule` (all, if empty or unknown), `size` of them from page `page`."""
    chosen = Severity(severity) if severity in list(Severity) else None
    findings = _sorted(report["findings"])
    rules: Counter[str] = Counter()
    for finding in findings:
        rules[finding["rule"]] += finding.get("count", 1)
    wanted_rule = rule if rule in rules else ""
    wanted = [
        finding
        for finding in findings
        if (chosen is None or finding["severity"] == chosen) and wanted_rule in ("", finding["rule"])
    ]
    pages = max(1, -(-len(wanted) // size))
    shown_page = min(max(page, 1), pages)
    counts: Counter[tuple[str, str]] = Counter()
    for finding in wanted:
        counts[finding["severity"], finding["rule"]] += finding.get("count", 1)
    verdict = _verdict(report)
    return ShownReport(
        package=str(report["package"]),
        profile=str(report["profile"]),
        verdict=verdict,
        label=str(VERDICT_LABELS[verdict]),
        counts={
            Severity.ERROR: int(report["errors"]),
            Severity.WARNING: int(report["warnings"]),
            Severity.INFO: int(report["infos"]),
        },
        files=int(report.get("files", 0)),
        size=int(report.get("bytes", 0)),
        matching=sum(counts.values()),
        listed=len(wanted),
        groups=_grouped(wanted[(shown_page - 1) * size : shown_page * size], counts),
        rules=sorted(rules.items(), key=lambda item: (-item[1], item[0])),
        severity=chosen,
        rule=wanted_rule,
        page=shown_page,
        pages=pages,
    )


def _verdict(report: Mapping[str, Any]) -> Verdict:
    if not report.get("usable", True):
        return Verdict.UNUSABLE
    return Verdict.VALID if report["valid"] else Verdict.INVALID


def _sorted(findings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By severity, then by rule in the order in which they were first met; within a rule as they were found."""
    order = list(Severity)
    met: dict[str, int] = {}
    listed = list(findings)
    for finding in listed:
        met.setdefault(finding["rule"], len(met))
    return sorted(listed, key=lambda finding: (order.index(finding["severity"]), met[finding["rule"]]))


def _grouped(findings: Iterable[Mapping[str, Any]], counts: Mapping[tuple[str, str], int]) -> Sequence[RuleGroup]:
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for finding in findings:
        groups.setdefault((finding["severity"], finding["rule"]), []).append(finding)
    return tuple(
        RuleGroup(
            rule=rule,
            level=str(found[0]["level"]),
            severity=Severity(severity),
            label=str(SEVERITY_LABELS[Severity(severity)]),
            asks=str(RULES[rule].asks) if rule in RULES else "",
            count=counts[severity, rule],
            findings=tuple(ShownFinding(_place(item), item["message"], item["mend"]) for item in found),
        )
        for (severity, rule), found in groups.items()
    )


def _place(finding: Mapping[str, Any]) -> str:
    parts = [str(finding["file"] or _("Hela paketet"))]
    if finding.get("line"):
        parts.append(_("rad %(line)s", line=finding["line"]))
    if finding.get("xpath"):
        parts.append(str(finding["xpath"]))
    return ", ".join(parts)
