"""Backup, restoring, and checking everything against everything."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from diarium.audit import sealing
from diarium.audit.seals import SealKey
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.db import migrate
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext
from diarium.safekeeping import checking, counting, fsck, keeping, restoring
from diarium.safekeeping.errors import BackupDamaged, RestoreRefused
from diarium.safekeeping.findings import Finding, Severity
from diarium.safekeeping.locks import Opener, lock_for
from diarium.safekeeping.making import back_up
from diarium.safekeeping.manifest import Manifest, chosen, read_manifest
from diarium.safekeeping.progress import Progress
from diarium.safekeeping.restoring import Place
from diarium.safekeeping.vault import Vault
from diarium.settings import Settings, from_environment

_FOLDER = click.Path(file_okay=False, path_type=Path)
_SOURCE = click.Path(exists=True, file_okay=False, path_type=Path)
_IDENTITY = click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_("Fil med age-nyckeln som öppnar krypterade kopior."),
)
_ID = click.option("--id", "backup_id", help=_("Vilken kopia; annars den nyaste."))


class _Backup(click.Group):
    """`diarium backup FOLDER` makes one; the other words are commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["make", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Options of `make` may stand before its folder.
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Backup,
    help=_("Säkerhetskopierar till en mapp: diarium backup MAPP. Kontrollerar, listar och övar återläsning."),
)
def backup() -> None:
    """Holds the commands on backups."""


@backup.command(help=_("Gör en säkerhetskopia medan allt är i gång. Bara det som är nytt skrivs."))
@click.argument("target", type=_FOLDER)
@click.option(
    "--recipient", "recipients", multiple=True, help=_("Kryptera till en age-mottagare (age1…); kan ges flera.")
)
@click.option("--keep", help=_("Behåll därefter den nyaste av så många dagar, veckor, månader: ”7d 4w 12m”."))
def make(target: Path, recipients: tuple[str, ...], keep: str | None) -> None:
    """Prints the backup's id. Exit code 1 if something in the register was damaged already."""
    policy = keeping.Policy.from_text(keep) if keep else None
    with frame.services() as diarium, _bar() as progress:
        source = diarium.backup_source
        secret = source.key.private.private_bytes_raw()
        lock = lock_for(recipients or diarium.settings.backup_recipients, secret)
        vault = Vault.prepare(target.resolve(), is_encrypted=lock is not None)
        outcome = back_up(source, vault, lock, progress)
        pruned = keeping.prune(vault, policy, just_made=outcome.manifest.id) if policy else None
    click.echo(outcome.manifest.id)
    frame.tell(
        _("%(rows)s rader, %(files)s filer; %(new)s nya objekt, %(megabytes).1f MB skrivna.",
          rows=sum(outcome.manifest.counts.values()), files=outcome.manifest.files, new=outcome.new_objects,
          megabytes=outcome.new_bytes / 1_000_000)
    )  # fmt: skip
    if lock is None:
        frame.tell(_("Kopian är inte krypterad. Nycklarna är inte med: spara dem för sig (se docs/backup.md)."))
    if pruned is not None:
        frame.tell(
            _("%(backups)s äldre kopior och %(objects)s objekt borttagna.",
              backups=len(pruned.backups), objects=pruned.objects)
        )  # fmt: skip
    if outcome.damaged:
        raise BackupDamaged(
            ngettext(
                "%(num)s fil saknas eller är skadad i registret och är därför inte med. Kör diarium fsck.",
                "%(num)s filer saknas eller är skadade i registret och är därför inte med. Kör diarium fsck.",
                len(outcome.damaged),
            )
        )


@backup.command("list", help=_("Listar kopiorna i en mapp, äldst först."))
@click.argument("source", type=_SOURCE)
@click.option("--json", "as_json", is_flag=True, help=_("Skriv som JSON."))
def list_backups(source: Path, as_json: bool) -> None:
    """Prints a line a backup."""
    vault = Vault.open(source)
    known = [read_manifest(vault, each) for each in vault.ids()]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in known], ensure_ascii=False, indent=2))
        return
    for each in known:
        click.echo(f"{each.id}\t{_moment(each.made_at)}\t{each.files}\t{each.object_bytes}\t{each.key_name}")


@backup.command(help=_("Läser allt i en kopia och kontrollerar att den är hel."))
@click.argument("source", type=_SOURCE)
@_ID
@_IDENTITY
def verify(source: Path, backup_id: str | None, identity: Path | None) -> None:
    """Exit code 0 if it is whole, 1 with the faults if not."""
    vault = Vault.open(source)
    manifest = chosen(vault, backup_id)
    with _bar() as progress:
        verdict = checking.verify(vault, manifest, _opener(identity), _own_keys(from_environment()), progress)
    for problem in verdict.problems:
        click.echo(problem)
    if not verdict.is_whole:
        raise BackupDamaged(_("Säkerhetskopian %(id)s är inte hel.", id=manifest.id))
    click.echo(_("%(id)s är hel: %(count)s objekt.", id=manifest.id, count=verdict.objects))
    frame.tell(_("Signerad med nyckeln %(key)s.", key=manifest.key_name))
    if not verdict.is_opened:
        frame.tell(_("Kopian är krypterad; med --identity kontrolleras även innehållet."))


