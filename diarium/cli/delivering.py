"""Delivery agreements, deliveries and receipts from the command line."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path

import click
from rich.table import Table

from diarium.archive import agreements, delivering, delivery_lookup, delivery_queries, receipts
from diarium.archive.agreement_facts import AgreementFacts
from diarium.archive.agreement_models import TransportKind
from diarium.archive.delivery_models import PackageDelivery, ReceiptOutcome
from diarium.archive.delivery_sending import DeliveryRound
from diarium.archive.delivery_states import DELIVERY_STATE_LABELS, WAITING, DeliveryState
from diarium.archive.profiles.codes import ProfileCode
from diarium.archive.receipts import ReceiptFacts
from diarium.cli import frame
from diarium.composition import Diarium
from diarium.db.base import now
from diarium.i18n import gettext as _
from diarium.i18n import show_time, today

_AS_JSON = click.option("--json", "as_json", is_flag=True, help=_("Skriv som JSON."))
_USER = click.option("--user", help=_("Användaren som gör det. Utan den är det systemet."))


@click.group(help=_("Överenskommelser om leverans till arkiv."))
def agreement() -> None:
    """Holds the commands on agreements."""


@agreement.command("list", help=_("Visar överenskommelserna."))
@_AS_JSON
def list_agreements(as_json: bool) -> None:
    """Prints the agreements."""
    with frame.services() as diarium, diarium.database.reading() as session:
        rows: list[dict[str, object]] = [
            {
                "uid": str(row.uid),
                "authority": row.authority.code,
                "name": row.name,
                "number": row.number,
                "receiver": row.receiver_name,
                "profile": row.profile.value,
                "transport": row.transport.value,
                "is_active": row.is_active,
            }
            for row in agreements.listing(session, frame.actor(session, None))
        ]
    _show(rows, as_json)


@agreement.command("add", help=_("Lägger till en överenskommelse. Hemligheter läses ur DIARIUM_DELIVERY_SECRET_…"))
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
@click.option("--name", required=True, help=_("Överenskommelsens namn."))
@click.option("--number", required=True, help=_("Överenskommelsens nummer."))
@click.option("--receiver", required=True, help=_("Arkivet som tar emot."))
@click.option("--receiver-code", default="", help=_("Mottagarens organisationsnummer."))
@click.option("--profile", type=frame.choice(ProfileCode), default=ProfileCode.FGS2.value, show_default=True,
              help=_("Paketens profil."))  # fmt: skip
@click.option("--transport", type=frame.choice(TransportKind), default=TransportKind.DOWNLOAD.value,
              show_default=True, help=_("Hur paketen sänds."))  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="NAMN=VÄRDE",
              help=_("En inställning för sändningen, som path=/srv/ut. Kan upprepas."))  # fmt: skip
@_USER
def add_agreement(
    authority: str,
    name: str,
    number: str,
    receiver: str,
    receiver_code: str,
    profile: str,
    transport: str,
    settings: tuple[str, ...],
    user: str | None,
) -> None:
    """Adds an agreement; prints its identifier."""
    facts = AgreementFacts(
        name=name,
        number=number,
        receiver_name=receiver,
        receiver_code=receiver_code,
        profile=profile,
        transport=transport,
        transport_facts=dict(_pair(text) for text in settings),
    )
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        who, policy = frame.actor(session, user), diarium.settings.delivery
        click.echo(agreements.create(session, who, authority, facts, policy).uid)


@agreement.command("try", help=_("Prövar förbindelsen: lägger en provfil hos mottagaren och tar bort den."))
@click.argument("uid", type=click.UUID)
def try_agreement(uid: uuid.UUID) -> None:
    """Exit code 1 with the reason if it does not work."""
    with frame.services() as diarium:
        with diarium.database.reading() as session:
            who = frame.actor(session, None)
        agreements.probe(diarium.database, who, uid, diarium.settings.delivery)
    click.echo(_("Det går bra."))


@agreement.command("accept-key", help=_("Godkänner en SFTP-servers värdnyckel. Jämför den med mottagaren först."))
@click.argument("uid", type=click.UUID)
@click.argument("fingerprint")
@_USER
def accept_key(uid: uuid.UUID, fingerprint: str, user: str | None) -> None:
    """Accepts the key, in place of any other."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        who = frame.actor(session, user)
        version = agreements.find(session, who, uid).version
        agreements.accept_host_key(session, who, uid, fingerprint, version=version)


