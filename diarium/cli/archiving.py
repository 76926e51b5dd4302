"""Exports packages for the archive."""

from __future__ import annotations

import datetime as dt
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from sqlalchemy.orm import Session

from diarium.archive import exporting, queries, selection_preview
from diarium.archive.criteria import EXPORTABLE, MIB, Criteria, PackageLimits, PackageStatus
from diarium.archive.models import Export, ExportPart, ExportState
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.selection_problems import PROBLEM_LABELS
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.errors import NotFound
from diarium.i18n import gettext as _
from diarium.i18n import show_size
from diarium.identity.permissions import SYSTEM
from diarium.register.vocabulary import CaseStatus

EXIT_INVALID = 1
_LOOK_AGAIN_SECONDS = 1.0
_FOLDER = click.Path(file_okay=False, path_type=Path)
_COUNT = click.IntRange(min=1)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the packages are to be."""

    profile: ProfileCode
    agreement: uuid.UUID | None
    record_status: str
    limits: PackageLimits


@click.command(help=_("Packar en myndighets avslutade ärenden i en period för arkivet och kontrollerar paketen."))
@click.option("--authority", help=_("Myndighetens kod, som KS."))
@click.option("--from", "first", type=frame.DATE, help=_("Periodens första dag, 2024-01-01."))
@click.option("--to", "last", type=frame.DATE, help=_("Periodens sista dag."))
@click.option("--out", type=_FOLDER, help=_("Mapp för paketen."))
@click.option("--class", "classes", multiple=True, help=_("Klassens kod; underklasser följer med. Kan upprepas."))
@click.option("--rule", "rules", multiple=True, type=click.UUID, help=_("Gallringsregelns id. Kan upprepas."))
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in EXPORTABLE]),
    help=_("Ärendets läge. Kan upprepas."),
)
@click.option("--without-protected", is_flag=True, help=_("Lämna ärenden med skyddade personuppgifter utanför."))
@click.option("--agreement", type=click.UUID, help=_("Leveransöverenskommelsens id."))
@click.option(
    "--profile",
    type=click.Choice([code.value for code in ProfileCode]),
    default=ProfileCode.FGS2.value,
    show_default=True,
    help=_("Paketets format."),
)
@click.option(
    "--record-status",
    type=click.Choice([status.value for status in PackageStatus]),
    default=PackageStatus.NEW.value,
    show_default=True,
    help=_("Vad leveransen är."),
)
@click.option("--max-mb", type=_COUNT, help=_("Högst så många MB i ett paket."))
@click.option("--max-files", type=_COUNT, help=_("Högst så många filer i ett paket."))
@click.option("--max-cases", type=_COUNT, help=_("Högst så många ärenden i ett paket."))
@click.option("--preview", "only_preview", is_flag=True, help=_("Visa bara vad uttaget skulle innehålla."))
@click.option("--continue", "begun", type=click.UUID, help=_("Fortsätt med ett uttag som avbröts."))
@click.pass_context
def export(
    ctx: click.Context,
    authority: str | None,
    first: dt.datetime | None,
    last: dt.datetime | None,
    out: Path | None,
    classes: Sequence[str],
    rules: Sequence[uuid.UUID],
    statuses: Sequence[str],
    without_protected: bool,
    agreement: uuid.UUID | None,
    profile: str,
    record_status: str,
    max_mb: int | None,
    max_files: int | None,
    max_cases: int | None,
    only_preview: bool,
    begun: uuid.UUID | None,
) -> None:
    """Prints the packages' paths last. Exit code 1 if one could not be made or the check found errors."""
    if out is None and not only_preview:
        raise click.UsageError(_("Ange mapp för paketen med --out."))
    wanted = _Wanted(
        ProfileCode(profile),
        agreement,
        record_status,
        PackageLimits(max_mb * MIB if max_mb else None, max_files, max_cases),
    )
    criteria = _criteria(authority, first, last, classes, rules, statuses, not without_protected)
    with frame.services() as diarium:
        if only_preview:
            _tell_preview(diarium, _required(criteria), wanted)
            return
        uid = _continued(diarium, begun) if begun else _requested(diarium, _required(criteria), wanted)
        finished = _make(diarium, uid)
        for part in finished.parts:
            _tell_part(diarium, part, out or Path())
    if not any(part.is_made for part in finished.parts):
        raise frame.CommandFailed(finished.error or _("Paketet kunde inte göras."))
    if finished.error:
        frame.tell(finished.error)
        frame.tell(_("Fortsätt med: diarium export --continue %(uid)s --out …", uid=uid))
    if finished.state is not ExportState.VALIDATED:
        ctx.exit(EXIT_INVALID)


