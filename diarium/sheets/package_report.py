"""The report of a package's check, for print: the verdict, the counts, and each finding with place and mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reportlab.lib.colors import grey
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table

from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.sheets import fonts
from diarium.sheets.document import BODY, HEADING, SMALL, SUBHEADING, Print, build, paragraph

MOST: Final = 2000
"""Findings in one print; more would be no reading."""
_WIDTHS: Final = (58 * mm, 116 * mm)


class Finding(Protocol):
    """One finding in words."""

    @property
    def place(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def mend(self) -> str: ...


class Group(Protocol):
    """The findings of one rule."""

    @property
    def rule(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def asks(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def findings(self) -> Sequence[Finding]: ...


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What is printed. `counts` in words; `total`: how many findings there are, more perhaps than in `groups`."""

    title: str
    verdict: str
    counts: str
    facts: Sequence[tuple[str, str]]
    groups: Sequence[Group]
    total: int


def package_report(report: PackageReport, print_: Print) -> bytes:
    """The report as PDF."""
    fonts.register()
    story: list[Flowable] = [
        paragraph(report.title, HEADING),
        paragraph(report.verdict, SUBHEADING),
        paragraph(report.counts, BODY),
        Spacer(1, 3 * mm),
        _facts(report.facts),
    ]
    shown = sum(len(group.findings) for group in report.groups)
    if not report.total:
        story += [Spacer(1, 3 * mm), paragraph(_("Kontrollen fann inget att anmärka på."), BODY)]
    elif shown < report.total:
        left = report.total - shown
        told = ngettext(
            "%(num)d anmärkning till finns i rapporten som JSON.",
            "%(num)d anmärkningar till finns i rapporten som JSON.",
            left,
        )
        story += [Spacer(1, 3 * mm), paragraph(told, BODY)]
    for group in report.groups:
        story += _group(group)
    return build(report.title, story, print_)


def _facts(facts: Sequence[tuple[str, str]]) -> Table:
    return Table(
        [[paragraph(term, SMALL), paragraph(value)] for term, value in facts],
        colWidths=(42 * mm, 132 * mm), hAlign="LEFT", splitInRow=1,
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
               ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)],
    )  # fmt: skip


def _group(group: Group) -> list[Flowable]:
    heading = f"{group.rule} · {group.label} · {group.level} · {group.count}"
    asks = [paragraph(_("Det som krävs: %(asks)s.", asks=group.asks), SMALL)] if group.asks else []
    rows = [[paragraph(item.place, SMALL), [paragraph(item.message), paragraph(item.mend, SMALL)]]
            for item in group.findings]  # fmt: skip
    table = Table(
        rows, colWidths=_WIDTHS, splitInRow=1, hAlign="LEFT",
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, grey),
               ("LEFTPADDING", (0, 0), (-1, -1), 0), ("RIGHTPADDING", (0, 0), (-1, -1), 4)],
    )  # fmt: skip
    return [KeepTogether([paragraph(heading, SUBHEADING), *asks]), table]
