"""What an administrator sets up: authorities with their units and series, the scheme, the turn of the year."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from diarium.classification import importing, queries
from diarium.classification.rows import COLUMNS, REQUIRED_COLUMNS, Line, Problem
from diarium.cli import frame
from diarium.i18n import gettext as _
from diarium.i18n import today
from diarium.identity.permissions import SYSTEM
from diarium.register import administration, numbering
from diarium.register.administration import new_year, series, table_files, units
from diarium.register.administration.series import NewSeries, SeriesFacts


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


@authority.command("new-year", help=_("Visar vad som ska ses över inför ett nytt år; noterar att det är gjort."))
@click.argument("code")
@click.argument("year", type=int)
@click.option("--done", is_flag=True, help=_("Notera att myndigheten är förberedd."))
def prepare_year(code: str, year: int, done: bool) -> None:
    """Prints the checklist of the turn of the year, a line each."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        found = new_year.checklist(session, SYSTEM, code.strip().upper(), year)
        for item in found.series:
            first = item.first_number or _("ger inga nummer")
            click.echo(
                _("Serie %(code)s: %(last)s → %(first)s", code=item.code, last=item.last_number, first=first)
            )
        click.echo(_("Klassificering den 1 januari: %(name)s", name=found.scheme or _("ingen")))
        for opened, count in found.open_by_year:
            click.echo(_("Öppna ärenden från %(year)s: %(count)s", year=opened, count=count))
        for absent in found.absent:
            click.echo(_("%(name)s: spärrat konto, %(count)s öppna ärenden", name=absent.name, count=absent.cases))
        if done:
            new_year.prepare(session, SYSTEM, found.code, year)


@click.group(help=_("Enheter vid en myndighet."))
def unit() -> None:
    """Holds the commands on units."""


@unit.command("add", help=_("Lägger till en enhet."))
@click.argument("name")
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
def add_unit(name: str, authority: str) -> None:
    """Adds a unit; prints its name."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        click.echo(units.add_unit(session, SYSTEM, authority.strip().upper(), name).name)


@click.group("series", help=_("Diarieserier vid en myndighet."))
def number_series() -> None:
    """Holds the commands on number series."""


@number_series.command("add", help=_("Lägger till en diarieserie."))
@click.argument("code")
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
@click.option("--name", required=True, help=_("Seriens namn."))
@click.option(
    "--number-format", default=numbering.DEFAULT_FORMAT, show_default=True, help=_("Diarienumrets form.")
)
@click.option("--restricted", is_flag=True, help=_("Visa bara nummer och datum för allmänheten."))
@click.option("--continuous", is_flag=True, help=_("Räkna vidare år efter år i stället för att börja om."))
def add_series(
    code: str, authority: str, name: str, number_format: str, restricted: bool, continuous: bool
) -> None:
    """Adds a number series; prints its code."""
    facts = SeriesFacts(name, number_format, is_restricted=restricted)
    command = NewSeries(code, facts, restarts_yearly=not continuous)
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        click.echo(series.add_series(session, SYSTEM, authority.strip().upper(), command).code)


@number_series.command("list", help=_("Visar en myndighets serier: kod, nästa nummer, läge och namn."))
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
def list_series(authority: str) -> None:
    """Prints one series a line, its fields parted by tabs."""
    with frame.services() as diarium, diarium.database.reading() as session:
        for row in series.listing(session, SYSTEM, authority.strip().upper()):
            state = _("öppen") if row.is_open else _("stängd")
            click.echo(f"{row.code}\t{row.next_number}\t{state}\t{row.name}")


@click.group(help=_("Klassificeringsstrukturen."))
def scheme() -> None:
    """Holds the commands on the classification scheme."""


@scheme.command("list", help=_("Visar versionerna: gäller från, till, antal klasser och namn."))
def list_schemes() -> None:
    """Prints one version a line, its fields parted by tabs."""
    with frame.services() as diarium, diarium.database.reading() as session:
        for row in queries.schemes(session):
            click.echo(f"{row.valid_from}\t{row.valid_to or ''}\t{row.classes}\t{row.name} {row.version}")


@scheme.command(
    "import", help=_("Läser in en tabell (CSV eller XLSX) som en ny version. Alla fel visas på en gång.")
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--version", "label", required=True, help=_("Versionens beteckning, som 2027."))
@click.option("--from", "valid_from", type=frame.DATE, help=_("Gäller från och med; annars från i dag."))
@click.option("--check", "only_check", is_flag=True, help=_("Granska bara; ändra ingenting."))
def import_scheme(file: Path, label: str, valid_from: dt.datetime | None, only_check: bool) -> None:
    """Prints what the table would change. Exit code 1 with every mistake, a line each, if there is one."""
    if file.stat().st_size > table_files.MAX_BYTES:
        raise table_files.too_large()
    table = table_files.read(file.read_bytes(), COLUMNS, REQUIRED_COLUMNS)
    lines = [Line(row.line, row.cells) for row in table.rows]
    day = valid_from.date() if valid_from else today()
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        report = importing.check(session, SYSTEM, lines)
        for problem in report.problems:
            frame.tell(_told(problem))
        found = report.difference
        click.echo(
            _(
                "%(added)s nya, %(removed)s borttagna, %(changed)s ändrade, %(same)s oförändrade klasser.",
                added=len(found.added),
                removed=len(found.removed),
                changed=len(found.changed),
                same=found.unchanged,
            )
        )
        if not only_check or report.problems:
            importing.import_version(session, SYSTEM, lines, version=label, valid_from=day)


def _told(problem: Problem) -> str:
    return _(
        "Rad %(row)s, %(column)s: %(problem)s", row=problem.line, column=problem.column, problem=problem.message
    )
