"""Takes packages over from the command line."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import select

from diarium.archive.import_models import IMPORT_MODE_LABELS, ImportMode, ImportState, PackageImport
from diarium.archive.importing import opening, ordering, running, surveying
from diarium.archive.importing.model import BASIS_LABELS, CONFLICT_LABELS, Choices, Conflict, Counts, Preview
from diarium.archive.reading import read_package
from diarium.archive.validation import validate_package
from diarium.archive.validation.model import Severity
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.i18n import gettext as _

_MODES = ", ".join(f"{mode.value}: {label}" for mode, label in IMPORT_MODE_LABELS.items())


@click.command("import", help=_("Tar över ärendena i ett arkivpaket. Samma paket två gånger ger inget nytt."))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in ImportMode]),
    default=ImportMode.READ_ONLY.value,
    show_default=True,
    help=_("Hur ärendena tas över. %(modes)s", modes=_MODES),
)
@click.option("--authority", help=_("Myndighetens kod här, som KS. Finns den inte läggs den upp."))
@click.option(
    "--publish", is_flag=True, help=_("Visa läsarkivet i det öppna diariet, så långt klasserna tillåter.")
)
@click.option("--keep-incomplete", is_flag=True, help=_("Ta över ärenden också när filer saknas i paketet."))
@click.option("--accept-errors", is_flag=True, help=_("Ta över paketet trots fel i kontrollen."))
@click.option("--dry-run", is_flag=True, help=_("Visa bara vad som skulle tas över."))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv utfallet som JSON."))
@click.option("--user", help=_("Användaren som gör det. Utan den är det systemet."))
@click.pass_context
def import_package(
    ctx: click.Context,
    path: Path,
    mode: str,
    authority: str | None,
    publish: bool,
    keep_incomplete: bool,
    accept_errors: bool,
    dry_run: bool,
    as_json: bool,
    user: str | None,
) -> None:
    """The package is checked first. Exit code 1 if it was not taken over, or cases were left out."""
    _check(path, accepts_errors=accept_errors)
    with frame.services() as diarium, opening.place(path) as folder:
        package = read_package(folder)
        with diarium.database.reading() as session:
            code = authority or surveying.suggested(session, package).authority
            choices = Choices(ImportMode(mode), code, publish, keep_incomplete)
            if dry_run:
                _show(surveying.preview(session, package, choices))
                return
        uid = _ordered(diarium, folder, path, choices, user)
        done = _run(diarium, uid)
    _tell(done, as_json=as_json)
    if done.state is not ImportState.DONE or Counts.of_json(done.counts).left_out:
        ctx.exit(1)


def _check(path: Path, *, accepts_errors: bool) -> None:
    report = validate_package(path)
    errors = report.count(Severity.ERROR)
    if not report.is_usable:
        raise frame.CommandFailed(_("Paketet går inte att läsa. Se: diarium validate %(path)s", path=path))
    if errors and not accepts_errors:
        raise frame.CommandFailed(
            _("Kontrollen fann %(errors)s fel. Se: diarium validate %(path)s. Ta över ändå med --accept-errors.",
              errors=errors, path=path)
        )  # fmt: skip


def _ordered(diarium: Diarium, folder: Path, path: Path, choices: Choices, username: str | None) -> uuid.UUID:
    """A new import, or the one of the same package that was cut off."""
    with diarium.database.unit_of_work() as session:
        actor = frame.actor(session, username)
        package = read_package(folder)
        row = ordering.unfinished(session, actor, package.package_id, choices)
        if row is None:
            row = ordering.request_import(session, actor, package, choices, source=str(path.resolve()))
        return row.uid


def _run(diarium: Diarium, uid: uuid.UUID) -> PackageImport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=frame.console(stderr=True), transient=True) as progress:
        task = progress.add_task(_("Ärenden"), total=None)
        running.run_import(
            diarium.database,
            diarium.blobs,
            opening.opener_for(diarium.database, diarium.settings.export_folder),
            uid,
            on_case=lambda done, total: progress.update(task, completed=done, total=total),
            waits=True,
        )
    with diarium.database.reading() as session:
        return session.scalars(select(PackageImport).where(PackageImport.uid == uid)).one()


def _show(preview: Preview) -> None:
    counts = preview.counts
    frame.console().print(
        _("%(new)s av %(cases)s ärenden skulle tas över, med %(records)s handlingar och %(files)s filer.",
          new=counts.new, cases=counts.cases, records=counts.records, files=counts.documents)
    )  # fmt: skip
    basis = Table(_("Slag"), _("I paketet"), _("Här"))
    for line in preview.basis:
        basis.add_row(str(BASIS_LABELS[line.kind]), line.label, line.here or _("läggs upp"))
    frame.console().print(basis)
    _conflicts(preview.conflicts)


def _tell(row: PackageImport, *, as_json: bool) -> None:
    if as_json:
        told = {"uid": str(row.uid), "state": row.state.value, "error": row.error, "counts": row.counts}
        click.echo(json.dumps({**told, "conflicts": row.conflicts}, ensure_ascii=False, indent=2))
        return
    if row.error:
        raise frame.CommandFailed(row.error)
    counts = Counts.of_json(row.counts)
    click.echo(
        _("%(new)s ärenden togs över, %(left_out)s lämnades utanför.", new=counts.new, left_out=counts.left_out)
    )
    _conflicts([Conflict.of_json(kept) for kept in row.conflicts])


def _conflicts(conflicts: list[Conflict] | tuple[Conflict, ...]) -> None:
    if conflicts:
        table = Table(_("Ärende"), _("Vad"), _("Mer"))
        for item in conflicts:
            table.add_row(item.number or "–", str(CONFLICT_LABELS[item.kind]), item.message)
        frame.console().print(table)
