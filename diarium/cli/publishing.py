"""The open register from the command line: a copy of it for another machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from diarium.cli import frame
from diarium.composition import Diarium
from diarium.i18n import gettext as _
from diarium.public import snapshots


@click.group(help=_("Det öppna diariet."))
def public() -> None:
    """Holds the commands on the open register."""


@public.command(
    help=_(
        "Lägger en kopia av det öppna diariet i FOLDER: databas, sökregister och släppta filer, inget annat.\n\n"
        "En publik process som läser mappen (DIARIUM_ROLE=public, DIARIUM_DATA=FOLDER) går över till den nya "
        "kopian utan omstart."
    )
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def snapshot(folder: Path) -> None:
    """Prints what the copy holds."""
    with frame.services() as diarium:
        here = folder.expanduser().resolve()
        settings = replace(
            diarium.settings,
            data=here,
            index_folder=here / "search_index",
            public_database_url=f"sqlite:///{here / snapshots.TABLES}",
        )
        there = Diarium(settings)
        here.mkdir(parents=True, exist_ok=True)
        outcome = snapshots.take(
            diarium.public.database, diarium.released, here, there.released, lambda: there.public_index
        )
    if not outcome.is_new:
        frame.tell(_("Kopian är redan aktuell: inget har ändrats."))
        return
    frame.tell(
        _("Kopian är klar: %(entries)s poster och %(documents)s filer.",
          entries=outcome.entries, documents=outcome.documents)
    )  # fmt: skip
