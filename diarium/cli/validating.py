"""Checks packages for the archive, whoever made them."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import click
from rich.table import Table

from diarium.archive.profiles.codes import PROFILE_LABELS, ProfileCode
from diarium.archive.validation import validate_package
from diarium.archive.validation.model import Severity, ValidationReport
from diarium.archive.validation.report_view import show
from diarium.cli import frame
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.settings import from_environment
from diarium.sheets.document import Print
from diarium.sheets.package_report import MOST, PackageReport, package_report

EXIT_INVALID = 1
EXIT_UNUSABLE = 2
_PROFILES = ", ".join(f"{code.value}: {label}" for code, label in PROFILE_LABELS.items())


@click.command(help=_("Kontrollerar ett arkivpaket. Slutkod 0: godkänt, 1: fel, 2: går inte att läsa som paket."))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv rapporten som JSON."))
@click.option(
    "--pdf", "pdf", type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help=_("Skriv också rapporten som PDF till en fil."),
)  # fmt: skip
@click.option(
    "--profile", type=click.Choice([code.value for code in ProfileCode]),
    help=_("Formatet som paketet ska ha, annars det som det säger sig ha. %(profiles)s", profiles=_PROFILES),
)  # fmt: skip
@click.pass_context
def validate(ctx: click.Context, path: Path, as_json: bool, pdf: Path | None, profile: str | None) -> None:
    """Prints what was found; the exit code tells the outcome."""
    report = validate_package(path, profile=ProfileCode(profile) if profile else None)
    if pdf is not None:
        pdf.write_bytes(_as_pdf(report))
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if not report.is_usable:
        ctx.exit(EXIT_UNUSABLE)
    if not report.is_valid:
        ctx.exit(EXIT_INVALID)


def _as_pdf(report: ValidationReport) -> bytes:
    shown = show(report.to_json(), size=MOST)
    sheet = PackageReport(
        title=_("Kontroll av %(name)s", name=shown.package),
        verdict=shown.label,
        counts=shown.counts_text,
        facts=shown.facts,
        groups=shown.groups,
        total=shown.listed,
    )
    return package_report(sheet, Print(from_environment().organisation_name, getpass.getuser(), now()))


def _print(report: ValidationReport) -> None:
    if report.findings:
        table = Table(show_lines=True)
        headings = (_("Regel"), _("Nivå"), _("Allvar"), _("Plats"), _("Vad"), _("Så rättas det"))
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for finding in report.findings:
            severity = {Severity.ERROR: _("fel"), Severity.WARNING: _("varning"), Severity.INFO: _("upplysning")}
            table.add_row(
                finding.rule,
                finding.level.value,
                severity[finding.severity],
                str(finding.place),
                finding.message,
                finding.mend,
            )
        frame.console().print(table)
    if not report.is_usable:
        outcome = _("Går inte att läsa som paket")
    else:
        outcome = _("Godkänt") if report.is_valid else _("Inte godkänt")
    click.echo(_("Format: %(profile)s", profile=report.profile))
    click.echo(
        _("%(outcome)s: %(package)s, %(errors)s fel, %(warnings)s varningar, %(infos)s upplysningar.",
          outcome=outcome, package=report.package, errors=report.count(Severity.ERROR),
          warnings=report.count(Severity.WARNING), infos=report.count(Severity.INFO))
    )  # fmt: skip
