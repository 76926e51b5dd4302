"""Sealing and checking the log of events."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from diarium.audit import sealing, verifying
from diarium.audit.sealing import Checkpoint
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.errors import DomainError
from diarium.i18n import gettext as _
from diarium.i18n import ngettext

MOST_SHOWN = 100
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class NotIntact(DomainError):
    """The log is not what was sealed."""


class UnreadableFile(DomainError):
    """A checkpoint or key that can't be read."""


@click.group(help=_("Händelseloggen: försegla och kontrollera."))
def audit() -> None:
    """Holds the commands on the log."""


@audit.command(help=_("Förseglar de händelser som har kommit till. Arbetaren gör det annars av sig själv."))
def seal() -> None:
    """Prints how many events were sealed."""
    with frame.services() as diarium:
        done = diarium.sealer.run()
    click.echo(ngettext("%(num)s händelse förseglad.", "%(num)s händelser förseglade.", done))


@audit.command(help=_("Kontrollerar att ingen händelse har ändrats, tagits bort, satts in eller flyttats."))
@click.option(
    "--checkpoint", "files", type=_FILE, multiple=True, help=_("En sparad kontrollpunkt; kan ges flera gånger.")
)
@click.option("--public-key", type=_FILE, help=_("Nyckel (PEM) att kontrollera mot i stället för den egna."))
def verify(files: tuple[Path, ...], public_key: Path | None) -> None:
    """Exit code 0 if everything fits, 1 with the findings if not."""
    with frame.services() as diarium:
        keys = [_public_key(public_key) if public_key else diarium.sealer.key.public]
        points = [_checkpoint(path) for path in files]
        if diarium.sealer.head_file.exists():
            points.append(_checkpoint(diarium.sealer.head_file))
        with diarium.database.reading() as session:
            verdict = verifying.verify(session, keys, points)
    for finding in verdict.findings[:MOST_SHOWN]:
        click.echo(f"{finding.kind}  {finding.where}: {finding.message}")
    click.echo(
        _("%(seals)s förseglingar, %(events)s händelser, %(unsealed)s ännu inte förseglade.",
          seals=verdict.seals, events=verdict.events, unsealed=verdict.unsealed)
    )  # fmt: skip
    if verdict.struck_out:
        click.echo(
            ngettext(
                "%(num)s händelse är struken genom gallringsbeslut, med underskrift.",
                "%(num)s händelser är strukna genom gallringsbeslut, med underskrift.",
                verdict.struck_out,
            )
        )
    if verdict.findings:
        raise NotIntact(_("Loggen stämmer inte: %(count)s avvikelser.", count=len(verdict.findings)))


@audit.command(help=_("Skriver en kontrollpunkt att spara på ett annat ställe. Den avslöjar om loggen kortas av."))
def checkpoint() -> None:
    """Seals first; prints the checkpoint."""
    with frame.services() as diarium:
        diarium.sealer.run()
        with diarium.database.reading() as session:
            point = sealing.head(session)
    if point is None:
        raise NotIntact(_("Det finns inga händelser att försegla än."))
    click.echo(point.to_text(), nl=False)


@audit.command("public-key", help=_("Skriver nyckeln som förseglingarna kontrolleras med (PEM)."))
def show_public_key() -> None:
    """It may be given to anybody."""
    with frame.services() as diarium:
        click.echo(_pem(diarium), nl=False)


def _pem(diarium: Diarium) -> str:
    public = diarium.sealer.key.public
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _checkpoint(path: Path) -> Checkpoint:
    try:
        return Checkpoint.from_text(path.read_text(encoding="ascii"))
    except (ValueError, OSError) as error:
        raise UnreadableFile(_("%(path)s är ingen kontrollpunkt.", path=path)) from error


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (ValueError, OSError) as error:
        raise UnreadableFile(_("%(path)s är ingen nyckel i PEM-form.", path=path)) from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnreadableFile(_("%(path)s är ingen Ed25519-nyckel.", path=path))
    return key
