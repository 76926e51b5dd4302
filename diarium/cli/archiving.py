"""Exports packages for the archive and checks packages, whoever made them."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
import uuid
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy import select

from diarium.archive import exporting
from diarium.archive.models import Export, ExportState
from diarium.archive.validation import validate_package
from diarium.archive.validation.model import Severity, ValidationReport
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM

EXIT_INVALID = 1
EXIT_UNUSABLE = 2
_UNDER_WAY = (ExportState.REQUESTED, ExportState.PACKAGING)
_LOOK_AGAIN_SECONDS = 1.0


@click.command(help=_("Packar en myndighets avslutade ärenden i en period för arkivet och kontrollerar paketet."))
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
@click.option("--from", "first", type=frame.DATE, required=True, help=_("Periodens första dag, 2024-01-01."))
@click.option("--to", "last", type=frame.DATE, required=True, help=_("Periodens sista dag."))
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help=_("Mapp för paketet.")
)
@click.pass_context
def export(ctx: click.Context, authority: str, first: dt.datetime, last: dt.datetime, out: Path) -> None:
    """Prints the package's path last. Exit code 1 if it could not be made or the check found errors."""
    with frame.services() as diarium:
        with diarium.database.unit_of_work() as session:
            uid = exporting.request_export(session, SYSTEM, authority, first.date(), last.date()).uid
        finished = _make(diarium, uid)
        if finished.package_name is None:
            raise frame.CommandFailed(finished.error or _("Paketet kunde inte göras."))
        package = _deliver(diarium.settings.export_folder / finished.package_name, out)
    if finished.report is not None:
        frame.tell(
            _("Kontrollen: %(errors)s fel, %(warnings)s varningar. Se: diarium validate %(path)s",
              errors=finished.report["errors"], warnings=finished.report["warnings"], path=package)
        )  # fmt: skip
    click.echo(package)
    if finished.state is not ExportState.VALIDATED:
        ctx.exit(EXIT_INVALID)


@click.command(help=_("Kontrollerar ett arkivpaket. Slutkod 0: godkänt, 1: fel, 2: går inte att läsa som paket."))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv rapporten som JSON."))
@click.pass_context
def validate(ctx: click.Context, path: Path, as_json: bool) -> None:
    """Prints what was found; the exit code tells the outcome."""
    report = validate_package(path)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if not report.is_usable:
        ctx.exit(EXIT_UNUSABLE)
    if not report.is_valid:
        ctx.exit(EXIT_INVALID)


def _make(diarium: Diarium, uid: uuid.UUID) -> Export:
    """Makes the package here, or waits for the worker that was quicker to take it up."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=frame.console(stderr=True), transient=True) as progress:
        task = progress.add_task(_("Ärenden"), total=None)
        while True:
            exporting.run_export(
                diarium.database,
                diarium.blobs,
                diarium.settings.export_folder,
                uid,
                on_case=lambda done, total: progress.update(task, completed=done, total=total),
            )
            with diarium.database.reading() as session:
                found = session.scalars(select(Export).where(Export.uid == uid)).one()
            if found.state not in _UNDER_WAY:
                return found
            progress.update(task, completed=found.progress, total=found.total)
            time.sleep(_LOOK_AGAIN_SECONDS)


def _deliver(package: Path, out: Path) -> Path:
    """A copy of the package in `out`, whole or not at all; the export folder keeps its own for the archivist."""
    out.mkdir(parents=True, exist_ok=True)
    target = out.resolve() / package.name
    if target != package.resolve():
        partial = target.with_name(f".{target.name}.part")
        shutil.copyfile(package, partial)
        partial.replace(target)
    return target


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
    click.echo(
        _("%(outcome)s: %(package)s, %(errors)s fel, %(warnings)s varningar, %(infos)s upplysningar.",
          outcome=outcome, package=report.package, errors=report.count(Severity.ERROR),
          warnings=report.count(Severity.WARNING), infos=report.count(Severity.INFO))
    )  # fmt: skip