@backup.command(help=_("Övar: läser tillbaka till en tillfällig mapp, kontrollerar allt och kastar resultatet."))
@click.argument("source", type=_SOURCE)
@_ID
@_IDENTITY
@click.option("--folder", type=_SOURCE, help=_("Var den tillfälliga mappen läggs."))
def drill(source: Path, backup_id: str | None, identity: Path | None, folder: Path | None) -> None:
    """Prints how long it took. Exit code 1 if what came back is not what was backed up."""
    began = time.monotonic()
    here = from_environment()
    vault = Vault.open(source)
    manifest = chosen(vault, backup_id)
    place = Path(tempfile.mkdtemp(prefix="diarium-drill-", dir=folder))
    try:
        settings = _settings_in(replace(here, secret_key="", seal_key=""), place / "data")
        manifest.check_signature(_own_keys(here))
        outcome, findings = _restored(vault, manifest, identity, settings, accepts_damage=False)
        serious = [each for each in findings if each.severity is Severity.ERROR]
        for finding in serious:
            _tell_finding(finding)
        if serious:
            raise BackupDamaged(_("Övningen misslyckades: det återlästa stämmer inte."))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    click.echo(
        _("Övningen gick bra: %(rows)s rader och %(files)s filer på %(seconds).1f s.",
          rows=outcome.rows, files=outcome.files, seconds=time.monotonic() - began)
    )  # fmt: skip


@click.command(help=_("Läser tillbaka en säkerhetskopia till en tom mapp eller en tom databas."))
@click.argument("source", type=_SOURCE)
@click.option(
    "--into",
    required=True,
    help=_("Mapp, eller databasens adress (postgresql://…); filerna läggs då i DIARIUM_DATA."),
)
@_ID
@_IDENTITY
@click.option(
    "--accept-damage", is_flag=True, help=_("Läs tillbaka det som går, även om enstaka filer är skadade.")
)
def restore(source: Path, into: str, backup_id: str | None, identity: Path | None, accept_damage: bool) -> None:
    """Says what was restored."""
    here = from_environment()
    vault = Vault.open(source)
    manifest = chosen(vault, backup_id)
    settings = _settings_of(here, into)
    outcome, findings = _restored(vault, manifest, identity, settings, accepts_damage=accept_damage)
    for finding in findings:
        _tell_finding(finding)
    click.echo(
        _("Återläst: %(rows)s rader, %(files)s filer, %(packages)s paket ur %(id)s.",
          rows=outcome.rows, files=outcome.files, packages=outcome.packages, id=manifest.id)
    )  # fmt: skip
    frame.tell(_("Signerad med nyckeln %(key)s.", key=manifest.key_name))
    click.echo(
        _("Sista händelsen: nummer %(number)s, %(moment)s. Det som registrerats senare finns inte med.",
          number=manifest.last_event, moment=_moment(manifest.last_event_at) if manifest.last_event_at else "–")
    )  # fmt: skip
    for name in outcome.kept_keys:
        frame.tell(
            _("Nyckeln %(name)s fanns redan och är en annan än kopians: den har fått vara kvar.", name=name)
        )
    if not manifest.has_keys:
        frame.tell(
            _("Kopian innehåller inga nycklar. Lägg gamla installationens secret_key, seal_key, factor_key och "
              "webhook_key i %(folder)s innan du startar.", folder=settings.data)
        )  # fmt: skip
    for lost in outcome.lost:
        click.echo(_("Gick inte att läsa ur kopian: %(what)s", what=lost))
    if outcome.lost or any(each.severity is Severity.ERROR for each in findings):
        raise BackupDamaged(_("Allt stämmer inte efter återläsningen. Se raderna ovan."))


@click.command(
    "fsck", help=_("Kontrollerar allt mot allt: filer, rader, nummer, index, öppna diariet, logg, paket.")
)
@click.option("--repair", is_flag=True, help=_("Gör om det som är härlett: index, öppna diariet, lägen i kön."))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv som JSON."))
@click.pass_context
def check(ctx: click.Context, repair: bool, as_json: bool) -> None:
    """Exit code 0: all is well; 1: something is not, and was not mended; 2: the check could not be carried out."""
    try:
        with frame.services() as diarium, _bar() as progress:
            findings = []
            for found in fsck.findings(diarium.installation, progress):
                findings.append(found)
                if not as_json:
                    _tell_finding(found)
            mended = fsck.repair(diarium.installation, findings, progress) if repair and findings else ()
            remaining = fsck.check(diarium.installation, progress) if mended else findings
    except (DomainError, SQLAlchemyError, OSError) as error:
        reason = error.message if isinstance(error, DomainError) else type(error).__name__
        frame.tell(_("Kontrollen kunde inte genomföras: %(reason)s", reason=reason))
        ctx.exit(2)
    if as_json:
        click.echo(json.dumps(_as_json(findings, mended, remaining), ensure_ascii=False, indent=2))
    else:
        for each in mended:
            click.echo(_("Gjort: %(what)s", what=each))
    bad = [each for each in remaining if each.severity is not Severity.NOTICE]
    if not as_json:
        click.echo(_verdict(bad, mended))
    ctx.exit(1 if bad else 0)


