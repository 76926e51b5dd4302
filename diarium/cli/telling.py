"""Webhooks: which other systems are told of what happens."""

from __future__ import annotations

import uuid

import click

from diarium.cli import frame
from diarium.i18n import gettext as _
from diarium.identity.permissions import SYSTEM
from diarium.webhooks import deliveries, service, signing
from diarium.webhooks.service import WebhookFacts
from diarium.webhooks.vocabulary import EventKind


@click.group(help=_("Webhookar: andra system får veta när något händer."))
def webhook() -> None:
    """Holds the commands on webhooks."""


@webhook.command("add", help=_("Lägger upp en webhook. Skriver dess id och hemligheten, som visas bara nu."))
@click.argument("url")
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
@click.option("--name", required=True, help=_("Vad webhooken är till för."))
@click.option(
    "--kind",
    "kinds",
    type=frame.choice(EventKind),
    multiple=True,
    help=_("Händelse som den ska få veta; kan ges flera gånger. Annars alla."),
)
def add_webhook(url: str, authority: str, name: str, kinds: tuple[str, ...]) -> None:
    """Prints the identifier and the secret, parted by a tab."""
    facts = WebhookFacts(name, url, [EventKind(kind) for kind in kinds] or list(EventKind))
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        made = service.add(session, SYSTEM, authority, facts, diarium.webhook_policy)
        click.echo(f"{made.uid}\t{signing.secret_of(diarium.webhook_key, made)}")


@webhook.command(
    "list", help=_("Visar webhookarna: id, läge, myndighet, adress, namn och leveranser som gavs upp.")
)
def list_webhooks() -> None:
    """Prints one webhook a line, its fields parted by tabs."""
    with frame.services() as diarium, diarium.database.reading() as session:
        parked = deliveries.parked_count(session, SYSTEM)
        for item in service.listing(session, SYSTEM):
            state = _("igång") if item.is_active else _("stoppad")
            given_up = str(parked.get(item.uid, 0))
            click.echo("\t".join((str(item.uid), state, item.authority_code, item.url, item.name, given_up)))


@webhook.command("stop", help=_("Stoppar en webhook. Det som väntar behålls."))
@click.argument("webhook_id", type=click.UUID)
def stop_webhook(webhook_id: uuid.UUID) -> None:
    """Stops it."""
    _set_active(webhook_id, active=False)


@webhook.command("resume", help=_("Startar en stoppad webhook igen."))
@click.argument("webhook_id", type=click.UUID)
def resume_webhook(webhook_id: uuid.UUID) -> None:
    """Lets it go on."""
    _set_active(webhook_id, active=True)


@webhook.command("replay", help=_("Skickar om allt som inte nådde fram. Skriver hur många leveranser det är."))
@click.argument("webhook_id", type=click.UUID)
def replay_webhook(webhook_id: uuid.UUID) -> None:
    """Queues again what was given up; prints how much it is."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        click.echo(deliveries.replay_parked(session, SYSTEM, webhook_id))


def _set_active(uid: uuid.UUID, *, active: bool) -> None:
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        service.set_active(session, SYSTEM, uid, active=active)
    frame.tell(_("Webhooken är igång.") if active else _("Webhooken är stoppad."))
