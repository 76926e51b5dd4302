"""Authorities of the municipality."""

from __future__ import annotations

import datetime as dt

import click

from diarium.cli import frame
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM
from diarium.register import administration, numbering


@click.group(help=_("Myndigheter."))
def authority() -> None:
    """Holds the commands on authorities."""


@authority.command("add", help=_("Lägger till en myndighet med en diarieserie."))
@click.argument("code")
@click.option("--name", required=True, help=_("Myndighetens namn."))
@click.option("--organisation-number", help=_("Organisationsnummer."))
@click.option("--email", help=_("E-postadress."))
@click.option("--from", "active_from", type=frame.DATE, help=_("Verksam från och med, som 2024-05-01."))
@click.option(
    "--number-format", default=numbering.DEFAULT_FORMAT, show_default=True, help=_("Diarienumrets form.")
)
@click.option("--unit", "units", multiple=True, help=_("En enhet; kan ges flera gånger."))
def add_authority(
    code: str,
    name: str,
    organisation_number: str | None,
    email: str | None,
    active_from: dt.datetime | None,
    number_format: str,
    units: tuple[str, ...],
) -> None:
    """Adds an authority that can register at once; prints its code."""
    command = administration.NewAuthority(
        code=code,
        name=name,
        organisation_number=organisation_number,
        email=email,
        active_from=active_from.date() if active_from else None,
        number_format=number_format,
        units=units,
    )
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        click.echo(administration.add_authority(session, SYSTEM, command).code)