def _verdict(bad: Sequence[Finding], mended: Sequence[str]) -> str:
    if bad:
        return ngettext("%(num)s avvikelse kvarstår.", "%(num)s avvikelser kvarstår.", len(bad))
    return _("Allt stämmer efter lagningen.") if mended else _("Allt stämmer.")


def _as_json(
    findings: Sequence[Finding], mended: Sequence[str], remaining: Sequence[Finding]
) -> dict[str, object]:
    return {
        "findings": [asdict(each) for each in findings],
        "mended": list(mended),
        "remaining": [asdict(each) for each in remaining],
    }


def _tell_finding(finding: Finding) -> None:
    click.echo(f"{finding.severity}  {finding.id}  {finding.place}: {finding.what} {finding.mend}")


def _restored(
    vault: Vault, manifest: Manifest, identity: Path | None, settings: Settings, *, accepts_damage: bool
) -> tuple[restoring.Restored, Sequence[Finding]]:
    """Verifies, restores, brings to this version, builds what is derived, and checks all of it."""
    opener = _opener(identity)
    place = Place(
        settings.data,
        settings.database_url,
        settings.letterbox_address,
        settings.blob_folder,
        settings.export_folder,
    )
    with _bar() as progress:
        verdict = checking.verify(vault, manifest, opener, _own_keys(settings), progress)
        if not verdict.is_whole and not accepts_damage:
            raise BackupDamaged(
                _("Säkerhetskopian %(id)s är inte hel: %(problem)s", id=manifest.id, problem=verdict.problems[0])
            )
        outcome = restoring.restore(vault, manifest, opener, place, progress, accepts_damage=accepts_damage)
        diarium = Diarium(settings)
        try:
            with diarium.database.reading() as session:
                counting.require_same(session, manifest)
            migrate.upgrade(diarium.database)
            diarium.projector.ensure()
            installation = diarium.installation_trusting((manifest.key, *_own_keys(settings)))
            fsck.rebuild(installation, progress)
            findings = fsck.check(installation, progress)
            with diarium.database.reading() as session:
                head = sealing.head(session)
            if (head.digest if head else "") != manifest.seal_digest:
                raise BackupDamaged(_("Loggens sista försegling är inte den som förteckningen säger."))
        finally:
            diarium.close()
    restoring.finish(place)
    return outcome, findings


def _settings_of(here: Settings, into: str) -> Settings:
    """The settings of the installation to be."""
    if "://" not in into:
        return _settings_in(here, Path(into).expanduser().resolve())
    if make_url(into).get_backend_name() not in ("postgresql", "sqlite"):
        raise RestoreRefused(
            _("”%(into)s” är varken en mapp eller en databas som diarium kan använda.", into=into)
        )
    if make_url(into).get_backend_name() == "sqlite":
        return replace(here, database_url=into)
    was_beside = here.public_database_url == here.database_url or here.public_database_url.startswith("sqlite")
    return replace(
        here,
        database_url=into,
        public_database_url=into if was_beside else here.public_database_url,
        letterbox_url=into if was_beside else here.letterbox_url,
    )


def _settings_in(here: Settings, data: Path) -> Settings:
    """The settings with everything in one folder."""
    return replace(
        here,
        data=data,
        index_folder=data / "search_index",
        export_folder=data / "exports",
        database_url=f"sqlite:///{data / 'register.sqlite'}",
        public_database_url=f"sqlite:///{data / 'public.sqlite'}",
        letterbox_url="",
    )


def _own_keys(settings: Settings) -> tuple[Ed25519PublicKey, ...]:
    """The installation's own key, where it has one already: a backup that is read here is to be signed by it."""
    path = settings.data / "seal_key"
    text = settings.seal_key or (path.read_text(encoding="ascii") if path.exists() else "")
    try:
        return (SealKey.from_text(text).public,) if text else ()
    except ValueError:
        return ()


def _opener(identity: Path | None) -> Opener | None:
    return Opener.from_file(identity) if identity else None


def _moment(text: str) -> str:
    return dt.datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def _bar() -> Iterator[Progress]:
    steps = {
        "rows": _("Rader"),
        "files": _("Filer"),
        "packages": _("Paket"),
        "objects": _("Objekt"),
        "content": _("Innehåll"),
    }
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=frame.console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(steps.get(step, step), total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield tell