@agreement.command("end", help=_("Avslutar en överenskommelse. Det som är levererat finns kvar."))
@click.argument("uid", type=click.UUID)
@_USER
def end_agreement(uid: uuid.UUID, user: str | None) -> None:
    """Ends the agreement."""
    with frame.services() as diarium, diarium.database.unit_of_work() as session:
        who = frame.actor(session, user)
        version = agreements.find(session, who, uid).version
        agreements.set_active(session, who, uid, active=False, version=version)


@click.command(help=_("Levererar ett godkänt paket under en överenskommelse och väntar tills det är framme."))
@click.argument("package", type=click.UUID, required=False)
@click.option("--agreement", "agreement_uid", type=click.UUID, help=_("Överenskommelsens id."))
@click.option("--list", "only_list", is_flag=True, help=_("Visa de senaste leveranserna i stället."))
@_USER
@_AS_JSON
@click.pass_context
def deliver(
    ctx: click.Context,
    package: uuid.UUID | None,
    agreement_uid: uuid.UUID | None,
    only_list: bool,
    user: str | None,
    as_json: bool,
) -> None:
    """Prints the delivery's identifier and state. Exit code 1 if it is not on its way or there."""
    with frame.services() as diarium:
        if only_list:
            _show(_recent(diarium), as_json)
            return
        if package is None or agreement_uid is None:
            raise click.UsageError(_("Ange paketets id och --agreement, eller --list."))
        folder = diarium.settings.export_folder
        with diarium.database.unit_of_work() as session:
            who = frame.actor(session, user)
            uid = delivering.create(session, who, package, agreement_uid).uid
            delivering.approve(session, who, uid, folder)
        delivery = _sent(diarium, uid)
    click.echo(f"{uid} {DELIVERY_STATE_LABELS[delivery.state]}")
    if delivery.last_error:
        frame.tell(delivery.last_error)
    if delivery.state is DeliveryState.FAILED or (delivery.state in WAITING and delivery.last_error):
        ctx.exit(1)


@click.command(help=_("För in mottagarens svar på en leverans."))
@click.argument("delivery", type=click.UUID)
@click.option("--outcome", type=frame.choice(ReceiptOutcome), required=True, help=_("Vad mottagaren svarade."))
@click.option("--date", "day", type=frame.DATE, help=_("Kvittensens datum; annars i dag."))
@click.option("--reference", default="", help=_("Mottagarens beteckning."))
@click.option("--remark", default="", help=_("Anmärkning; behövs när paketet är avvisat."))
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help=_("Kvittensen som fil."))  # fmt: skip
@click.option("--archive/--no-archive", default=None, help=_("Om ärendena ska arkiveras; annars som avtalat."))
@_USER
def receipt(
    delivery: uuid.UUID,
    outcome: str,
    day: dt.datetime | None,
    reference: str,
    remark: str,
    path: Path | None,
    archive: bool | None,
    user: str | None,
) -> None:
    """Prints the delivery's new state."""
    facts = ReceiptFacts(outcome, day.date() if day else today(), reference, remark, archive)
    with frame.services() as diarium:
        upload = (diarium.blobs, path.name, path.read_bytes()) if path else None
        with diarium.database.unit_of_work() as session:
            who = frame.actor(session, user)
            receipts.enter(session, who, delivery, facts, upload=upload)
            state = delivery_lookup.find(session, who, delivery).state
    click.echo(DELIVERY_STATE_LABELS[state])


def _sent(diarium: Diarium, uid: uuid.UUID) -> PackageDelivery:
    """Sends it here until it is there or has to wait; one that a worker was quicker to take is left to it."""
    sender = DeliveryRound(diarium.database, diarium.settings.export_folder, diarium.settings.delivery, only=uid)
    while True:
        done = sender.run()
        with diarium.database.reading() as session:
            found = delivery_lookup.find(session, frame.actor(session, None), uid)
        is_due = found.next_try_at is not None and found.next_try_at <= now() and found.lease_until is None
        if found.state not in WAITING or not is_due or not done:
            return found


def _recent(diarium: Diarium) -> list[dict[str, object]]:
    with diarium.database.reading() as session:
        page = delivery_queries.page(session, frame.actor(session, None))
        return [
            {
                "uid": str(row.uid),
                "reference": row.reference,
                "receiver": row.agreement.receiver_name,
                "state": row.state.value,
                "package": str(row.part.uid),
                "created_at": show_time(row.created_at),
            }
            for row in page.rows
        ]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(_("Skriv --set som NAMN=VÄRDE, inte ”%(text)s”.", text=text))
    return name, value


def _show(rows: list[dict[str, object]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(*(rows[0] if rows else ()))
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    frame.console().print(table)
