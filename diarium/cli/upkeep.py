"""Preparing an installation, filling it for a demonstration, and seeing how it fares."""

from __future__ import annotations

import json

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from diarium import reference
from diarium.assistance import learning
from diarium.changes import feed
from diarium.changes.models import ParkedChange
from diarium.classification.models import ClassificationScheme
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.demo import loading
from diarium.i18n import gettext as _
from diarium.public import projector
from diarium.register import spreading
from diarium.register.examination import FileExaminer
from diarium.register.models import Case, Document, Record
from diarium.search import indexer
from diarium.search.engines import engine_of
from diarium.secrecy.models import Provision
from diarium.subscriptions import queries as subscriptions
from diarium.webhooks import queueing

CONSUMERS = (
    spreading.CONSUMER,
    FileExaminer.name,
    indexer.CONSUMER,
    projector.CONSUMER,
    learning.CONSUMER,
    queueing.CONSUMER,
)


@click.command(help=_("Gör mappar och databas klara för den här versionen. Kan köras hur ofta som helst."))
def prepare() -> None:
    """Brings the installation to this version's form."""
    with frame.services(must_be_prepared=False) as diarium:
        make_ready(diarium)
        frame.tell(_("Klart att använda: %(folder)s", folder=diarium.settings.data))


@click.command(help=_("Fyller ett tomt diarium med en påhittad kommun."))
@click.option(
    "--cases", type=click.IntRange(1, 1_000_000), default=500, show_default=True, help=_("Antal ärenden.")
)
@click.option("--seed", type=int, default=1, show_default=True, help=_("Samma frö ger samma innehåll."))
@click.option("--if-empty", is_flag=True, help=_("Gör ingenting, utan fel, om diariet redan har innehåll."))
def demo(cases: int, seed: int, if_empty: bool) -> None:
    """Prints the logins."""
    with frame.services(must_be_prepared=False) as diarium:
        make_ready(diarium)
        if if_empty and not loading.is_empty(diarium.database):
            frame.tell(_("Diariet har redan innehåll: inget har lagts till."))
            if loading.has_logins(diarium.database):
                _tell_logins()
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=frame.console(stderr=True), transient=True) as progress:
            task = progress.add_task(_("Ärenden"), total=cases)
            outcome = loading.load(
                diarium.database,
                diarium.blobs,
                seed=seed,
                cases=cases,
                on_case=lambda: progress.advance(task),
            )
    frame.tell(
        _("%(cases)s ärenden, %(records)s handlingar och %(files)s filer på %(seconds).0f s.",
          cases=outcome.cases, records=outcome.records, files=outcome.files, seconds=outcome.seconds)
    )  # fmt: skip
    _tell_logins()


def _tell_logins() -> None:
    frame.tell(_("Logga in med lösenordet %(password)s som:", password=loading.PASSWORD))
    for username in loading.LOGINS:
        click.echo(username)


@click.command(help=_("Visar hur mycket som väntar på arbetaren, vad som inte gått att göra, och antal."))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv som JSON."))
def status(as_json: bool) -> None:
    """Prints how the installation fares."""
    with frame.services() as diarium:
        with diarium.database.reading() as session:
            found = _figures(session)
            found["followers"] = subscriptions.figures(session).total
        found["letters"] = sum(diarium.letterbox.figures().waiting.values())
        found["indexed"] = diarium.index.document_count()
        found["engine"] = engine_of(diarium.index)
        found["open_indexed"] = diarium.public_index.document_count()
        found["open_engine"] = engine_of(diarium.public_index)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for name, value in found.items():
        if isinstance(value, dict):
            for consumer, figures in value.items():
                click.echo(
                    _("%(name)-10s väntar: %(waiting)s, parkerade: %(parked)s",
                      name=consumer, waiting=figures["waiting"], parked=figures["parked"])
                )  # fmt: skip
        else:
            click.echo(f"{_LABELS[name]:<10} {value}")


def make_ready(diarium: Diarium) -> None:
    """Prepares the installation, and loads the reference data of a register that has none."""
    diarium.prepare()
    with diarium.database.unit_of_work() as session:
        if not _has(session, Provision) and not _has(session, ClassificationScheme):
            reference.load_reference_data(session)


_LABELS = {
    "cases": _("Ärenden"),
    "records": _("Handlingar"),
    "documents": _("Filer"),
    "letters": _("Brevlådan"),
    "followers": _("Följare"),
    "indexed": _("Sökbara"),
    "engine": _("Sökmotor"),
    "open_indexed": _("Öppna"),
    "open_engine": _("Öppna med"),
}


def _figures(session: Session) -> dict[str, object]:
    rows = session.execute(select(ParkedChange.consumer, func.count()).group_by(ParkedChange.consumer))
    parked = {consumer: count for consumer, count in rows}  # noqa: C416 (rows are no pairs to a type checker)
    counts: dict[str, object] = {
        name: session.scalar(select(func.count()).select_from(table))
        for name, table in (("cases", Case), ("records", Record), ("documents", Document))
    }
    waiting = {name: feed.lag(session, name).waiting for name in CONSUMERS}
    return counts | {"consumers": {n: {"waiting": waiting[n], "parked": parked.get(n, 0)} for n in CONSUMERS}}


def _has(session: Session, table: type[Provision] | type[ClassificationScheme]) -> bool:
    return session.scalar(select(table.id).limit(1)) is not None
