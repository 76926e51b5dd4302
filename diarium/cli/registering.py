"""Registers a record from the command line, through the same schema and use case as the web and the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from diarium.cli import frame
from diarium.composition import Diarium
from diarium.files import service as intake
from diarium.files.names import safe_file_name
from diarium.i18n import gettext as _
from diarium.register import registration
from diarium.register.commands import DocumentFacts
from diarium.register.schemas import new_record
from diarium.register.vocabulary import Direction, PartyKind
from diarium.secrecy.models import Scope


@click.command(help=_("Registrerar en handling och skriver ut dess nummer."))
@click.option("--authority", required=True, help=_("Myndighetens kod, som KS."))
@click.option("--direction", type=frame.choice(Direction), required=True, help=_("Handlingens riktning."))
@click.option(
    "--received", type=frame.DATE, required=True, help=_("Dagen då den kom in, skickades eller upprättades.")
)
@click.option("--title", required=True, help=_("Vad handlingen rör."))
@click.option("--sender", "senders", multiple=True, help=_("Avsändare; för utgående handlingar mottagare."))
@click.option("--sender-kind", type=frame.choice(PartyKind), default=PartyKind.PERSON.value, show_default=True,
              help=_("Vad avsändaren är. Privatpersoner namnges aldrig i det öppna diariet."))  # fmt: skip
@click.option("--file", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help=_("Fil till handlingen; kan ges flera gånger."))  # fmt: skip
@click.option("--case", "case_number", help=_("Ärendets nummer. Utan det öppnas ett nytt ärende."))
@click.option("--new-case-title", help=_("Det nya ärendets rubrik. Utan den får ärendet handlingens rubrik."))
@click.option("--class", "class_code", help=_("Det nya ärendets klass i klassificeringsstrukturen."))
@click.option("--type", "record_type", help=_("Handlingstyp."))
@click.option("--restrict", "provisions", multiple=True, help=_("Sekretessmarkering, som 26:1; flera går bra."))
@click.option("--restrict-scope", type=frame.choice(Scope), default=Scope.WHOLE.value, show_default=True,
              help=_("Vad markeringen omfattar."))  # fmt: skip
@click.option("--user", help=_("Användaren som registrerar. Utan den är det systemet."))
def register(
    authority: str,
    direction: str,
    received: dt.datetime,
    title: str,
    senders: tuple[str, ...],
    sender_kind: str,
    files: tuple[Path, ...],
    case_number: str | None,
    new_case_title: str | None,
    class_code: str | None,
    record_type: str | None,
    provisions: tuple[str, ...],
    restrict_scope: str,
    user: str | None,
) -> None:
    """Prints the number of the new record, and nothing else, on standard output."""
    if case_number and (new_case_title or class_code):
        raise click.UsageError(_("--new-case-title och --class gäller bara nya ärenden, inte med --case."))
    role = registration.default_party_role(Direction(direction))
    new_case = {"authority": authority, "title": new_case_title or title, "classification": class_code}
    command = new_record(
        {
            "authority": authority,
            "direction": direction,
            "official_on": received.date().isoformat(),
            "title": title,
            "record_type": record_type,
            "case": case_number,
            "new_case": None if case_number else new_case,
            "parties": [{"name": name, "kind": sender_kind, "role": role} for name in senders],
            "restrictions": [{"provision": text, "scope": restrict_scope} for text in provisions],
        }
    )
    with frame.services() as diarium:
        documents = _take_in(diarium, files)
        with diarium.database.unit_of_work() as session:
            who = frame.actor(session, user)
            record = registration.register(session, who, replace(command, documents=documents))
            number = record.number_text
    click.echo(number)


def _take_in(diarium: Diarium, files: Sequence[Path]) -> tuple[DocumentFacts, ...]:
    """Each file in a transaction of its own: the bytes of a large one must not hold up other registrars."""
    documents = []
    for path in files:
        with path.open("rb") as stream, diarium.database.unit_of_work() as session:
            most = diarium.settings.max_upload_bytes
            sha256 = intake.take_in(session, diarium.blobs, stream, max_bytes=most)
        documents.append(DocumentFacts(sha256, safe_file_name(path.name)))
    return tuple(documents)
