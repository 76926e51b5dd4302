"""Seeing how the letterbox fares: numbers only, what people wrote is for those who handle it."""

from __future__ import annotations

import json

import click

from diarium.cli import frame
from diarium.i18n import gettext as _
from diarium.letterbox.letters import LetterKind
from diarium.subscriptions import queries


@click.command(help=_("Visar hur mycket som väntar i allmänhetens brevlåda, och hur många som följer diariet."))
@click.option("--json", "as_json", is_flag=True, help=_("Skriv som JSON."))
def letterbox(as_json: bool) -> None:
    """Prints the figures."""
    with frame.services() as diarium:
        box = diarium.letterbox.figures()
        with diarium.database.reading() as session:
            followers = queries.figures(session)
    found = {
        "orders": box.waiting[LetterKind.ORDER],
        "following": sum(count for kind, count in box.waiting.items() if kind is not LetterKind.ORDER),
        "tried": box.tried,
        "unreadable": box.unreadable,
        "subscriptions": followers.total,
        "unconfirmed": followers.unconfirmed,
    }
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    labels = {
        "orders": _("Beställningar som väntar"),
        "following": _("Brev om att följa som väntar"),
        "tried": _("Kunde inte hanteras än"),
        "unreadable": _("Går inte att läsa"),
        "subscriptions": _("Prenumerationer"),
        "unconfirmed": _("Prenumerationer som inte är bekräftade"),
    }
    for name, count in found.items():
        click.echo(f"{labels[name]:<40} {count}")