def _criteria(
    authority: str | None,
    first: dt.datetime | None,
    last: dt.datetime | None,
    classes: Sequence[str],
    rules: Sequence[uuid.UUID],
    statuses: Sequence[str],
    with_protected: bool,
) -> Criteria | None:
    if not (authority and first and last):
        return None
    return Criteria(
        authority,
        first.date(),
        last.date(),
        class_codes=tuple(classes),
        retention_rule_uids=tuple(rules),
        statuses=tuple(CaseStatus(text) for text in statuses) or (CaseStatus.CLOSED,),
        with_protected=with_protected,
    )


def _required(criteria: Criteria | None) -> Criteria:
    if criteria is None:
        raise click.UsageError(_("Ange --authority, --from och --to, eller --continue."))
    return criteria


def _requested(diarium: Diarium, criteria: Criteria, wanted: _Wanted) -> uuid.UUID:
    with diarium.database.unit_of_work() as session:
        return exporting.request_export(
            session,
            SYSTEM,
            criteria,
            profile=wanted.profile,
            agreement_uid=wanted.agreement,
            record_status=wanted.record_status,
            limits=wanted.limits,
        ).uid


def _continued(diarium: Diarium, uid: uuid.UUID) -> uuid.UUID:
    """Makes sure that the export is under way again; one that a crash left is as it is."""
    with diarium.database.unit_of_work() as session:
        found = _found(session, uid)
        if found.state is ExportState.FAILED:
            exporting.continue_export(session, SYSTEM, uid)
    return uid


def _tell_preview(diarium: Diarium, criteria: Criteria, wanted: _Wanted) -> None:
    with diarium.database.reading() as session:
        limits = queries.limits_with(session, SYSTEM, wanted.agreement, wanted.limits)
        found = selection_preview.preview(session, criteria, limits=limits, store=diarium.blobs)
    click.echo(
        _("%(cases)s ärenden, %(records)s handlingar, %(files)s filer, %(size)s, %(parts)s paket.",
          cases=found.cases, records=found.records, files=found.documents, size=show_size(found.size),
          parts=len(found.parts))
    )  # fmt: skip
    for group in found.problems:
        blocking = f" – {_('måste åtgärdas')}" if group.is_blocking else ""
        click.echo(f"{PROBLEM_LABELS[group.kind]}: {group.count}{blocking}")
        for problem in group.named:
            click.echo(f"  {problem.message}")


def _make(diarium: Diarium, uid: uuid.UUID) -> Export:
    """Makes the packages here, or waits for the worker that was quicker to take the export up."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=frame.console(stderr=True), transient=True) as progress:
        task = progress.add_task(_("Skrivet och läst tillbaka"), total=None)
        while True:
            exporting.run_export(
                diarium.database,
                diarium.blobs,
                diarium.settings.export_folder,
                uid,
                on_bytes=lambda _size, _files: _show(diarium, uid, progress, task),
            )
            found = _show(diarium, uid, progress, task)
            if not queries.is_under_way(found):
                return found
            time.sleep(_LOOK_AGAIN_SECONDS)


def _show(diarium: Diarium, uid: uuid.UUID, progress: Progress, task: TaskID) -> Export:
    with diarium.database.reading() as session:
        found = _found(session, uid)
        so_far = queries.progress_of(found)
    progress.update(task, completed=so_far.done, total=so_far.work or None)
    return found


def _found(session: Session, uid: uuid.UUID) -> Export:
    found = queries.export_by_uid(session, SYSTEM, uid)
    if found is None:
        raise NotFound(_("Uttaget finns inte."))
    return found


def _tell_part(diarium: Diarium, part: ExportPart, out: Path) -> None:
    if part.package_name is None or not part.is_made:
        return
    package = _deliver(diarium.settings.export_folder / part.package_name, out)
    if part.report is not None:
        frame.tell(
            _("Kontrollen: %(errors)s fel, %(warnings)s varningar. Se: diarium validate %(path)s",
              errors=part.report["errors"], warnings=part.report["warnings"], path=package)
        )  # fmt: skip
    click.echo(package)


def _deliver(package: Path, out: Path) -> Path:
    """A copy of the package in `out`, whole or not at all; the export folder keeps its own for the archivist."""
    out.mkdir(parents=True, exist_ok=True)
    target = out.resolve() / package.name
    if target != package.resolve():
        partial = target.with_name(f".{target.name}.part")
        shutil.copyfile(package, partial)
        partial.replace(target)
    return target
