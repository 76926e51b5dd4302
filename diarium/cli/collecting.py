"""Filling the inboxes: mailboxes and scan folders to collect from, collecting now, and files given by hand."""

from __future__ import annotations

import json
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import click

from diarium.changes.worker import Worker
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.files.extraction.sandbox import ExtractionSandbox
from diarium.i18n import gettext as _
from diarium.i18n import show_time
from diarium.identity.permissions import SYSTEM
from diarium.intake import claims, mail_collecting, sources
from diarium.intake.chores import MailboxChore, ScanFolderChore
from diarium.intake.claims import Report
from diarium.intake.folder_collecting import FolderWatch
from diarium.intake.models import Mailbox, ScanFolder
from diarium.intake.taking_in import Origin, Outcome
from diarium.intake.vocabulary import Channel, Security

_AUTHORITY = click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
_AS_JSON = click.option("--json", "as_json", is_flag=True, help=_("Skriv som JSON."))


@click.group(help=_("E-postlådor som inkorgen fylls från."))
def mailbox() -> None:
    """Holds the commands on mailboxes."""


@mailbox.command("add", help=_("Lägger till en e-postlåda. Lösenordet läses ur en miljövariabel vid hämtningen."))
@_AUTHORITY
@click.option("--host", required=True, help=_("E-postserverns namn."))
@click.option("--username", required=True, help=_("Användarnamnet hos servern."))
@click.option("--password-variable", required=True, help=_("Miljövariabeln med lösenordet: DIARIUM_MAILBOX_…"))
@click.option("--port", type=click.IntRange(1, 65535), help=_("Serverns port; annars den vanliga."))
@click.option("--security", type=frame.choice(Security), default=Security.TLS.value, show_default=True,
              help=_("Anslutningens skydd. Okrypterat går bara till den egna datorn."))  # fmt: skip
@click.option("--folder", default="INBOX", show_default=True, help=_("Mappen i e-postlådan."))
def add_mailbox(
    authority: str, host: str, username: str, password_variable: str, port: int | None, security: str, folder: str
) -> None:
    """Adds a mailbox; prints its identifier."""
    command = sources.NewMailbox(
        authority, host, username, password_variable, port=port, security=Security(security), folder=folder
    )
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        click.echo(sources.add_mailbox(session, SYSTEM, command).uid)


@mailbox.command("list", help=_("Visar e-postlådorna och hur det senast gick att hämta."))
@_AS_JSON
def list_mailboxes(as_json: bool) -> None:
    """Prints the mailboxes."""
    with frame.services() as diarium, diarium.database.reading() as session:
        rows = [
            {**_common(one), "host": one.host, "port": one.port, "username": one.username, "folder": one.folder}
            for one in sources.mailboxes(session, SYSTEM)
        ]
    _show(rows, as_json)


@mailbox.command("test", help=_("Prövar att logga in och läsa i en e-postlåda. Inget hämtas eller ändras."))
@click.argument("uid", type=click.UUID)
def test_mailbox(uid: uuid.UUID) -> None:
    """Prints what waits. Exit code 1 with the reason if it can't be read."""
    with frame.services() as diarium:
        with diarium.database.reading() as session:
            key = sources.mailbox(session, SYSTEM, uid).id
        found = mail_collecting.probe(diarium.database, key)
    click.echo(
        _("Det går bra. %(messages)s meddelanden i mappen, %(new)s inte hämtade.",
          messages=found.messages, new=found.uncollected)
    )  # fmt: skip


@mailbox.command("disable", help=_("Slutar hämta från en e-postlåda. Det som hämtats finns kvar."))
@click.argument("uid", type=click.UUID)
def disable_mailbox(uid: uuid.UUID) -> None:
    """Disables the mailbox."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        sources.disable(session, SYSTEM, sources.mailbox(session, SYSTEM, uid))


@click.group("scan-folder", help=_("Mappar som skannrar lägger filer i."))
def scan_folder() -> None:
    """Holds the commands on scan folders."""


@scan_folder.command("add", help=_("Lägger till en mapp. Mottagna filer flyttas till mottaget/ i den."))
@_AUTHORITY
@click.argument("path", type=click.Path(file_okay=False, path_type=Path))
def add_scan_folder(authority: str, path: Path) -> None:
    """Adds a scan folder; prints its identifier."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        added = sources.add_scan_folder(
            session, SYSTEM, authority, path.absolute(), apart_from=diarium.settings.data
        )
        click.echo(added.uid)


