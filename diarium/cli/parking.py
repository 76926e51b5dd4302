"""Changes that the worker could not handle: looked at, tried again, given up."""

from __future__ import annotations

import json

import click

from diarium.changes import parking
from diarium.cli import frame
from diarium.i18n import gettext as _
from diarium.i18n import show_time


@click.group(help=_("Visar och hanterar ändringar som arbetaren inte klarade."))
def parked() -> None:
    """What to do with them."""


@parked.command("list", help=_("Visar de parkerade ändringarna, de nyaste först."))
@click.option("--consumer", help=_("Bara de som denna mottagare inte klarade, som search."))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv som JSON."))
def show(consumer: str | None, as_json: bool) -> None:
    """Prints a line for each."""
    with frame.services() as diarium, diarium.database.reading() as session:
        rows = parking.parked(session, consumer=consumer)
    if as_json:
        click.echo(json.dumps([_facts(row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        fate = _("uppgiven") if row.is_given_up else _("nytt försök %(at)s", at=show_time(row.item.next_try_at))
        click.echo(
            f"{row.item.id}  {row.item.consumer}  {row.change.kind}  {row.change.entity_uid}  {fate}\n"
            f"    {row.item.error}"
        )


@parked.command(help=_("Låter arbetaren försöka igen genast, även med dem som är uppgivna."))
@click.argument("numbers", nargs=-1, type=int)
@click.option("--consumer", help=_("Bara de som denna mottagare inte klarade, som search."))
@click.option("--all", "everything", is_flag=True, help=_("Alla."))
def replay(numbers: tuple[int, ...], consumer: str | None, everything: bool) -> None:
    """Prints how many."""
    if not (numbers or consumer or everything):
        raise click.UsageError(_("Ange nummer, --consumer eller --all."))
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        count = parking.replay(session, consumer=consumer, ids=numbers)
    click.echo(_("%(count)s ändringar prövas igen.", count=count))


@parked.command(help=_("Ger upp parkerade ändringar för gott."))
@click.argument("numbers", nargs=-1, type=int, required=True)
def discard(numbers: tuple[int, ...]) -> None:
    """Prints how many."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        count = parking.discard(session, ids=numbers)
    click.echo(_("%(count)s ändringar är borttagna.", count=count))


def _facts(row: parking.Parked) -> dict[str, object]:
    return {
        "id": row.item.id,
        "consumer": row.item.consumer,
        "kind": row.change.kind,
        "entity_type": row.change.entity_type,
        "entity": str(row.change.entity_uid),
        "attempts": row.item.attempts,
        "given_up": row.is_given_up,
        "next_try_at": row.item.next_try_at.isoformat(),
        "error": row.item.error,
    }