@scan_folder.command("list", help=_("Visar mapparna och hur det senast gick att läsa dem."))
@_AS_JSON
def list_scan_folders(as_json: bool) -> None:
    """Prints the scan folders."""
    with frame.services() as diarium, diarium.database.reading() as session:
        rows = [{**_common(one), "path": one.path} for one in sources.scan_folders(session, SYSTEM)]
    _show(rows, as_json)


@scan_folder.command("disable", help=_("Slutar läsa en mapp. Det som mottagits finns kvar."))
@click.argument("uid", type=click.UUID)
def disable_scan_folder(uid: uuid.UUID) -> None:
    """Disables the scan folder."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        sources.disable(session, SYSTEM, sources.scan_folder(session, SYSTEM, uid))


@click.command(help=_("Hämtar e-post och skannade filer. Arbetaren gör det annars själv."))
@click.option("--once", is_flag=True, help=_("Hämta allt som väntar nu, visa vad det blev och sluta."))
@click.pass_context
def collect(ctx: click.Context, once: bool) -> None:
    """Prints a line per mailbox and folder. Exit code 1 with `--once` if any of them could not be read."""
    with frame.services() as diarium, ExtractionSandbox() as sandbox:
        if once:
            reports = list(_collected(diarium, sandbox))
            for report in reports:
                click.echo(_told(report))
            if any(report.error for report in reports):
                ctx.exit(1)
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        intake = diarium.intake(sandbox)
        Worker(diarium.database, [], [MailboxChore(intake), ScanFolderChore(FolderWatch(intake))]).run(stop)


@click.command(help=_("Lägger filer i en myndighets inkorg. Meddelanden (.eml, .msg) öppnas."))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_AUTHORITY
@click.option("--user", help=_("Användaren som lägger in dem. Utan den är det systemet."))
def receive(files: tuple[Path, ...], authority: str, user: str | None) -> None:
    """Prints a line per file: the item's identifier, what it is, and the file's name."""
    with frame.services() as diarium, ExtractionSandbox() as sandbox:
        with diarium.database.reading() as session:
            who = frame.actor(session, user)
        intake = diarium.intake(sandbox, who)
        for path in files:
            taken = intake.file(path, Origin(authority, Channel.FILE_DROP, file_name=path.name))
            told = _OUTCOMES[taken.outcome] if taken.is_whole else _("går inte att läsa, se posten")
            click.echo(f"{taken.uid} {told} {path.name}")


_OUTCOMES = {Outcome.NEW: _("ny"), Outcome.DUPLICATE: _("dubblett"), Outcome.KNOWN: _("fanns redan")}


def _collected(diarium: Diarium, sandbox: ExtractionSandbox) -> Iterator[Report]:
    """Every active source until nothing waits there, also those that the worker would try later."""
    intake = diarium.intake(sandbox)
    watch = FolderWatch(intake)
    for key in claims.active(diarium.database, Mailbox):
        report = mail_collecting.collect(intake, key)
        while report is not None:
            yield report
            report = mail_collecting.collect(intake, key) if report.has_more and not report.error else None
    for key in claims.active(diarium.database, ScanFolder):
        report = watch.look(key)
        while report is not None:
            yield report
            report = watch.look(key) if report.has_more and not report.error else None


def _told(report: Report) -> str:
    figures = _(
        "%(source)s: %(fetched)s hämtade, %(new)s nya, %(duplicates)s dubbletter, %(known)s fanns redan, "
        "%(failed)s misslyckade.",
        source=report.source,
        fetched=report.fetched,
        new=report.new,
        duplicates=report.duplicates,
        known=report.known,
        failed=report.failed,
    )
    return f"{figures} {report.error}" if report.error else figures


def _common(source: Mailbox | ScanFolder) -> dict[str, object]:
    collected = show_time(source.last_collected_at)
    return {
        "uid": str(source.uid),
        "authority": source.authority.code,
        "is_active": source.is_active,
        "last_collected_at": collected or None,
        "last_error": source.last_error,
    }


def _show(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        place = row.get("path") or f"{row['username']}@{row['host']}/{row['folder']}"
        state = _("på") if row["is_active"] else _("av")
        latest = row["last_error"] or row["last_collected_at"] or _("aldrig hämtad")
        click.echo(f"{row['uid']} {row['authority']:<4} {state} {place}: {latest}")
